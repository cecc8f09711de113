"""Signing in and out, and the page behind an invitation."""

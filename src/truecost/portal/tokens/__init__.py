"""Tokens of programs: one's own, made, shown once and revoked."""

"""Webhooks, for administrators: what is told to which address, with which answers."""

"""Truecost: what technology truly costs, charged to the cent and explained."""

__version__ = "0.1.0"

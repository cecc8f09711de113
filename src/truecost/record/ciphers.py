"""Secrets that must be read again are kept encrypted, by a key made of the record's secret key.

That key lies in a file: a copy of the database alone tells none of them.
"""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet
from django.conf import settings


def cipher(purpose: str) -> Fernet:
    """Give the cipher for a purpose: what was encrypted for another is not read by it."""
    key = hashlib.sha256(f"truecost.{purpose}{settings.SECRET_KEY}".encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))

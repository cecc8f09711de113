"""Environment variables in addresses and settings: credentials come from there, and go nowhere."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from truecost.kernel.findings import Finding, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from truecost.kernel.findings import Place

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_PASSWORD = re.compile(r"://[^:/@]*:([^@]*)@|\bpassword=([^&\s]+)")


def filled(written: str, place: Place | None, example: str) -> tuple[str, Callable[[str], str]]:
    """Fill in the variables of a text; also give what hides them, and passwords, in a message.

    `example` is what such a variable may hold. Raise SourceError where one is not set.
    """
    secrets: dict[str, str] = {}
    missing: list[str] = []

    def value(match: re.Match[str]) -> str:
        found = os.environ.get(match[1], "")
        if not found:
            missing.append(match[1])
        secrets[found] = match[0]
        return found

    text = _VARIABLE.sub(value, written)
    if missing:
        what = f"the environment variable {missing[0]} is not set"
        hint = f"set it where the build runs, as in  export {missing[0]}={example}"
        raise SourceError(Finding(place, what, hint))
    for match in _PASSWORD.finditer(text):
        secrets.setdefault(match[1] or match[2], "(password)")

    def hide(said: str) -> str:
        for secret in sorted(filter(None, secrets), key=len, reverse=True):
            said = said.replace(secret, secrets[secret])
        return said

    return text, hide

"""Source text made harmless: nothing invisible, nothing that a spreadsheet would run."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_SPACES = "\t\n\v\f\r\x85\N{LINE SEPARATOR}\N{PARAGRAPH SEPARATOR}"
# Joiners belong to the spelling of several scripts and do not reorder anything.
_JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
_UNSAFE = frozenset({"Cc", "Cf", "Cs"})
# A cell that begins so is read as a formula; where the decimal is a comma, `;` begins a cell too.
_FORMULA = re.compile(r"(^|;)([\s\"']*)(?=[=+\-@\uFF1D\uFF0B\uFF0D\uFF20\u2212])")


def visible(value: Any) -> Any:
    """Give text without control, bidirectional-control or other invisible characters.

    Line breaks and tabs become spaces; the rest becomes U+FFFD, so that it is seen that something
    stood there. What is not text is given back as it is.
    """
    if not isinstance(value, str) or value.isprintable():
        return value
    if all(map(_harmless, value)):
        return value
    return "".join(map(_shown, value))


def visible_all(value: Any) -> Any:
    """Give plain values (dicts, lists, text) with all their text made visible."""
    if isinstance(value, dict):
        return {key: visible_all(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [visible_all(entry) for entry in value]
    return visible(value)


def _harmless(character: str) -> bool:
    if character in _JOINERS:
        return True
    return character not in _SPACES and unicodedata.category(character) not in _UNSAFE


def _shown(character: str) -> str:
    if character in _SPACES:
        return " "
    return character if _harmless(character) else _REPLACEMENT


def defused(text: str) -> str:
    """Give visible text that no spreadsheet reads as a formula: an apostrophe goes before it.

    Covers `=`, `+`, `-`, `@`, their full-width forms and the minus sign, also after white space,
    after tab and carriage return (which `visible` makes spaces), and after a semicolon.
    """
    return _FORMULA.sub(r"\1\2'", str(visible(text)))

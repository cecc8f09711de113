"""Words and lines for a terminal of 80 columns."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

WIDTH = 80
_KEPT = "\N{NO-BREAK SPACE}"


def counted(number: int, thing: str) -> str:
    """Give a number with its word: `1 file`, `2,442 files`."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def wrapped(text: str, indent: str = "") -> list[str]:
    """Break a text into lines of at most 80 columns, those after the first further in."""
    return textwrap.wrap(
        text, WIDTH, initial_indent=indent, subsequent_indent=f"{indent}  ", break_on_hyphens=False
    )


def listed(things: Iterable[str], indent: str) -> list[str]:
    """List things over lines of at most 80 columns; none is broken."""
    text = ", ".join(thing.replace(" ", _KEPT) for thing in things)
    lines = textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent)
    return [line.replace(_KEPT, " ") for line in lines]

"""How a text is refused: where in it, why, and what to write instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.kernel.findings import Finding, ModelError
from truecost.kernel.likeness import meant

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHOWN = 12


class PredicateError(ModelError):
    """A condition, expression or measure can't be accepted as written.

    `line` and `column` count from 1 inside the text. `message` names the fault, `hint` says what
    to do; whoever knows the file turns them into a finding with its place.
    """

    def __init__(self, message: str, line: int, column: int, hint: str = "") -> None:
        self.message = message
        self.line = line
        self.column = column
        self.hint = hint
        super().__init__(Finding(None, f"line {line}, column {column}: {message}", hint))


def refusal(text: str, offset: int, message: str, hint: str = "") -> PredicateError:
    """Make the error for the fault that begins at a character of the text (from 0)."""
    before = text[:offset]
    line_start = before.rfind("\n") + 1
    return PredicateError(message, before.count("\n") + 1, offset - line_start + 1, hint)


def nearest(word: str, known: Iterable[str], plural: str) -> str:
    """Give the hint for an unknown word: the known one it resembles, or what there is."""
    ordered = sorted(known)
    if hint := meant(word, ordered):
        return hint
    more = "" if len(ordered) <= _SHOWN else ", …"
    return f"{plural}: {', '.join(ordered[:_SHOWN])}{more}" if ordered else f"there are no {plural}"

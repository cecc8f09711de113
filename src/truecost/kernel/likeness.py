"""Which known name was meant by one that is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rapidfuzz import fuzz, process

if TYPE_CHECKING:
    from collections.abc import Sequence

_ALIKE, _PARTLY_ALIKE = 65, 87


def meant(word: str, known: Sequence[str]) -> str:
    """Give the hint `did you mean "x"?` for a misspelt name, or nothing where none is like it.

    Capitals don't count. Where two are as near, the earlier one is meant.
    """
    for scorer, enough in ((fuzz.ratio, _ALIKE), (fuzz.WRatio, _PARTLY_ALIKE)):
        found = process.extractOne(
            word, known, scorer=scorer, processor=str.casefold, score_cutoff=enough
        )
        if found:
            return f'did you mean "{found[0]}"?'
    return ""

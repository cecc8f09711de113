"""Names: which are declared where, and which was meant by one that is not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from truecost.kernel.likeness import meant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from truecost.kernel.findings import Place

_FEW = 8
#: What the coded source calls its own columns, and `source`, which conditions know of every line.
RESERVED = ("period", "day", "row_hash", "ordinal", "file", "line", "source")


def suggestion(word: str, known: Sequence[str]) -> str:
    """Give the hint for an unknown name: the nearest known one, or all where they are few.

    Where two are as near, the earlier one is meant. Empty when there is nothing to say.
    """
    if hint := meant(word, known):
        return hint
    return f"known: {', '.join(known)}" if 1 < len(known) <= _FEW else ""


@dataclass(slots=True)
class Names:
    """The names that a file declares, with their places.

    `known` is false when the file could not be read, so that nothing can be said about a name that
    is not among them.
    """

    places: dict[str, Place] = field(default_factory=dict)
    known: bool = True
    _folded: dict[str, str] = field(default_factory=dict)

    def declare(self, name: str, place: Place) -> str | None:
        """Note a name; give the one noted before that is the same but for capitals, if any."""
        same = self._folded.get(name.casefold())
        if same is None:
            self._folded[name.casefold()] = name
            self.places[name] = place
        return same

    def __contains__(self, name: str) -> bool:
        return name in self.places

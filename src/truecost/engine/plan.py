"""A plan: what a source's rules come to on its dictionary, in integers only.

Conditions on text are evaluated in process, on dictionaries and combinations of their values
(`planning`). What is left for whoever holds the rows is to look codes up in these arrays, to take
the least, and to add up (`dialects`). So no engine can disagree about what a condition means.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from truecost.engine.classify_signatures import Placed


@dataclass(frozen=True, slots=True)
class Lookup:
    """What a row's code of one column leads to: dense arrays, by code − `offset`.

    `column` is a text column, "currency" or "period"; the code of a period is the period itself,
    and `offset` the source's first. `rules` gives by a list's number the least rule that looks at
    this column alone, NONE where there is none; `parts` by a signature's number this column's part
    of the signature's key. A column that rows do not have has one code, 0, on every row.
    """

    column: str
    offset: int
    rules: Mapping[int, NDArray[np.int32]]
    parts: Mapping[int, NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class Combined:
    """A signature of several columns: a row's key is the sum of its parts in the lookups.

    `keys`, ascending, are those at which some rule matches; `rules` gives by a list's number the
    least rule at each, NONE where there is none. Keys that are not here have no rule.
    """

    number: int
    keys: NDArray[np.int64]
    rules: Mapping[int, NDArray[np.int32]]


@dataclass(frozen=True, slots=True)
class Plan:
    """How each row finds its rule of each of `lists`: the least of all that are looked up.

    Rules `by_line` are not in the arrays: they look at an amount or quantity, or at about as many
    combinations as there are rows. They are conditions for DuckDB, over the row's values.
    """

    lists: tuple[str, ...]
    lookups: tuple[Lookup, ...]
    combined: tuple[Combined, ...]
    by_line: tuple[Placed, ...]

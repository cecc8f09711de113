"""Rules that are evaluated line by line, for engines whose rows are not in this process.

Rows come in batches: the codes, periods and numbers that such rules look at. They are put through
the same DuckDB as ever, so that a condition means the same wherever rows are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from truecost.engine.classify_session import name, text
from truecost.engine.classify_signatures import NONE, NUMBERS, PERIOD, first_match

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import duckdb
    from numpy.typing import NDArray

    from truecost.engine.plan import Plan


class ByLine:
    """A plan's rules `by_line`, over a DuckDB that has a source's `dictionary` (`opened`).

    `columns` are the text columns that rows have. `numbers` and `coded` are what rules look at:
    amount, quantity and period; and text columns that are there.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, plan: Plan, columns: Collection[str]
    ) -> None:
        self._connection = connection
        self._lists = {
            which: sql
            for which in range(len(plan.lists))
            if (sql := first_match(plan.by_line, which))
        }
        seen = frozenset[str]().union(*(rule.columns for rule in plan.by_line))
        self.numbers = tuple(sorted(seen & {*NUMBERS, PERIOD}))
        texts = sorted(seen - {*NUMBERS, PERIOD})
        self.coded = tuple(column for column in texts if column in columns)
        self._absent = [column for column in texts if column not in columns]
        self._texts = {column: self._values(column) for column in self.coded}

    def _values(self, column: str) -> pa.Array:
        query = f'SELECT value FROM dictionary WHERE "column" = {text(column)} ORDER BY code'
        return self._connection.sql(query).to_arrow_table()["value"].combine_chunks()

    def least(self, rows: Mapping[str, pa.Array], count: int) -> dict[int, NDArray[np.int32]]:
        """Give by a list's number the least rule of each of `count` rows, NONE for none.

        `rows` have what `numbers` and `coded` name: decimals, int32, and codes.
        """
        values = {column: rows[column] for column in self.numbers}
        values |= {column: self._texts[column].take(rows[column]) for column in self.coded}
        values |= {column: pa.repeat(pa.scalar(""), count) for column in self._absent}
        if not values:  # a condition on nothing: TRUE, or on the source
            values = {"#row": pa.nulls(count, pa.int32())}
        self._connection.register("#rows", pa.table(values))
        asked = (f"CAST({sql} AS INTEGER) AS {name(str(w))}" for w, sql in self._lists.items())
        found = self._connection.sql(f'SELECT {", ".join(asked)} FROM "#rows"').to_arrow_table()
        self._connection.unregister("#rows")
        return {
            which: found[str(which)].to_numpy().astype(np.int32, copy=False)
            for which in self._lists
        }


def rules(
    plan: Plan, looked_up: Mapping[int, NDArray[np.int32]], by_line: Mapping[int, NDArray[np.int32]]
) -> list[NDArray[np.int32]]:
    """Give each list's rules of some rows, -1 for none: the less of what was found either way."""
    made = []
    for which in range(len(plan.lists)):
        found = looked_up[which]
        if which in by_line:
            found = np.minimum(found, by_line[which])
        made.append(np.where(found == NONE, np.int32(-1), found))
    return made

"""A plan as SQL of PostgreSQL: codes are subscripts of arrays, and a row's rule the least found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from truecost.engine.classify_signatures import NONE, PERIOD
from truecost.engine.dialects.postgresql_session import Numbers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from truecost.engine.dialects.postgresql_loads import Load
    from truecost.engine.dialects.rows import Span
    from truecost.engine.plan import Combined, Plan

#: Keys below this are subscripts too; larger ones are joined.
_DENSE = 1 << 22


class Query:
    """A query over a load's rows `x`: its arrays, joins, and each list's least rule as SQL.

    `open` is the SQL of whether a rule by line may still be the least for a row, empty where there
    are none; `all_open` says that it may be for each.
    """

    def __init__(self, load: Load, periods: Span | None = None) -> None:
        self._load = load
        self._joins: list[str] = []
        self.arrays: dict[str, Numbers] = {}
        self.least: list[str] = []
        self.open = ""
        self.all_open = False
        self._within = ""
        if periods is not None:
            self._within = f"x.period BETWEEN {periods[0].index} AND {periods[1].index}"

    def rows(self, condition: str = "") -> str:
        """Give what stands behind FROM; `condition` is SQL that chooses further."""
        table = self._load.table.replace("%", "%%")
        where = " AND ".join(f"({each})" for each in (self._within, condition) if each)
        return f"{table} AS x{''.join(self._joins)}{f' WHERE {where}' if where else ''}"

    def code(self, column: str) -> str:
        """Give the SQL of a row's code of a column that rows have, of its period, or a number."""
        known = self._load.columns.get(column)
        return f"x.{known[0]}" if known else f"x.{column}"

    def given(self, values: NDArray[np.int32] | NDArray[np.int64], first: int = 0) -> str:
        """Take an array along; give how it is called."""
        called = f"a{len(self.arrays)}"
        self.arrays[called] = Numbers(values, first)
        return f"%({called})s"

    def at(
        self, column: str, values: NDArray[np.int32] | NDArray[np.int64], offset: int = 0
    ) -> str:
        """Give the SQL of what a row's code of a column leads to."""
        if column != PERIOD and column not in self._load.columns:
            return str(int(values[0]))
        return f"({self.given(values, offset)})[{self.code(column)}]"

    def plan(self, plan: Plan) -> None:
        """Look up all that a plan has; `least` is then the least rule of each list, or NULL."""
        found: dict[int, list[str]] = {which: [] for which in range(len(plan.lists))}
        parts: dict[int, list[str]] = {combined.number: [] for combined in plan.combined}
        some = {combined.number for combined in plan.combined if len(combined.keys)}
        for lookup in plan.lookups:
            for which, rules in lookup.rules.items():
                if len(rules) and rules.min() != NONE:
                    found[which].append(self.at(lookup.column, rules, lookup.offset))
            for number, part in lookup.parts.items():
                if number in some and len(part):
                    parts[number].append(self.at(lookup.column, part, lookup.offset))
        for combined in plan.combined:
            if combined.number in some:
                key = " + ".join(parts[combined.number])
                for which, rule in self._combined(combined, key).items():
                    found[which].append(rule)
        self.least = [
            f"least({', '.join(parts)})" if parts else "NULL::integer" for parts in found.values()
        ]
        first = {each.rule_list: each.index for each in reversed(plan.by_line)}  # sorted by both
        self.all_open = 0 in first.values()
        self.open = " OR ".join(
            f"coalesce({self.least[which]}, {NONE}) > {index}" for which, index in first.items()
        )

    def _combined(self, combined: Combined, key: str) -> Mapping[int, str]:
        """Give the SQL of each list's rule at a row's key, NULL or NONE without one."""
        size = int(combined.keys[-1]) + 1
        if size <= _DENSE:
            dense = {}
            for which, rules in combined.rules.items():
                array = np.full(size, NONE, np.int32)
                array[combined.keys] = rules
                dense[which] = f"({self.given(array)})[({key})::integer]"
            return dense
        table = f"m{combined.number}"
        columns = {which: f"rule_{which}" for which in combined.rules}
        arrays = [self.given(combined.keys), *map(self.given, combined.rules.values())]
        self._joins.append(
            f" LEFT JOIN unnest({', '.join(arrays)})"
            f" AS {table}(key, {', '.join(columns.values())}) ON {table}.key = {key}"
        )
        return {which: f"{table}.{column}" for which, column in columns.items()}


def rule(least: str) -> str:
    """Give the SQL of a rule, -1 for none."""
    return f"coalesce(nullif({least}, {NONE}), -1)"

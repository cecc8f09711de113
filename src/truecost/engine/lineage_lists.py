"""A list of rules, and the first of them that holds for each of some lines.

To ask a hundred rules about each of a thousand lines takes longer than all else. A line's texts
find the few that may hold: those that need such a text, and those of which it can't be said.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from truecost.engine.classify_signatures import NONE, PERIOD
from truecost.rules.predicate import SOURCE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from truecost.rules.direct import Direct


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with the periods in which it holds; `direct` is None where DuckDB answers."""

    name: str
    first: int
    last: int
    columns: frozenset[str]
    direct: Direct | None


class RuleList:
    """Rules of which the first that holds wins; those that are DuckDB's are left out of that."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = rules
        seen = frozenset[str]().union(*(rule.columns for rule in rules if rule.direct))
        self._columns = sorted((seen - {PERIOD}) | {SOURCE})
        self._anywhere: list[int] = []
        #: By column and number of characters (None: all): the rules that need a text.
        self._needing: dict[str, dict[int | None, dict[str, list[int]]]] = {}
        self._found: dict[str, dict[str, list[int]]] = defaultdict(dict)
        for index, rule in enumerate(rules):
            if rule.direct is None:
                continue
            if rule.direct.needs is None:
                self._anywhere.append(index)
                continue
            for column, size, text in rule.direct.needs:
                by_size = self._needing.setdefault(column, {}).setdefault(size, {})
                by_size.setdefault(text, []).append(index)

    def firsts(self, periods: Sequence[int], texts: Mapping[str, Sequence[str]]) -> list[int]:
        """Give each line's first rule, NONE where no rule holds.

        `texts` has the lines' texts by column. Lines that are alike in all of them ask once.
        """
        known: dict[tuple[object, ...], int] = {}
        may = [self._may_hold(column, texts[column]) for column in self._needing]
        found = []
        lines = zip(*(texts[column] for column in self._columns), strict=True)
        hits = zip(*may, strict=True) if may else [()] * len(periods)
        for period, line, indexes in zip(periods, lines, hits, strict=True):
            key = (period, line)
            if key not in known:
                known[key] = self._first(period, line, sorted(chain(self._anywhere, *indexes)))
            found.append(known[key])
        return found

    def _may_hold(self, column: str, values: Sequence[str]) -> list[list[int]]:
        """Give for each text of a column the rules that need such a one."""
        known, by_size = self._found[column], self._needing[column].items()
        for value in values:
            if value not in known:
                known[value] = [i for size, by in by_size for i in by.get(value[:size], ())]
        return [known[value] for value in values]

    def _first(self, period: int, line: Sequence[str], indexes: Sequence[int]) -> int:
        texts: dict[str, str] = {}
        for index in indexes:
            rule = self.rules[index]
            if rule.direct is None or not rule.first <= period <= rule.last:
                continue
            if rule.direct.sure:
                return index
            texts = texts or dict(zip(self._columns, line, strict=True))
            if rule.direct.holds(texts):
                return index
        return NONE

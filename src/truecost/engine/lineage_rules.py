"""The rules of a run that recognise ledger lines, and a few lines put through them.

Conditions that are plain comparisons are answered in this process (`lineage_lists`). What is left,
regular expressions for one, is answered by one query of DuckDB over the same lines: whichever rule
stands first wins, as it does where all lines are classified.
"""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa

from truecost.engine.classify_session import opened
from truecost.engine.classify_signatures import NONE, NUMBERS, PERIOD, first_match, place
from truecost.engine.frozen import RULE_LISTS, Frozen, thaw
from truecost.engine.lineage_lists import Rule, RuleList
from truecost.rules.direct import direct
from truecost.rules.predicate import SOURCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from truecost.engine.classify_signatures import Placed, RuleLists
    from truecost.engine.lineage_rows import Ledger
    from truecost.store.run import Run

    #: A period, and the rules of each list that win there, -1 for none.
    RuleKey = tuple[int, ...]

_EVER = (-(2**31), 2**31)


class Rules:
    """What a run keeps of the rules that recognise ledger lines."""

    def __init__(self, run: Run) -> None:
        self._run = run
        lists: dict[str, list[Rule]] = {name: [] for name in RULE_LISTS.values()}
        columns = ("kind", "position", "name", "first", "last", "condition")
        table = run.table("model", columns)
        rows = zip(*(table[column].to_pylist() for column in columns), strict=True)
        for kind, _, name, first, last, condition in sorted(row for row in rows if row[-1]):
            said = json.loads(condition)
            begins, ends = _EVER[0] if first is None else first, _EVER[1] if last is None else last
            rule = Rule(name, begins, ends, frozenset(said["columns"]), direct(said["sql"]))
            lists[RULE_LISTS[kind]].append(rule)
        self._lists = {name: RuleList(rules) for name, rules in lists.items()}

    @classmethod
    def of(cls, run: Run) -> Self | None:
        """Read them; None where the run was written before runs kept their rules."""
        return cls(run) if "model" in run.manifest["tables"] else None

    @property
    def lists(self) -> tuple[str, ...]:
        """The names of the lists of rules, in the order of a key."""
        return tuple(self._lists)

    def names(self, which: str) -> Mapping[str, Sequence[int]]:
        """Give for each name in a list where it stands; "" is that none wins."""
        found: dict[str, list[int]] = {}
        for index, rule in enumerate(self._lists[which].rules):
            found.setdefault(rule.name, []).append(index)
        return {**found, "": [-1]}

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns of text that rules look at."""
        every = (rule.columns for each in self._lists.values() for rule in each.rules)
        return tuple(sorted(frozenset[str]().union(*every) - NUMBERS - {PERIOD}))

    @cached_property
    def thawed(self) -> Frozen:
        """The model, as far as it recognises ledger lines."""
        rows = self._run.table("model").to_pylist()
        return thaw(rows, conditions_only=True)

    @property
    def whole(self) -> RuleLists:
        """The lists as lines are classified by."""
        return self.thawed.rules

    @cached_property
    def _left(self) -> list[Placed]:
        """The rules that DuckDB answers."""
        lists = [each.rules for each in self._lists.values()]
        if all(rule.direct for rules in lists for rule in rules):
            return []
        every = place(self.whole)
        return [each for each in every if lists[each.rule_list][each.index].direct is None]

    def won(self, ledger: Ledger, places: Sequence[int]) -> list[RuleKey]:
        """Give of the rows at some places the period and the rules that win."""
        source = ledger.source
        there = [column for column in self.columns if column in source.columns]
        found = ledger.at(places, (PERIOD, *there))
        texts: dict[str, list[str]] = {
            column: ledger.texts.of(column, found[column].to_numpy()).to_pylist()
            for column in there
        }
        for column in self.columns:
            texts.setdefault(column, [""] * len(places))  # what a source lacks is empty
        texts[SOURCE] = [source.name] * len(places)
        periods = found[PERIOD].to_pylist()
        firsts = (rules.firsts(periods, texts) for rules in self._lists.values())
        keys: list[RuleKey] = list(zip(periods, *firsts, strict=True))
        if self._left and places:
            keys = list(map(_sooner, keys, self._answered(ledger, places, periods, texts)))
        return [tuple(-1 if each == NONE else each for each in key) for key in keys]

    def _answered(
        self,
        ledger: Ledger,
        places: Sequence[int],
        periods: Sequence[int],
        texts: Mapping[str, Sequence[str]],
    ) -> Iterable[RuleKey]:
        """Ask DuckDB for what is left to it: for each line the first rule of each list."""
        numbers = frozenset[str]().union(*(rule.columns for rule in self._left)) & NUMBERS
        table: dict[str, Any] = {"#row": range(len(places)), PERIOD: pa.array(periods, pa.int32())}
        table |= {column: pa.array(texts[column], pa.string()) for column in self.columns}
        found = ledger.at(places, sorted(numbers)) if numbers else None
        table |= {column: found[column] for column in sorted(numbers) if found}
        firsts = [first_match(self._left, which) or NONE for which in range(len(self._lists))]
        listed = ", ".join(f"CAST({first} AS INTEGER)" for first in firsts)
        with opened(ledger.source) as connection:
            connection.register("chosen", pa.table(table))
            query = f'SELECT period, {listed} FROM chosen ORDER BY "#row"'
            found_keys: list[RuleKey] = connection.execute(query).fetchall()
        return found_keys


def _sooner(one: RuleKey, other: RuleKey) -> RuleKey:
    return tuple(map(min, one, other))

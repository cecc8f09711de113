"""Rules at their places, and what they share: each with its list, index, condition and columns.

The columns that a rule touches are its *signature*: rules of one are evaluated together (see
`planning`). Names that begin with # in SQL are ours; all others are the analyst's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from truecost.rules.predicate import Leaf

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from truecost.kernel.periods import Validity
    from truecost.rules.predicate import Predicate

    Rule = tuple[Predicate, Validity]
    RuleLists = Mapping[str, Sequence[Rule]]

PERIOD = "period"
NUMBERS = frozenset({"amount", "quantity"})
#: Stands for "no rule" while the least index is sought.
NONE = 2**31 - 1

#: So many combinations, or one per so many rows, are evaluated without asking which rows have.
FEW = 4096
PER_ROWS = 64
LARGEST_KEY = 2**62


@dataclass(frozen=True, slots=True)
class Placed:
    """A rule at its place: `rule_list` and `index` in it; the condition with its validity."""

    rule_list: int
    index: int
    sql: str
    columns: frozenset[str]
    leaves: tuple[Leaf, ...]


def place(rule_lists: RuleLists) -> list[Placed]:
    """Give the rules of all lists, numbered; validity becomes a condition on the period."""
    return [
        _placed(number, index, predicate, validity)
        for number, rules in enumerate(rule_lists.values())
        for index, (predicate, validity) in enumerate(rules)
    ]


def _placed(number: int, index: int, predicate: Predicate, validity: Validity) -> Placed:
    ends = ((">=", validity.first), ("<=", validity.last))
    bounds = [f'"{PERIOD}" {sign} {end.index}' for sign, end in ends if end is not None]
    if not bounds:
        return Placed(number, index, predicate.sql, predicate.columns, predicate.leaves)
    valid = Leaf(" AND ".join(bounds), frozenset({PERIOD}))
    sql = f"({predicate.sql}) AND ({valid.sql})"
    return Placed(number, index, sql, predicate.columns | {PERIOD}, (*predicate.leaves, valid))


def first_match(rules: Iterable[Placed], rule_list: int) -> str:
    """Give the SQL of the least index among a list's rules that match, NONE where none does."""
    whens = [f"WHEN {rule.sql} THEN {rule.index}" for rule in rules if rule.rule_list == rule_list]
    return f"CASE {' '.join(whens)} ELSE {NONE} END" if whens else ""

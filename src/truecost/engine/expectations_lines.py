"""Given these ledger lines, is this what they become? Only cleaning and mapping rules are asked.

The lines of all tests of a source are cleaned together and put through the rules in one query, each
rule in its turn: what `classify` does by signatures for ledgers that are large.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pyarrow as pa

from truecost.engine.cells import Mapper, Outcome, recognition_of
from truecost.engine.classify_session import name as quoted
from truecost.engine.classify_signatures import NONE, PERIOD, first_match, place
from truecost.kernel.findings import Finding
from truecost.model.resolve import columns_of
from truecost.rules.predicate import binding, parse_predicate
from truecost.sources.cleaning import Texts, clean
from truecost.sources.columns import texts as forms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from truecost.engine.cells import Key
    from truecost.engine.classify_signatures import Rule, RuleLists
    from truecost.model.expectations import GivenLine, LineTest
    from truecost.model.source_types import Source
    from truecost.model.types import MappingRule, Model

_NUMBER = pa.decimal128(38, 12)
_ROW = "row of a test"  # a blank in it, so that no column can have this name
_LOCKED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
    "lock_configuration": "true",
    "threads": "1",
}
_NOTHING = {
    Outcome.UNMAPPED_ACCOUNT: "nothing: no account rule takes the line",
    Outcome.UNMAPPED_CENTRE: "nothing: no cost centre rule takes the line",
    Outcome.NO_CONSUMER: "nothing: no consumer recognises the line as its own",
}


def line_differences(model: Model, tests: Sequence[LineTest]) -> list[list[Finding]]:
    """Give, for each test, what is not as expected."""
    rules = rules_of(model)
    found: dict[int, list[Finding]] = {number: [] for number in range(len(tests))}
    for source in model.sources:
        of_source = [(n, test) for n, test in enumerate(tests) if test.source.name == source.name]
        lines = [(n, test, line) for n, test in of_source for line in test.lines]
        if not lines:
            continue
        winners = won(source, rules, [(test, line) for _, test, line in lines])
        mapper = _Told(model, source)
        for (number, test, line), indexes in zip(lines, winners, strict=True):
            found[number] += mapper.differences(test, line, *indexes)
    return list(found.values())


def rules_of(model: Model) -> RuleLists:
    """Give the three lists that every line is put through, in the order of the ledger's."""
    every = (column for source in model.sources for column in columns_of(source))
    columns = tuple(dict.fromkeys(every))  # in the order in which the model was checked

    def of(rules: Sequence[MappingRule]) -> list[Rule]:
        return [(parse_predicate(rule.where, columns), rule.valid) for rule in rules]

    owners = [owner for owner in model.consumers if owner.where is not None]
    return {
        "account": of(model.accounts),
        "centre": of(model.cost_centres),
        "consumer": [
            (parse_predicate(owner.where or "", columns), owner.valid) for owner in owners
        ],
    }


def won(
    source: Source, rules: RuleLists, lines: Sequence[tuple[LineTest, GivenLine]]
) -> list[tuple[int, ...]]:
    """Give the index of the rule that each line falls under, per list; -1 for none."""
    form = forms()
    own = dict.fromkeys(column for layout in source.layouts for column in layout.columns)
    given = [column for column in columns_of(source) if column in own] or columns_of(source)
    texts = {
        column: Texts.of(
            np.arange(len(lines), dtype=np.int32),
            [form[line.texts.get(column, "")] for _, line in lines],
        )
        for column in given
    }
    cleaned = clean(texts, source.clean, len(lines))
    placed = place(rules)
    seen = frozenset[str]().union(*(rule.columns for rule in placed))
    columns = {
        _ROW: pa.array(range(len(lines)), pa.int32()),
        PERIOD: pa.array([test.period.index for test, _ in lines], pa.int32()),
        "amount": pa.array([line.amount for _, line in lines], _NUMBER),
        "quantity": pa.array([line.quantity for _, line in lines], _NUMBER),
    }
    for column in sorted(seen - columns.keys()):
        values = [""] * len(lines)
        if column in cleaned:
            held = cleaned[column]
            values = [held.values[code] for code in held.codes.tolist()]
        columns[column] = pa.array(values, pa.string())
    matches = ", ".join(
        f"nullif({first_match(placed, which) or NONE}, {NONE})" for which in range(len(rules))
    )
    with closing(duckdb.connect(":memory:", config=_LOCKED)) as connection:
        connection.execute(binding(source.name))
        connection.register("given_lines", pa.table(columns))
        query = f"SELECT {matches} FROM given_lines ORDER BY {quoted(_ROW)}"
        rows = connection.execute(query).fetchall()
    return [tuple(-1 if index is None else int(index) for index in row) for row in rows]


class _Told:
    """Says what lines of one source become, in the words of the mapping rules."""

    def __init__(self, model: Model, source: Source) -> None:
        self._model = model
        self._source = source
        owners = [owner for owner in model.consumers if owner.where is not None]
        self._mapper = Mapper(model, owners)

    def differences(
        self, test: LineTest, line: GivenLine, account: int, centre: int, owner: int
    ) -> list[Finding]:
        """Compare what a line becomes with what is expected of it."""
        key, pool, _, _ = self._mapper.key(
            test.period.index, "", self._source.name, account, centre, owner
        )
        got = _become(key, pool)
        if key.outcome is not Outcome.IGNORED:
            got["recognise"] = self._recognised(account, centre)
        detail = [self._decided(account, centre)]
        if len(test.lines) > 1:
            detail.insert(0, f"the line in line {line.place.line}")
        return [
            Finding(
                each.place,
                f"{each.word}: expected {each.value}, got {got.get(each.word) or _else(key)}",
                detail=tuple(detail),
            )
            for each in test.becomes
            if got.get(each.word) != each.value
        ]

    def _recognised(self, account: int, centre: int) -> str:
        """Say how a line's cost is recognised."""
        by_account = self._model.accounts[account] if account >= 0 else None
        by_centre = self._model.cost_centres[centre] if centre >= 0 else None
        found = recognition_of(by_account, by_centre)
        return str(found) if found else "when it is posted"

    def _decided(self, account: int, centre: int) -> str:
        """Name the rules that decided."""
        by_account = self._model.accounts[account] if account >= 0 else None
        by_centre = self._model.cost_centres[centre] if centre >= 0 else None
        rules = [by_account]
        if by_account and not (by_account.ignore or by_account.keep_apart or by_account.to):
            rules.append(by_centre)
        said = [f'"{rule.name}" ({rule.place})' for rule in rules if rule]
        return f"decided by {' and '.join(said)}" if said else "no rule takes it"


def _become(key: Key, pool: str) -> dict[str, str]:
    """Give what a line becomes, by the words of an expectation; absent where it has none."""
    allocated = key.outcome is Outcome.ALLOCATED
    made = {"consumer": key.consumer}
    if key.outcome is not Outcome.IGNORED:
        made |= {"pool": pool, "class": key.cls}
    if allocated:
        made["to"] = key.object
    elif key.outcome is Outcome.KEPT_APART:
        made["keep_apart"] = key.label
    elif key.outcome is Outcome.IGNORED:
        made["ignore"] = key.label
    return {word: value for word, value in made.items() if value}


def _else(key: Key) -> str:
    """Say what became of a line that has nothing of the kind that was expected."""
    if key.outcome is Outcome.IGNORED:
        return f"ignore: {key.label}"
    if key.outcome is Outcome.KEPT_APART:
        return f"keep_apart: {key.label}"
    return _NOTHING.get(key.outcome, f"to: {key.object}")

"""The model's questions to its coded sources: cells, measures, what nothing takes."""

from __future__ import annotations

from collections import defaultdict
from decimal import Context, Decimal, Inexact
from functools import cached_property
from typing import TYPE_CHECKING, TypedDict

import pyarrow as pa
import pyarrow.parquet as pq

from truecost.engine import classify
from truecost.engine.bill_charges import charges
from truecost.engine.cells import Mapper
from truecost.engine.code import code_version
from truecost.engine.measures import measure
from truecost.kernel import digest
from truecost.kernel.findings import Finding, Place, SourceError
from truecost.kernel.money import to_minor
from truecost.model.checks import meet
from truecost.model.money_types import ECB
from truecost.rules.measure import parse_measure
from truecost.rules.predicate import parse_predicate
from truecost.sources.files import file_fault

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from truecost.engine.bill_charges import Charges
    from truecost.engine.cells import Outcome
    from truecost.engine.classify_signatures import Rule
    from truecost.engine.dialects.choose import Engine
    from truecost.engine.dialects.rows import Kept, Span
    from truecost.engine.drivers import Measured
    from truecost.kernel.periods import Period, Validity
    from truecost.model.types import Consumer, Driver, MappingRule, Model
    from truecost.store.derived import Derived
    from truecost.store.sources import CodedSource

_CELLS, _KEY = "cells", 32
_EXACT = Context(prec=80, traps=[Inexact])


class _How(TypedDict):
    """By which engine, and in how many threads of this process."""

    threads: int | None
    engine: Engine | None


class Ledger:
    """All loaded sources, read through the model's rules.

    `owners` are the consumers that recognise lines as their own, in the order in which they are
    asked; a consumer's index is its place in it. `begins` and `ends` are each source's first and
    last period (`Period.index`), without sources that have no lines. What is `derived` is taken
    from there and kept there: its owner holds the store's lock.
    """

    def __init__(
        self,
        model: Model,
        sources: Sequence[CodedSource],
        threads: int | None = None,
        engine: Engine | None = None,
        derived: Derived | None = None,
    ) -> None:
        self._model = model
        self._derived = derived
        self._sources = {source.name: source for source in sources}
        self._how: _How = {"threads": threads, "engine": engine}
        self._columns = sorted({name for source in sources for name in source.columns})
        self.owners: tuple[Consumer, ...] = tuple(
            consumer for consumer in model.consumers if consumer.where is not None
        )
        self.begins = {
            source.name: model.calendar.on(day).index
            for source in sources
            if (day := source.statistics.first_day) is not None
        }
        self.ends = {
            source.name: model.calendar.on(day).index
            for source in sources
            if (day := source.statistics.last_day) is not None
        }

    @cached_property
    def rules(self) -> Mapping[str, Sequence[Rule]]:
        """The three lists that every line is put through."""
        return {
            "account": [self._rule(rule) for rule in self._model.accounts],
            "centre": [self._rule(rule) for rule in self._model.cost_centres],
            "consumer": [
                (parse_predicate(owner.where or "", self._columns), self._life(owner))
                for owner in self.owners
            ],
        }

    def _life(self, consumer: Consumer) -> Validity:
        """Give when a consumer exists: while all those above it do too."""
        valid = consumer.valid
        known = {each.id: each for each in self._model.consumers}
        above = known.get(consumer.parent or "")
        while above is not None:
            valid = meet(valid, above.valid)
            above = known.get(above.parent or "")
        return valid

    def _rule(self, rule: MappingRule) -> Rule:
        return parse_predicate(rule.where, self._columns), rule.valid

    def cells(self, source: CodedSource, periods: Span, kept: Kept | None = None) -> pa.Table:
        """Classify a source's lines of the periods and add them up (see `classify.cells`).

        Columns that are `kept` have their texts, "" where they are not told apart.
        """
        key = self._key(periods, kept) if self._derived else ""
        if self._derived and (known := self._derived.table(_CELLS, source.load_id, key)):
            return known
        table = classify.cells(source, self.rules, periods, kept=kept, **self._how)
        texts = _texts(source) if kept else {}
        for column in kept or ():
            found = [texts.get((column, code), "") for code in table[column].to_pylist()]
            place = table.column_names.index(column)
            table = table.set_column(place, column, pa.array(found, pa.string()))
        if self._derived:
            self._derived.keep_table(_CELLS, source.load_id, key, table)
        return table

    def _key(self, periods: Span, kept: Kept | None) -> str:
        """Hash all that classifying a source's lines depends on, but for the lines."""
        said = {
            "code": code_version(),
            "rules": {
                name: [(predicate.text, predicate.sql, valid) for predicate, valid in rules]
                for name, rules in self.rules.items()
            },
            "columns": self._columns,
            "periods": list(periods),
            "kept": {
                column: {name: sorted(rules) for name, rules in lists.items()}
                for column, lists in (kept or {}).items()
            },
        }
        return digest.of(said)[:_KEY]

    def charges(
        self, source: CodedSource, periods: Span, scope: Sequence[str] = ()
    ) -> list[Charges]:
        """Add up a cloud bill's charges of the periods (see `bill_charges.charges`)."""
        return charges(source, self.rules, periods, scope, **self._how)

    def measure(self, driver: Driver) -> Measured:
        """Measure a driver over its source, for every period that the source has."""
        source = self._sources[driver.source or ""]
        where = parse_predicate(driver.where, source.columns) if driver.where else None
        table = measure(
            source,
            self.rules["consumer"],
            parse_measure(driver.measure or "", source.columns),
            where,
            months=driver.months,
            **self._how,
        )
        measured: Measured = defaultdict(dict)
        for row in table.to_pylist():
            measured[row["period"]][row["consumer"]] = row["value"]
        return dict(measured)

    def examples(
        self, outcome: Outcome, column: str, currency: str, span: tuple[Period, Period]
    ) -> list[tuple[str, int, int]]:
        """Give the values of a column where lines have an outcome: (value, lines, cost).

        Cost is in minor units, of one currency, rounded once per value; "" where a source has no
        such column.
        """
        mapper = Mapper(self._model, self.owners)
        counts: dict[str, int] = defaultdict(int)
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for source in self._sources.values():
            texts = _texts(source)
            there = column in source.columns
            kept: Kept = {column: {}} if there else {}
            found = classify.cells(source, self.rules, span, kept=kept, **self._how)
            for row in zip(*(each.to_pylist() for each in found.columns), strict=True):
                period, unit, account, centre, consumer, *code, lines, amount = row
                key, *_ = mapper.key(period, unit, source.name, account, centre, consumer)
                if key.outcome is outcome and unit == currency:
                    value = texts[column, code[0]] if there else ""
                    counts[value] += lines
                    sums[value] = _EXACT.add(sums[value], amount)
        return [(value, counts[value], to_minor(sums[value], currency)) for value in counts]

    def where(self, source: str, period: int, column: str, value: str) -> Place | None:
        """Give where the first line stands that has a value in a column; period -1: in any."""
        coded = self._sources[source]
        if column not in coded.columns:
            return None
        texts = _texts(coded)
        code = next((c for (name, c), text in texts.items() if (name, text) == (column, value)), -1)
        asked = [(column, "==", code), *([("period", "==", period)] if period >= 0 else [])]
        rows = pq.read_table(coded.rows, columns=["file", "line"], filters=asked)
        found = sorted(zip(rows["file"].to_pylist(), rows["line"].to_pylist(), strict=True))
        return Place(coded.files[found[0][0]].name, found[0][1]) if found else None

    def data_file(self, name: str) -> Path:
        """Give the path of a driver's file.

        Raise SourceError for what lies outside the workspace, or is there and is no file.
        """
        named = self._model.folder / name
        path = named.resolve()
        if not path.is_relative_to(self._model.folder.resolve()):
            raise SourceError(Finding(None, f"{name} lies outside the workspace"))
        fault = file_fault(named, name)
        if fault is not None:
            raise SourceError(fault)
        return path

    def data_digests(self) -> dict[str, str]:
        """Give the SHA-256 of each file of drivers or rates, by its name in the model."""
        chosen = self._model.currencies
        rates = (
            {chosen.rates, chosen.budget_rates, chosen.tokens} - {ECB, ""} if chosen else set[str]()
        )
        files = {each for driver in self._model.drivers for each in (driver.file, driver.rates)}
        names = sorted({each for each in files if each} | rates)
        paths = {name: self.data_file(name) for name in names}
        return {name: digest.of_file(path) for name, path in paths.items() if path.is_file()}


def _texts(source: CodedSource) -> dict[tuple[str, int], str]:
    """Give the text behind each code: (column, code) → value."""
    table = pq.read_table(source.dictionary)
    return {
        (row["column"], row["code"]): row["value"]
        for row in table.select(["column", "code", "value"]).to_pylist()
    }

"""A build: a workspace's sources and model become a run, whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from truecost.engine.allocate import allocate
from truecost.engine.cells import Cell, Mapper, Outcome, SourceTotal, settle_source
from truecost.engine.drivers import DriverBook
from truecost.engine.ledger import Ledger
from truecost.engine.manifest import manifest
from truecost.engine.proof import prove
from truecost.engine.rows import Rows
from truecost.engine.unmapped import refuse_unmapped
from truecost.kernel.findings import Finding, SourceError
from truecost.kernel.periods import Period, span
from truecost.model.resolve import resolve
from truecost.sources.focus_invoices import check_invoices
from truecost.sources.ledger import check_rejects, load_ledger

if TYPE_CHECKING:
    from pathlib import Path

    from truecost.model.types import Model
    from truecost.store.runs import Run, Store
    from truecost.store.sources import CodedSource


class Progress(Protocol):
    """Is told how far a stage has come."""

    def __call__(self, stage: str, done: int, of: int) -> None:
        """Take `done` of `of` steps of a stage."""


def silent(stage: str, done: int, of: int) -> None:
    """Take progress and say nothing."""


@dataclass(frozen=True, slots=True)
class Built:
    """A saved run, and the loaded sources it was made from."""

    run: Run
    sources: tuple[CodedSource, ...]


def load_sources(
    model: Model, store: Store, data: Path | None = None, progress: Progress = silent
) -> tuple[CodedSource, ...]:
    """Load every source, each whole; nothing that is unchanged is read again.

    `data` is a folder that stands in for the folder of the (only) source's files. Raise
    SourceError where a file can't be read or the model doesn't say how to treat rejected lines.
    """
    if data is not None and len(model.sources) != 1:
        raise SourceError("--data stands in for one source's folder, and this model has several")
    loaded = []
    findings: list[Finding] = []
    for source in model.sources:
        coded = load_ledger(
            source,
            model.folder,
            store,
            folder=data,
            currency=model.currency,
            progress=partial(progress, f"reading {source.name}"),
        )
        findings += check_rejects(coded, source)
        if data is None:  # the totals are those of the source's own files
            findings += check_invoices(coded, source, model.folder)
        loaded.append(coded)
    if findings:
        raise SourceError(findings)
    return tuple(loaded)


def build(
    model: Model,
    store: Store,
    *,
    first: Period | None = None,
    last: Period | None = None,
    data: Path | None = None,
    threads: int | None = None,
    progress: Progress = silent,
) -> Built:
    """Compute the periods from `first` to `last` and save them as one run.

    Without them the workspace's `periods`, or else all that the ledger has. The caller holds the
    store's lock. Raise SourceError or AllocationError; then nothing is saved.
    """
    sources = load_sources(model, store, data, progress)
    ledger = Ledger(model, sources, threads)
    data_digests = ledger.data_digests()
    periods = _periods(model, ledger, first, last)
    mapper = Mapper(model, ledger.owners)
    cells: list[Cell] = []
    totals: list[SourceTotal] = []
    for number, source in enumerate(sources):
        progress("classifying", number, len(sources))
        found, sums = settle_source(ledger.cells(source, periods), source.name, mapper)
        cells += found
        totals += sums
    progress("classifying", len(sources), len(sources))
    refuse_unmapped(model, ledger, cells)
    book = DriverBook(model, ledger.owners, ledger.measure, ledger.begins, ledger.data_file)
    made = Rows()
    digests = {}
    by_entry = _entries(cells)
    for number, period in enumerate(periods):
        progress("allocating", number, len(periods))
        resolved = resolve(model, period)
        digests[str(period)] = resolved.digest
        made.freeze(resolved, book)
        for currency in sorted({key[1] for key in by_entry if key[0] == period.index}):
            entries = by_entry[period.index, currency]
            result = allocate(resolved, currency, entries, partial(book.quantities, period=period))
            made.take(period.index, currency, result)
    progress("allocating", len(periods), len(periods))
    made.keep_apart(cells)
    made.keep_model(model, ledger.rules, periods, book)
    proof = prove(cells, made.lines, made.remainders)
    if ledger.data_digests() != data_digests:
        raise SourceError("a driver's file changed while it was read: build again")
    said = manifest(model, sources, data_digests, digests, totals, proof)
    return Built(store.save_run(made.tables(cells, proof), said), sources)


def _periods(
    model: Model, ledger: Ledger, first: Period | None, last: Period | None
) -> list[Period]:
    """Give the periods to compute: as asked, else as the workspace says, else all."""
    begins = min(ledger.begins.values(), default=None)
    ends = max(ledger.ends.values(), default=None)
    if begins is None or ends is None:
        raise SourceError("the ledger has no lines: there is nothing to compute")
    start = first or model.first_period or Period(begins)
    stop = last or model.last_period or Period(ends)
    if start > stop:
        raise SourceError(f"there is no period from {start} to {stop}")
    if stop.index < begins or start.index > ends:
        raise SourceError(
            f"the ledger has nothing from {start} to {stop}: it covers"
            f" {Period(begins)} to {Period(ends)}"
        )
    return list(span(start, stop))


def _entries(cells: list[Cell]) -> dict[tuple[int, str], dict[str, dict[str, int]]]:
    """Add up what enters each cost object: (period, currency) → object → class → minor units."""
    entries: dict[tuple[int, str], dict[str, dict[str, int]]] = {}
    for cell in cells:
        key = cell.key
        if key.outcome is Outcome.ALLOCATED:
            by_class = entries.setdefault((key.period, key.currency), {}).setdefault(key.object, {})
            by_class[key.cls] = by_class.get(key.cls, 0) + cell.amount
    return entries

"""A build: a workspace's sources and model become a run, whole or not at all."""

from __future__ import annotations

import gc
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from truecost.engine.allocate import allocate
from truecost.engine.capacity import over_used
from truecost.engine.cells import Cell, Mapper, Outcome, SourceTotal, settle_source
from truecost.engine.charging import charge_all, lacking
from truecost.engine.closed import ClosedPeriods, marked, place
from truecost.engine.dialects.choose import begun
from truecost.engine.drivers import DriverBook
from truecost.engine.exchange import exchange
from truecost.engine.faults import once
from truecost.engine.ledger import Ledger
from truecost.engine.manifest import manifest
from truecost.engine.omissions import Omissions
from truecost.engine.proof import prove
from truecost.engine.recognise import (
    kept_columns,
    needed,
    reach,
    recognise,
    recognises,
    registered,
)
from truecost.engine.remembered import asked, remember, remembered
from truecost.engine.rows import Rows
from truecost.engine.savings import savings
from truecost.engine.started_rates import refuse_changed
from truecost.engine.unmapped import unmapped
from truecost.kernel.findings import AllocationError, Finding, SourceError
from truecost.kernel.periods import span
from truecost.model.resolve import Resolver
from truecost.sources.focus_invoices import check_invoices
from truecost.sources.ledger import check_rejects, load_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from truecost.engine.allocate import Entries
    from truecost.engine.closed import Placed
    from truecost.engine.dialects.choose import Engine
    from truecost.kernel.periods import Period
    from truecost.model.resolve import PeriodModel
    from truecost.model.types import Model
    from truecost.store.derived import Derived
    from truecost.store.run import Run
    from truecost.store.runs import Store
    from truecost.store.sources import CodedSource


class Progress(Protocol):
    """Is told how far a stage has come."""

    def __call__(self, stage: str, done: int, of: int) -> None:
        """Take `done` of `of` steps of a stage."""


def silent(stage: str, done: int, of: int) -> None:
    """Take progress and say nothing."""


@dataclass(frozen=True, slots=True)
class Built:
    """A saved run, the loaded sources it was made from, and what was not sure about it.

    `again` says that it was there, whole, and that nothing of what it is made from has changed.
    """

    run: Run
    sources: tuple[CodedSource, ...]
    warnings: tuple[Finding, ...] = ()
    again: bool = False


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """All that a build comes to, before it is saved: the run's tables and manifest."""

    periods: tuple[Period, ...]
    tables: Mapping[str, pa.Table]
    manifest: Mapping[str, Any]
    warnings: tuple[Finding, ...]


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
            calendar=model.calendar,
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
    full: bool = False,
) -> Built:
    """Compute the periods from `first` to `last` and save them as one run.

    Without them the workspace's `periods`, or else all that the ledger has. What was computed
    before from the same is taken from the store, unless it is to be computed in `full`; the run is
    the same. The caller holds the store's lock. Raise ModelError, SourceError or AllocationError;
    then nothing is saved.
    """
    refuse_changed(store, model)
    with begun(model.engine) as engine:
        sources = load_sources(model, store, data, progress)
        closed = ClosedPeriods.of(store)
        wanted = asked(model, sources, closed, (first, last), data)
        if wanted and not full and (before := remembered(store, wanted)):
            return Built(before[0], sources, before[1], again=True)
        made = rehearse(
            model, sources, closed=closed,
            first=first, last=last, threads=threads, progress=progress, engine=engine,
            derived=None if full else store.derived,
        )  # fmt: skip
    run = store.save_run(made.tables, made.manifest)
    if wanted:
        remember(store, wanted, run, made.warnings)
    return Built(run, sources, made.warnings)


def rehearse(
    model: Model,
    sources: Sequence[CodedSource],
    *,
    closed: ClosedPeriods | None = None,
    first: Period | None = None,
    last: Period | None = None,
    threads: int | None = None,
    progress: Progress = silent,
    engine: Engine | None = None,
    derived: Derived | None = None,
) -> Rehearsed:
    """Do all that a build does with loaded sources, short of saving.

    What is `closed` stands; lines that came later for it are placed in the open period. Without an
    `engine` that has begun, the model's begins here. What is `derived` need not be classified
    again; whoever gives it holds the store's lock. Raise SourceError or AllocationError with the
    faults of driver files and all lines without a place, or else with those of the allocation of
    all periods, each once.
    """
    periods = _periods(model, Ledger(model, sources), first, last)
    placed = place(closed, sources, model, periods[-1])
    with nullcontext(engine) if engine else begun(model.engine) as used, _unswept():
        ledger = Ledger(model, placed.sources, threads, used, derived)
        return _rehearsed(model, ledger, closed, periods, placed, progress)


@contextmanager
def _unswept() -> Iterator[None]:
    """Keep the collector of cycles away: it would look at all the model over and over in vain."""
    swept = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if swept:
            gc.enable()


def _rehearsed(
    model: Model,
    ledger: Ledger,
    closed: ClosedPeriods | None,
    periods: list[Period],
    placed: Placed,
    progress: Progress,
) -> Rehearsed:
    sources = placed.sources
    data_digests = ledger.data_digests()
    cells, totals = _classified(model, ledger, sources, periods, progress)
    cells = needed(model, cells, periods)
    exchanged = exchange(model, cells, ledger.data_file)
    recognised = recognise(model, exchanged.cells, periods, ledger.begins, ledger.where)
    cells = recognised.cells
    book = DriverBook(model, ledger.owners, ledger.measure, ledger.begins, ledger.data_file)
    _refuse(book.faults(periods), [*unmapped(model, ledger, cells), *exchanged.findings])
    made = Rows()
    omissions = Omissions(book)
    faults: list[tuple[Period, Finding]] = []
    models = []
    digests = {}
    by_entry = _entries(cells)
    resolver = Resolver(model)
    for number, period in enumerate(periods):
        progress("allocating", number, len(periods))
        resolved = resolver.at(period)
        models.append(resolved)
        digests[str(period)] = resolved.digest
        by_currency = {unit: each for (of, unit), each in by_entry.items() if of == period.index}
        found = _allocate(resolved, by_currency, book, made, omissions)
        faults += ((period, finding) for finding in found)
    progress("allocating", len(periods), len(periods))
    if faults:
        raise AllocationError(once(faults))
    if early := lacking(models, model.calendar.period(min(_of_ledgers(model, ledger.begins)))):
        raise AllocationError(early)
    warnings = made.charge(*charge_all(models, made.lines, book.quantities))
    made.keep_apart(cells)
    made.keep_rates(exchanged.rates)
    made.keep_model(model, ledger.rules, periods, book)
    proof = prove(cells, made.lines, made.remainders, made.charges, made.recovery, model.calendar)
    if ledger.data_digests() != data_digests:
        raise SourceError("a driver's file changed while it was read: build again")
    said = manifest(model, sources, data_digests, digests, totals, proof, exchanged.rates)
    tables = made.tables(cells, proof, recognised.schedules)
    if closed is not None:
        tables, said = closed.kept(tables, said, periods, placed)
    warned = (
        *placed.findings, *omissions.findings(), *over_used(made.held), *warnings
    )  # fmt: skip
    return Rehearsed(tuple(periods), tables, said, warned)


def _classified(
    model: Model,
    ledger: Ledger,
    sources: Sequence[CodedSource],
    periods: Sequence[Period],
    progress: Progress,
) -> tuple[list[Cell], list[SourceTotal]]:
    """Give the cells of every source, as the ledger has them, and what it has in each period.

    Where something is recognised over time, cells of earlier periods too.
    """
    cells: list[Cell] = []
    totals: list[SourceTotal] = []
    earliest = reach(model, ledger.begins, periods)
    for number, (source, of_model) in enumerate(zip(sources, model.sources, strict=True)):
        progress("classifying", number, len(sources))
        asked = earliest.get(source.name, periods[0]), periods[-1]
        table = ledger.cells(source, asked, kept_columns(model, of_model, source.columns))
        mapper = Mapper(model, ledger.owners, of_model.register or "")
        settled, sums = settle_source(table, source.name, mapper)
        cells += registered(of_model, marked(settled))
        totals += [each for each in sums if each.period >= periods[0].index]
        for chosen in model.commitments:
            if chosen.source == source.name:
                cells += savings(source, chosen, mapper, ledger.charges, periods)
    progress("classifying", len(sources), len(sources))
    return cells, totals


def _refuse(driver_files: Sequence[Finding], lines: Sequence[Finding]) -> None:
    """Raise for what is wrong in driver files and for lines without a place, together."""
    if driver_files:
        raise SourceError([*driver_files, *lines])
    if lines:
        raise AllocationError(lines)


def _allocate(
    model: PeriodModel,
    entries: Mapping[str, Entries],
    book: DriverBook,
    made: Rows,
    omissions: Omissions,
) -> list[Finding]:
    """Allocate a period, currency by currency, and take what it comes to; give its faults."""
    quantities = partial(book.quantities, period=model.period)
    findings: list[Finding] = []
    try:
        made.freeze(model, book)
        omissions.look(model)
    except AllocationError as fault:
        return list(fault.findings)
    for currency in sorted(entries):
        try:
            result = allocate(model, currency, entries[currency], quantities)
        except AllocationError as fault:
            findings += fault.findings
        else:
            made.take(model.period, currency, result)
    return findings


def _periods(
    model: Model, ledger: Ledger, first: Period | None, last: Period | None
) -> list[Period]:
    """Give the periods to compute: as asked, else as the workspace says, else all."""
    begins = min(_of_ledgers(model, ledger.begins), default=None)
    ends = max(_of_ledgers(model, ledger.ends), default=None)
    if begins is None or ends is None:
        raise SourceError("the ledger has no lines: there is nothing to compute")
    start = first or model.first_period or model.calendar.period(begins)
    stop = last or model.last_period or model.calendar.period(ends)
    if start > stop:
        raise SourceError(f"there is no period from {start} to {stop}")
    # what the ledger has counts after it, too, where cost is recognised over time
    if stop.index < begins or (start.index > ends and not recognises(model)):
        raise SourceError(
            f"the ledger has nothing from {start} to {stop}: it covers"
            f" {model.calendar.period(begins)} to {model.calendar.period(ends)}"
        )
    return list(span(start, stop))


def _of_ledgers(model: Model, found: Mapping[str, int]) -> list[int]:
    """Give what is known of each source but for registers, whose months are not the books'."""
    return [found[each.name] for each in model.sources if not each.register and each.name in found]


def _entries(cells: list[Cell]) -> dict[tuple[int, str], dict[str, dict[str, int]]]:
    """Add up what enters each cost object: (period, currency) → object → class → minor units."""
    entries: dict[tuple[int, str], dict[str, dict[str, int]]] = {}
    for cell in cells:
        key = cell.key
        if key.outcome is Outcome.ALLOCATED:
            by_class = entries.setdefault((key.period, key.currency), {}).setdefault(key.object, {})
            by_class[key.cls] = by_class.get(key.cls, 0) + cell.amount
    return entries

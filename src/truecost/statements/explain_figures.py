"""Which figures can be asked about: totals and lines of statements, and rows of `show`.

Each becomes a settled amount with the cells that are in it, and what part of each.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import pyarrow.compute as pc
from rapidfuzz import process

from truecost.engine.graph import REMAINDER
from truecost.engine.lineage import Paths, Pulled
from truecost.engine.lineage_lines import Cell, cells_of
from truecost.kernel.findings import Finding, UsageError
from truecost.model.types import Kind
from truecost.statements import explain_charges as charges
from truecost.statements.explain import Figure, object_name, with_parts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from truecost.kernel.periods import Period
    from truecost.statements.book import Book
    from truecost.store.run import Run

DIRECTLY = "directly"
_LIKENESS = 60
_NOTHING = Pulled({}, 0.0)


def statement_figure(
    run: Run,
    book: Book,
    consumer: str,
    period: Period,
    *,
    service: str | None = None,
    cls: str = "",
    currency: str | None = None,
) -> Figure:
    """Give a statement's total, or one line of it; of a branch, that of all below it.

    `service` is a service's id, a cost object (`tower Network / LAN`), or `directly` for what
    stands on the consumer itself. Raise UsageError for what the statement does not have.
    """
    book.check_period(period)
    node = book.check_consumer(consumer, period)
    currency = currency or book.currency
    leaves = book.leaves(consumer, period)
    charged = _lines(book, period, currency, cls, leaves)
    source = None if service is None else _source(book, service, charged, period, node.name)
    amount = sum(part for key, part in charged.items() if source is None or key == source)
    targets = tuple(f"{Kind.CONSUMER} {leaf}" for leaf in leaves)
    paths = _paths(run, book, period, currency)
    sources = None if source is None else {source} - {""}
    edges = paths.into(targets, sources)
    direct = targets if source in {None, ""} else ()
    pulled = paths.pull(((edge.source, edge.share) for edge in edges), direct)
    line = "" if source is None else f": {_line_name(book, period, source)}"
    return Figure(
        f"{node.name}{line}", "you", (period,), currency, cls, amount,
        with_parts(_cells(run, book, period, currency), pulled, cls), pulled, paths, targets,
        None if sources is None else frozenset(sources),
        charges.told(book, consumer, period, currency, source),
    )  # fmt: skip


def service_figure(
    run: Run, book: Book, service: str, periods: Sequence[Period], currency: str, cls: str
) -> Figure:
    """Give what a service (or tower) charges all consumers together, as `show` has it."""
    source = service if " " in service else f"{Kind.SERVICE} {service}"

    def amount(period: Period) -> int:
        return _settled(run, "lines", "service", source, period, currency, cls)

    def pull(paths: Paths, period: Period) -> tuple[Pulled, tuple[str, ...]]:
        leaves = [f"{Kind.CONSUMER} {node.id}" for node in book.tree(period) if node.leaf]
        edges = paths.into(leaves, {source})
        return paths.pull((edge.source, edge.share) for edge in edges), tuple(leaves)

    known = {row for period in periods for row in _column(run, "lines", "service", period)}
    _check(source, known, "service", Kind.SERVICE)
    name = object_name(book, periods[-1], source)
    return _pulled(
        run, book, periods, currency, cls, f"{name}: all that it charges", amount, pull, {source}
    )


def remainder_figure(
    run: Run, book: Book, name: str, periods: Sequence[Period], currency: str, cls: str
) -> Figure:
    """Give a named remainder, or what rules ignore for a reason."""
    known = {row for period in periods for row in _column(run, "remainders", "name", period)}
    ignored = {
        cell.label
        for period in periods
        for cell in _cells(run, book, period, currency)
        if cell.outcome == "ignored"
    }
    _check(name, known | ignored, "remainder")
    if name in ignored - known:
        return _entered(
            run, book, periods, currency, cls, f"left out: {name}",
            lambda cell: cell.outcome == "ignored" and cell.label == name,
        )  # fmt: skip

    def amount(period: Period) -> int:
        return _settled(run, "remainders", "name", name, period, currency, cls)

    def pull(paths: Paths, period: Period) -> tuple[Pulled, tuple[str, ...]]:
        del period
        target = f"{REMAINDER}{name}"
        edges = paths.into([target])
        return paths.pull(((e.source, e.share) for e in edges), [target]), (target,)

    def apart(cell: Cell) -> bool:
        return cell.outcome not in {"allocated", "ignored"} and name == (cell.label or cell.outcome)

    return _pulled(
        run, book, periods, currency, cls, f"not charged: {name}", amount, pull, None, apart
    )


def tower_figure(
    run: Run, book: Book, tower: str, periods: Sequence[Period], currency: str, cls: str
) -> Figure:
    """Give what the ledger has in a tower, as `show` has it: with what entered its services."""
    towers = {
        f"{Kind.SERVICE} {row['id']}": row["tower"] or row["name"]
        for period in periods
        for row in book.rows("services", period)
    }

    def inside(cell: Cell) -> bool:
        kind, _, name = cell.object.partition(" ")
        return (name if kind == Kind.TOWER else towers.get(cell.object)) == tower

    return _entered(run, book, periods, currency, cls, f"tower {tower}", inside)


def pool_figure(
    run: Run, book: Book, pool: str, periods: Sequence[Period], currency: str, cls: str
) -> Figure:
    """Give what the ledger has in a pool, as `show` has it; of `Software`, all its sub-pools."""

    def inside(cell: Cell) -> bool:
        found = cell.pool or "no pool"
        return cell.outcome == "allocated" and (found == pool or found.startswith(f"{pool} / "))

    return _entered(run, book, periods, currency, cls, f"pool {pool}", inside)


def _entered(
    run: Run,
    book: Book,
    periods: Sequence[Period],
    currency: str,
    cls: str,
    subject: str,
    inside: Callable[[Cell], bool],
) -> Figure:
    cells = [
        cell
        for period in periods
        for cell in _cells(run, book, period, currency)
        if cls in {"", cell.cls}
    ]
    chosen = tuple(cell for cell in cells if inside(cell))
    if not chosen:
        kind, _, name = subject.partition(" ")
        known = {cell.pool if kind == "pool" else cell.object for cell in cells}
        _check(name, {each.removeprefix("tower ") for each in known if each}, kind)
    amount = sum(cell.amount for cell in chosen)
    return Figure(
        subject, "", tuple(periods), currency, cls, amount, chosen, _NOTHING, None, (), None
    )  # fmt: skip


def _pulled(
    run: Run,
    book: Book,
    periods: Sequence[Period],
    currency: str,
    cls: str,
    subject: str,
    amount: Callable[[Period], int],
    pull: Callable[[Paths, Period], tuple[Pulled, tuple[str, ...]]],
    sources: set[str] | None,
    also: Callable[[Cell], bool] | None = None,
) -> Figure:
    """Pull a figure in each of its periods; the chain is told where there is only one."""
    cells: list[Cell] = []
    total = 0
    bound = 0.0
    paths: Paths | None = None
    found, targets = _NOTHING, tuple[str, ...]()
    for period in periods:
        paths = _paths(run, book, period, currency)
        found, targets = pull(paths, period)
        bound = max(bound, found.bound)
        there = _cells(run, book, period, currency)
        cells += with_parts(there, found, cls)
        cells += [
            cell.partly(Fraction(1))
            for cell in there
            if also is not None and also(cell) and cls in {"", cell.cls}
        ]
        total += amount(period)
    alone = len(periods) == 1
    return Figure(
        subject, "consumers together" if sources else "this remainder", tuple(periods), currency,
        cls, total, tuple(cells),
        Pulled(found.parts if alone else {}, bound), paths if alone else None, targets,
        None if sources is None else frozenset(sources),
    )  # fmt: skip


def _paths(run: Run, book: Book, period: Period, currency: str) -> Paths:
    """Give a period's shares, read once."""
    return book.once(("paths", period, currency), lambda: Paths.of(run, period, currency))


def _cells(run: Run, book: Book, period: Period, currency: str) -> list[Cell]:
    """Give a period's cells, read once."""
    return book.once(("cells", period, currency), lambda: cells_of(run, period, currency))


def _lines(
    book: Book, period: Period, currency: str, cls: str, leaves: Collection[str]
) -> dict[str, int]:
    """Give the settled amounts of some consumers together, by what they come from."""
    found: dict[str, int] = {}
    keep = {"class": cls} if cls else {}
    for row in book.kept("lines", period, consumer=leaves, currency=currency, **keep).to_pylist():
        found[row["service"]] = found.get(row["service"], 0) + row["amount"]
    return found


def _settled(
    run: Run, table: str, column: str, value: str, period: Period, currency: str, cls: str
) -> int:
    rows = run.part(table, period.index)
    rows = rows.filter(pc.and_(pc.equal(rows[column], value), pc.equal(rows["currency"], currency)))
    if cls:
        rows = rows.filter(pc.equal(rows["class"], cls))
    return sum(rows["amount"].to_pylist())


def _column(run: Run, table: str, column: str, period: Period) -> list[str]:
    return [str(each) for each in run.part(table, period.index)[column].unique().to_pylist()]


def _source(
    book: Book, service: str, charged: Collection[str], period: Period, consumer: str
) -> str:
    """Give the cost object that a line of a statement is named by."""
    if service == DIRECTLY:
        source = ""
    elif service in charged:
        source = service
    else:
        source = f"{Kind.SERVICE} {service}"
    if source in charged:
        return source
    known = {
        each: f"{each.removeprefix('service ') or DIRECTLY} {_line_name(book, period, each)}"
        for each in charged
    }
    best = process.extractOne(service, known, processor=str.lower, score_cutoff=_LIKENESS)
    listed = ", ".join(sorted(each.removeprefix("service ") or DIRECTLY for each in charged))
    raise UsageError(
        Finding(
            None,
            f'the statement of {consumer} for {period.words} has no line "{service}"',
            f'did you mean "{best[2].removeprefix("service ") or DIRECTLY}"?' if best else "",
            (f"it has {listed}" if listed else "it has no lines",),
        )
    )


def _check(name: str, known: Collection[str], what: str, kind: str = "") -> None:
    """Raise UsageError, with a suggestion, for what a run does not have."""
    if name in known:
        return
    # sorted: of names that are equally alike always the same is meant
    plain = {
        each: each.removeprefix(f"{kind} ") if kind else each for each in sorted(known) if each
    }
    best = process.extractOne(name, plain, processor=str.lower, score_cutoff=_LIKENESS)
    asked = name.removeprefix(f"{kind} ") if kind else name
    raise UsageError(
        Finding(
            None,
            f'the run has no {what} "{asked}" in these periods',
            f'did you mean "{best[0]}"?' if best else "",
            (f"it has {', '.join(sorted(plain.values())[:40])}",) if plain else (),
        )
    )


def _line_name(book: Book, period: Period, source: str) -> str:
    return object_name(book, period, source) if source else "bought for it directly"

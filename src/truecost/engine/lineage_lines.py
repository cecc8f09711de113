"""The ledger lines behind a figure, and the figure behind a ledger line.

A run does not say which line went where. It keeps the rules; putting the pinned coded source
through them again, only the periods that are asked for, finds the lines of any cell.
"""

from __future__ import annotations

import operator
from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from truecost.engine.cells import Key, Mapper
from truecost.engine.classify_query import assignment
from truecost.engine.classify_session import name, opened, text
from truecost.engine.classify_signatures import NONE, NUMBERS, PERIOD, first_match
from truecost.engine.classify_signatures import place as rules_at
from truecost.engine.frozen import Frozen, thaw
from truecost.engine.lineage_rows import (
    LedgerLine,
    choose,
    largest,
    lines_at,
    rows_of,
    valued,
)
from truecost.kernel.findings import Finding, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

    import duckdb

    from truecost.kernel.periods import Period
    from truecost.store.runs import Run, Store
    from truecost.store.sources import CodedSource

    #: A period, and the rules of each list that win there, -1 for none.
    RuleKey = tuple[int, ...]

TOP = 10
#: So many of the largest amounts are looked at first. Doubles rank: what is close is a tie.
_LARGEST = 4096
_SAFE = 1 + 1e-9
_HASH = 32
_SHORT_HASH = 12


@dataclass(frozen=True, slots=True)
class Cell:
    """A row of a run's `cells`, and what part of it is in the figure."""

    period: int
    currency: str
    source: str
    outcome: str
    label: str
    pool: str
    object: str
    cls: str
    consumer: str
    rule: str
    centre_rule: str
    lines: int
    amount: int
    part: Fraction = Fraction(1)

    @property
    def portion(self) -> Fraction:
        """What of it is in the figure, in minor units."""
        return self.amount * self.part


@dataclass(frozen=True, slots=True)
class Behind:
    """A ledger line with what part of it is in the figure, and where it entered."""

    line: LedgerLine
    cell: Cell
    part: Fraction


def cells_of(run: Run, period: Period, currency: str) -> list[Cell]:
    """Give a run's cells of one period and currency."""
    columns = (
        "period", "currency", "source", "outcome", "label", "pool", "object", "class", "consumer",
        "rule", "centre_rule", "lines", "amount",
    )  # fmt: skip
    table = run.part("cells", period.index)
    rows = zip(*(table[column].to_pylist() for column in columns), strict=True)
    return [Cell(*row) for row in rows if row[1] == currency]


def frozen_of(run: Run, *, conditions_only: bool = True) -> Frozen | None:
    """Give the model that a run keeps; None where it was written before runs kept one.

    With `conditions_only` only what recognises ledger lines, and the settings.
    """
    if "model" not in run.manifest["tables"]:
        return None
    return thaw(run.table("model").to_pylist(), conditions_only=conditions_only)


def source_of(store: Store, run: Run, source: str) -> CodedSource:
    """Give the coded source that a run was made from. Raise StoreError where it is gone."""
    load = run.manifest["inputs"]["sources"][source]
    found = store.source(load)
    if found is None:
        raise StoreError(
            Finding(
                None,
                f'the coded source "{source}" of run {run.id} is not in the store',
                "build again, from the same files: it is read again under the same id",
            )
        )
    return found


def behind(
    store: Store,
    run: Run,
    frozen: Frozen,
    cells: Iterable[Cell],
    top: int | None = TOP,
    threads: int | None = None,
) -> list[Behind]:
    """Give the ledger lines of some cells, those with the largest part in the figure first.

    `top` limits how many; None gives all. Raise StoreError where a source is gone or damaged.
    """
    by_source: dict[str, list[Cell]] = defaultdict(list)
    for cell in cells:
        if cell.part:
            by_source[cell.source].append(cell)
    found: list[Behind] = []
    for source in sorted(by_source):
        coded = source_of(store, run, source)
        found += _behind(coded, frozen, by_source[source], top, threads)
    found.sort(key=lambda each: (-abs(each.part * Fraction(each.line.amount)), each.line.identity))
    return found[:top]


def _behind(
    source: CodedSource,
    frozen: Frozen,
    cells: Sequence[Cell],
    top: int | None,
    threads: int | None,
) -> list[Behind]:
    rows = _among_largest(source, frozen, cells, top, threads) if top is not None else None
    if rows is None:
        rows = _among_all(source, frozen, cells, top, threads)
    return [Behind(line, cells[cell], cells[cell].part) for line, cell in rows]


def _among_largest(
    source: CodedSource,
    frozen: Frozen,
    cells: Sequence[Cell],
    top: int,
    threads: int | None,
) -> list[tuple[LedgerLine, int]] | None:
    """Look among the largest amounts of the periods only; None where the others might matter.

    No line beyond them has a larger part in the figure than the least amount among them times the
    largest part that any cell has. That is certain, and nearly always enough.
    """
    keys = _keys(frozen, cells)
    periods = {cell.period for cell in cells}
    chosen = largest(source, periods, cells[0].currency, _columns(frozen), _LARGEST)
    with opened(source, threads) as connection:
        rows = classified(connection, source, frozen, chosen)
    parts = [float(cell.part) for cell in cells]
    found = sorted(
        (-abs(float(amount) * parts[keys[key]]), place, keys[key])
        for place, amount, key in rows
        if key in keys
    )
    least = min((abs(amount) for _, amount, _ in rows), default=0)
    beyond = float(least) * max(map(abs, parts))
    enough = len(found) >= top and -found[top - 1][0] > beyond * _SAFE
    whole = len(rows) < _LARGEST or len(found) == sum(cell.lines for cell in cells)
    if not enough and not whole:
        return None
    lines = lines_at(source, [place for _, place, _ in found[:top]])
    return [(lines[place], cell) for _, place, cell in found[:top]]


def classified(
    connection: duckdb.DuckDBPyConnection,
    source: CodedSource,
    frozen: Frozen,
    chosen: pa.Table,
) -> list[tuple[int, Decimal, RuleKey]]:
    """Put a few rows through the rules: place, amount, and period with the rules that win.

    `chosen` are rows with codes, as `lineage_rows` gives them.
    """
    rules = rules_at(frozen.rules)
    listed = ", ".join(
        f"CAST(coalesce(nullif({first_match(rules, which) or NONE}, {NONE}), -1) AS INTEGER)"
        for which in range(len(frozen.rules))
    )
    connection.register("chosen", valued(source, chosen, _columns(frozen)))
    query = f'SELECT "#row", amount, period, {listed} FROM chosen ORDER BY 1'
    found = connection.execute(query).fetchall()
    return [(place, amount, tuple(key)) for place, amount, *key in found]


def _columns(frozen: Frozen) -> frozenset[str]:
    """Give the columns of text that rules look at."""
    every = (predicate.columns for rules in frozen.rules.values() for predicate, _ in rules)
    return frozenset[str]().union(*every) - NUMBERS - {PERIOD}


def _among_all(
    source: CodedSource,
    frozen: Frozen,
    cells: Sequence[Cell],
    top: int | None,
    threads: int | None,
) -> list[tuple[LedgerLine, int]]:
    """Put every line of the periods through the rules."""
    keys = _keys(frozen, cells)
    arrays = {
        column: pa.array([key[position] for key in keys], pa.int32())
        for position, column in enumerate(("period", *frozen.rules))
    }
    arrays["cell"] = pa.array(keys.values(), pa.int32())
    arrays["part"] = pa.array([float(cells[cell].part) for cell in keys.values()], pa.float64())
    with opened(source, threads) as connection:
        connection.register("wanted", pa.table(arrays))
        fetched = {
            "#row": "x.file_row_number", "#period": "x.period", "#currency": "x.currency",
            "#amount": "x.amount",
        }  # fmt: skip
        # the view has no places of rows
        connection.execute(
            "CREATE TEMP TABLE some_lines AS SELECT *, file_row_number FROM"
            f" {rows_of(source)} WHERE {_in_periods(cells)}"
        )
        connection.execute("DROP VIEW ledger")
        connection.execute("ALTER TABLE some_lines RENAME TO ledger")
        lines = assignment(connection, frozen.rules, fetched)
        joined = " AND ".join(f"w.{name(which)} = l.{name(which)}" for which in frozen.rules)
        limit = "" if top is None else f"LIMIT {int(top)}"
        chosen = connection.execute(
            f'SELECT l."#row", w.cell FROM ({lines}) AS l'
            f' JOIN wanted AS w ON w.period = l."#period" AND {joined}'
            ' JOIN dictionary AS d ON d."column" = \'currency\' AND d.code = l."#currency"'
            f" AND d.value = {text(cells[0].currency)}"
            f' ORDER BY abs(l."#amount" * w.part) DESC, l."#row" {limit}'
        ).fetchall()
    found = lines_at(source, [place for place, _ in chosen])
    return [(found[place], cell) for place, cell in chosen]


def _in_periods(cells: Iterable[Cell]) -> str:
    periods = sorted({cell.period for cell in cells})
    return f"period IN ({', '.join(map(str, periods))})"


def _keys(frozen: Frozen, cells: Sequence[Cell]) -> dict[RuleKey, int]:
    """Give for each cell the rules that its lines fall under: (period, indexes) → cell."""
    model = frozen.model
    names: dict[str, dict[str, list[int]]] = {"account": {}, "centre": {}, "consumer": {}}
    for which, entries in (
        ("account", [rule.name for rule in model.accounts]),
        ("centre", [rule.name for rule in model.cost_centres]),
        ("consumer", [owner.id for owner in frozen.owners]),
    ):
        for index, entry in enumerate(entries):
            names[which].setdefault(entry, []).append(index)
        names[which][""] = [-1]
    return {
        (cell.period, account, centre, consumer): number
        for number, cell in enumerate(cells)
        for account in names["account"].get(cell.rule, ())
        for centre in names["centre"].get(cell.centre_rule, ())
        for consumer in names["consumer"].get(cell.consumer, ())
    }


@dataclass(frozen=True, slots=True)
class Placed:
    """A ledger line with where it entered: its key, its pool, the rules that took it."""

    line: LedgerLine
    key: Key
    pool: str
    rule: str
    centre_rule: str


def find(
    store: Store, run: Run, frozen: Frozen, where: str, threads: int | None = None
) -> list[Placed]:
    """Find ledger lines by `FILE:LINE`, or by identity (the hash, or its beginning).

    FILE is a file as the run names it, or the end of its path. An empty list says that no source
    has such a line. Raise StoreError where a source is gone or damaged.
    """
    found: list[Placed] = []
    mapper = Mapper(frozen.model, frozen.owners)
    for source in sorted(run.manifest["inputs"]["sources"]):
        coded = source_of(store, run, source)
        condition = _asked(coded, where)
        if condition is None:
            continue
        with opened(coded, threads) as connection:
            chosen = choose(connection, coded, _columns(frozen), condition)
            taken = classified(connection, coded, frozen, chosen)
        lines = lines_at(coded, [place for place, _, _ in taken])
        for place, _, (_, *rules) in taken:
            line = lines[place]
            key, pool, rule, centre = mapper.key(line.period, line.currency, coded.name, *rules)
            found.append(Placed(line, key, pool, rule, centre))
    return sorted(found, key=lambda each: (each.line.file, each.line.line, each.line.identity))


def _asked(source: CodedSource, where: str) -> str | None:
    """Give the SQL condition on rows, or None where the source can't have the line."""
    file, _, line = where.rpartition(":")
    if file and line.isdecimal():
        matching = [
            number
            for number, each in enumerate(source.files)
            if each.name == file or each.name.endswith(f"/{file.removeprefix('./')}")
        ]
        if matching:
            return f"file IN ({', '.join(map(str, matching))}) AND line = {int(line)}"
    digits, _, ordinal = where.partition(":")
    if not _SHORT_HASH <= len(digits) <= _HASH or not _is_hex(digits):
        return None
    low, high = (digits.ljust(_HASH, end) for end in "0f")
    between = f"row_hash BETWEEN from_hex('{low}') AND from_hex('{high}')"
    return f"{between} AND ordinal = {int(ordinal)}" if ordinal.isdecimal() else between


def _is_hex(digits: str) -> bool:
    return all(digit in "0123456789abcdef" for digit in digits)


def rejected(store: Store, run: Run, where: str) -> dict[str, Any] | None:
    """Give the rejected line at `FILE:LINE`, as it stands in a source's `rejects`, or None."""
    import pyarrow.parquet as pq  # noqa: PLC0415  only for lines that are not in the ledger

    file, _, line = where.rpartition(":")
    for source in sorted(run.manifest["inputs"]["sources"]):
        coded = source_of(store, run, source)
        names = [each.name for each in coded.files]
        for row in pq.read_table(coded.rejects).to_pylist():
            stands = row["file"] if isinstance(row["file"], str) else names[row["file"]]
            if (
                line.isdecimal()
                and row["line"] == int(line)
                and (stands == file or stands.endswith(f"/{file}"))
            ):
                return dict(row)
    return None


def total(portions: Iterable[Fraction]) -> Fraction:
    """Add up fractions exactly."""
    return reduce(operator.add, portions, Fraction(0))

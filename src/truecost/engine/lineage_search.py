"""The search for the ledger lines behind a figure: those with the largest part in it.

A line's part is its amount times what part of its cell is in the figure. Lines are ranked in whole
numbers, amounts by all their digits and parts over a common denominator: no two parts that differ
are taken for equal, however large the amounts.

The largest amounts of the periods are looked at first. No other line has a larger part than the
least amount among them times the largest part of any cell; only where that does not decide are more
amounts looked at, and in the end all lines.
"""

from __future__ import annotations

import math
from collections import defaultdict
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, replace
from decimal import Context, Decimal
from functools import partial
from typing import TYPE_CHECKING, Self

import pyarrow as pa

from truecost.engine.classify_query import assignment
from truecost.engine.classify_session import Session, name, opened
from truecost.engine.lineage_lines import TOP, classified, rule_columns, source_of
from truecost.engine.lineage_rows import largest, lines_at, rows_of
from truecost.engine.lineage_texts import Texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from concurrent.futures import Future
    from fractions import Fraction
    from types import TracebackType

    import duckdb

    from truecost.engine.frozen import Frozen
    from truecost.engine.lineage_lines import Cell, RuleKey
    from truecost.engine.lineage_rows import LedgerLine
    from truecost.store.run import Run
    from truecost.store.runs import Store
    from truecost.store.sources import CodedSource

#: So many of the largest amounts are looked at, one number after the other, before all lines are.
_TRIES = (1024, 8192)
#: More digits than any amount has.
_WIDE = Context(prec=100)


@dataclass(frozen=True, slots=True)
class Behind:
    """A ledger line with what part of it is in the figure, and where it entered."""

    line: LedgerLine
    cell: Cell
    part: Fraction


@dataclass(frozen=True, slots=True)
class _Asked:
    """The cells of one source that are asked about, and the number of lines that are wanted.

    `currency` is the ledger's. `weights` are what of each unit of their lines is in the figure,
    without sign, over one denominator.
    """

    source: CodedSource
    frozen: Frozen
    currency: str
    cells: Sequence[Cell]
    weights: Sequence[int]
    top: int | None

    @property
    def periods(self) -> list[int]:
        """The periods that have such cells."""
        return sorted({cell.period for cell in self.cells})


@dataclass(frozen=True, slots=True)
class _Open:
    """A source that is open, and its largest amounts as `classified` gives them, sought ahead."""

    stack: ExitStack
    connection: duckdb.DuckDBPyConnection
    texts: Texts
    currency: int
    ahead: list[tuple[int, Decimal, RuleKey]] | None


class Search:
    """The search for the lines of some cells, begun in the background of a session.

    `top` limits how many are given; None gives all. Close it, as a context. Raise StoreError where
    a source is gone or damaged.
    """

    def __init__(
        self,
        store: Store,
        run: Run,
        frozen: Frozen,
        cells: Iterable[Cell],
        top: int | None,
        session: Session,
    ) -> None:
        self._session = session
        self._top = top
        found = [cell for cell in cells if cell.part and cell.lines]
        weights, _ = over_one_denominator([cell.weight for cell in found])
        by_source: dict[tuple[str, str], list[int]] = defaultdict(list)
        for number, cell in enumerate(found):
            by_source[cell.source, cell.ledger_currency or cell.currency].append(number)
        self._asked = [
            _Asked(
                source_of(store, run, source), frozen, currency, [found[i] for i in numbers],
                [abs(weights[i]) for i in numbers], top,
            )
            for (source, currency), numbers in sorted(by_source.items())
        ]  # fmt: skip
        self._coming = self._opened(0)

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Close what was opened and not looked at."""
        coming, self._coming = self._coming, None
        if coming and not coming.cancel() and not coming.exception():
            coming.result().stack.close()

    def found(self) -> list[Behind]:
        """Give the lines, those with the largest part in the figure first."""
        every: list[tuple[Behind, int, tuple[int, int]]] = []
        for number, asked in enumerate(self._asked, 1):
            coming, self._coming = self._coming, None
            if coming is None:
                raise RuntimeError("the lines were asked for twice")
            it = coming.result()
            with it.stack:
                self._coming = self._opened(number)
                for line, cell, place in _lines(asked, it):
                    of = asked.cells[cell]
                    each = Behind(line, of, of.part)
                    every.append((each, asked.weights[cell], (number, place)))
        scale = max((_digits(each.line.amount) for each, *_ in every), default=0)
        # of equal parts the first in a source, as where the first of it are chosen
        every.sort(key=lambda one: (-_units(one[0].line.amount, scale) * one[1], one[2]))
        return [each for each, *_ in every[: self._top]]

    def _opened(self, number: int) -> Future[_Open] | None:
        """Open a source in the background."""
        if number >= len(self._asked):
            return None
        return self._session.submit(partial(_opened, self._asked[number], self._session))


def behind(
    store: Store,
    run: Run,
    frozen: Frozen,
    cells: Iterable[Cell],
    top: int | None = TOP,
    session: Session | None = None,
) -> list[Behind]:
    """Give the ledger lines of some cells, those with the largest part in the figure first."""
    with (
        nullcontext(session) if session else Session() as used,
        Search(store, run, frozen, cells, top, used) as search,
    ):
        return search.found()


def over_one_denominator(fractions: Sequence[Fraction]) -> tuple[list[int], int]:
    """Give numerators of some fractions over their least common denominator, and that."""
    whole = math.lcm(*{fraction.denominator for fraction in fractions})
    return [fraction.numerator * (whole // fraction.denominator) for fraction in fractions], whole


def _opened(asked: _Asked, session: Session) -> _Open:
    """Open a source and seek its largest amounts."""
    with ExitStack() as stack:
        connection = stack.enter_context(opened(asked.source, session=session))
        texts = stack.enter_context(Texts(asked.source))
        currency = texts.code("currency", asked.currency)
        it = _Open(stack, connection, texts, currency, None)
        ahead = _largest(asked, it, _TRIES[0]) if asked.top is not None and _TRIES else None
        return replace(it, stack=stack.pop_all(), ahead=ahead)


def _largest(asked: _Asked, it: _Open, count: int) -> list[tuple[int, Decimal, RuleKey]]:
    """Seek the largest amounts, and put them through the rules."""
    columns = rule_columns(asked.frozen)
    chosen = largest(it.connection, asked.source, asked.periods, it.currency, columns, count)
    return classified(it.connection, it.texts, asked.source, asked.frozen, chosen)


def _lines(asked: _Asked, it: _Open) -> list[tuple[LedgerLine, int, int]]:
    """Give lines with the number of their cell and their place: the largest, or all."""
    keys = _keys(asked.frozen, asked.cells)
    found = None
    if asked.top is not None:
        for count in _TRIES:
            rows = it.ahead if count == _TRIES[0] else None
            if rows is None:
                rows = _largest(asked, it, count)
            found = _among_largest(asked, keys, rows, count)
            if found is not None:
                break
    if found is None:
        found = _among_all(asked, it, keys)
    lines = lines_at(it.connection, it.texts, asked.source, [place for place, _ in found])
    return [(lines[place], cell, place) for place, cell in found]


def _among_largest(
    asked: _Asked,
    keys: dict[RuleKey, int],
    rows: Sequence[tuple[int, Decimal, RuleKey]],
    count: int,
) -> list[tuple[int, int]] | None:
    """Look among the largest amounts only, `rows`; None where other lines might matter."""
    scale = max((_digits(amount) for _, amount, _ in rows), default=0)
    sized = [(place, _units(amount, scale), key) for place, amount, key in rows]
    found = [(size, place, keys[key]) for place, size, key in sized if key in keys]
    ranked = _ranked(asked, found)
    least = min((size for _, size, _ in sized), default=0)
    # a line beyond them with an equal part might stand before the last that is given
    enough = len(ranked) == asked.top and ranked[-1][0] > least * max(asked.weights)
    whole = len(rows) < count or len(found) == sum(cell.lines for cell in asked.cells)
    return [(place, cell) for _, place, cell in ranked] if enough or whole else None


def _among_all(asked: _Asked, it: _Open, keys: dict[RuleKey, int]) -> list[tuple[int, int]]:
    """Put every line of the periods through the rules.

    Among lines of one weight amounts decide: so many of the largest of each weight are ranked.
    """
    weights = {weight: group for group, weight in enumerate(sorted(set(asked.weights)))}
    arrays = {
        column: pa.array([key[position] for key in keys], pa.int32())
        for position, column in enumerate(("period", *asked.frozen.rules))
    }
    arrays["cell"] = pa.array(keys.values(), pa.int32())
    arrays["alike"] = pa.array([weights[asked.weights[cell]] for cell in keys.values()], pa.int32())
    connection = it.connection
    connection.register("wanted", pa.table(arrays))
    fetched = {
        "#row": "x.file_row_number", "#period": "x.period", "#currency": "x.currency",
        "#amount": "x.amount",
    }  # fmt: skip
    # the view has no places of rows
    connection.execute(
        "CREATE TEMP TABLE some_lines AS SELECT *, file_row_number FROM"
        f" {rows_of(asked.source)} WHERE period IN ({', '.join(map(str, asked.periods))})"
    )
    connection.execute("DROP VIEW ledger")
    connection.execute("ALTER TABLE some_lines RENAME TO ledger")
    lines = assignment(connection, asked.frozen.rules, fetched)
    joined = " AND ".join(f"w.{name(which)} = l.{name(which)}" for which in asked.frozen.rules)
    order = 'PARTITION BY w.alike ORDER BY abs(l."#amount") DESC, l."#row"'
    limit = "" if asked.top is None else f"QUALIFY row_number() OVER ({order}) <= {int(asked.top)}"
    rows = connection.execute(
        f'SELECT l."#row", l."#amount", w.cell FROM ({lines}) AS l'
        f' JOIN wanted AS w ON w.period = l."#period" AND {joined}'
        f' WHERE l."#currency" = {int(it.currency)} {limit}'
    ).fetchall()
    if asked.top is None:
        return [(place, cell) for place, _, cell in rows]
    scale = max((_digits(amount) for _, amount, _ in rows), default=0)
    found = [(_units(amount, scale), place, cell) for place, amount, cell in rows]
    return [(place, cell) for _, place, cell in _ranked(asked, found)]


def _ranked(asked: _Asked, found: Iterable[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Give the first of (size, place, cell), the largest part first, with parts for sizes."""
    parts = ((size * asked.weights[cell], place, cell) for size, place, cell in found)
    return sorted(parts, key=lambda part: (-part[0], *part[1:]))[: asked.top]


def _digits(amount: Decimal) -> int:
    return -int(amount.as_tuple().exponent)


def _units(amount: Decimal, scale: int) -> int:
    """Give an amount without its sign, in units of so many digits after the point."""
    return abs(int(_WIDE.scaleb(amount, scale)))


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

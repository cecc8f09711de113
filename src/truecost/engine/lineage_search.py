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
from contextlib import nullcontext
from dataclasses import dataclass
from decimal import Context, Decimal
from functools import partial
from typing import TYPE_CHECKING, Self

import pyarrow as pa

from truecost.engine.classify_query import assignment
from truecost.engine.classify_session import name, opened, text
from truecost.engine.lineage_lines import TOP
from truecost.engine.lineage_session import TRIES, Session

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from fractions import Fraction
    from types import TracebackType

    from truecost.engine.lineage_lines import Cell
    from truecost.engine.lineage_rows import LedgerLine
    from truecost.engine.lineage_rules import RuleKey, Rules
    from truecost.store.run import Run
    from truecost.store.runs import Store

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

    source: str
    rules: Rules
    currency: str
    cells: Sequence[Cell]
    weights: Sequence[int]
    top: int | None

    @property
    def periods(self) -> list[int]:
        """The periods that have such cells."""
        return sorted({cell.period for cell in self.cells})


class Search:
    """The search for the lines of some cells, begun in the background of a session.

    `top` limits how many are given; None gives all. Close it, as a context. Raise StoreError where
    a source is gone or damaged.
    """

    def __init__(
        self, session: Session, rules: Rules, cells: Iterable[Cell], top: int | None
    ) -> None:
        self._top = top
        found = [cell for cell in cells if cell.part and cell.lines]
        weights, _ = over_one_denominator([cell.weight for cell in found])
        by_source: dict[tuple[str, str], list[int]] = defaultdict(list)
        for number, cell in enumerate(found):
            by_source[cell.source, cell.ledger_currency or cell.currency].append(number)
        self._asked = [
            _Asked(
                source, rules, currency, [found[i] for i in numbers],
                [abs(weights[i]) for i in numbers], top,
            )
            for (source, currency), numbers in sorted(by_source.items())
        ]  # fmt: skip
        self._coming = [session.submit(partial(_lines, asked, session)) for asked in self._asked]

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Leave what was not begun."""
        for coming in self._coming:
            coming.cancel()

    def found(self) -> list[Behind]:
        """Give the lines, those with the largest part in the figure first."""
        every: list[tuple[Behind, int, tuple[int, int]]] = []
        for number, (asked, coming) in enumerate(zip(self._asked, self._coming, strict=True)):
            for line, cell, place in coming.result():
                of = asked.cells[cell]
                each = Behind(line, of, of.part)
                every.append((each, asked.weights[cell], (number, place)))
        scale = max((_digits(each.line.amount) for each, *_ in every), default=0)
        # of equal parts the first in a source, as where the first of it are chosen
        every.sort(key=lambda one: (-_units(one[0].line.amount, scale) * one[1], one[2]))
        return [each for each, *_ in every[: self._top]]


def behind(
    store: Store,
    run: Run,
    cells: Iterable[Cell],
    top: int | None = TOP,
    session: Session | None = None,
) -> list[Behind]:
    """Give the ledger lines of some cells, those with the largest part in the figure first.

    Raise ValueError for a run that was written before runs kept their rules.
    """
    with nullcontext(session) if session else Session(store, run) as used:
        if used.rules is None:
            raise ValueError("the run keeps no rules")
        with Search(used, used.rules, cells, top) as search:
            return search.found()


def over_one_denominator(fractions: Sequence[Fraction]) -> tuple[list[int], int]:
    """Give numerators of some fractions over their least common denominator, and that."""
    whole = math.lcm(*{fraction.denominator for fraction in fractions})
    return [fraction.numerator * (whole // fraction.denominator) for fraction in fractions], whole


def _lines(asked: _Asked, session: Session) -> list[tuple[LedgerLine, int, int]]:
    """Give lines with the number of their cell and their place: the largest, or all."""
    keys = _keys(asked.rules, asked.cells)
    found = None
    if asked.top is not None:
        largest = session.largest(asked.source, asked.periods, asked.currency)
        for count in TRIES:
            rows = largest.first(count)
            found = _among_largest(asked, keys, rows, whole=len(rows) == largest.rows)
            if found is not None:
                break
    if found is None:
        found = _among_all(asked, session, keys)
    lines = session.ledger(asked.source).lines([place for place, _ in found])
    return [(lines[place], cell, place) for place, cell in found]


def _among_largest(
    asked: _Asked,
    keys: dict[RuleKey, int],
    rows: Sequence[tuple[int, int, RuleKey]],
    *,
    whole: bool,
) -> list[tuple[int, int]] | None:
    """Look among the largest amounts only, `rows`; None where other lines might matter.

    `whole` says that these are all.
    """
    found = [(size, place, keys[key]) for place, size, key in rows if key in keys]
    ranked = _ranked(asked, found)
    least = rows[-1][1] if rows else 0
    # a line beyond them with an equal part might stand before the last that is given
    enough = len(ranked) == asked.top and ranked[-1][0] > least * max(asked.weights)
    whole = whole or len(found) == sum(cell.lines for cell in asked.cells)
    return [(place, cell) for _, place, cell in ranked] if enough or whole else None


def _among_all(asked: _Asked, session: Session, keys: dict[RuleKey, int]) -> list[tuple[int, int]]:
    """Put every line of the periods through the rules.

    Among lines of one weight amounts decide: so many of the largest of each weight are ranked.
    """
    ledger = session.ledger(asked.source)
    lists = asked.rules.lists
    weights = {weight: group for group, weight in enumerate(sorted(set(asked.weights)))}
    arrays = {
        column: pa.array([key[position] for key in keys], pa.int32())
        for position, column in enumerate(("period", *lists))
    }
    arrays["cell"] = pa.array(keys.values(), pa.int32())
    arrays["alike"] = pa.array([weights[asked.weights[cell]] for cell in keys.values()], pa.int32())
    fetched = {
        "#row": "x.file_row_number", "#period": "x.period", "#currency": "x.currency",
        "#amount": "x.amount",
    }  # fmt: skip
    with opened(ledger.source) as connection:
        connection.register("wanted", pa.table(arrays))
        # the view has no places of rows
        rows_of = f"read_parquet({text(str(ledger.source.rows.resolve()))})"
        connection.execute(
            "CREATE TEMP TABLE some_lines AS SELECT *, file_row_number FROM"
            f" {rows_of} WHERE period IN ({', '.join(map(str, asked.periods))})"
        )
        connection.execute("DROP VIEW ledger")
        connection.execute("ALTER TABLE some_lines RENAME TO ledger")
        lines = assignment(connection, asked.rules.whole, fetched)
        joined = " AND ".join(f"w.{name(which)} = l.{name(which)}" for which in lists)
        order = 'PARTITION BY w.alike ORDER BY abs(l."#amount") DESC, l."#row"'
        limit = "" if asked.top is None else f"QUALIFY row_number() OVER ({order}) <= {asked.top}"
        rows = connection.execute(
            f'SELECT l."#row", l."#amount", w.cell FROM ({lines}) AS l'
            f' JOIN wanted AS w ON w.period = l."#period" AND {joined}'
            f' WHERE l."#currency" = {ledger.texts.code("currency", asked.currency)} {limit}'
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


def _keys(rules: Rules, cells: Sequence[Cell]) -> dict[RuleKey, int]:
    """Give for each cell the rules that its lines fall under: (period, indexes) → cell."""
    account, centre, consumer = (rules.names(which) for which in rules.lists)
    return {
        (cell.period, of_account, of_centre, of_consumer): number
        for number, cell in enumerate(cells)
        for of_account in account.get(cell.rule, ())
        for of_centre in centre.get(cell.centre_rule, ())
        for of_consumer in consumer.get(cell.consumer, ())
    }

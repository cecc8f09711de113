"""Rows of a load in PostgreSQL: what is done per row is done there, in whole numbers.

Amounts and quantities are whole numbers of their smallest place there. What comes back as `numeric`
comes as text: no number passes through a binary fraction, nor through one of few digits.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truecost.engine.classify_session import opened
from truecost.engine.classify_signatures import NONE, NUMBERS, PERIOD
from truecost.engine.dialects.by_line import ByLine, rules
from truecost.engine.dialects.postgresql_query import Query, rule
from truecost.rules.measure import Aggregate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from truecost.engine.dialects.postgresql_loads import Load
    from truecost.engine.dialects.postgresql_session import Connection
    from truecost.engine.dialects.rows import Kept, Span
    from truecost.engine.plan import Plan
    from truecost.store.sources import CodedSource

#: So many rows are fetched at a time where there may be as many as the ledger has.
_FETCHED = 50_000
_HASH = pa.binary(16)


@dataclass(frozen=True, slots=True)
class _Column:
    """A column that is asked for: its SQL over the row `x`, and its type here.

    `over` says how a figure of several rows, or groups, becomes that of all: sum, min or max.
    Without it, it tells groups apart.
    """

    sql: str
    type: pa.DataType
    over: str = ""


class PostgresqlRows:
    """A load's rows, inside a transaction (see `dialects.rows`)."""

    def __init__(self, connection: Connection, load: Load, source: CodedSource) -> None:
        self._connection = connection
        self._load = load
        self._source = source

    @property
    def columns(self) -> frozenset[str]:
        """The text columns that rows have, "currency" among them."""
        return frozenset(self._load.columns)

    def count(self, periods: Span | None = None) -> int:
        """Give how many rows there are."""
        query = Query(self._load, periods)
        cursor = self._connection.execute(f"SELECT count(*) FROM {query.rows()}".encode(), {})
        return int(cursor.fetchall()[0][0])

    def span(self) -> tuple[int, int] | None:
        """Give the first and the last period, None without rows."""
        return self._load.span

    def largest(self, column: str) -> int:
        """Give the largest code of a column that rows have, -1 without rows."""
        return self._load.columns[column][1]

    def digits(self, column: str) -> tuple[int, int]:
        """Give the digits of "amount" or "quantity": all, and those after the point."""
        return self._load.digits[column]

    def greatest(self, column: str) -> int:
        """Give the largest "amount" or "quantity", either sign, without its point; 0 if none."""
        return self._load.greatest[column]

    def distinct(
        self, parts: Mapping[str, NDArray[np.int64]], most: int, periods: Span | None = None
    ) -> NDArray[np.int64] | None:
        """Give the distinct sums of parts over rows, ascending; None where more than `most`."""
        query = Query(self._load, periods)
        first = (self._load.span or (0, 0))[0]
        key = " + ".join(
            query.at(column, part, first if column == PERIOD else 0)
            for column, part in parts.items()
        )
        text = f"SELECT DISTINCT ({key})::bigint FROM {query.rows()} LIMIT {most + 1}"
        batches = self._streamed(text, query)
        keys = [np.fromiter((key for (key,) in batch), np.int64) for batch in batches]
        found = np.concatenate([np.zeros(0, np.int64), *keys])
        return np.sort(found) if len(found) <= most else None

    def cells(self, plan: Plan, periods: Span | None, kept: Kept) -> pa.Table:
        """Add up rows that are alike (see `Rows`)."""
        keys = [self._column(column) for column in ("period", "currency", *kept)]
        amount = pa.decimal128(38, self.digits("amount")[1])
        figures = [_Column("1", pa.int64(), "sum"), _Column("x.amount", amount, "sum")]
        apart = {
            at: {plan.lists.index(each): sorted(rules) for each, rules in lists.items()}
            for at, lists in enumerate(kept.values(), 2)
            if lists
        }
        found = self._grouped(plan, periods, keys, figures, apart)
        codes = [f"k{at}" for at in range(2, len(keys))]
        order = ["k0", "k1", *(f"l{at}" for at in range(len(plan.lists))), *codes, "f0", "f1"]
        told = (f"#{column}" for column in kept)
        names = ["period", "currency", *plan.lists, *told, "lines", "amount"]
        return found.select(order).rename_columns(names)

    def measured(
        self, plan: Plan, aggregate: Aggregate, column: str | None, periods: Span
    ) -> pa.Table:
        """Add up rows per period and rule of the first list (see `Rows`)."""
        keys, figures = [self._column("period")], []
        if aggregate is Aggregate.COUNT or column is None:
            figures = [_Column("1", pa.int64(), "sum")]
        elif aggregate is Aggregate.COUNT_DISTINCT:
            keys.append(self._column(column))
        else:
            number = pa.decimal128(38, self.digits(column)[1])
            figures = [_Column(f"x.{column}", number, str(aggregate))]
        found = self._grouped(plan, periods, keys, figures, {})
        ours = pc.greater_equal(found["l0"], 0)
        if len(plan.lists) > 1:
            ours = pc.and_(ours, pc.equal(found["l1"], 0))
        chosen = ["k0", "l0", "f0" if figures else "k1"]
        return found.filter(ours).select(chosen).rename_columns(["period", "rule", "part"])

    def assigned(self, plan: Plan, periods: Span | None) -> pa.Table:
        """Give rows with the rules that they fall under (see `Rows`)."""
        identity = [
            self._column("period"), _Column("uuid_send(x.row_hash)", _HASH),
            _Column("x.ordinal", pa.int32()),
        ]  # fmt: skip
        schema = [("k0", pa.int32()), ("k1", _HASH), ("k2", pa.int32())]
        schema += [(f"l{at}", pa.int32()) for at in range(len(plan.lists))]
        made = [pa.schema(schema).empty_table(), *self._by_line(plan, periods, identity, [])]
        names = ["period", "row_hash", "ordinal", *plan.lists]
        return pa.concat_tables(made).rename_columns(names)

    def _column(self, column: str) -> _Column:
        sql = Query(self._load).code(column)
        if column in NUMBERS:
            return _Column(sql, pa.decimal128(*self.digits(column)))
        return _Column(sql, pa.int32())

    def _grouped(
        self,
        plan: Plan,
        periods: Span | None,
        keys: Sequence[_Column],
        figures: Sequence[_Column],
        apart: Mapping[int, Mapping[int, Sequence[int]]],
    ) -> pa.Table:
        """Add rows up by keys k0, k1, … and rules l0, l1, … to figures f0, f1, ….

        A key that is told `apart`, by its number, is -1 but under given rules of given lists.
        """
        query = Query(self._load, periods)
        query.plan(plan)
        parts = [_schema(keys, len(plan.lists), figures).empty_table()]
        if not query.all_open:
            parts.append(self._settled(query, keys, figures, apart))
        if not query.open:
            return parts[-1]
        found = self._by_line(plan, periods, keys, figures)
        return _folded(
            [*parts, *(_folded([_apart(part, apart)], figures) for part in found)], figures
        )

    def _settled(
        self,
        query: Query,
        keys: Sequence[_Column],
        figures: Sequence[_Column],
        apart: Mapping[int, Mapping[int, Sequence[int]]],
    ) -> pa.Table:
        """Add up, in the database, the rows that no rule by line can change."""
        found = [rule(least) for least in query.least]
        told = [each.sql for each in keys]
        for at, lists in apart.items():
            under = [
                f"{found[which]} IN ({', '.join(map(str, chosen))})"
                for which, chosen in lists.items()
                if chosen
            ]
            told[at] = f"CASE WHEN {' OR '.join(under) or 'false'} THEN {told[at]} ELSE -1 END"
        figured = (_Column(f"{each.over}({each.sql})", each.type) for each in figures)
        asked = [*told, *found, *map(_sent, figured)]
        by = ", ".join(str(at) for at in range(1, len(told) + len(found) + 1))
        rows = query.rows(f"NOT ({query.open})" if query.open else "")
        text = f"SELECT {', '.join(asked)} FROM {rows} GROUP BY {by}"
        cursor = self._connection.execute(text.encode(), query.arrays, binary=True)
        return _table(_schema(keys, len(found), figures), cursor.fetchall())

    def _by_line(
        self,
        plan: Plan,
        periods: Span | None,
        keys: Sequence[_Column],
        figures: Sequence[_Column],
    ) -> Iterator[pa.Table]:
        """Give rows with keys, rules and figures, batch by batch; each comes by itself.

        With figures, those only that a rule by line may change: grouping them first would gain
        nothing, since hardly two are alike in an amount.
        """
        query = Query(self._load, periods)
        query.plan(plan)
        with ExitStack() as held:
            seen: dict[str, _Column] = {}
            lines: ByLine | None = None
            if plan.by_line:
                connection = held.enter_context(opened(self._source))
                lines = ByLine(connection, plan, self.columns)
                seen = {each: self._column(each) for each in (*lines.numbers, *lines.coded)}
            told = [*keys, *seen.values()]
            asked = [*map(_sent, told), *query.least, *map(_sent, figures)]
            text = f"SELECT {', '.join(asked)} FROM {query.rows(query.open if figures else '')}"
            schema = _schema(told, len(plan.lists), figures)
            for batch in self._streamed(text, query):
                table = _table(schema, batch)
                values = {
                    column: table[f"k{at}"].combine_chunks()
                    for at, column in enumerate(seen, len(keys))
                }
                least = {
                    at: table[f"l{at}"].fill_null(NONE).to_numpy() for at in range(len(plan.lists))
                }
                by_line = lines.least(values, table.num_rows) if lines else {}
                for at, found in enumerate(rules(plan, least, by_line)):
                    place = table.column_names.index(f"l{at}")
                    table = table.set_column(place, f"l{at}", pa.array(found, pa.int32()))
                yield table.drop_columns([f"k{at}" for at in range(len(keys), len(told))])

    def _streamed(self, text: str, query: Query) -> Iterator[list[tuple[Any, ...]]]:
        """Give what a query gives, in batches: there may be as many rows as the ledger has."""
        with self._connection.cursor(name="truecost") as cursor:
            cursor.execute(text.encode(), query.arrays, binary=True)
            while batch := cursor.fetchmany(_FETCHED):
                yield batch


def _sent(column: _Column) -> str:
    """Give the SQL by which a column comes: what may be `numeric` comes as text."""
    return f"({column.sql})::text" if pa.types.is_decimal(column.type) else column.sql


def _schema(keys: Sequence[_Column], lists: int, figures: Sequence[_Column]) -> pa.Schema:
    return pa.schema(
        [
            *((f"k{at}", each.type) for at, each in enumerate(keys)),
            *((f"l{at}", pa.int32()) for at in range(lists)),
            *((f"f{at}", each.type) for at, each in enumerate(figures)),
        ]
    )


def _table(schema: pa.Schema, rows: Iterable[tuple[Any, ...]]) -> pa.Table:
    """Make a table of rows; decimals come as text, without their point."""
    columns = list(zip(*rows, strict=True)) or [() for _ in schema]
    return pa.table(
        [_array(each, field.type) for each, field in zip(columns, schema, strict=True)],
        schema=schema,
    )


def _array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    if not pa.types.is_decimal(kind):
        return pa.array(values, kind)
    whole = pa.array(list(map(Decimal, values)), pa.decimal128(38, 0))
    return pa.Array.from_buffers(kind, len(whole), whole.buffers())


def _apart(table: pa.Table, apart: Mapping[int, Mapping[int, Sequence[int]]]) -> pa.Table:
    """Put -1 for keys that are not told apart under a row's rules."""
    for at, lists in apart.items():
        under = np.zeros(table.num_rows, np.bool_)
        for which, chosen in lists.items():
            under |= np.isin(table[f"l{which}"].to_numpy(), chosen)
        codes = np.where(under, table[f"k{at}"].to_numpy(), np.int32(-1))
        table = table.set_column(at, f"k{at}", pa.array(codes, pa.int32()))
    return table


def _folded(parts: Sequence[pa.Table], figures: Sequence[_Column]) -> pa.Table:
    """Put groups together that are the same. Sums are taken in 76 digits and must fit 38."""
    table = pa.concat_tables(parts)
    keys = [column for column in table.column_names if not column.startswith("f")]
    asked = [(f"f{at}", each.over) for at, each in enumerate(figures)]
    types = {f"f{at}": each.type for at, each in enumerate(figures)}
    for column, kind in types.items():
        if pa.types.is_decimal(kind):
            place = table.column_names.index(column)
            wide = table[column].cast(pa.decimal256(76, kind.scale))
            table = table.set_column(place, column, wide)
    found = table.group_by(keys, use_threads=False).aggregate(asked)
    made = {key: found[key] for key in keys}
    made |= {column: found[f"{column}_{over}"].cast(types[column]) for column, over in asked}
    return pa.table(made)

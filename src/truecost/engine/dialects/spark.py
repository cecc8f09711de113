"""Rows of a coded source, in a Spark session: integers are looked up, joined and added up.

A lookup of few codes is an array in the query itself; of many, a table that is joined, of those
codes only that lead anywhere. Sums are decimals of 38 digits; whether that is enough was asked
before (`classify.scale`), and Spark stops where it is not (ANSI).
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from pyspark.sql import functions as F  # noqa: N812  as everybody calls it
from pyspark.sql import types

from truecost.engine.classify_signatures import NONE
from truecost.engine.dialects.footers import Footers
from truecost.engine.dialects.spark_by_line import by_line
from truecost.engine.plan import Lookup
from truecost.rules.measure import Aggregate

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray
    from pyspark.sql import Column, DataFrame, SparkSession

    from truecost.engine.dialects.rows import Kept, Span
    from truecost.engine.plan import Combined, Plan
    from truecost.store.sources import CodedSource

#: Codes of a lookup that becomes an array in the query.
IN_QUERY = 1024
#: Entries of a table that each worker gets whole; larger ones are sent about by their keys.
BROADCAST = 4_000_000
#: Combinations that are brought here to be evaluated.
_MOST = 4_000_000
_DIGITS = 38


class SparkRows:
    """The rows of a source at an address that the session's workers can read."""

    def __init__(self, session: SparkSession, source: CodedSource, address: str) -> None:
        self._session = session
        self._source = source
        self._address = address
        self._facts = Footers(source.rows, source.shown)

    @property
    def columns(self) -> frozenset[str]:
        """The text columns that rows have, "currency" among them."""
        return self._facts.columns

    def count(self, periods: Span | None = None) -> int:
        """Give how many rows there are."""
        return self._facts.count(periods)

    def span(self) -> tuple[int, int] | None:
        """Give the first and the last period, None without rows."""
        return self._facts.ends("period")

    def largest(self, column: str) -> int:
        """Give the largest code of a column that rows have, -1 without rows."""
        return (self._facts.ends(column) or (-1, -1))[1]

    def digits(self, column: str) -> tuple[int, int]:
        """Give the digits of "amount" or "quantity": all, and those after the point."""
        kind = self._facts.schema.field(column).type
        return kind.precision, kind.scale

    def greatest(self, column: str) -> int:
        """Give the largest "amount" or "quantity", either sign, without its point; 0 if none."""
        value = _column(column)
        ends = self._frame(None).agg(F.min(value).alias("least"), F.max(value).alias("most"))
        # Text has all digits: Spark's `abs` rounds to 34, moving the point in Python to 28.
        found = [f"{end:f}" for end in ends.toArrow().to_pylist()[0].values() if end is not None]
        return max((abs(int(end.replace(".", ""))) for end in found), default=0)

    def distinct(
        self, parts: Mapping[str, NDArray[np.int64]], most: int, periods: Span | None = None
    ) -> NDArray[np.int64] | None:
        """Give the distinct sums of parts over rows, ascending; None where more than `most`."""
        most = min(most, _MOST)
        offset = (self.span() or (0, 0))[0]
        frame, found = self._frame(periods), []
        for at, (column, part) in enumerate(parts.items()):
            lookup = Lookup(column, offset if column == "period" else 0, {}, {0: part})
            frame, columns = self._looked_up(frame, at, lookup)
            found.append(columns["part_0"])
        keys = frame.select(reduce(lambda one, other: one + other, found).alias("key")).distinct()
        table = keys.limit(most + 1).toArrow()
        if table.num_rows > most:
            return None
        ascending: NDArray[np.int64] = np.sort(table["key"].to_numpy().astype(np.int64))
        return ascending

    def cells(self, plan: Plan, periods: Span | None, kept: Kept) -> pa.Table:
        """Add up rows that are alike (see `Rows`)."""
        fetched = ["period", "currency", "amount", *kept]
        lines = self._lines(plan, fetched, periods)
        lists = [_column(f"#rule_{which}") for which in range(len(plan.lists))]
        apart = [
            _told_apart(column, kept[column], dict(zip(plan.lists, lists, strict=True))).alias(
                f"#{column}"
            )
            for column in kept
        ]
        grouped = lines.groupBy(_column("period"), _column("currency"), *lists, *apart)
        sums = F.count(F.lit(1)), F.sum(self._exact("amount"))
        names = ["period", "currency", *plan.lists, *(f"#{column}" for column in kept)]
        return grouped.agg(*sums).toArrow().rename_columns([*names, "lines", "amount"])

    def assigned(self, plan: Plan, periods: Span | None) -> pa.Table:
        """Give rows with the rules that they fall under (see `Rows`)."""
        fetched = ["period", "row_hash", "ordinal"]
        found = self._lines(plan, fetched, periods).toArrow()
        return found.rename_columns([*fetched, *plan.lists])

    def measured(
        self, plan: Plan, aggregate: Aggregate, column: str | None, periods: Span
    ) -> pa.Table:
        """Add up rows per period and rule of the first list (see `Rows`)."""
        lines = self._lines(plan, ["period", *([column] if column else [])], periods)
        lines = lines.where(_column("#rule_0") >= 0)
        for which in range(1, len(plan.lists)):
            lines = lines.where(_column(f"#rule_{which}") == 0)
        keys = [_column("period"), _column("#rule_0")]
        if aggregate is Aggregate.COUNT_DISTINCT:
            found = lines.select(*keys, _column(column or "period")).distinct()
        elif aggregate is Aggregate.COUNT or column is None:
            found = lines.groupBy(*keys).agg(F.count(F.lit(1)))
        else:
            add = {Aggregate.SUM: F.sum, Aggregate.MIN: F.min, Aggregate.MAX: F.max}[aggregate]
            found = lines.groupBy(*keys).agg(add(self._exact(column)))
        return found.toArrow().rename_columns(["period", "rule", "part"])

    def _exact(self, column: str) -> Column:
        return _column(column).cast(types.DecimalType(_DIGITS, self.digits(column)[1]))

    def _frame(self, periods: Span | None) -> DataFrame:
        """Give all rows of the periods."""
        frame = self._session.read.schema(_schema(self._facts.schema)).parquet(self._address)
        if periods is None:
            return frame
        return frame.where(_column("period").between(periods[0].index, periods[1].index))

    def _lines(self, plan: Plan, fetched: Sequence[str], periods: Span | None) -> DataFrame:
        """Give the columns that are fetched, and `#rule_<list>`: the row's rule, -1 for none."""
        frame = self._frame(periods)
        least: dict[int, list[Column]] = {which: [] for which in range(len(plan.lists))}
        keys: dict[int, list[Column]] = {each.number: [] for each in plan.combined}
        for at, lookup in enumerate(plan.lookups):
            frame, found = self._looked_up(frame, at, lookup)
            for which in lookup.rules:
                least[which].append(found[f"rule_{which}"])
            for number in lookup.parts:
                keys[number].append(found[f"part_{number}"])
        for combined in plan.combined:
            key = reduce(lambda one, other: one + other, keys[combined.number])
            frame, found = self._combined(frame, combined, key)
            for which in combined.rules:
                least[which].append(found[f"rule_{which}"])
        if plan.by_line:
            looked_up = {f"#least_{which}": _least(each) for which, each in least.items() if each}
            seen = frozenset[str]().union(*(rule.columns for rule in plan.by_line))
            kept = sorted({*fetched, *(seen & set(frame.columns))})
            chosen = [_column(column) for column in kept]
            frame = frame.select(*chosen, *(each.alias(name) for name, each in looked_up.items()))
            frame = by_line(self._session, self._source, frame, plan, fetched)
            least = {
                which: [
                    _column(name)
                    for name in (f"#least_{which}", f"#direct_{which}")
                    if name in frame.columns
                ]
                for which in least
            }
        rules = [_rule(least[which]).alias(f"#rule_{which}") for which in least]
        return frame.select(*(_column(column) for column in fetched), *rules)

    def _looked_up(
        self, frame: DataFrame, at: int, lookup: Lookup
    ) -> tuple[DataFrame, dict[str, Column]]:
        """Look a column's codes up: give the rows, and where to find `rule_…` and `part_…`."""
        arrays = _arrays(lookup)
        size = len(next(iter(arrays.values())))
        there = lookup.column in self.columns | {"period"}
        code = _column(lookup.column) - F.lit(lookup.offset) if there else F.lit(0)
        if size <= IN_QUERY:
            return frame, {name: _in_query(array, code) for name, array in arrays.items()}
        some = np.any([array != _nothing(name) for name, array in arrays.items()], axis=0)
        codes = np.flatnonzero(some).astype(np.int32)
        table = {f"#{name}_{at}": array[codes] for name, array in arrays.items()}
        frame = self._joined(frame, f"#code_{at}", code, {f"#code_{at}": codes, **table})
        return frame, {name: _found(name, f"#{name}_{at}") for name in arrays}

    def _combined(
        self, frame: DataFrame, combined: Combined, key: Column
    ) -> tuple[DataFrame, dict[str, Column]]:
        """Look the keys of a signature up, as `_looked_up` does codes."""
        number = combined.number
        rules = {f"rule_{which}": array for which, array in combined.rules.items()}
        size = int(combined.keys.max(initial=-1)) + 1
        if size <= IN_QUERY:
            dense = {name: np.full(size, NONE, np.int32) for name in rules}
            for name, array in rules.items():
                dense[name][combined.keys] = array
            return frame, {name: _in_query(array, key) for name, array in dense.items()}
        table = {f"#{name}_of_{number}": array for name, array in rules.items()}
        on = f"#key_{number}"
        frame = self._joined(frame, on, key, {on: combined.keys, **table})
        return frame, {name: _found(name, f"#{name}_of_{number}") for name in rules}

    def _joined(
        self, frame: DataFrame, on: str, key: Column, table: Mapping[str, NDArray[Any]]
    ) -> DataFrame:
        """Join rows with a table of integers; rows that it has nothing of stay."""
        given = self._session.createDataFrame(pa.table(dict(table)))
        if len(table[on]) <= BROADCAST:
            given = F.broadcast(given)
        return frame.join(given, _column(on) == key, "left")


def _column(name: str) -> Column:
    return F.col(f"`{name}`")


def _arrays(lookup: Lookup) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {f"rule_{key}": each for key, each in lookup.rules.items()}
    return arrays | {f"part_{key}": each for key, each in lookup.parts.items()}


def _nothing(name: str) -> int:
    return 0 if name.startswith("part_") else NONE


def _found(name: str, column: str) -> Column:
    """Give a joined column: a part that is not there is 0, a rule that is not there is NULL."""
    return F.coalesce(_column(column), F.lit(0)) if name.startswith("part_") else _column(column)


def _in_query(array: NDArray[Any], code: Column) -> Column:
    """Give the value of an array at a code, NULL for NONE."""
    kind, mark = ("int", "") if array.dtype == np.int32 else ("bigint", "L")
    values = ",".join(f"{value}{mark}" for value in array.tolist())
    found = F.get(F.expr(f"cast(array({values}) as array<{kind}>)"), code.cast("int"))
    return found if kind == "bigint" else F.nullif(found, F.lit(NONE))


def _least(columns: Sequence[Column]) -> Column:
    """Give the least of some columns; Spark leaves NULL out."""
    return F.least(*columns) if len(columns) > 1 else columns[0]


def _rule(columns: Sequence[Column]) -> Column:
    none = F.lit(-1)
    if not columns:
        return none
    return F.coalesce(F.nullif(_least(columns), F.lit(NONE)), none)


def _told_apart(
    column: str, lists: Mapping[str, Collection[int]], rules: Mapping[str, Column]
) -> Column:
    """Give a row's code of a column, -1 unless it falls under one of the rules."""
    if not lists:
        return _column(column)
    under = F.lit(False)  # noqa: FBT003 - a literal of Spark
    for name, wanted in lists.items():
        under = under | rules[name].isin(sorted(wanted))
    return F.when(under, _column(column)).otherwise(F.lit(-1))


def _schema(schema: pa.Schema) -> Any:
    """Give the types of a coded source's columns as Spark's."""

    def kind(of: pa.DataType) -> types.DataType:
        if pa.types.is_decimal(of):
            return types.DecimalType(of.precision, of.scale)
        if pa.types.is_date(of):
            return types.DateType()
        return types.IntegerType() if pa.types.is_int32(of) else types.BinaryType()

    return types.StructType([types.StructField(each.name, kind(each.type)) for each in schema])

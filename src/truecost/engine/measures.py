"""Measures: what the ledger itself says about consumers, as drivers over windows of months."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from truecost.engine.classify_query import assignment, within
from truecost.engine.classify_session import name, number_of, opened, scale, table_of, text
from truecost.kernel.calendars import CALENDAR_MONTHS
from truecost.kernel.findings import AllocationError, Finding
from truecost.kernel.periods import ALWAYS
from truecost.rules.measure import Aggregate

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from truecost.engine.classify_query import Span
    from truecost.engine.classify_signatures import Rule
    from truecost.rules.measure import Measure
    from truecost.rules.predicate import Predicate
    from truecost.store.sources import CodedSource

#: How a measure adds up inside a month, and how months add up to a window. What counts distinct
#: texts keeps each text once a month until its window is known.
_WITHIN_MONTH = {Aggregate.COUNT: "count(*)", Aggregate.COUNT_DISTINCT: '"#value"'}
_OVER_MONTHS = {
    Aggregate.COUNT: 'sum("#part")',
    Aggregate.COUNT_DISTINCT: 'count(DISTINCT "#part")',
}


def measure(
    source: CodedSource,
    consumers: Sequence[Rule],
    wanted: Measure,
    where: Predicate | None = None,
    *,
    months: int = 1,
    periods: Span | None = None,
    threads: int | None = None,
) -> pa.Table:
    """Measure a source per consumer: for each period, over the `months` months up to it.

    `consumers` are the rules by which lines are a consumer's own, first match wins, by the period
    of the line; lines of no consumer are left out, and so are lines for which `where` does not
    hold. `periods` (first and last) are those wanted, else all from the source's first to its last;
    a window reaches back before the first wanted period, and is cut where the source begins.

    Columns, sorted by the first two: `period` int32, `consumer` int32 (index of the rule), `value`
    decimal(38, s), exact; no row where a window holds no line. Raise AllocationError where amounts
    of several currencies would be added or compared, SourceError where sums are too large to be
    exact, StoreError where the source is damaged.
    """
    with opened(source, threads) as connection:
        span = periods or _periods(connection)
        reach = (span[0] - (months - 1), span[1])
        _refuse_currencies(connection, source, wanted, reach)
        digits = 0
        if wanted.aggregate not in _WITHIN_MONTH and wanted.column:
            digits = scale(connection, wanted.column)
        lists = {"#consumer": consumers} | ({"#where": [(where, ALWAYS)]} if where else {})
        fetched = {"#period": "x.period", "#value": f"x.{name(wanted.column or 'period')}"}
        lines = assignment(connection, lists, fetched, reach)
        kept = '"#consumer" >= 0' + (' AND "#where" = 0' if where else "")
        if wanted.aggregate is Aggregate.COUNT_DISTINCT:
            kept += (
                " AND \"#value\" IN (SELECT code FROM dictionary WHERE value <> ''"
                f' AND "column" = {text(wanted.column or "")})'
            )
        part = _WITHIN_MONTH.get(wanted.aggregate, f'{wanted.aggregate}("#value")')
        whole = _OVER_MONTHS.get(wanted.aggregate, f'{wanted.aggregate}("#part")')
        value = pa.decimal128(38, digits)
        schema = pa.schema([("period", pa.int32()), ("consumer", pa.int32()), ("value", value)])
        return table_of(
            connection,
            f'SELECT CAST(w.range AS INTEGER) AS period, "#consumer" AS consumer,'
            f" CAST({whole} AS DECIMAL(38, {digits})) AS value"
            f" FROM range({span[0].index}, {span[1].index + 1}) AS w"
            f' JOIN (SELECT "#period", "#consumer", {part} AS "#part"'
            f" FROM ({lines}) WHERE {kept} GROUP BY ALL) AS m"
            f' ON m."#period" BETWEEN w.range - {months - 1} AND w.range'
            " GROUP BY ALL ORDER BY ALL",
            schema,
        )


def _periods(connection: duckdb.DuckDBPyConnection) -> Span:
    first = number_of(connection, "SELECT coalesce(min(period), 0) FROM ledger")
    last = number_of(connection, "SELECT coalesce(max(period), -1) FROM ledger")
    return CALENDAR_MONTHS.period(first), CALENDAR_MONTHS.period(last)  # only indexes count


def _refuse_currencies(
    connection: duckdb.DuckDBPyConnection, source: CodedSource, wanted: Measure, reach: Span
) -> None:
    """Refuse to add or compare amounts of several currencies."""
    if wanted.column != "amount":
        return
    query = f"SELECT count(DISTINCT currency) FROM ledger AS x {within(reach)}"
    if number_of(connection, query) > 1:
        what = f'{wanted.text} mixes currencies: source "{source.name}" has several'
        hint = "measure count(*) or sum(quantity), or one source per currency"
        raise AllocationError(Finding(None, what, hint))

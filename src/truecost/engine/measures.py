"""Measures: what the ledger itself says about consumers, as drivers over windows of months."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from truecost.engine.classify import scale
from truecost.engine.classify_session import table_of, text
from truecost.engine.dialects.choose import opened_rows
from truecost.engine.planning import planned
from truecost.kernel.calendars import CALENDAR_MONTHS
from truecost.kernel.findings import AllocationError, Finding
from truecost.kernel.periods import ALWAYS
from truecost.rules.measure import Aggregate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from truecost.engine.classify_signatures import Rule
    from truecost.engine.dialects.choose import Engine
    from truecost.engine.dialects.rows import Rows, Span
    from truecost.rules.measure import Measure
    from truecost.rules.predicate import Predicate
    from truecost.store.sources import CodedSource

#: How months add up to a window. What counts distinct texts keeps each text once a month until its
#: window is known.
_OVER_MONTHS = {
    Aggregate.COUNT: "sum(m.part)",
    Aggregate.COUNT_DISTINCT: "count(DISTINCT m.part)",
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
    engine: Engine | None = None,
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
    with opened_rows(source, threads, engine) as (rows, connection):
        span = periods or _periods(rows)
        reach = (span[0] - (months - 1), span[1])
        _refuse_currencies(rows, source, wanted, reach)
        digits = 0
        if wanted.aggregate not in _OVER_MONTHS and wanted.column:
            digits = scale(rows, wanted.column)
        lists = {"#consumer": consumers} | ({"#where": [(where, ALWAYS)]} if where else {})
        plan = planned(connection, lists, rows)
        connection.register("parts", rows.measured(plan, wanted.aggregate, wanted.column, reach))
        kept = ""
        if wanted.aggregate is Aggregate.COUNT_DISTINCT:
            kept = (
                " AND m.part IN (SELECT code FROM dictionary WHERE value <> ''"
                f' AND "column" = {text(wanted.column or "")})'
            )
        whole = _OVER_MONTHS.get(wanted.aggregate, f"{wanted.aggregate}(m.part)")
        value = pa.decimal128(38, digits)
        schema = pa.schema([("period", pa.int32()), ("consumer", pa.int32()), ("value", value)])
        return table_of(
            connection,
            "SELECT CAST(w.range AS INTEGER) AS period, m.rule AS consumer,"
            f" CAST({whole} AS DECIMAL(38, {digits})) AS value"
            f" FROM range({span[0].index}, {span[1].index + 1}) AS w JOIN parts AS m"
            f" ON m.period BETWEEN w.range - {months - 1} AND w.range{kept}"
            " GROUP BY ALL ORDER BY ALL",
            schema,
        )


def _periods(rows: Rows) -> Span:
    first, last = rows.span() or (0, -1)
    return CALENDAR_MONTHS.period(first), CALENDAR_MONTHS.period(last)  # only indexes count


def _refuse_currencies(rows: Rows, source: CodedSource, wanted: Measure, reach: Span) -> None:
    """Refuse to add or compare amounts of several currencies."""
    if wanted.column != "amount":
        return
    codes = {"currency": np.arange(rows.largest("currency") + 1)}
    if rows.distinct(codes, 1, reach) is None:
        what = f'{wanted.text} mixes currencies: source "{source.name}" has several'
        hint = "measure count(*) or sum(quantity), or one source per currency"
        raise AllocationError(Finding(None, what, hint))

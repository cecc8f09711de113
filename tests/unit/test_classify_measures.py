"""Measures over a source, per consumer and window of months."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from tests.unit.classify_source import COLUMNS, JANUARY, coded, row, rules

from truecost.engine.measures import measure
from truecost.kernel.findings import AllocationError, SourceError
from truecost.kernel.periods import Period, Validity
from truecost.rules.measure import parse_measure
from truecost.rules.predicate import parse_predicate

if TYPE_CHECKING:
    from pathlib import Path

CONSUMERS = ("cost_centre LIKE 'GDS%'", "cost_centre = 'HR'")
LEDGER = [
    row(0, "10.10", cost_centre="GDS 1", vendor="Acme"),
    row(0, "20.20", cost_centre="GDS 2", vendor="Bolt", quantity="2.5"),
    row(0, "-5.00", cost_centre="HR", vendor="Acme"),
    row(1, "1.00", cost_centre="GDS 1", vendor="Acme"),
    row(1, "99.00", cost_centre="nobody", vendor="Cord"),
    row(3, "7.00", cost_centre="HR", vendor="Bolt"),
    row(3, "8.00", cost_centre="HR", vendor=""),
]

Values = list[tuple[int, int, Decimal]]


def measured(
    folder: Path,
    text: str,
    where: str | None = None,
    *,
    months: int = 1,
    periods: tuple[Period, Period] | None = None,
) -> Values:
    """Give (month from January 2022, consumer, value)."""
    table = measure(
        coded(folder, LEDGER),
        rules(*CONSUMERS),
        parse_measure(text, COLUMNS),
        parse_predicate(where, COLUMNS) if where else None,
        months=months,
        periods=periods,
    )
    assert pa.types.is_decimal128(table.schema.field("value").type)
    return [
        (line["period"] - JANUARY.index, line["consumer"], line["value"])
        for line in table.to_pylist()
    ]


def of(*values: tuple[int, int, str]) -> Values:
    return [(month, consumer, Decimal(value)) for month, consumer, value in values]


def test_lines_are_counted_per_consumer_and_month(tmp_path: Path) -> None:
    assert measured(tmp_path, "count(*)") == of((0, 0, "2"), (0, 1, "1"), (1, 0, "1"), (3, 1, "2"))


def test_quantities_add_up_over_a_window(tmp_path: Path) -> None:
    assert measured(tmp_path, "sum(quantity)", months=2) == of(
        (0, 0, "3.5"), (0, 1, "1.0"), (1, 0, "4.5"), (1, 1, "1.0"), (2, 0, "1.0"), (3, 1, "2.0")
    )


def test_a_window_reaches_back_before_the_first_period_wanted(tmp_path: Path) -> None:
    wanted = (JANUARY + 1, JANUARY + 1)
    assert measured(tmp_path, "sum(amount)", months=2, periods=wanted) == of(
        (1, 0, "31.30"), (1, 1, "-5.00")
    )
    assert measured(tmp_path, "sum(amount)", periods=wanted) == of((1, 0, "1.00"))


def test_distinct_texts_count_once_in_a_window_and_the_empty_text_never(tmp_path: Path) -> None:
    assert measured(tmp_path, "count(DISTINCT vendor)", months=4) == of(
        (0, 0, "2"), (0, 1, "1"), (1, 0, "2"), (1, 1, "1"), (2, 0, "2"), (2, 1, "1"),
        (3, 0, "2"), (3, 1, "2"),
    )  # fmt: skip


def test_least_and_greatest_over_a_window(tmp_path: Path) -> None:
    wanted = (JANUARY + 3, JANUARY + 3)
    assert measured(tmp_path, "min(amount)", months=4, periods=wanted) == of(
        (3, 0, "1.00"), (3, 1, "-5.00")
    )
    assert measured(tmp_path, "max(amount)", months=4, periods=wanted) == of(
        (3, 0, "20.20"), (3, 1, "8.00")
    )


def test_a_condition_limits_the_lines(tmp_path: Path) -> None:
    assert measured(tmp_path, "count(*)", "amount > 0 AND vendor = 'Acme'") == of(
        (0, 0, "1"), (1, 0, "1")
    )


def test_lines_are_a_consumers_by_the_rules_of_their_own_month(tmp_path: Path) -> None:
    later = Validity(JANUARY + 1)
    found = measure(
        coded(tmp_path, LEDGER),
        rules(("cost_centre LIKE 'GDS%'", later)),
        parse_measure("count(*)", COLUMNS),
        months=12,
        periods=(JANUARY + 1, JANUARY + 1),
    )
    assert found["value"].to_pylist() == [Decimal(1)]


def test_amounts_of_several_currencies_are_not_added(tmp_path: Path) -> None:
    source = coded(tmp_path, [*LEDGER, row(currency="EUR", cost_centre="HR")])
    with pytest.raises(AllocationError, match=r"sum\(amount\) mixes currencies"):
        measure(source, rules(*CONSUMERS), parse_measure("sum(amount)", COLUMNS))
    counted = measure(source, rules(*CONSUMERS), parse_measure("count(*)", COLUMNS))
    assert counted["value"].to_pylist() == [Decimal(2), Decimal(2), Decimal(1), Decimal(2)]


def test_sums_that_may_not_fit_are_refused(tmp_path: Path) -> None:
    huge = row(quantity=f"{'9' * 37}.0", cost_centre="HR")
    source = coded(tmp_path, [huge, huge])
    with pytest.raises(SourceError, match="sum of quantity may need more than 38 digits"):
        measure(source, rules(*CONSUMERS), parse_measure("sum(quantity)", COLUMNS))

"""Columns say what rows say: tables, groups and flows."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from truecost.engine import tables
from truecost.engine.codes import Codebook, added, grouped
from truecost.engine.columnar import Coded, laid_out
from truecost.engine.flows import Flow, Flows
from truecost.engine.lines import Line, Lines, costs_of

_TEXT = st.sampled_from(["", "a", "b", "ab", "Z", "é", "\U0001f600", "\uffff", "1", "10", "9"])
_PERIOD = st.sampled_from([24_000, 24_001, 24_313])
_MONEY = st.one_of(st.integers(-3, 3), st.sampled_from([2**63 - 1, -(2**63) + 1]))


@settings(deadline=None)
@given(st.lists(st.tuples(_PERIOD, _TEXT, _TEXT, _TEXT, _TEXT, _MONEY)))
def test_lines_are_laid_out_as_rows_are(rows: list[tuple[int, str, str, str, str, int]]) -> None:
    lines = Lines.of(Line(*row) for row in rows)
    assert list(lines) == rows
    texts = (lines.currency, lines.cls, lines.service, lines.consumer)
    columns = (lines.period, *(Coded(each, lines.book) for each in texts), lines.amount)
    assert laid_out("lines", columns).equals(tables.table("lines", rows))


@settings(deadline=None)
@given(st.lists(st.tuples(_PERIOD, *[_TEXT] * 10)))
def test_texts_that_stay_texts_are_compared_where_all_before_are_equal(
    rows: list[tuple[int, *tuple[str, ...]]],
) -> None:
    book = Codebook()
    period, *texts = list(zip(*rows, strict=True)) or [()] * 11
    columns = [
        pa.array(column, pa.string()) if at in {3, 6} else Coded(book.codes(column), book)
        for at, column in enumerate(texts)
    ]
    made = laid_out("flows", (np.array(period, np.int32), *columns))
    assert made.equals(tables.table("flows", rows))


@settings(deadline=None)
@given(st.lists(st.tuples(_PERIOD, _TEXT, _TEXT, _TEXT, st.integers(-9, 9))))
def test_costs_are_lines_without_their_class(rows: list[tuple[int, str, str, str, int]]) -> None:
    expected: dict[tuple[int, str, str, str], int] = defaultdict(int)
    for period, currency, service, consumer, amount in rows:
        expected[period, currency, service, consumer] += amount
    lines = Lines.of(
        Line(period, currency, str(at % 3), service, consumer, amount)
        for at, (period, currency, service, consumer, amount) in enumerate(rows)
    )
    costs = costs_of(lines)
    found = {(at, *key): amount for at, some in costs.items() for *key, amount in some}
    assert found == expected
    for (period, currency, service, consumer), amount in expected.items():
        assert costs[period].of(currency, service)[consumer] == amount


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2**30), st.integers(0, 2**30))))
def test_groups_however_far_apart_their_numbers_are(rows: list[tuple[int, int, int]]) -> None:
    columns = [np.array([row[at] for row in rows], np.int32) for at in range(3)]
    places, of = grouped(*columns)
    assert [rows[at] for at in places] == sorted(set(rows))
    assert [rows[places[group]] for group in of] == rows
    counts = added(np.ones(len(rows), np.int64), of, len(places))
    assert counts.tolist() == [rows.count(rows[at]) for at in places]


def test_flows_give_the_rows_that_they_were_made_of() -> None:
    huge = 10**30
    rows = [
        Flow("service b", "consumer y", huge, huge + 1, "hours", Decimal("1.50"), Decimal("2.0")),
        Flow("service b", "consumer x", 1, huge + 1, "hours", Decimal("0.5"), Decimal("2.0"), "h"),
        Flow("tower a", "service b", 1, 1, rule="model/allocations.yaml:3"),
    ]
    flows = Flows.of(reversed(rows), ["service c"])
    assert flows.names == (
        "consumer x", "consumer y", "service b", "service c", "tower a",
    )  # fmt: skip
    assert sorted(flows, key=rows.index) == rows
    assert flows.whole.tolist() == [0, 0, huge + 1, 0, 1]

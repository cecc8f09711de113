"""Schedules: whole, close to their exact share, and the same wherever one begins to look."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from itertools import accumulate, pairwise

from hypothesis import given
from hypothesis import strategies as st

from truecost.engine.schedules import Schedule, spread, weights
from truecost.kernel.calendars import CALENDAR_MONTHS
from truecost.model.recognition import Way

_BEGIN = date(2019, 1, 1)


def month_of(day: date) -> int:
    return CALENDAR_MONTHS.on(day).index


AMOUNTS = st.integers(-(10**12), 10**12)


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    begins = _BEGIN + timedelta(days=draw(st.integers(0, 900)))
    ends = begins + timedelta(days=draw(st.integers(0, 2500)))
    total = draw(AMOUNTS)
    entered = month_of(_BEGIN) + draw(st.integers(0, 60))
    way = draw(st.sampled_from(Way))
    if way is Way.ACCRUAL:
        return Schedule(way, total, entered, draw(st.booleans()), begins, ends)
    share = draw(st.integers(0, 100))
    disposed = draw(st.none() | st.integers(month_of(begins), month_of(ends) + 12))
    return Schedule(
        way,
        total,
        entered,
        draw(st.booleans()),
        begins,
        ends,
        by_days=draw(st.booleans()),
        residual=total * share // 200,
        disposed=-1 if disposed is None else disposed,
        sale=draw(AMOUNTS) if disposed is not None else 0,
        until=draw(st.just(-1) | st.integers(entered, entered + 40)),
    )


@given(AMOUNTS, st.lists(st.integers(1, 31), min_size=1, max_size=120))
def test_every_sum_of_first_months_is_within_half_a_cent(total: int, weights: list[int]) -> None:
    parts = spread(total, weights)
    assert sum(parts) == total
    whole = sum(weights)
    sums = zip(accumulate(parts), accumulate(weights), strict=True)
    assert all(2 * abs(got - Fraction(total * of, whole)) <= 1 for got, of in sums)


@given(AMOUNTS, st.lists(st.integers(1, 31), min_size=1, max_size=60))
def test_a_credit_takes_back_what_its_cost_was(total: int, weights: list[int]) -> None:
    assert spread(-total, weights) == [-part for part in spread(total, weights)]


def test_a_hundred_over_three_months() -> None:
    assert spread(10_000, [1, 1, 1]) == [3_333, 3_334, 3_333]
    assert spread(1, [1] * 12) == [0] * 6 + [1] + [0] * 5
    assert spread(0, [1, 2]) == [0, 0]


def test_days_of_a_leap_year() -> None:
    days = list(weights(date(2024, 2, 15), date(2024, 4, 1), by_days=True))
    assert days == [(month_of(date(2024, 2, 1)) + at, n) for at, n in enumerate((15, 31, 1))]


@given(schedules())
def test_a_schedule_counts_its_whole_but_what_stays(schedule: Schedule) -> None:
    releases = schedule.releases()
    counted = sum(each.amount for each in releases)
    if schedule.way is Way.ACCRUAL:
        assert counted == 0
    elif schedule.disposed >= 0:
        assert counted == schedule.total - schedule.sale
    else:
        assert counted == schedule.total - schedule.residual
    assert all(each.period >= schedule.entered for each in releases)
    assert all(each.service_period <= each.period for each in releases)


@given(schedules(), st.integers(-6, 130), st.integers(1, 40))
def test_an_account_is_the_same_wherever_one_begins(
    schedule: Schedule, offset: int, long: int
) -> None:
    first = month_of(_BEGIN)
    last = first + 240
    whole = list(schedule.balances(first, last))
    start = first + offset
    part = [each for each in whole if start <= each.period <= start + long]
    assert list(schedule.balances(start, start + long)) == part
    for before, after in pairwise(whole):
        if after.period == before.period + 1:
            assert after.opening == before.closing
    for account in whole:
        moved = account.released + account.lost + account.proceeds
        assert account.opening + account.posted - moved == account.closing
    known = {(each.period, each.lost): 0 for each in schedule.releases()}
    for each in schedule.releases():
        known[each.period, each.lost] += each.amount
    for balance in whole:
        assert balance.released == known.get((balance.period, False), 0)
        assert balance.lost == known.get((balance.period, True), 0)

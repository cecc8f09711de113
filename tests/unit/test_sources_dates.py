"""Dates: read as written or as declared, refused with a reason."""

from __future__ import annotations

import contextlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truecost.sources.dates import ORDERS, parse_date
from truecost.sources.values import Unreadable

DAY_FIRST, MONTH_FIRST, YEAR_FIRST = ORDERS


@pytest.mark.parametrize(
    "written",
    [
        "2022-04-07", "2022-04-07T23:59:59Z", "2022-04-07 00:00:00", "2022-04-07T10:11:12.5+01:00",
        "20220407", "Thursday, April 07, 2022", "Thu, 7 Apr 2022", "07 April 2022", "7-Apr-22",
        "7-APR-2022", "7 Apr 2022 00:00", "April 7, 2022", "Apr. 7 2022", "7th April 2022",
        " 7\u00a0April  2022 ", "7 April 2022 3:15 PM",
    ],
)  # fmt: skip
@pytest.mark.parametrize("order", ORDERS)
def test_what_is_read_whatever_the_order(written: str, order: str) -> None:
    assert parse_date(written, order) == date(2022, 4, 7)


@pytest.mark.parametrize("written", ["2022-04", "April 2022", "Apr-2022"])
def test_a_month_is_its_first_day(written: str) -> None:
    assert parse_date(written) == date(2022, 4, 1)


@pytest.mark.parametrize(
    ("written", "order", "day"),
    [
        ("03/04/2022", DAY_FIRST, date(2022, 4, 3)),
        ("03/04/2022", MONTH_FIRST, date(2022, 3, 4)),
        ("3.4.22", DAY_FIRST, date(2022, 4, 3)),
        ("3-4-22", MONTH_FIRST, date(2022, 3, 4)),
        ("31/12/69", DAY_FIRST, date(1969, 12, 31)),
        ("31/12/68", DAY_FIRST, date(2068, 12, 31)),
        ("2022/4/3", YEAR_FIRST, date(2022, 4, 3)),
        ("2022.04.03", YEAR_FIRST, date(2022, 4, 3)),
        ("03/04/2022 12:30", DAY_FIRST, date(2022, 4, 3)),
    ],
)
def test_numbers_are_read_in_the_declared_order(written: str, order: str, day: date) -> None:
    assert parse_date(written, order) == day


@pytest.mark.parametrize(
    ("written", "order", "reason"),
    [
        ("", YEAR_FIRST, "the date is missing"),
        ("03/04/2022", YEAR_FIRST, "more than one order: declare  date_order:"),
        ("22/04/03", YEAR_FIRST, "more than one order"),
        ("2022/04/03", DAY_FIRST, "is not a date in the order"),
        ("31/04/2022", DAY_FIRST, "April 2022 has no day 31"),
        ("12/31/2022", DAY_FIRST, "there is no month 31"),
        ("2022-02-30", YEAR_FIRST, "February 2022 has no day 30"),
        ("2021-02-29", YEAR_FIRST, "February 2021 has no day 29"),
        ("2022-13-01", YEAR_FIRST, "there is no month 13"),
        ("2022-00", YEAR_FIRST, "there is no month 0"),
        ("0022-04-07", YEAR_FIRST, "the year 22 is not between 1900 and 2199"),
        ("Friday, April 07, 2022", YEAR_FIRST, "2022-04-07 was a Thursday"),
        ("7 Avril 2022", YEAR_FIRST, 'no month is named "Avril"'),
        ("Apr-22", YEAR_FIRST, "is not a date"),
        ("44658", YEAR_FIRST, "a spreadsheet's day number"),
        ("Total", YEAR_FIRST, "is not a date"),
        ("1/2/3/4", DAY_FIRST, "is not a date"),
        ("1/2-2022", DAY_FIRST, "is not a date"),
        ("12:30", YEAR_FIRST, "is not a date"),
    ],
)
def test_what_is_refused_and_why(written: str, order: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        parse_date(written, order)


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_every_day_is_read_back_from_every_form(day: date) -> None:
    forms = ("%Y-%m-%d", "%Y%m%d", "%A, %B %d, %Y", "%d %B %Y", "%d-%b-%Y", "%a %d %b %Y")
    for form in forms:
        assert parse_date(day.strftime(form)) == day
    assert parse_date(day.strftime("%d/%m/%Y"), DAY_FIRST) == day
    assert parse_date(day.strftime("%m.%d.%Y"), MONTH_FIRST) == day
    assert parse_date(day.strftime("%Y/%m/%d"), YEAR_FIRST) == day


@given(st.text() | st.text(alphabet="0123456789/-. :TAprilmonthuZ,", max_size=20))
def test_no_text_crashes_the_reader(written: str) -> None:
    for order in ORDERS:
        with contextlib.suppress(Unreadable):
            assert 1900 <= parse_date(written, order).year <= 2199

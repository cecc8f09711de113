"""Fiscal calendars: published years of weeks, and what holds for every calendar."""

from __future__ import annotations

import ast
from datetime import date, timedelta
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

import truecost
from truecost.kernel import digest
from truecost.kernel.calendars import CALENDAR_MONTHS, Calendar, Period
from truecost.kernel.days import Days
from truecost.kernel.divisions import Division, Named
from truecost.kernel.findings import Place
from truecost.kernel.year_turns import MONTH_NAMES, WEEKDAYS, Turn
from truecost.model.schema.calendar_words import Span
from truecost.model.schema.word import PeriodWord
from truecost.model.tree import Text
from truecost.statements import locale

_DAY = timedelta(days=1)

#: The 4-5-4 calendar that the National Retail Federation publishes: nrf.com, "4-5-4 calendar".
NRF = Calendar(
    Turn.read("Saturday nearest 31 January", ends=True),
    Division.WEEKS_454,
    named=Named.FIRST,
)
#: "The 52- or 53-week period that ends on the last Saturday of September": Apple Inc., Form 10-K.
LAST_SATURDAY = Calendar(
    Turn.read("last Saturday of September", ends=True), Division.WEEKS_445, named=Named.LAST
)
#: Thirteen periods, of which the first quarter has four: The Kroger Co., Form 10-K.
THIRTEEN = Calendar(
    Turn.read("Saturday nearest 31 January", ends=True),
    Division.THIRTEEN,
    named=Named.FIRST,
    quarters=(4, 3, 3, 3),
)
TAX_YEAR = Calendar(Turn.read("6 April"))


def _days(calendar: Calendar, year: int) -> int:
    first = calendar.parse(f"{year}-P01")
    return ((first + calendar.per_year).first_day - first.first_day).days


def test_the_retail_years_of_53_weeks_are_those_published() -> None:
    long = [year for year in range(2000, 2029) if _days(NRF, year) == 53 * 7]
    assert long == [2000, 2006, 2012, 2017, 2023, 2028]
    assert all(_days(NRF, year) in {364, 371} for year in range(1950, 2100))


def test_the_retail_year_2024_is_that_published() -> None:
    published = [
        "02-04", "03-03", "04-07", "05-05", "06-02", "07-07",
        "08-04", "09-01", "10-06", "11-03", "12-01",
    ]  # fmt: skip
    periods = [NRF.parse(f"2024-P{number:02}") for number in range(1, 13)]
    starts = [date.fromisoformat(f"2024-{day}") for day in published] + [date(2025, 1, 5)]
    assert [period.first_day for period in periods] == starts
    assert [period.weeks for period in periods] == [4, 5, 4] * 4
    assert periods[-1].last_day == date(2025, 2, 1)


def test_the_53rd_week_falls_into_the_last_period_or_where_the_rule_says() -> None:
    assert NRF.parse("2023-P12").weeks == 5
    assert NRF.parse("2023-P12").dated == "Period 12 of 2023 (31 December 2023 to 3 February 2024)"
    first = Calendar(NRF.turn, NRF.division, 1, NRF.named)
    assert [first.parse(f"2023-P{n:02}").weeks for n in (1, 2, 12)] == [5, 5, 4]
    assert first.parse("2024-P01").first_day == NRF.parse("2024-P01").first_day


def test_a_year_that_ends_on_the_last_saturday_of_a_month() -> None:
    long = [year for year in range(2007, 2029) if _days(LAST_SATURDAY, year) == 53 * 7]
    assert long == [2012, 2017, 2023, 2028]
    assert LAST_SATURDAY.parse("2023-P12").last_day == date(2023, 9, 30)
    assert LAST_SATURDAY.parse("2024-P01").first_day == date(2023, 10, 1)
    assert LAST_SATURDAY.label(LAST_SATURDAY.parse("2024-P01")) == "2024"


def test_thirteen_periods_and_their_quarters() -> None:
    periods = [THIRTEEN.parse(f"2024-P{number:02}") for number in range(1, 14)]
    assert [THIRTEEN.quarter(each) for each in periods] == [1] * 4 + [2] * 3 + [3] * 3 + [4] * 3
    ends = [THIRTEEN.number(each) for each in periods if THIRTEEN.ends_quarter(each)]
    assert ends == [4, 7, 10, 13]
    assert THIRTEEN.first_of_quarter(periods[8]) == periods[7]
    assert [each.weeks for each in periods] == [4] * 13
    assert THIRTEEN.parse("2023-P13").weeks == 5
    usual = Calendar(THIRTEEN.turn, THIRTEEN.division, named=Named.FIRST)
    assert [usual.quarter(each) for each in periods] == [1] * 3 + [2] * 3 + [3] * 3 + [4] * 4
    with pytest.raises(ValueError, match="2024 has 13"):
        THIRTEEN.parse("2024-P14")
    with pytest.raises(ValueError, match="write one as 2024-P03"):
        THIRTEEN.parse("2024-03")


def test_months_from_the_sixth() -> None:
    april = TAX_YEAR.on(date(2024, 4, 6))
    assert str(TAX_YEAR.on(date(2024, 4, 5))) == "2024-03"
    assert str(april) == "2024-04"
    assert april.dated == "Month 1 of 2024-25 (6 April to 5 May 2024)"
    assert (TAX_YEAR.first(april + 11), TAX_YEAR.label(april + 11)) == (april, "2024-25")
    assert TAX_YEAR.quarter(april + 3) == 2
    late = Calendar(Turn.read("26 December"))
    assert str(late.on(date(2023, 12, 26))) == "2024-01"  # mostly January
    assert late.label(late.on(date(2023, 12, 26))) == "2024"


def test_years_are_named_by_either_end() -> None:
    month = Period.of(2024, 6)
    april = {named: Calendar(Turn(month=4), named=named) for named in Named}
    assert april[Named.BOTH].label(month) == "2024-25"
    assert april[Named.FIRST].label(month) == "2024"
    assert april[Named.LAST].label(month) == "2025"
    nearly = Calendar(Turn.read("Sunday nearest 1 January"), Division.WEEKS_445)
    assert str(nearly.on(date(2024, 12, 30))) == "2025-P01"
    assert nearly.label(nearly.on(date(2024, 12, 30))) == "2025"


def test_so_many_months_later() -> None:
    assert Period.of(2024, 1).calendar.after_months(Period.of(2024, 1), 3) == Period.of(2024, 4)
    start = NRF.parse("2024-P02")  # from 3 March; a month later is in the middle of one
    assert NRF.after_months(start, 0) == start
    assert NRF.after_months(start, 1) == NRF.parse("2024-P03")
    assert NRF.after_months(start, 2) == NRF.parse("2024-P04")


def test_rules_that_do_not_go_together() -> None:
    for turn, division, words in (
        (Turn.read("6 April"), Division.WEEKS_445, "Sunday nearest 6 April"),
        (Turn.read("last Monday of June"), Division.MONTHS, "6 April"),
        (Turn.read("30 April"), Division.MONTHS, "1 to 28"),
    ):
        with pytest.raises(ValueError, match=words):
            Calendar(turn, division)
    for text, words in (
        ("29 February", "1 to 28"),
        ("31 Apirl", "April"),
        ("last Satruday of May", "Saturday"),
        ("every Monday", "Saturday nearest"),
    ):
        with pytest.raises(ValueError, match=words):
            Turn.read(text)


def test_calendar_months_are_hashed_as_ever() -> None:
    """Ids of runs and hashes of models depend on these texts."""
    assert digest.canonical(Calendar(Turn(month=4))) == '{"begins":4}'
    assert digest.canonical(Calendar(Turn.read("31 March", ends=True))) == '{"begins":4}'
    assert digest.canonical(Period.of(2024, 3)) == '{"index":24290}'
    assert digest.canonical(THIRTEEN.parse("2024-P03")) == '{"index":26314}'
    assert digest.canonical(Days(date(2024, 3, 1))) == '{"first":"2024-03-01","last":null}'
    assert (CALENDAR_MONTHS.cuts, Calendar(Turn(month=7)).cuts, TAX_YEAR.cuts) == (
        {},
        {},
        {"day": 6},
    )


_MONTH = st.sampled_from(MONTH_NAMES)
_WEEKDAY = st.sampled_from(WEEKDAYS)
_OF_WEEKS = st.one_of(
    st.builds("{} nearest {} {}".format, _WEEKDAY, st.integers(1, 28), _MONTH),
    st.builds("{} {} of {}".format, st.sampled_from(["first", "last"]), _WEEKDAY, _MONTH),
)
_OF_MONTHS = st.builds("{} {}".format, st.integers(1, 27), _MONTH)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Draw any calendar that a workspace may have."""
    division = draw(st.sampled_from(Division))
    text = draw(_OF_WEEKS if division.weeks else _OF_MONTHS)
    turn = Turn.read(text, ends=draw(st.booleans()))
    extra = draw(st.integers(0, len(division.weeks) or 12))
    return Calendar(turn, division, extra, draw(st.sampled_from(Named)))


_DAYS = st.dates(date(1950, 1, 1), date(2150, 12, 31))


@settings(deadline=None)
@given(calendars(), _DAYS)
def test_every_day_is_in_one_period(calendar: Calendar, day: date) -> None:
    period = calendar.on(day)
    assert period.first_day <= day <= period.last_day
    assert (period + 1).first_day == period.last_day + _DAY
    assert calendar.on(period.first_day) == calendar.on(period.last_day) == period
    assert calendar.parse(str(period)) == period
    assert 28 <= (period.last_day - period.first_day).days + 1 <= 42


@settings(deadline=None)
@given(calendars(), st.lists(_DAYS))
def test_days_together_have_the_periods_that_each_has(calendar: Calendar, days: list[date]) -> None:
    found = calendar.indexes(np.array(days, "datetime64[D]"))
    assert found.tolist() == [calendar.on(day).index for day in days]


@settings(deadline=None)
@given(calendars(), _DAYS)
def test_years_are_whole(calendar: Calendar, day: date) -> None:
    period = calendar.on(day)
    first = calendar.first(period)
    year = [first + number for number in range(calendar.per_year)]
    assert period in year
    assert {calendar.label(each) for each in year} == {calendar.label(period)}
    assert calendar.label(first - 1) != calendar.label(first) != calendar.label(year[-1] + 1)
    assert [calendar.number(each) for each in year] == list(range(1, calendar.per_year + 1))
    quarters = [calendar.quarter(each) for each in year]
    assert quarters == sorted(quarters)
    assert set(quarters) == {1, 2, 3, 4}
    assert calendar.ends_year(year[-1])
    assert calendar.ends_quarter(year[-1])
    days = (year[-1].last_day - first.first_day).days + 1
    assert days in ({364, 371} if calendar.of_weeks else {365, 366})


@settings(deadline=None)
@given(calendars())
def test_a_calendar_is_kept_whole(calendar: Calendar) -> None:
    kept = Calendar.made(calendar.as_plain())
    period = calendar.on(date(2024, 2, 29))
    assert kept.on(date(2024, 2, 29)).dated == period.dated
    assert kept.as_plain() == calendar.as_plain()
    if not calendar.plain:
        said = {"fiscal_year_begins": calendar.begins, "calendar": calendar.as_plain()}
        assert Calendar.of_workspace(said) == calendar


def test_nothing_makes_a_period_without_a_calendar() -> None:
    """`Period(index)` is a calendar month; only what needs nothing but the index may say it."""
    package = Path(truecost.__file__).parent
    found = []
    for path in sorted(package.rglob("*.py")):
        if path.parent.name == "kernel":
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        ties = {
            id(inner)
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "tie_of"
            for inner in ast.walk(node)
        }
        found += [
            f"{path.relative_to(package)}:{node.lineno}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
            and id(node) not in ties
            and ast.unparse(node.func) in {"Period", "Period.of", "Period.parse"}
        ]
    assert not found, "write calendar.period(index), calendar.on(day) or calendar.parse(text)"


def test_a_count_of_months_is_none_where_a_year_has_thirteen_periods() -> None:
    word = next(each for each in get_args(Span) if isinstance(each, PeriodWord))
    text = Text("6 months", Place("model/drivers.yaml"))
    assert word.check(text, NRF) == word.check(text, CALENDAR_MONTHS) == 6
    assert word.check(Text("6 periods", Place("model/drivers.yaml")), THIRTEEN) == 6
    with pytest.raises(PydanticCustomError) as refused:
        word.check(text, THIRTEEN)
    assert "13 periods" in (refused.value.context or {})["hint"]


def test_days_are_written_as_the_country_does() -> None:
    with locale.speaking("de_CH"):
        april = " ".join(locale.dated(TAX_YEAR.parse("2024-04")).split())
        assert april == "Month 1 of 2024-25 (6. Apr. – 5. Mai 2024)"
        assert locale.dated(NRF.parse("2024-P01")).startswith("Period 1 of 2024 (4. Feb.")
        assert locale.dated(Period.of(2024, 4)) == locale.month(Period.of(2024, 4)) == "April 2024"
    assert locale.dated(NRF.parse("2024-P07")) == "Period 7 of 2024 (4 to 31 August 2024)"

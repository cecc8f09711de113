"""Words of time: periods, days, and how a fiscal year is divided."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated

from truecost.kernel.calendars import Calendar, Period
from truecost.kernel.divisions import Division, Named
from truecost.kernel.year_turns import Turn
from truecost.model.schema.word import PeriodWord, Word, anything, choice
from truecost.model.tree import Text  # noqa: TC001  pydantic asks


def period_of(text: str, calendar: Calendar) -> Period:
    """Read a period's label. Raise ValueError, with words where the phrase does not say it all."""
    try:
        return calendar.parse(text)
    except ValueError as error:
        said = str(error).partition(": ")[2] if calendar.of_weeks else ""
        raise ValueError(said) from None


def _day(text: Text, calendar: Calendar) -> dt.date | Period:
    match = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", text, re.ASCII)
    try:
        if match is not None:
            return dt.date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        raise ValueError("there is no such day") from None
    try:
        return calendar.parse(text)
    except ValueError as error:
        some = re.fullmatch(r"\d{4}-\d{2}", text, re.ASCII) and not calendar.of_weeks
        said = str(error).partition(": ")[2] if calendar.of_weeks else ""
        raise ValueError("there is no such day" if some else said) from None


def _periods(text: Text, calendar: Calendar) -> int:
    match = re.fullmatch(r"(\d{1,3}) (month|period)s?", text, re.ASCII)
    if not match or int(match[1]) == 0:
        raise ValueError
    if match[2] == "month" and calendar.per_year != 12:  # noqa: PLR2004 - twelve months
        raise ValueError(f"a year has {calendar.per_year} periods here: count in periods")
    return int(match[1])


def _extra_week(text: Text) -> int:
    match = re.fullmatch(r"last period|period (\d{1,2})", text, re.ASCII)
    if not match or match[1] == "0":
        raise ValueError
    return int(match[1] or 0)


def _quarters(text: Text) -> tuple[int, ...]:
    if not re.fullmatch(r"[1-9](-[1-9]){3}", text, re.ASCII):
        raise ValueError
    return tuple(map(int, text.split("-")))


def _days(text: Text) -> int:
    match = re.fullmatch(r"(\d{1,3}) days?", text, re.ASCII)
    if not match:
        raise ValueError
    return int(match[1])


Month = Annotated[
    Period,
    PeriodWord(
        "a month such as 2021-04",
        anything,
        {"type": "string", "pattern": "^\\d{4}-P?\\d{2}$"},
        by=period_of,
    ),
]


DayOrMonth = Annotated[
    dt.date | Period,
    PeriodWord(
        "a day such as 2022-04-16, or a month such as 2022-04",
        anything,
        {"type": "string", "pattern": "^\\d{4}-(P?\\d{2}|\\d{2}-\\d{2})$"},
        by=_day,
        of_weeks="a day such as 2022-04-16, or a period such as 2022-P03",
    ),
]


Span = Annotated[
    int,
    PeriodWord(
        "a number of months such as 6 months",
        anything,
        {"type": "string"},
        by=_periods,
        of_weeks="a number of periods such as 6 periods",
    ),
]


Days = Annotated[
    int,
    Word("a number of days such as 7 days", _days, {"type": "string"}),
]


YearBegins = Annotated[
    Turn,
    Word(
        "a day such as 1 April or Sunday nearest 1 February",
        Turn.read,
        {"type": "string"},
    ),
]


YearEnds = Annotated[
    Turn,
    Word(
        "a day such as 31 March or Saturday nearest 31 January",
        lambda text: Turn.read(text, ends=True),
        {"type": "string"},
    ),
]


ExtraWeek = Annotated[
    int,
    Word(
        "the last period, or one such as period 6",
        _extra_week,
        {"type": "string", "pattern": "^(last period|period \\d{1,2})$"},
    ),
]


Quarters = Annotated[
    tuple[int, ...],
    Word(
        "the periods of each quarter, such as 3-3-3-4",
        _quarters,
        {"type": "string", "pattern": "^[1-9](-[1-9]){3}$"},
    ),
]


NamedAfter = Annotated[Named, choice({each.value: each for each in Named})]


Periods = Annotated[Division, choice({each.value: each for each in Division})]

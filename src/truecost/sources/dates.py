"""Dates: read as written or as declared, refused with a reason, never guessed.

Months and days are spelt in English. A year of two digits lies between 1969 and 2068, as POSIX
has it.
"""

from __future__ import annotations

import re
from datetime import date

from truecost.kernel.periods import MONTHS
from truecost.sources.values import Unreadable, shown

YEAR_FIRST = "year month day"
ORDERS = ("day month year", "month day year", YEAR_FIRST)

_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_PIVOT = 69
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NAMES = {
    **{name[:3].casefold(): number for number, name in enumerate(MONTHS, 1)},
    **{name.casefold(): number for number, name in enumerate(MONTHS, 1)},
    "sept": 9,
}
_WEEKDAYS = {
    **{name[:3].casefold(): number for number, name in enumerate(_DAYS)},
    **{name.casefold(): number for number, name in enumerate(_DAYS)},
    "tues": 1,
    "wednes": 2,
    "thur": 3,
    "thurs": 3,
}
_TIME = re.compile(
    r"(?:T|,? +)([01]?[0-9]|2[0-4]):[0-5][0-9](:[0-5][0-9]([.,][0-9]+)?)?( ?[AP]M)?"
    r"( ?(Z|UTC|[-+][0-9]{2}:?[0-9]{2}))?$",
    re.ASCII | re.IGNORECASE,
)
_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})", re.ASCII)
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})", re.ASCII)
_NUMERIC = re.compile(r"([0-9]{1,4})([/.-])([0-9]{1,2})\2([0-9]{1,4})", re.ASCII)
_WEEKDAY = re.compile(r"([A-Za-z]+)\.?,? +(?=[A-Za-z0-9])", re.ASCII)
_DAY_FIRST = re.compile(
    r"([0-9]{1,2})(?:st|nd|rd|th)?[- ]([A-Za-z]+)\.?,?[- ]([0-9]{4}|[0-9]{2})", re.ASCII
)
_MONTH_FIRST = re.compile(r"([A-Za-z]+)\.? ([0-9]{1,2})(?:st|nd|rd|th)?,? ([0-9]{4})", re.ASCII)
_MONTH_YEAR = re.compile(r"([A-Za-z]+)[- ]([0-9]{4})", re.ASCII)
_SERIAL = re.compile(r"[34][0-9]{4}(\.[0-9]+)?", re.ASCII)


def parse_date(text: str, order: str = YEAR_FIRST) -> date:
    """Read a date; a time behind it is left out.

    Always read: `2022-04-07`, `20220407`, `Thursday, April 07, 2022`, `7 April 2022`, `7-Apr-22`,
    and a month (`2022-04`, `April 2022`) as its first day. Numbers parted by `/`, `.` or `-` are
    read in the declared order only. Raise Unreadable with the reason.
    """
    written = " ".join(text.split())
    if not written:
        raise Unreadable("the date is missing")
    written = _TIME.sub("", written)
    for pattern in (_ISO, _COMPACT):
        if match := pattern.fullmatch(written):
            return _date(int(match[1]), int(match[2]), int(match[3]), text)
    if match := _MONTH.fullmatch(written):
        return _date(int(match[1]), int(match[2]), 1, text)
    if match := _NUMERIC.fullmatch(written):
        return _numeric((match[1], match[3], match[4]), order, text)
    return _spelt(written, text)


def _numeric(parts: tuple[str, str, str], order: str, text: str) -> date:
    by_name = dict(zip(order.split(), parts, strict=True))
    year = by_name["year"]
    if order == YEAR_FIRST and len(year) != len("2022"):
        raise Unreadable(
            f"{shown(text)} could be read in more than one order: declare  date_order:  (for"
            " example  day month year)"
        )
    if len(year) not in {2, 4} or len(by_name["day"]) > len("31"):
        raise Unreadable(f'{shown(text)} is not a date in the order "{order}"')
    return _date(_year(year), int(by_name["month"]), int(by_name["day"]), text)


def _spelt(written: str, text: str) -> date:
    weekday = None
    if match := _WEEKDAY.match(written):
        weekday = _WEEKDAYS.get(match[1].casefold())
        if weekday is not None:
            written = written[match.end() :]
    found = None
    if match := _DAY_FIRST.fullmatch(written):
        found = _date(_year(match[3]), _month(match[2], text), int(match[1]), text)
    elif match := _MONTH_FIRST.fullmatch(written):
        found = _date(int(match[3]), _month(match[1], text), int(match[2]), text)
    elif weekday is None and (match := _MONTH_YEAR.fullmatch(written)):
        found = _date(int(match[2]), _month(match[1], text), 1, text)
    elif _SERIAL.fullmatch(written):
        raise Unreadable(f"{shown(text)} is a spreadsheet's day number: export it as a date")
    if found is None:
        raise Unreadable(f"{shown(text)} is not a date")
    if weekday is not None and found.weekday() != weekday:
        is_a = f"{found} was a {_DAYS[found.weekday()]}"
        raise Unreadable(f"{shown(text)} contradicts itself: {is_a}")
    return found


def _month(name: str, text: str) -> int:
    number = _NAMES.get(name.casefold())
    if number is None:
        raise Unreadable(f"{shown(text)} is not a date: no month is named {shown(name)}")
    return number


def _year(digits: str) -> int:
    year = int(digits)
    if len(digits) > len("22"):
        return year
    return year + (1900 if year >= _PIVOT else 2000)


def _date(year: int, month: int, day: int, text: str) -> date:
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        reason = f"the year {year} is not between {_FIRST_YEAR} and {_LAST_YEAR}"
        raise Unreadable(f"{shown(text)}: {reason}")
    if not 1 <= month <= len(MONTHS):
        raise Unreadable(f"{shown(text)} is not a date: there is no month {month}")
    try:
        return date(year, month, day)
    except ValueError:
        where = f"{MONTHS[month - 1]} {year}"
        raise Unreadable(f"{shown(text)} is not a date: {where} has no day {day}") from None

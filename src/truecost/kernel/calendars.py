"""Fiscal calendars: how days become periods, and periods quarters and years.

A `Calendar` divides years into months, into twelve periods of whole weeks (4-4-5 and its variants)
or into thirteen of four weeks. A `Period` is one of them and carries its calendar, so that it can
say its name and its days. To use them:

* `calendar.period(index)` makes a period from the integer that tables hold; never `Period(index)`,
  which is a calendar month whatever the workspace has;
* `calendar.on(day)` gives the period of a day, `calendar.parse("2024-P03")` that of a label;
* `period + 1` is the next one; indexes of a year follow each other (`calendar.per_year` of them),
  so the same period of the year before is `period - calendar.per_year`;
* `calendar.quarter(period)` is 1 to 4, `calendar.ends_quarter(period)` says whether it is the last
  of its quarter; `calendar.first(period)` is the first period of its fiscal year, `label(period)`
  the year's name;
* `period.first_day`, `period.last_day` are dates; `str(period)` is the label that analysts write,
  `period.words` what statements say, `period.dated` the same with its days.

A model has its `calendar`; a run keeps it in its manifest (`Calendar.made`), so that statements of
a run never need today's workspace.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from truecost.kernel.divisions import Division, Named
from truecost.kernel.year_turns import MONTH_NAMES, WEEK, Turn

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

MONTHS = MONTH_NAMES
_YEAR = 12
_EPOCH = 1970
_LONG_YEAR = 53
_MOST_DAYS = 16  # a month from the 17th or later is mostly the next one
_MONTH_TEXT = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_PERIOD_TEXT = re.compile(r"(\d{4})-P(\d{2})", re.ASCII)
_THIRDS = (3, 3, 3, 3)


@dataclass(frozen=True, slots=True)
class Calendar:
    """A fiscal calendar. Raise ValueError for rules that don't go together.

    `extra_week` is the number of the period that takes the 53rd week, 0 for the last; `quarters`
    counts the periods of each quarter.
    """

    turn: Turn = field(default_factory=Turn)
    division: Division = Division.MONTHS
    extra_week: int = 0
    named: Named = Named.BOTH
    quarters: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Check that the rules go together."""
        rule = "ends" if self.turn.ends else "begins"
        if not self.division.weeks:
            if self.turn.weekday is not None:
                raise ValueError(f"a year of months {rule} on a date, as in {rule}: 6 April")
            if self.turn.nominal[1] > 28:  # noqa: PLR2004 - every month has that many days
                raise ValueError("months can begin on the days 1 to 28, which every month has")
        elif self.turn.weekday is None:
            weekday = "Saturday" if self.turn.ends else "Sunday"
            raise ValueError(
                f"a year of weeks {rule} on a day of the week, as in"
                f" {rule}: {weekday} nearest {self.turn}"
            )
        if not 0 <= self.extra_week <= self.per_year:
            raise ValueError(f"a year has {self.per_year} periods")
        if self.quarters and (len(self.quarters) != 4 or sum(self.quarters) != self.per_year):  # noqa: PLR2004
            raise ValueError(f"the quarters of a year have {self.per_year} periods together")

    @classmethod
    def made(cls, said: Mapping[str, Any]) -> Calendar:
        """Make a calendar from what `as_plain` gave."""
        if "periods" not in said:
            return cls(Turn(month=int(said["begins"])))
        rule = str(said["turns"])
        return cls(
            Turn.read(rule.partition(" ")[2], ends=rule.startswith("ends ")),
            Division(said["periods"]),
            int(said["extra_week"]),
            Named(said["named"]),
            tuple(said["quarters"]),
        )

    @classmethod
    def of_workspace(cls, said: Mapping[str, Any]) -> Calendar:
        """Give the calendar of a run by what its manifest says of the workspace."""
        return cls.made(said.get("calendar") or {"begins": said.get("fiscal_year_begins", 1)})

    def as_plain(self) -> dict[str, Any]:
        """Give what is hashed and kept in runs: `{"begins": 4}` where years begin on 1 April."""
        begins = self.begins
        if self.plain:
            return {"begins": begins}
        return {
            "begins": begins,
            "turns": f"{'ends' if self.turn.ends else 'begins'} {self.turn}",
            "periods": self.division.value,
            "extra_week": self.extra_week,
            "named": self.named.value,
            "quarters": list(self.quarters),
        }

    @property
    def plain(self) -> bool:
        """Whether periods are calendar months, and years have their usual names."""
        return (
            not self.division.weeks
            and self.turn.nominal[1] == 1
            and self.named is Named.BOTH
            and not self.quarters
        )

    @property
    def cuts(self) -> dict[str, Any]:
        """What decides which days have which index; nothing for calendar months."""
        if self.of_weeks:
            return {key: said for key, said in self.as_plain().items() if key != "quarters"}
        day = self.turn.nominal[1]
        return {"day": day} if day > 1 else {}

    @property
    def begins(self) -> int:
        """The month, 1 to 12, that a fiscal year begins with."""
        month, day = self.turn.nominal
        late = not self.division.weeks and day > _MOST_DAYS
        return month % _YEAR + 1 if late else month

    @property
    def per_year(self) -> int:
        """How many periods a year has."""
        return len(self.division.weeks) or _YEAR

    @property
    def of_weeks(self) -> bool:
        """Whether periods are made of whole weeks."""
        return self.division is not Division.MONTHS

    @property
    def unit(self) -> str:
        """What a period is called in sentences: `month` or `period`."""
        return "period" if self.of_weeks else "month"

    def period(self, index: int) -> Period:
        """Give a period by its index."""
        return Period(index, self)

    def on(self, day: date) -> Period:
        """Give the period that a day lies in."""
        return Period(self._index(day), self)

    def indexes(self, days: NDArray[np.datetime64]) -> NDArray[np.int64]:
        """Give the index of the period of each day (datetime64[D])."""
        import numpy as np  # noqa: PLC0415  few commands need it

        if not self.of_weeks:
            shift = self.turn.nominal[1] - 1
            months = (days - np.timedelta64(shift, "D") if shift else days).astype("datetime64[M]")
            found: NDArray[np.int64] = months.astype(np.int64) + (_EPOCH * _YEAR + self._next_month)
            return found
        if not len(days):
            return np.zeros(0, np.int64)
        least, most = (self._index(day.item()) for day in (days.min(), days.max()))
        starts = [_first_day(self, index) for index in range(least, most + 1)]
        places = np.searchsorted(np.array(starts, "datetime64[D]"), days, side="right")
        return places.astype(np.int64) + (least - 1)

    def parse(self, text: str) -> Period:
        """Read a label: `2022-02`, or `2024-P03` where periods are made of weeks.

        Raise ValueError, saying what is expected, for anything else.
        """
        text = text.strip()
        if not self.of_weeks:
            match = _MONTH_TEXT.fullmatch(text)
            if not match:
                raise ValueError(f"{text!r} is not a period; write a month as 2022-02")
            year, month = int(match[1]), int(match[2])
            if not 1 <= month <= _YEAR:
                raise ValueError(f"month {month} is not one of 1 to 12")
            return Period(year * _YEAR + month - 1, self)
        match = _PERIOD_TEXT.fullmatch(text)
        if not match:
            like = text[:4] if re.match("[12][0-9]{3}-", text) else "2024"
            raise ValueError(f'"{text}" is not a period; write one as {like}-P03')
        year, number = int(match[1]), int(match[2])
        if not 1 <= number <= self.per_year:
            raise ValueError(f'"{text}" is not a period: {year} has {self.per_year}')
        if not 1000 <= year <= 2999:  # noqa: PLR2004 - days have four digits
            raise ValueError(f'"{text}" is not a period: write a year such as 2024')
        return Period(year * self.per_year + number - 1, self)

    def number(self, period: Period) -> int:
        """Give the place of a period in its fiscal year, from 1."""
        if self.of_weeks:
            return period.index % self.per_year + 1
        return (period.index + 1 - self.begins) % _YEAR + 1

    def quarter(self, period: Period) -> int:
        """Give the quarter of the fiscal year that a period lies in, 1 to 4."""
        return bisect_right(list(accumulate(self._quarters)), self.number(period) - 1) + 1

    def first_of_quarter(self, period: Period) -> Period:
        """Give the first period of the quarter that `period` lies in."""
        before = sum(self._quarters[: self.quarter(period) - 1])
        return self.first(period) + before

    def ends_quarter(self, period: Period) -> bool:
        """Say whether a period is the last of its quarter."""
        return self.quarter(period) != self.quarter(period + 1)

    def ends_year(self, period: Period) -> bool:
        """Say whether a period is the last of its fiscal year."""
        return self.number(period) == self.per_year

    def first(self, period: Period) -> Period:
        """Give the first period of the fiscal year that `period` lies in."""
        return period - (self.number(period) - 1)

    def label(self, period: Period) -> str:
        """Give the year's usual name: `2022`, or `2021-22` where it lies in two calendar years."""
        year = self.first(period).index // self.per_year
        if not self._spans:
            return str(year)
        begins = year - (self.of_weeks and self.named is Named.LAST)
        if self.named is Named.BOTH:
            return f"{begins}-{(begins + 1) % 100:02}"
        return str(begins + (self.named is Named.LAST))

    def after_months(self, period: Period, months: int) -> Period:
        """Give the period so many months after one: the first that begins no earlier than then."""
        if not self.of_weeks:
            return period + months
        first = period.first_day
        year, month = divmod(first.year * _YEAR + first.month - 1 + months, _YEAR)
        wanted = date(year, month + 1, min(first.day, monthrange(year, month + 1)[1]))
        found = self.on(wanted)
        return found if found.first_day == wanted else found + 1

    @property
    def _quarters(self) -> tuple[int, ...]:
        return self.quarters or (_THIRDS if self.per_year == _YEAR else (3, 3, 3, 4))

    @property
    def _spans(self) -> bool:
        return self.turn.spans if self.of_weeks else self.begins != 1

    @property
    def _next_month(self) -> int:
        return int(self.turn.nominal[1] > _MOST_DAYS)

    def _index(self, day: date) -> int:
        if not self.of_weeks:
            shifted = day - timedelta(days=self.turn.nominal[1] - 1)
            return shifted.year * _YEAR + shifted.month - 1 + self._next_month
        year = day.year + 1 + self._named_later
        while self._year_starts(year) > day:
            year -= 1
        week = (day - self._year_starts(year)).days // WEEK
        return year * self.per_year + bisect_right(_ends(self, year), week)

    @property
    def _named_later(self) -> int:
        return int(self._spans and self.named is Named.LAST)

    def _year_starts(self, year: int) -> date:
        """Give the first day of the fiscal year of weeks with a number in labels."""
        return self.turn.starts(year - self._named_later)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """One period of a calendar; a calendar month where no other calendar is given.

    `index` counts periods since the year 0, so that they can be added. Two periods are compared by
    it alone: there is one calendar in a workspace, and in a run.
    """

    index: int
    calendar: Calendar = field(default=Calendar(), compare=False, repr=False)

    @classmethod
    def of(cls, year: int, month: int) -> Period:
        """Give the calendar month of a year (1 to 12)."""
        if not 1 <= month <= _YEAR:
            raise ValueError(f"month {month} is not one of 1 to 12")
        return cls(year * _YEAR + month - 1)

    @classmethod
    def parse(cls, text: str) -> Period:
        """Read a calendar month, `2022-02`. Raise ValueError for anything else."""
        return CALENDAR_MONTHS.parse(text)

    def as_plain(self) -> dict[str, int]:
        """Give what is hashed and kept: the calendar is kept apart, once."""
        return {"index": self.index}

    @property
    def first_day(self) -> date:
        """The day on which it begins."""
        return _first_day(self.calendar, self.index)

    @property
    def last_day(self) -> date:
        """The day on which it ends."""
        first = self.first_day
        if not self.calendar.of_weeks and first.day == 1:
            return first.replace(day=monthrange(first.year, first.month)[1])
        return _first_day(self.calendar, self.index + 1) - timedelta(days=1)

    @property
    def weeks(self) -> int:
        """How many weeks it has where the calendar has weeks, else 0."""
        return ((self.last_day - self.first_day).days + 1) // WEEK if self.calendar.of_weeks else 0

    def __str__(self) -> str:
        """Give `2022-02`, or `2024-P03`."""
        year, number = divmod(self.index, self.calendar.per_year)
        return f"{year:04}-{'P' if self.calendar.of_weeks else ''}{number + 1:02}"

    @property
    def words(self) -> str:
        """Give `February 2022`, or `Month 1 of 2024-25`, `Period 3 of 2024-25`."""
        if self.is_month:
            return f"{MONTHS[self.index % _YEAR]} {self.index // _YEAR}"
        calendar = self.calendar
        return f"{calendar.unit.title()} {calendar.number(self)} of {calendar.label(self)}"

    @property
    def is_month(self) -> bool:
        """Whether it is a calendar month, from the first to the last of its days."""
        return not self.calendar.of_weeks and self.calendar.turn.nominal[1] == 1

    @property
    def dated(self) -> str:
        """Give its words, with its days where they don't say them."""
        return self.words if self.is_month else f"{self.words} ({self.days})"

    @property
    def days(self) -> str:
        """Give `29 June to 26 July 2024`."""
        first, last = self.first_day, self.last_day
        begins = str(first.day)
        if (first.year, first.month) != (last.year, last.month):
            begins += f" {MONTHS[first.month - 1]}"
        if first.year != last.year:
            begins += f" {first.year}"
        return f"{begins} to {last.day} {MONTHS[last.month - 1]} {last.year}"

    def __add__(self, periods: int) -> Period:
        """Give the period so many periods later."""
        return Period(self.index + periods, self.calendar)

    def __sub__(self, periods: int) -> Period:
        """Give the period so many periods earlier."""
        return Period(self.index - periods, self.calendar)


#: Years of calendar months from 1 January.
CALENDAR_MONTHS = Calendar()


@lru_cache(maxsize=1024)
def _ends(calendar: Calendar, year: int) -> tuple[int, ...]:
    """Give after how many weeks of its year each period of a year of weeks ends."""
    days = calendar._year_starts(year + 1) - calendar._year_starts(year)  # noqa: SLF001
    weeks = list(calendar.division.weeks)
    if days.days // WEEK == _LONG_YEAR:
        weeks[calendar.extra_week - 1] += 1
    return tuple(accumulate(weeks))


@lru_cache(maxsize=8192)
def _first_day(calendar: Calendar, index: int) -> date:
    year, number = divmod(index, calendar.per_year)
    if not calendar.of_weeks:
        year, month = divmod(index - calendar._next_month, _YEAR)  # noqa: SLF001
        return date(year, month + 1, calendar.turn.nominal[1])
    weeks = _ends(calendar, year)[number - 1] if number else 0
    return calendar._year_starts(year) + timedelta(weeks=weeks)  # noqa: SLF001

"""Timesheets of IT, what an hour of everybody costs, and the hours that services took."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

from truecost.synthetic.currency import in_pounds
from truecost.synthetic.staff import employees, pay, timesheets
from truecost.synthetic.tables import table
from truecost.synthetic.world import COMPANIES, major, month

if TYPE_CHECKING:
    from collections.abc import Iterator

    from truecost.synthetic.world import World

#: Towers whose people's time decides where their cost goes, and what their files are called.
BY_TIME = {
    "Application / Support & Operations": "support",
    "Application / Development": "development",
    "Delivery / Tech Portfolio & Project Management": "projects",
}
_OTHERS = "others"
_SHEET = ("period", "person", "cost centre", "service", "activity", "hours")
_YEAR = 1640  # hours of a year of work
_CURRENCIES = {company.id: company.currency for company in COMPANIES}


def files(world: World) -> Iterator[tuple[str, str]]:
    """Give timesheets and rates by tower, and all hours by service."""
    sheets: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    hours: dict[tuple[int, str], int] = defaultdict(int)
    for one in timesheets(world):
        team = one.employee.team
        hours[one.month.number, one.service] += one.quarters
        sheets[BY_TIME.get(team.tower, _OTHERS)].append(
            (
                one.month.label, one.employee.id, team.centre, one.service, one.activity,
                quarters(one.quarters),
            )
        )  # fmt: skip
    for name, rows in sorted(sheets.items()):
        yield f"data/timesheets/{name}.csv", table(_SHEET, sorted((*rows, *_nothing(world, rows))))
    for tower, name in BY_TIME.items():
        rates = tuple(_rates(world, tower))
        yield f"data/timesheets/{name}_rates.csv", table(("person", "rate", "from", "to"), rates)
    there = [(at, one.id) for at in world.months for one in world.services if one.exists(at.number)]
    yield (
        "data/drivers/hours.csv",
        table(
            ("period", "service", "all hours"),
            ((at.label, service, quarters(hours[at.number, service])) for at, service in there),
        ),
    )


def _nothing(world: World, rows: list[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """Write down, as one does, that nobody worked on what was worked on in the month before."""
    worked: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for row in rows:
        worked[row[0]][row[3]] = row
    for before, at in pairwise(world.months):
        for service in world.services:
            ended = service.id in worked[before.label] and service.id not in worked[at.label]
            if ended and service.exists(at.number):
                _, person, centre, _, activity, _ = next(iter(worked[at.label].values()))
                yield at.label, person, centre, service.id, activity, quarters(0)


def _rates(world: World, tower: str) -> Iterator[tuple[str, ...]]:
    """Give what an hour of everybody in a tower costs, in pounds: a line a fiscal year."""
    last = world.months[-1].number
    for one in employees(world):
        if one.team.tower != tower:
            continue
        for begins in range(0, last, 12):
            first, until = max(begins, one.first), min(begins + 11, one.last)
            if first > until:
                continue
            year = 12 * sum(pay(one, month(begins)))
            pounds = in_pounds(world, year, _CURRENCIES[one.team.company], begins)
            yield one.id, major(pounds // _YEAR), month(first).label, month(until).label


def quarters(number: int) -> str:
    """Write quarters of an hour as hours."""
    return f"{number // 4}.{number % 4 * 25:02}"

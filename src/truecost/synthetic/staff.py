"""IT's own people: in which team, at what pay, and how their hours go to services."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from truecost.synthetic.world import Month, World

# centre, team, people, pay of a month in whole units, what they work on, activity, tower
_TEAMS = """
IT-100 | Workplace | 14 | 3900 | laptop desktop virtual-desktop office-suite mail file-shares | run | End User / Workspace
IT-105 | Mobile devices | 5 | 3800 | mobile-phone handheld | run | End User / Mobile Devices
IT-110 | Service desk | 26 | 2900 | service-desk | run | End User / Help Desk
IT-115 | Help on site | 18 | 3000 | on-site-help meeting-rooms printing | run | End User / Deskside Support
IT-200 | Servers | 13 | 4600 | virtual-machines disaster-recovery | run | Compute / Servers
IT-205 | Containers and cloud | 9 | 5600 | containers cloud-landing | run | Application / Container Orchestration
IT-210 | Storage and backup | 6 | 4700 | block-storage object-storage backup | run | Storage / Online Storage
IT-220 | Data centre | 5 | 3900 | data-centre | run | Data Center / Enterprise Data Center
IT-300 | Networks | 11 | 4500 | wide-network site-network remote-access | run | Network / WAN
IT-310 | Telephony | 3 | 3900 | telephony | run | Network / Voice & Collaboration
IT-400 | Development | 38 | 5300 | @ | grow | Application / Development
IT-410 | Application support | 34 | 4400 | @ | run | Application / Support & Operations
IT-420 | Databases | 7 | 5000 | database-hosting | run | Data / Database
IT-425 | Data platform | 12 | 5500 | data-lake reporting | grow | Data / Data Operations
IT-430 | Integration | 8 | 4900 | integration | run | Application / Middleware
IT-500 | Security | 10 | 5400 | security-operations password-safe | run | Security / Digital Security
IT-510 | Accounts and access | 6 | 4300 | identity | run | Security / Identity & Access Governance
IT-600 | Operations | 9 | 4100 | monitoring | run | Delivery / Operations Center
IT-610 | Projects | 11 | 5700 | @ | transform | Delivery / Tech Portfolio & Project Management
IT-700 | Management of IT | 6 | 8900 | | run | Tech Management / Tech Management & Strategy
IT-710 | Finance and suppliers of IT | 5 | 5100 | | run | Tech Management / Tech Finance
DE-IT-10 | IT in Germany | 15 | 4300 | laptop service-desk site-network | run | End User / Deskside Support
DE-IT-20 | Systems of the German works | 9 | 4800 | shop-floor machine-data laboratory | run | Application / Support & Operations
US-IT-10 | IT in America | 7 | 6100 | laptop service-desk site-network | run | End User / Deskside Support
"""  # noqa: E501  a table
#: What an employer pays on top of pay, in thousandths, by company.
ON_TOP = {"uk": 241, "de": 216, "us": 278}
_RISE = 34  # thousandths, each April after the first
_HOLIDAYS = {8: 62, 12: 40}  # hours less


class Team(NamedTuple):
    """A team: its cost centre, name, people, their pay (minor units), work and tower."""

    centre: str
    name: str
    people: int
    pay: int
    works_on: tuple[str, ...]
    activity: str
    tower: str

    @property
    def company(self) -> str:
        """The company that employs it."""
        before, dash, _ = self.centre.partition("-IT-")
        return before.lower() if dash else "uk"


class Employee(NamedTuple):
    """Somebody in IT, by number only: nobody has a name. Months are the first and the last."""

    id: str
    team: Team
    pay: int
    first: int
    last: int


class Hours(NamedTuple):
    """Hours that somebody worked on a service in a month, in quarters of an hour."""

    month: Month
    employee: Employee
    service: str
    activity: str
    quarters: int


def teams() -> tuple[Team, ...]:
    """Give all teams."""
    rows = (line.split(" | ") for line in _TEAMS.strip().replace("| |", "|  |").splitlines())
    return tuple(
        Team(centre, name, int(people), int(pay) * 100, tuple(work.split()), activity, tower)
        for centre, name, people, pay, work, activity, tower in rows
    )


@lru_cache(maxsize=2)
def employees(world: World) -> tuple[Employee, ...]:
    """Give all who are in IT at any time; most stay, some leave and are replaced, teams grow."""
    found: list[Employee] = []
    dice = world.dice

    def add(team: Team, first: int, last: int) -> None:
        number = f"P{1001 + len(found)}"
        pay = dice.about(team.pay, 180, "pay", number) // 100 * 100
        found.append(Employee(number, team, pay, first, last))

    for team in teams():
        for seat in range(team.people):
            leaves = dice.roll(1, 90, "leaves", team.centre, seat)
            add(team, -1, leaves if leaves < len(world.months) else 1000)
            if leaves < len(world.months) - 2:
                add(team, leaves + 2, 1000)
        if team.activity == "grow":
            for joined in range(3, 24, 5):
                add(team, joined, 1000)
    return tuple(found)


@lru_cache(maxsize=64)
def present(world: World, month: int) -> tuple[Employee, ...]:
    """Give those who are there in a month."""
    return tuple(one for one in employees(world) if one.first <= month <= one.last)


def pay(employee: Employee, month: Month) -> tuple[int, int]:
    """Give somebody's pay of a month and what the employer adds, in minor units."""
    rises = max(month.number, 0) // 12
    gross = employee.pay
    for _ in range(rises):
        gross += gross * _RISE // 1000
    if month.month == 12 and employee.team.company == "de":  # noqa: PLR2004  December
        gross += gross * 45 // 100
    return gross, gross * ON_TOP[employee.team.company] // 1000


@lru_cache(maxsize=2)
def timesheets(world: World) -> tuple[Hours, ...]:
    """Give all hours: up to three services each, applications chosen by their size."""
    return tuple(_hours(world))


def _hours(world: World) -> Iterator[Hours]:
    applications = [one for one in world.services if one.kind == "application"]
    for month in world.months:
        there = [one for one in applications if one.exists(month.number)]
        weighted = [one.id for one in there for _ in range(one.size)]
        for employee in present(world, month.number):
            works_on: Sequence[str] = employee.team.works_on
            if not works_on:
                continue
            applies = works_on == ("@",)
            of = weighted if applies else works_on
            quarters = 4 * (world.dice.roll(136, 164, "hours", employee.id, month.number))
            quarters -= 4 * _HOLIDAYS.get(month.month, 0)
            # who works on applications keeps to the same three for a quarter of a year
            at = month.number // 3 if applies else 0
            chosen = dict.fromkeys(
                world.dice.one(of, "works on", employee.id, at, n) for n in range(3)
            )
            left = quarters
            for n, service in enumerate(chosen, 1):
                part = left if n == len(chosen) else left * (5 if n == 1 else 6) // 10
                left -= part
                yield Hours(month, employee, service, employee.team.activity, part)

"""Payroll and timesheets of IT, and what the ledger has of them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from truecost.synthetic.postings import Posting
from truecost.synthetic.staff import pay, present, timesheets
from truecost.synthetic.tables import table
from truecost.synthetic.world import COMPANIES, major

if TYPE_CHECKING:
    from collections.abc import Iterator

    from truecost.synthetic.world import World

#: Towers whose cost goes to services by the hours of the teams that stand in them.
BY_HOURS = {
    "Application / Support & Operations": "support hours",
    "Application / Development": "development hours",
    "Delivery / Tech Portfolio & Project Management": "project hours",
}
_PAY = ("period", "employee", "company", "cost centre", "currency", "pay", "on top of pay")
_HOURS = ("period", "employee", "cost centre", "service", "activity", "hours")


def postings(world: World) -> Iterator[Posting]:
    """Post the pay of each team, and what the employer adds, at the end of each month."""
    for month in world.months:
        sums: dict[tuple[str, str, str], int] = defaultdict(int)
        for employee in present(world, month.number):
            gross, on_top = pay(employee, month)
            team = employee.team
            sums[team.company, team.centre, "5010"] += gross
            sums[team.company, team.centre, "5020"] += on_top
        for (company, centre, account), amount in sorted(sums.items()):
            yield Posting(
                month.number, month.day(27), company, account, centre, "", "",
                f"PAY-{company.upper()}-{month.label}", f"Payroll {month.label}", amount,
            )  # fmt: skip


def files(world: World) -> Iterator[tuple[str, str]]:
    """Give the payroll of each month, the timesheets, and the hours that follow from them."""
    currencies = {company.id: company.currency for company in COMPANIES}
    for month in world.months:
        rows = (
            (month.label, one.id, one.team.company, one.team.centre, currencies[one.team.company],
             *map(major, pay(one, month)))
            for one in present(world, month.number)
        )  # fmt: skip
        yield f"data/payroll/{month.label}.csv", table(_PAY, rows)
    hours: dict[tuple[int, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    sheets: dict[int, list[tuple[str, ...]]] = defaultdict(list)
    for one in timesheets(world):
        number = one.month.number
        column = BY_HOURS.get(one.employee.team.tower)
        if column:
            hours[number, one.service][column] += one.quarters
        hours[number, one.service]["all hours"] += one.quarters
        sheets[number].append(
            (one.month.label, one.employee.id, one.employee.team.centre, one.service,
             one.activity, quarters(one.quarters))
        )  # fmt: skip
    for number, rows_ in sorted(sheets.items()):
        yield f"data/timesheets/{world.months[number].label}.csv", table(_HOURS, rows_)
    columns = (*BY_HOURS.values(), "all hours")
    there = [
        (month, one.id)
        for month in world.months
        for one in world.services
        if one.exists(month.number)
    ]
    yield (
        "data/drivers/hours.csv",
        table(
            ("period", "service", *columns),
            (
                (
                    month.label,
                    service,
                    *(quarters(hours[month.number, service][one]) for one in columns),
                )
                for month, service in there
            ),
        ),
    )


def quarters(number: int) -> str:
    """Write quarters of an hour as hours."""
    return f"{number // 4}.{number % 4 * 25:02}"

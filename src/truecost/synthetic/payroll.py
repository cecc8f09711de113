"""Payroll of IT, and what the ledger has of it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from truecost.synthetic.postings import Posting
from truecost.synthetic.staff import pay, present
from truecost.synthetic.tables import table
from truecost.synthetic.world import COMPANIES, major

if TYPE_CHECKING:
    from collections.abc import Iterator

    from truecost.synthetic.world import World

_HEAD = ("period", "person", "company", "cost centre", "currency", "pay", "on top of pay")


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
    """Give the payroll of each month."""
    currencies = {company.id: company.currency for company in COMPANIES}
    for month in world.months:
        rows = []
        for one in present(world, month.number):
            team = one.team
            who = (month.label, one.id, team.company, team.centre, currencies[team.company])
            rows.append((*who, *map(major, pay(one, month))))
        yield f"data/payroll/{month.label}.csv", table(_HEAD, rows)

"""README.md of the workspace: who is who, and what to look at first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.synthetic.people import heads
from truecost.synthetic.staff import present
from truecost.synthetic.world import COMPANIES, LABEL

if TYPE_CHECKING:
    from truecost.synthetic.world import World

_STORY = """\
# Larkwhistle Group

**{label}. No person, company, supplier or figure is real.**

Larkwhistle makes garden tools in England and garden furniture in Germany, and sells them in its own shops, online and through dealers. In {first} {people:,} people work in {departments} departments; by {last} there are {people_last:,}. {staff} of them are Information Technology, which gives {services} services.

| company | books | what is different there |
|---|---|---|
{companies}

## Look first

    truecost build
    truecost summary                                # what technology costs, and what is on no bill
    truecost show --by consumer                     # the tree of departments
    truecost statement customer-care                # one department's bill, and why it changed
    truecost explain --service order-hub            # where a figure comes from
    truecost test                                   # what the analysts expect of this model
    truecost journal --period {last}                # three companies, balanced
    truecost show recovery                          # what the price list brought in, against true cost
    truecost show capacity                          # servers and hands, used and idle
    truecost show schedules                         # what was prepaid, and what equipment is still worth
    truecost show commitments                       # what the clouds billed, and what was saved
    truecost show charging                          # what all this charging costs
    truecost scenario                               # three changes that somebody thinks about
    truecost close 2024-04                          # from now on that month stands

## What happens in these two years

| when | what |
|---|---|
| each spring, and before Christmas | Shops and warehouses hire helpers: more accounts, tickets and printing. |
| December 2024 | A security incident. Forensics and recovery are one-offs; in March 2025 the insurer pays a part back. |
| January 2025 | **Mowing robots** becomes a department, with a service of its own, the fleet. |
| April 2025 | **Dealers in the South** becomes part of Dealers in the North. Prices of seats rise by 6.5 %, pay by 3.4 %. |
| April 2025 | The **order hub** begins in the cloud. In May its users ring the service desk three times as often. |
| May 2025 | The supplier of virtual machines has new prices: 77 % more. |
| July 2025 | The **old order system** is switched off. Its licences were paid until their year ends. The **writing assistant** begins. |
| October 2025 | **Rental of machines** has been sold. Its computers go too, at a loss; its booking system ends. |
| December 2025 | The landlord of the data centre settles three years of power. |

## How cost is charged

* **Prices** (`model/rates.yaml`) hold for the workplace and the service desk, a year each; all else is charged at what it cost. What laptops, office programs and the desk brought in too much or too little is settled in March.
* **Licences and maintenance** are paid a year ahead and count month by month; **equipment** counts over its life. What began before April 2024 is in `data/assets/opening.csv` and `data/prepaid.csv`.
* **Servers** are charged by their capacity: IT itself bears what is idle. The **desk** can take 3,500 tickets a month; idle hands are named, and in May 2025 there are not enough of them.
* Support, development and projects go to services by **timesheets** at loaded rates.
* Bills are at **budget rates**, so that they do not move with the markets; the Treasury bears the difference to the books.
* **Security operations** are funded centrally, the intranet by IT itself; the password safe was only shown in its first year.
* What Nimbus Cloud saves by its **commitment** is shared by all who use the same service there.

## What is wrong in the data, on purpose

* Some invoices are entered a month late: they stand in the file of the next month, dated in their own.
* Seats are accrued at the end of a month at what the books expect, taken back on the first of the next, and invoiced then, for a little more or less. Now and then there is a credit note.
* A few charges of the clouds have no tag, and tags are spelt in three ways. What has no owner is named and priced, not spread.
* Part of what is committed to Nimbus Cloud is not used.
* One supplier's bill comes a month late: until then an estimate counts (`data/estimates.csv`).
* Departments buy software themselves. It is not charged again, but shown beside their bills.
* The ledgers have the clouds' invoices as well: they are ignored there, and the bills count.

## What fits together

| file | follows from | and comes back in |
|---|---|---|
| `data/drivers/people.csv` | | seats, devices, accounts, tickets |
| `data/drivers/*.csv` | people, services | bills of the clouds, invoices by seat, purchases of devices |
| `data/payroll/*.csv` | who is in which team of IT | the ledgers: accounts 5010 and 5020 of each cost centre, to the penny |
| `data/timesheets/*.csv` | the same people and their pay | `data/drivers/hours.csv` |
| `data/assets/register.csv` | devices in use, replaced at the end of their life | the ledger: purchases (0520), depreciation (5810), disposals (5820) |
| `data/cloud/*` | seats of what runs there | `data/cloud/*-invoices.csv`; the ledger: account 5510, at the month's rate |
| `data/rates.csv` | | invoices of the clouds in pounds; all statements |

Another company of the same kind: `truecost init DIR --example group --seed 7`.
"""  # noqa: E501  a page as people have it
_DIFFERENT = {
    "uk": "IT's provider; pounds",
    "de": "semicolons, decimal commas, euros; a team of IT of its own for its works",
    "us": "debit and credit, month before day, dollars",
}


def data(_: World) -> str:
    """Write what stands beside the data, which have no place for a comment."""
    return f"{LABEL}. No person, company, supplier or figure in these files is real.\n"


def readme(world: World) -> str:
    """Write the README."""
    first, last = world.months[0], world.months[-1]
    people = heads(world)
    at = {
        month: [count for (_, number), count in people.items() if number == month.number]
        for month in (first, last)
    }
    return _STORY.format(
        label=LABEL,
        first=first.label,
        last=last.label,
        people=sum(at[first]),
        people_last=sum(at[last]),
        departments=len(at[first]),
        staff=len(present(world, last.number)),
        services=len(world.services),
        companies="\n".join(
            f"| {one.name} | `data/ledger/{one.id}` in {one.currency} | {_DIFFERENT[one.id]} |"
            for one in COMPANIES
        ),
    )

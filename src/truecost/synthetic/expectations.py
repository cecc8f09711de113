"""What the organisation's analysts expect of their model: tests/*.yaml, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.synthetic.model_catalogue import HEAD

if TYPE_CHECKING:
    from truecost.synthetic.world import World

_LINES = """\
# What ledger lines and charges must become.

- name: a line without an order goes to its team's tower
  given:
    period: 2024-06
    source: uk
    lines: [{ account: "5310", cost_centre: IT-300, amount: 100.00 }]
  expect: { pool: Telecom / Managed Services, to: tower Network / WAN, class: run }

- name: a line with an order goes to the service itself
  given:
    period: 2024-06
    source: uk
    lines: [{ account: "5130", cost_centre: IT-410, project: expenses, amount: 100.00 }]
  expect: { pool: Software & SaaS / SaaS, to: service expenses }

- name: development is for growth, projects transform
  given:
    period: 2024-06
    source: uk
    lines: [{ account: "5010", cost_centre: IT-400 }]
  expect: { to: tower Application / Development, class: grow }

- name: the German works have IT of their own
  given:
    period: 2024-06
    source: de
    lines: [{ account: "5010", cost_centre: DE-IT-20 }]
  expect: { to: tower Application / Support & Operations, class: run }

- name: the invoices of the clouds do not count twice
  given:
    period: 2024-06
    source: uk
    lines: [{ account: "5510", cost_centre: IT-205 }]
  expect: { ignore: counted by the bills of the clouds }

- name: what a department buys itself is kept apart, and known as its own
  given:
    period: 2024-06
    source: uk
    lines: [{ account: "5130", cost_centre: CARE, vendor: Sketchbarn }]
  expect: { keep_apart: technology bought by departments, consumer: customer-care }

- name: a charge of a cloud goes to the service of its tag, its test environment to growth
  given:
    period: 2024-06
    source: nimbus
    lines: [{ tag_service: web-shop, tag_environment: test, amount: 3.00 }]
  expect: { pool: Cloud Services / Cloud Service Provider, to: service web-shop, class: grow }

- name: a charge without a tag is nobody's
  given:
    period: 2024-06
    source: stratus
    lines: [{ amount: 3.00 }]
  expect: { keep_apart: cloud cost without an owner }
"""
_COSTS = """\
# Small costs and easy quantities, worked out by hand.

- name: an application goes by seats
  given:
    period: 2024-06
    costs: { recruiting: 900.00 }
    drivers:
      seats of recruiting: { training: 6, personnel-advice: 3 }
  expect:
    training: 600.00
    personnel-advice: 300.00
    others: 0.00

- name: who is no longer there is charged nothing
  given:
    period: 2025-11
    costs: { tills: 400.00 }
    drivers:
      seats of tills: { shops-north: 3, shops-south: 1 }
  expect:
    shops-north: 300.00
    shops-south: 100.00
"""
_FIGURES = """\
# Figures of the latest run.

- name: every line has a rule, and everyone has a bill
  given: latest run
  in: each month
  expect:
    unallocated: 0.00
    every bill: more than 0.00

- name: little is on no bill
  given: latest run
  in: each year
  expect:
    remainder cloud cost without an owner: less than 2%
    remainder commitments that nobody used: less than 1%
    remainder technology bought by departments: less than 5%

- name: the order hub begins in the second year, and the old system ends in it
  given: latest run
  in: year 2025-26
  expect:
    service order-hub: more than 0.00
    service old-orders: more than 0.00
"""


def lines(world: World) -> str:
    """Write what lines must become."""
    care = next(unit.centre for unit in world.units if unit.id == "customer-care")
    return HEAD + _LINES.replace("CARE", care)


def costs(_: World) -> str:
    """Write what allocation rules must do with costs."""
    return HEAD + _COSTS


def figures(_: World) -> str:
    """Write what the latest run must come to."""
    return HEAD + _FIGURES

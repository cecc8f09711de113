"""The price list: rates.yaml, as text, with what each rate was made from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.synthetic.model_catalogue import HEAD
from truecost.synthetic.use import used
from truecost.synthetic.world import major

if TYPE_CHECKING:
    from truecost.synthetic.world import World

# service, pence of a unit in the first and the second year, how much of the cost is fixed
_PRICES = """
laptop | 2650 | 2950 | 60
desktop | 2300 | 2700 | 60
handheld | 1600 | 1750 | 50
mobile-phone | 3250 | 3500 | 30
virtual-desktop | 10500 | 11700 | 50
office-suite | 2150 | 2300 | 10
mail | 510 | 550 | 10
video-meetings | 620 | 650 | 10
service-desk | 4500 | 4650 | 80
"""
_OTHERS = """\
  printing:                                     # cheaper from 50,000 pages on
    service: printing
    graduated: [{ up_to: 50, price: 15.00 }, { price: 12.50 }]
  signatures:                                   # in packets of ten
    service: e-signature
    packages: { of: 10, price: 9.00 }
  telephony:                                    # a part for being connected, a part by extension
    service: telephony
    fee: 40.00
    price: 13.50
  reports:
    service: reporting
    volume: [{ up_to: 20, price: 76.00 }, { up_to: 60, price: 68.00 }, { price: 62.00 }]
  virtual desktops of the mowing robots:
    service: virtual-desktop
    for: [outdoor-robots]
    price: 80.00
    instead_of: virtual-desktop 2025-26
    funded_by: group-it
    reason: a pilot, for as long as the robots have no machines of their own
    valid: { from: 2025-04-01, to: 2025-09-30 }

true_up:
  - { services: [laptop, office-suite, service-desk], at: year end, over: 2% }

# While prices are still being found. Without this a rate that has charged may only end.
started_rates: may change
"""
_YEARS = ("2024-25", "2025-26")


def rates(world: World) -> str:
    """Write rates.yaml."""
    lines = [
        HEAD + "# What departments pay; services still pass on what they truly cost.",
        "rates:",
    ]
    departments = {unit.id for unit in world.departments}
    for row in _PRICES.strip().splitlines():
        service, *prices, fixed = row.split(" | ")
        for at, (year, price) in enumerate(zip(_YEARS, map(int, prices), strict=True)):
            by = used(world)[service][12 * at]
            planned = sum(much for who, much in by.items() if who in departments)
            begins = world.months[12 * at].year
            cost = major(planned * price)
            lines += [
                f"  {service} {year}:",
                f"    service: {service}",
                f"    price: {major(price)}",
                f'    planned: {{ quantity: {planned}, cost: "{cost}", fixed: {fixed}% }}',
                f"    valid: {{ from: {begins}-04-01, to: {begins + 1}-03-31 }}",
            ]
    return "\n".join((*lines, _OTHERS))

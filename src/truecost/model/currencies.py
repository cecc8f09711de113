"""What `currencies:` says of how cost in other currencies becomes cost in the workspace's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.kernel.findings import Finding
from truecost.model.money_types import ECB, Currencies, RateType

if TYPE_CHECKING:
    from truecost.model.references import References
    from truecost.model.schema.workspace import WorkspaceShape


def currencies_of(
    workspace: WorkspaceShape | None, refer: References, found: list[Finding]
) -> Currencies | None:
    """Give what a workspace says of currencies; None where it says nothing."""
    shape = workspace.currencies if workspace else None
    if shape is None:
        return None
    rates = str(shape.rates or ECB)
    own = RateType.AVERAGE if shape.translate_at is RateType.BUDGET else shape.translate_at
    booked = shape.booked_at or own
    if RateType.BUDGET in {shape.translate_at, booked} and not shape.budget_rates:
        if rates == ECB:
            what = "budget rates are asked for, and nothing says what they are"
            hint = "write  budget_rates: data/budget_rates.csv  (period,from,to,rate)"
            found.append(Finding(shape.place, what, hint))
    elif shape.budget_rates and RateType.BUDGET not in {shape.translate_at, booked}:
        what = "there is a file of budget rates, but nothing is translated at them"
        hint = "write  translate_at: budget rates,  or take the file away"
        found.append(Finding(shape.place_of("budget_rates"), what, hint))
    difference = shape.exchange_difference
    if difference is not None and booked is shape.translate_at:
        what = "statements and books are at the same rates: there is no exchange difference"
        hint = "say at which rates the money stands in the books:  booked_at: average rates"
        found.append(Finding(difference.place, what, hint))
    return Currencies(
        shape.place,
        translate_at=shape.translate_at,
        booked_at=booked,
        rates=rates,
        rates_place=shape.place_of("rates"),
        budget_rates=str(shape.budget_rates or ""),
        last_known_days=shape.last_known_for,
        difference_to=refer.leaf(difference) if difference is not None else None,
        tokens=str(shape.tokens or ""),
    )

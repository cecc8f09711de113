"""How the use of services changes in a month of a scenario, and what that saves."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from truecost.engine.graph import Expander
from truecost.model.types import Kind
from truecost.scenarios.base import volume
from truecost.scenarios.savings import Saving, saving

if TYPE_CHECKING:
    from truecost.kernel.periods import Period
    from truecost.model.scenario import Scenario
    from truecost.scenarios.base import Base, Slice
    from truecost.scenarios.month import Patch

_SERVICE = f"{Kind.SERVICE} "


def uses(
    base: Base, reference: Slice, new: Patch, currency: str
) -> dict[str, tuple[Fraction, Fraction, str]]:
    """Give the services whose use changed: the quantity before and after, and its unit."""
    here = base.slice(new.model.period, currency)
    expander = Expander(new.model, currency, new.quantities, new.known(), new.kept(here))
    found = {}
    for name in reference.flows:
        if not name.startswith(_SERVICE):
            continue
        if name in new.made.stranded:
            was = reference.volume(name)
            found[name] = (was[2] if was else Fraction(1), Fraction(0), was[1] if was else "")
            continue
        if new.untouched(name) or (was := reference.volume(name)) is None:
            continue
        flows = expander.flows(name, Fraction(sum(reference.gross.get(name, {}).values())))
        if not expander.sends_amounts(name) and not expander.faults:
            new.expanded[currency, name] = flows
        now = volume(new.told(flows))
        if now is not None and now[0] == was[0] and now[2] != was[2]:
            found[name] = (was[2], now[2], "" if was[0] in base.quiet else was[1])
    return found


def savings_of(
    base: Base,
    scenario: Scenario,
    reference: Slice,
    patches: tuple[Patch, Patch],
    currency: str,
    since: dict[tuple[str, str], Period],
    start: Period,
) -> tuple[Saving, ...]:
    """Say what a month's change of use saves.

    `since` notes from when the use of each service is another: `start`, where it is so first.
    """
    old, new = patches
    if not scenario.savings or new.same:
        return ()
    period, calendar = new.model.period, base.model.calendar
    services = {service.id: service for service in old.model.services}
    made = []
    for name, use in sorted(uses(base, reference, new, currency).items()):
        begins = since.setdefault((currency, name), start)
        service = services.get(name.removeprefix(_SERVICE))
        if service is not None:
            made.append(saving(service, reference, period, currency, use, begins, calendar))
    return tuple(made)

"""A scenario in sentences: what is saved, why a bill is another, who would leave next."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from truecost.engine.capacity import LINES
from truecost.kernel.money import digits, shown, to_major
from truecost.model.types import BehaviourKind, Kind
from truecost.scenarios.month import Step
from truecost.scenarios.quantities import decimal
from truecost.statements import words
from truecost.statements.capacities import line_name
from truecost.statements.safe import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from truecost.engine.graph import Flow
    from truecost.model.types import Model
    from truecost.scenarios.base import Base
    from truecost.scenarios.cascade import Beyond, Cascade, Going, Standing, Unit
    from truecost.scenarios.compute import Computed, Effect
    from truecost.scenarios.savings import Saving

_SERVICE = f"{Kind.SERVICE} "
_CONSUMER = f"{Kind.CONSUMER} "
_PLACES = 4
#: One for each class of cost that a line may be in.
_CENTS = 3


class Names:
    """What people call the services and consumers of a model."""

    def __init__(self, model: Model) -> None:
        self._services: dict[str, str] = {each.id: visible(each.name) for each in model.services}
        self._consumers: dict[str, str] = {each.id: visible(each.name) for each in model.consumers}
        self.unit = model.calendar.unit

    def consumer(self, consumer: str) -> str:
        """Give a consumer's name."""
        return self._consumers.get(consumer, consumer)

    def service(self, service: str) -> str:
        """Give a service's name, or that of another object that lines come from."""
        if not service:
            return "its own purchases"
        if service.startswith(_SERVICE):
            service = service.removeprefix(_SERVICE)
            return self._services.get(service, service)
        if service.startswith(LINES):
            return line_name(service, self._services)
        return self._services.get(service, service)


def per_unit(amount: Fraction, currency: str) -> str:
    """Give an amount per unit, minor units, rounded to four digits after the point at most."""
    major = amount / 10 ** digits(currency)
    places = digits(currency) if major == round(major, digits(currency)) else _PLACES
    rounded = round(major, places)
    exact = Decimal(rounded.numerator) / Decimal(rounded.denominator)
    return words.unit_cost(exact.quantize(Decimal(1).scaleb(-places)), currency)


def count(quantity: Fraction, unit: str) -> str:
    """Give a quantity with its unit."""
    return words.counted(decimal(quantity), unit)


def compared(difference: Fraction, unit: str) -> str:
    """Give a difference of quantities: `31 fewer devices`."""
    if not unit:  # of a driver whose quantities readers don't see
        return f"{'more' if difference > 0 else 'less'} is used"
    size = decimal(abs(difference))
    more = "more" if difference > 0 else "fewer"
    return f"{words.number(size)} {more} {words.plural(unit, size)}".rstrip()


def saving_sentence(saving: Saving, names: Names) -> str:
    """Say what a change of use saves, from when, and why."""
    behaviour = saving.service.behaviour
    name = names.service(saving.service.id)
    less = saving.before - saving.after
    unit = saving.unit
    step = count(Fraction(behaviour.step_size or 1), unit or saving.service.unit or "")
    back = compared(-less, unit)
    if not saving.after:
        back = "nobody uses it any more"
    if not saving.amount:
        return f"{name}: nothing. {words.capital(back)}, and {_nothing(saving)}."
    amount = shown(abs(saving.amount), saving.currency)
    if saving.amount < 0:
        return f"{name}: costs {amount} a {names.unit} more at once: {back}."
    when = f"from {saving.start.words}" if saving.start else ""
    how = {
        BehaviourKind.FIXED: "its cost is fixed until the notice has run out",
        BehaviourKind.VARIABLE: "its cost is variable",
        BehaviourKind.STEP: f"saved in steps of {step}",
    }[behaviour.kind]
    notice = ""
    if behaviour.notice_months:
        months = words.counted(Decimal(behaviour.notice_months), "month")
        notice = f", with {months} of notice"
    return f"{name}: {amount} a {names.unit} {when}: {back}; {how}{notice}."


def _nothing(saving: Saving) -> str:
    behaviour = saving.service.behaviour
    if behaviour.kind is BehaviourKind.STEP:
        size = count(Fraction(behaviour.step_size or 1), saving.unit or saving.service.unit or "")
        return f"its cost moves in steps of {size}"
    return "its cost is fixed" if behaviour.kind is BehaviourKind.FIXED else "it costs nothing"


class Reasons:
    """Says why a consumer's line of a service is another: step by step of a scenario."""

    def __init__(self, base: Base, computed: Computed) -> None:
        self._names = Names(base.model)
        self._computed = computed
        last = computed.last
        here = base.slice(last.period, computed.currency)
        before = (flow for flows in here.flows.values() for flow in flows)
        was, units = _quantities(before, base.quiet)
        now, more = _quantities(last.flows, base.quiet)
        self._units = {}
        self._before: dict[str, dict[str, Fraction]] = {}
        self._after: dict[str, dict[str, Fraction]] = {}
        for service in was.keys() | now.keys():
            # of a dual rate the driver that both have, so that like is held against like
            told = [*was.get(service, {}), *now.get(service, {})]
            both = [
                each for each in told if all(each in side.get(service, {}) for side in (was, now))
            ]
            for side, made in ((was, self._before), (now, self._after)):
                by_driver = side.get(service, {})
                if by_driver:
                    driver = both[-1] if both else list(by_driver)[-1]
                    made[service] = by_driver[driver]
                    self._units[service] = {**units, **more}[driver]
        self._gross = tuple(
            {name: sum(by_class.values()) for name, by_class in gross.items()}
            for gross in (here.gross, last.gross)
        )
        self._left = {
            (f"{_SERVICE}{service}", each.consumer)
            for each in computed.scenario.leaves
            for service in each.services
        }
        self._into = {each.consumer: each.into for each in computed.scenario.merges}

    def of(self, effect: Effect, service: str, consumer: str) -> str:
        """Give the reason, as the end of a sentence."""
        name = self._names.service(service)
        amount = effect.bills.get((service, consumer), 0)
        more = "more" if amount > 0 else "less"
        steps = set(effect.steps)
        if steps == {Step.COSTS}:
            return f"{name}: {'cost' if not service else 'costs'} {more}"
        if steps == {Step.RULES}:
            return f"{name}: its cost is shared by other rules"
        if steps == {Step.SAVED}:
            return f"{name}: costs {more}, as {'more' if amount > 0 else 'less'} of it is used"
        return f"{name}: {self._of_use(service, consumer, amount)}"

    def _of_use(self, service: str, consumer: str, amount: int) -> str:
        computed = self._computed
        if consumer in self._into:
            return f"now a part of {self._names.consumer(self._into[consumer])}"
        if consumer in self._into.values():
            taken = [old for old, new in self._into.items() if new == consumer]
            return f"with {words.joined([self._names.consumer(each) for each in taken])}"
        target = f"{_CONSUMER}{consumer}"
        was, now = self._before.get(service, {}), self._after.get(service, {})
        own = now.get(target, Fraction(0)) - was.get(target, Fraction(0))
        unit = self._units.get(service, "")
        if any(each.consumer == consumer and each.altogether for each in computed.scenario.leaves):
            return "is no longer there"
        if own and not now.get(target):
            return "no longer used"
        if (service, consumer) in self._left:
            return "no longer used"
        if own:
            return compared(own, unit)
        return self._of_others(service, was, now, amount)

    def _of_others(
        self, service: str, was: Mapping[str, Fraction], now: Mapping[str, Fraction], amount: int
    ) -> str:
        """Give the reason where a consumer's own use is what it was."""
        unit = self._units.get(service, "")
        all_of_it = sum(now.values(), Fraction(0)) - sum(was.values(), Fraction(0))
        if all_of_it and not unit:
            return f"others use {'more' if all_of_it > 0 else 'less'}"
        if all_of_it:
            fewer = "more" if all_of_it > 0 else "fewer"
            return f"shared by {fewer} {words.plural(unit, Decimal(2))}"
        cost = self._gross[1].get(service, 0) - self._gross[0].get(service, 0)
        if cost and (cost > 0) == (amount > 0):
            return f"costs {'more' if amount > 0 else 'less'} through the services that it uses"
        if abs(amount) <= _CENTS * len(self._computed.periods):
            return "cents, rounded otherwise"
        return "shared otherwise"


def _quantities(
    flows: Iterable[Flow], quiet: frozenset[str]
) -> tuple[dict[str, dict[str, dict[str, Fraction]]], Mapping[str, str]]:
    """Give quantities by source, driver and target, and the units of drivers that readers see."""
    found: dict[str, dict[str, dict[str, Fraction]]] = {}
    units: dict[str, str] = {}
    for flow in flows:
        if flow.driver and flow.quantity is not None:
            by_driver = found.setdefault(flow.source, {})
            by_driver.setdefault(flow.driver, {})[flow.target] = Fraction(flow.quantity)
            units[flow.driver] = "" if flow.driver in quiet else flow.unit
    return found, units


def unit_sentence(cascade: Cascade, names: Names) -> str:
    """Say what a unit costs before and with the scenario."""
    before, after = cascade.before, cascade.after
    name = names.service(after.service)
    unit = after.unit or "unit"
    was = _at(before, cascade.currency)
    now = _at(after, cascade.currency)
    return f"{name}, {unit}: {was} before, {now} now ({_shared(after, cascade.currency)})."


def _at(unit: Unit, currency: str) -> str:
    return per_unit(unit.rate, currency) if unit.rate is not None else "nothing"


def _shared(unit: Unit, currency: str) -> str:
    return f"{shown(unit.cost, currency)} over {count(unit.quantity, unit.unit)}"


def going_sentence(going: Going, cascade: Cascade, names: Names) -> str:
    """Say who leaves next, for what, and what a unit costs then."""
    currency = cascade.currency
    then = "nobody is left" if going.then.rate is None else f"it costs {_at(going.then, currency)}"
    saved = f"{shown(going.saved, currency)} saved" if going.saved else "nothing saved"
    return (
        f"At {per_unit(going.rate, currency)} {names.consumer(going.consumer)} leaves for"
        f" {per_unit(going.offer, currency)}: {saved}, then {then}."
    )


def standing_sentence(standing: Standing, cascade: Cascade, names: Names) -> str:
    """Say at which rate somebody who stays would leave."""
    currency = cascade.currency
    offer = ""
    if standing.offer is not None:
        offer = f" (its offer: {per_unit(standing.offer, currency)})"
    return (
        f"{names.consumer(standing.consumer)} leaves below"
        f" {per_unit(standing.rate, currency)}{offer}; the organisation gains only below"
        f" {per_unit(standing.avoided, currency)}."
    )


def beyond_sentence(beyond: Beyond, names: Names) -> str:
    """Say that nothing can be said of somebody's leaving, and why."""
    return f"What if {names.consumer(beyond.consumer)} leaves too: not computed; {beyond.why}."


def major(minor: int, currency: str) -> str:
    """Give minor units as machines read them."""
    return f"{to_major(minor, currency):f}"

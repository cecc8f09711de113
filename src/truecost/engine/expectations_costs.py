"""Given these costs and quantities, are these the bills? Only allocation rules are asked."""

from __future__ import annotations

from collections import defaultdict
from textwrap import wrap
from typing import TYPE_CHECKING

from truecost.engine.allocate import Allocated, allocate
from truecost.engine.graph import REMAINDER
from truecost.kernel.findings import AllocationError, Finding, Place
from truecost.kernel.money import shown
from truecost.model.resolve import resolve
from truecost.model.types import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from truecost.kernel.periods import Period
    from truecost.model.expectations import CostTest, Expected
    from truecost.model.resolve import PeriodModel
    from truecost.model.types import Model

_LISTED = 5
_WIDE = 90


class CostTests:
    """Carries out tests of allocation rules; the model of a month is resolved once."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._resolved: dict[Period, PeriodModel] = {}

    def differences(self, test: CostTest) -> list[Finding]:
        """Give what is not as expected."""
        model = self._resolved.setdefault(test.period, resolve(self._model, test.period))
        absent = _absent(test, model)
        if absent:
            return absent
        entries: dict[str, dict[str, int]] = {}
        for given in test.costs:
            by_class = entries.setdefault(str(given.object), defaultdict(int))
            for cls, amount in given.amounts.items():
                by_class[cls.value] += amount
        try:
            result = allocate(
                model,
                test.currency,
                entries,
                lambda name: dict(test.drivers[name]) if name in test.drivers else None,
            )
        except AllocationError as refusal:
            return _refused(test, refusal)
        if test.error is not None:
            what = f'expected a refusal with "{test.error}", but the cost could be allocated'
            return [Finding(test.error_place, what, detail=tuple(_bills(result, test.currency)))]
        return [*_amounts(test, model, result), *_remainders(test, result)]


def _absent(test: CostTest, model: PeriodModel) -> list[Finding]:
    """Find services and consumers that are named and do not exist in the month."""
    known = {f"{Kind.SERVICE} {service.id}" for service in model.services}
    known |= {f"{Kind.CONSUMER} {consumer.id}" for consumer in model.consumers}
    named: dict[str, Place] = {}
    for given in test.costs:
        named.setdefault(str(given.object), test.place)
    for quantities in test.drivers.values():
        for object_ in quantities:
            named.setdefault(str(object_), test.place)
    for each in test.expected:
        if each.object is not None:
            named[str(each.object)] = each.place
    unit = test.period.calendar.unit
    hint = f"choose another {unit}, or take it out"
    return [
        Finding(place, f"{name} does not exist in {test.period}", hint)
        for name, place in named.items()
        if not name.startswith(f"{Kind.TOWER} ") and name not in known
    ]


def _refused(test: CostTest, refusal: AllocationError) -> list[Finding]:
    """Compare a refusal with the expected one."""
    words = str(refusal)
    if test.error is not None and test.error in words:
        return []
    detail = tuple(line for row in words.splitlines() for line in wrap(row.strip(), _WIDE))
    if test.error is None:
        return [Finding(test.place, "the model refuses to allocate this", detail=detail)]
    what = f'expected a refusal with "{test.error}", got another one'
    return [Finding(test.error_place, what, detail=detail)]


def _amounts(test: CostTest, model: PeriodModel, result: Allocated) -> list[Finding]:
    named = {
        leaf
        for each in test.expected
        if each.object is not None and each.object.kind is Kind.CONSUMER
        for leaf in model.within(each.object.id)
    }
    found = []
    for each in test.expected:
        got, parts = _come_to(each, named, model, result)
        if got != each.amount:
            what = f"{_label(each)}: {difference(each.amount, got, test.currency)}"
            detail = tuple(_listed(parts, test.currency)) if len(parts) > 1 else ()
            found.append(Finding(each.place, what, detail=detail))
    return found


def _come_to(
    each: Expected, named: set[str], model: PeriodModel, result: Allocated
) -> tuple[int, dict[str, int]]:
    """Give what an expectation's object came to, and of what that consists."""
    object_ = each.object
    if object_ is not None and object_.kind is not Kind.CONSUMER:
        by_class = result.gross.get(str(object_), {})
        return sum(by_class.values()), {}
    leaves = set(model.within(object_.id)) if object_ else set(model.leaves) - named
    parts: dict[str, int] = defaultdict(int)
    for line in result.lines:
        consumer = line.target.removeprefix(f"{Kind.CONSUMER} ")
        if consumer in leaves and each.line in (None, line.source):
            label = line.source or "directly"
            parts[line.target if object_ is None else label] += line.amount
    return sum(parts.values()), parts


def _remainders(test: CostTest, result: Allocated) -> list[Finding]:
    """Compare named remainders; one that is not expected is a difference too."""
    left: dict[str, int] = defaultdict(int)
    for rest in result.remainders:
        left[rest.target.removeprefix(REMAINDER)] += rest.amount
    found = []
    for place, name, amount in test.remainders:
        got = left.pop(name, 0)
        if got != amount:
            what = f'remainder "{name}": {difference(amount, got, test.currency)}'
            found.append(Finding(place, what))
    found += [
        Finding(
            test.place,
            f'{shown(amount, test.currency)} is left as "{name}"',
            "expect it under  remainders:  if that is meant",
        )
        for name, amount in sorted(left.items())
        if amount
    ]
    return found


def _bills(result: Allocated, currency: str) -> list[str]:
    """List what consumers are charged, the dearest first."""
    sums: dict[str, int] = defaultdict(int)
    for line in result.lines:
        sums[line.target] += line.amount
    return _listed(sums, currency)


def _listed(parts: Mapping[str, int], currency: str) -> list[str]:
    ordered = sorted(parts.items(), key=lambda part: (-abs(part[1]), part[0]))
    lines = [f"{name} {shown(amount, currency)}" for name, amount in ordered[:_LISTED]]
    more = len(ordered) - _LISTED
    return [*lines, f"and {more} more"] if more > 0 else lines


def _label(each: Expected) -> str:
    if each.object is None:
        return "others"
    if each.line is None:
        return str(each.object)
    return f"{each.object}, {each.line or 'directly'}"


def difference(expected: int, got: int, currency: str) -> str:
    """Say what was expected, what is there, and by how much that is too much or too little."""
    word = "more" if got > expected else "less"
    by = shown(abs(got - expected), currency)
    return f"expected {shown(expected, currency)}, got {shown(got, currency)}, {by} {word}"

"""What is charged otherwise than at cost, for the bridge of change.

A service at rates has another bridge than one at cost: others' use and IT's cost do not move what a
rate charges. Per service, for a consumer:

    your own use     what rates that hold in both periods charge now − what they charged then
    IT's cost        what is charged at cost now − then
    rates            the rest: rates that began or ended, what was settled or funded, and
                     whether the service is billed at all
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from truecost.engine.charges import COST
from truecost.engine.rating import FEE, MINIMUM, RATE
from truecost.model.charging import Treatment
from truecost.model.types import Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from truecost.kernel.periods import Period
    from truecost.store.run import Run

#: (kind, rate): what of a charge can be set against the same of another period.
_Amounts = Counter[tuple[str, str]]
_OF_RATES = frozenset({RATE, FEE, MINIMUM})


class RateParts(NamedTuple):
    """How what is charged for a service changed, in minor units."""

    before: int
    after: int
    own_use: int
    cost: int
    rates: int


@dataclass(frozen=True, slots=True)
class Otherwise:
    """What is billed for the services of a period that are not simply charged at their cost."""

    services: frozenset[str] = frozenset()
    billed: Mapping[tuple[str, str], _Amounts] = field(default_factory=dict)

    @classmethod
    def of(cls, run: Run, period: Period, currency: str) -> Otherwise:
        """Read a period of a run; nothing from a run that kept no charges."""
        if "charges" not in run.manifest["tables"]:
            return cls()
        columns = ("consumer", "service", "treatment", "kind", "item", "rate", "amount")
        table = run.part(
            "charges", period.index, columns, {"currency": currency.__eq__}, coded=True
        )
        at_cost = (("treatment", Treatment.CHARGE), ("kind", COST), ("item", ""))
        if all(set(table[name].unique().to_pylist()) <= {said} for name, said in at_cost):
            return cls()
        rows = list(zip(*(table[name].to_pylist() for name in columns), strict=True))
        services = frozenset(
            service
            for _, service, treatment, kind, item, _, _ in rows
            if (treatment, kind, item) != (Treatment.CHARGE, COST, "")
        )
        billed: dict[tuple[str, str], _Amounts] = {}
        for consumer, service, treatment, kind, item, rate, amount in rows:
            if service in services and treatment == Treatment.CHARGE:
                some_days = item.endswith(" days")
                known = ("", rate) if kind in _OF_RATES and not some_days else (kind, item)
                at = (f"{Kind.CONSUMER} {consumer}", service)
                billed.setdefault(at, Counter())[known] += amount
        return cls(services, billed)

    def to(self, targets: Collection[str], source: str, at_cost: int) -> _Amounts:
        """Give what targets are billed for a service; `at_cost` where it is charged so."""
        if source not in self.services:
            return Counter({(COST, ""): at_cost})
        found: _Amounts = Counter()
        for target in targets:
            for known, amount in self.billed.get((target, source), {}).items():
                found[known] += amount
        return found


def rate_parts(before: _Amounts, after: _Amounts) -> RateParts:
    """Split the change between what was and what is billed for a service."""
    total = sum(after.values()) - sum(before.values())
    both = before.keys() & after.keys()
    own = sum(after[key] - before[key] for key in both if not key[0])
    cost = sum(after[key] - before[key] for key in both if key[0] == COST)
    return RateParts(sum(before.values()), sum(after.values()), own, cost, total - own - cost)

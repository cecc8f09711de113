"""A cost split over what could be done, not over what was: practical capacity and the unused.

Of a cost K whose share `fixed` stands for a capacity of C units, of which targets used q each:

    used Σq ≤ C     a target gets  K·fixed·q/C + K·(1−fixed)·q/Σq,  and the unused  K·fixed·(C−Σq)/C
    charged, Σq > C a target gets  K·q/Σq: all is used, and more than that has no cost of its own
    standard rates  C is K itself, q are money, and the unused is what these rates don't absorb
    capped,  Σq > C a target gets  (K·fixed·C/Σq + K·(1−fixed))·q/Σq, the over-use K·fixed·(Σq−C)/Σq

After R. S. Kaplan and S. R. Anderson, "Time-Driven Activity-Based Costing", Harvard Business
Review, November 2004; shares are exact fractions, so that the parts add up to K.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from truecost.engine.drivers import EXACT
from truecost.engine.spreads import Share, Spread
from truecost.kernel.findings import Finding, Severity
from truecost.model.types import OverUse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from truecost.engine.flows import Register
    from truecost.kernel.findings import Place
    from truecost.kernel.periods import Period
    from truecost.model.types import Capacity

#: The cost objects between a source and the owner of what nobody used, or of what went beyond.
IDLE = "unused "
OVER = "over-use "
UNABSORBED = "under-absorbed "
#: What a run says of over-use where standard rates are held against a cost.
STANDARD = "standard"
LINES = (IDLE, OVER, UNABSORBED)


@dataclass(frozen=True, slots=True)
class Held:
    """A capacity against what was used of it in a period.

    `owner` answers for what is not used, whose cost goes to `target`: a consumer or a remainder.
    `share` is the part of the source's cost that the rule splits this way; `name` stands for the
    source in the names of the lines of what is unused or beyond.
    """

    source: str
    name: str
    terms: Capacity
    place: Place
    practical: Decimal
    used: Decimal
    share: Fraction
    driver: str
    unit: str
    owner: str
    target: str

    @property
    def unused(self) -> Decimal:
        """How much of the capacity nobody used."""
        return max(EXACT.subtract(self.practical, self.used), Decimal(0))

    @property
    def over(self) -> Decimal:
        """How much was used beyond the capacity."""
        return max(EXACT.subtract(self.used, self.practical), Decimal(0))

    @property
    def over_use(self) -> str:
        """Who pays for what goes beyond, in a word of the model; or that rates are standard."""
        return STANDARD if self.terms.own_cost else self.terms.over_use.value

    @property
    def on_capacity(self) -> Fraction:
        """The part of the source's cost that stands for the capacity."""
        return self.share * self.terms.fixed

    @property
    def line(self) -> str:
        """The cost object of what is unused, or beyond and capped; empty where there is none."""
        if self.unused:
            return f"{UNABSORBED if self.terms.own_cost else IDLE}{self.name}"
        capped = self.over and self.terms.over_use is OverUse.CAPPED
        return f"{OVER}{self.name}" if capped else ""

    def shares(self, spread: Spread, register: Register, *, fixed: bool) -> list[Share]:
        """Give what goes to those who used it, by `spread`, and to the line of its own."""
        if not self.line:
            return [Share(self.share, fixed, spread)]
        over = bool(self.over)
        beside, of = (self.over, self.used) if over else (self.unused, self.practical)
        quantity = register.measured([beside])
        rest = replace(
            Spread.to(register.nodes.code(self.line)),
            driver=self.driver, quantities=quantity, unit=self.unit, total=of, of=of,
        )  # fmt: skip
        apart = self.on_capacity * Fraction(beside) / Fraction(of)
        shares = [Share(apart, fixed=True, spread=rest)]
        if over:
            return [Share(self.share - apart, fixed, spread), *shares]
        if self.used:
            held = replace(spread, driver=self.driver, unit=self.unit, total=of, of=of)
            shares.append(Share(self.on_capacity - apart, fixed, held))
        varying = self.share - self.on_capacity
        return [*shares, Share(varying, fixed, spread)] if varying else shares


def over_used(held: Mapping[tuple[Period, str], Held]) -> list[Finding]:
    """Warn of capacities of which more was used than there is: of each once, with its periods."""
    found: dict[tuple[str, Place, str], list[tuple[Period, Held]]] = {}
    for (period, name), each in sorted(held.items()):
        if each.over:
            key = (name, each.terms.place, each.over_use)
            found.setdefault(key, []).append((period, each))
    return [_over_used(some) for some in found.values()]


def _over_used(some: Sequence[tuple[Period, Held]]) -> Finding:
    """Tell of a capacity that was not enough; of several periods with that of most over-use."""
    first, last = some[0][0], some[-1][0]
    period, most = max(some, key=lambda one: one[1].over)
    several = len(some) > 1
    when = f"{len(some)} {last.calendar.unit}s from {first} to {last}; most in {period}"
    if most.terms.own_cost:
        cost, over = f"{most.source} cost", f"{most.over:,.2f} over-absorbed"
        what = (
            f"standard rates come to {most.used:,.2f} in {period}, but {cost}"
            f" {most.practical:,.2f}: {over}"
        )
        if several:
            what = f"standard rates come to more than {cost} in {when}: {over}"
        hint = "are the rates still true?"
        then = "nobody is charged more than the cost: it is split as at actual"
    else:
        than = "than its practical capacity"
        of = f"{most.used:,f} of {most.practical:,f} ({most.unit})"
        what = f"more was used of {most.source} in {period} {than}: {of}"
        if several:
            what = f"more was used of {most.source} {than} in {when}: {of}"
        hint = "is the capacity still true? over_use: says who pays for what goes beyond it"
        then = "the users pay for all of the cost"
        if most.terms.over_use is OverUse.CAPPED:
            then = f"what goes beyond is the line  {most.line}"
    return Finding(most.terms.place, what, hint, (then,), Severity.WARNING)

"""Spreads: how one part of a rule is split over its targets, as columns.

What drivers and targets come to is made once for a period and currency, and shared by all rules
that use it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from truecost.engine.codes import integers
from truecost.engine.drivers import EXACT, total
from truecost.model.resolve import select

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from decimal import Decimal
    from fractions import Fraction

    from numpy.typing import NDArray

    from truecost.engine.codes import Codes, Integers
    from truecost.engine.drivers import Quantities
    from truecost.engine.flows import Register
    from truecost.model.resolve import PeriodModel
    from truecost.model.types import Target


@dataclass(frozen=True, slots=True)
class Spread:
    """The weights of one part: proportional integers over targets, and how they came about.

    Per target (k) its node, its weight and the number of its quantity. `total` is what the
    quantities are parts of: their sum, or `of`, the capacity, where there is one.
    """

    targets: Codes
    weights: Integers
    quantities: Codes
    driver: str = ""
    unit: str = ""
    total: Decimal | None = None
    of: Decimal | None = None

    @classmethod
    def to(cls, *targets: int) -> Spread:
        """Split evenly."""
        nodes = np.array(targets, np.int32)
        return cls(nodes, np.ones(len(nodes), np.int64), np.zeros(len(nodes), np.int32))

    @property
    def whole(self) -> int:
        """The sum of the weights."""
        return sum(self.weights.tolist())

    def without(self, removed: NDArray[np.bool_], register: Register) -> Spread:
        """Give it without the targets that are `removed` (k)."""
        kept = ~removed
        less = replace(
            self,
            targets=self.targets[kept], weights=self.weights[kept],
            quantities=self.quantities[kept],
        )  # fmt: skip
        if self.of is not None:
            return less
        return replace(less, total=summed(less.quantities, register.quantities))


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a rule: its share of the source, whether that stays as it is, its spread.

    Where the method between services takes targets out, shares that are not `fixed` grow.
    """

    share: Fraction
    fixed: bool
    spread: Spread


class Driven(NamedTuple):
    """A driver's quantities over some targets: the spread of what is not zero; who is below."""

    spread: Spread
    below: tuple[tuple[str, Decimal], ...]


class _Measured(NamedTuple):
    """A driver's quantities in a period (n): nodes, whole numbers at one scale, their numbers."""

    nodes: Codes
    weights: Integers
    quantities: Codes


class Spreads:
    """Gives targets and drivers' quantities as columns, each made once."""

    def __init__(
        self,
        model: PeriodModel,
        quantities: Callable[[str], Quantities | None],
        register: Register,
    ) -> None:
        self._model = model
        self._quantities = quantities
        self._register = register
        self._units = {driver.name: driver.unit for driver in model.drivers}
        self._targets: dict[Target, Codes] = {}
        self._measured: dict[str, _Measured | None] = {}
        self._driven: dict[tuple[str, bytes], Driven] = {}

    def forget(self, drivers: Iterable[str]) -> None:
        """Ask for the quantities of some drivers again."""
        some = frozenset(drivers)
        self._driven = {key: each for key, each in self._driven.items() if key[0] not in some}
        for driver in some:
            self._measured.pop(driver, None)

    def targets(self, target: Target) -> Codes:
        """Give the nodes of the objects that a target means, each once (k)."""
        if target not in self._targets:
            found = select(target, self._model)
            self._targets[target] = self._register.nodes.codes(map(str, found))
        return self._targets[target]

    def driven(self, driver: str, targets: Codes) -> Driven | None:
        """Spread over a driver's quantities of targets; None where it has none in the period."""
        key = (driver, targets.tobytes())
        if key not in self._driven:
            measured = self._of_driver(driver)
            if measured is None:
                return None
            self._driven[key] = self._spread(driver, measured, targets)
        return self._driven[key]

    def _spread(self, driver: str, measured: _Measured, targets: Codes) -> Driven:
        place = np.full(len(self._register.nodes.texts), -1)
        place[measured.nodes] = np.arange(len(measured.nodes))
        at = place[targets]
        at = at[at >= 0]
        weights = measured.weights[at]
        negative = at[np.asarray(weights < 0, np.bool_)]
        at = at[np.asarray(weights != 0, np.bool_)]
        codes = measured.quantities[at]
        of_all = self._register.quantities
        spread = Spread(
            measured.nodes[at], measured.weights[at], codes, driver, self._units.get(driver, ""),
            summed(codes, of_all),
        )  # fmt: skip
        names = self._register.nodes.texts
        below = sorted(
            (names[measured.nodes[i]], of_all[measured.quantities[i]]) for i in negative.tolist()
        )
        return Driven(spread, tuple((name, value) for name, value in below if value is not None))

    def _of_driver(self, driver: str) -> _Measured | None:
        """Bring a driver's quantities to whole numbers at one scale."""
        if driver not in self._measured:
            found = self._quantities(driver)
            self._measured[driver] = None if found is None else self._numbered(found)
        return self._measured[driver]

    def _numbered(self, found: Quantities) -> _Measured:
        values = list(found.values())
        scale = max([0, *(-int(value.as_tuple().exponent) for value in values)])
        whole = [int(value.scaleb(scale, EXACT)) for value in values]
        return _Measured(
            self._register.nodes.codes(map(str, found)),
            integers(whole, sum(map(abs, whole))),
            self._register.measured(values),
        )


def summed(codes: Codes, quantities: Sequence[Decimal | None]) -> Decimal | None:
    """Add up quantities by their numbers; None where there are none."""
    some = [value for code in codes.tolist() if (value := quantities[code]) is not None]
    return total(some) if some else None

"""How services that consume each other are treated: which of their flows a method takes out."""

from __future__ import annotations

import operator
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from truecost.engine.spreads import Share
from truecost.model.types import Between, CostObject, Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from truecost.engine.codes import Codes
    from truecost.engine.flows import Register
    from truecost.kernel.findings import Place
    from truecost.model.resolve import PeriodModel


class CannotSplitError(Exception):
    """A rule that can't be carried out: what, what to do, and the name of the remainder."""

    def __init__(self, what: str, hint: str, remainder: str, place: Place | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint
        self.remainder = remainder
        self.place = place


class BetweenServices:
    """Takes out what the method between services of a period does not pass."""

    def __init__(self, model: PeriodModel, register: Register) -> None:
        self._model = model
        self._register = register
        self._rank = {id_: rank for rank, id_ in enumerate(model.step_order)}
        self._ranks = np.empty(0, np.int64)

    def remaining(self, source: CostObject, shares: list[Share]) -> list[Share]:
        """Leave out what the method between services removes; the shares still add up to one.

        Fixed amounts stay what they are; the other shares grow in proportion. An amount whose every
        target is removed goes the way of the rest.
        """
        kept: list[Share] = []
        for part in shares:
            if not len(part.spread.targets):
                continue
            removed = self.removed(source, part.spread.targets)
            if removed is None or not removed.any():
                kept.append(part)
            elif not removed.all():
                spread = part.spread.without(removed, self._register)
                of = Fraction(1) if part.fixed else Fraction(spread.whole, part.spread.whole)
                kept.append(Share(part.share * of, part.fixed, spread))
        if len(kept) == len(shares) and all(map(operator.is_, kept, shares)):
            return shares
        free = 1 - sum(part.share for part in kept if part.fixed)
        loose = sum((part.share for part in kept if not part.fixed), Fraction(0))
        if free and not loose:
            raise CannotSplitError(
                f"nothing is left of the targets of {source} in {self._model.period}",
                "between_services removes every one of them: name consumers too",
                "no target is left",
            )
        return [
            part
            if part.fixed
            else Share(part.share * free / loose, fixed=False, spread=part.spread)
            for part in kept
        ]

    def removed(self, source: CostObject, targets: Codes) -> NDArray[np.bool_] | None:
        """Say which flows the method between services takes out (k); None where it takes none."""
        if source.kind is not Kind.SERVICE or self._model.between_services is Between.RECIPROCAL:
            return None
        own = self._rank.get(source.id, len(self._rank))
        if self._model.between_services is Between.DIRECT:
            own = len(self._rank)
        return np.asarray(self._rank_of_nodes()[targets] <= own, np.bool_)

    def _rank_of_nodes(self) -> NDArray[np.int64]:
        """Give each node's place in the order of the step-down method; past all for no service."""
        lead, last = f"{Kind.SERVICE} ", len(self._rank)
        more = [
            self._rank.get(name.removeprefix(lead), last) if name.startswith(lead) else last + 1
            for name in self._register.nodes.texts[len(self._ranks) :]
        ]
        self._ranks = np.concatenate([self._ranks, np.array(more, np.int64)])
        return self._ranks

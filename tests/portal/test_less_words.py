"""Why less use saves what it saves, in words that agree with the statement's own line."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from truecost.kernel.periods import Period
from truecost.model.types import Behaviour, BehaviourKind
from truecost.portal.statements import less
from truecost.statements.savings import saving


@dataclass(frozen=True)
class Owned:
    behaviour: Behaviour


@dataclass(frozen=True)
class Saved:
    service: Owned
    unit: str = "seat"
    before: int = 9
    after: int = 8


@pytest.mark.parametrize("months", [0, 6])
def test_a_fixed_cost_says_until_when(months: int) -> None:
    period = Period.of(2026, 2)
    line = saving("fixed", None, months, "seat", period, shared=False)
    why = less._why(Saved(Owned(Behaviour(BehaviourKind.FIXED, notice_months=months))), period)
    if months:
        assert line.text == "not before September 2026: the contract is fixed"
        assert why == "its cost is fixed before September 2026: what you give back, others pay"
    else:
        assert line.start is None
        assert why == "its cost is fixed: what you give back, others pay"

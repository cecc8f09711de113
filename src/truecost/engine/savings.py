"""The savings of commitments moved where the model wants them, without a cent lost.

A commitment saves what its use would cost without it, less what it costs. By default that stays
with whoever used it. What moves is added as cells of nature `saving`, exact per source and period,
rounded together to a sum of nothing; the cells that the ledger's lines made stay as they are.

    shared    use i of a scope costs E·wᵢ/W      E: all effective cost, w: cost without commitments
    kept      use costs w; the owner has Σ(e − w), which is negative where something was saved
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING

from truecost.engine.bill_charges import UNUSED, USAGE, USED
from truecost.engine.cells import Cell, Key, Nature, Outcome, shared
from truecost.kernel.findings import Finding, SourceError
from truecost.kernel.money import digits
from truecost.model.money_types import Savings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from truecost.engine.bill_charges import Charges
    from truecost.engine.cells import Mapper
    from truecost.engine.dialects.rows import Span
    from truecost.kernel.periods import Period
    from truecost.model.money_types import Commitments
    from truecost.store.sources import CodedSource

SAVINGS = "savings of commitments"
_LISTED = "ListCost"
_Origin = tuple[str, str, str]
#: (period, currency) → key and origin → what moves there, in minor units
_Moves = dict[tuple[int, str], dict[tuple[Key, _Origin], Fraction]]


def savings(
    source: CodedSource,
    chosen: Commitments,
    mapper: Mapper,
    added_up: Callable[[CodedSource, Span, Sequence[str]], Iterable[Charges]],
    periods: Sequence[Period],
) -> list[Cell]:
    """Give the cells that move the savings of a bill's commitments as the model says.

    `added_up` gives the bill's charges of some periods, told apart by further columns. Raise
    SourceError where the bill does not say what is needed.
    """
    if chosen.savings is Savings.USED:
        return []
    if "commitment_discount_status" not in source.columns:
        return []
    for column in chosen.shared_within:
        if chosen.savings is Savings.SHARED and column not in source.columns:
            what = f'source "{source.name}" has no column {column} to share savings within'
            raise SourceError(Finding(chosen.place, what, "name another in  shared_within:"))
    within = chosen.shared_within if chosen.savings is Savings.SHARED else ()
    span = (periods[0], periods[-1])
    found = added_up(source, span, within)
    moving = _shared if chosen.savings is Savings.SHARED else _kept
    return list(_cells(moving(found, source.name, chosen, mapper)))


def without(charge: Charges, chosen: Commitments) -> Fraction:
    """Give what charges would cost without a commitment, in major units."""
    return charge.listed if chosen.compared_with == _LISTED else charge.contracted


def _where(charge: Charges, source: str, mapper: Mapper) -> tuple[Key, _Origin]:
    key, *origin = mapper.key(
        charge.period, charge.currency, source, charge.account, charge.centre, charge.consumer
    )
    pool, rule, centre = origin
    return key, (pool, rule, centre)


def _shared(found: Iterable[Charges], source: str, chosen: Commitments, mapper: Mapper) -> _Moves:
    scopes: dict[tuple[int, str, tuple[str, ...]], list[Charges]] = defaultdict(list)
    for charge in found:
        key, _ = _where(charge, source, mapper)
        use = charge.category == USAGE and charge.status != UNUSED and not charge.correction
        if use and key.outcome is not Outcome.IGNORED:
            scopes[charge.period, charge.currency, charge.scope].append(charge)
    moves: _Moves = defaultdict(lambda: defaultdict(Fraction))
    for (period, currency, _), members in scopes.items():
        whole = sum((without(each, chosen) for each in members), Fraction(0))
        if whole <= 0 or not any(each.status == USED for each in members):
            continue
        cost = sum((each.counted for each in members), Fraction(0))
        minor = 10 ** digits(currency)
        for each in members:
            moved = cost * without(each, chosen) / whole - each.counted
            moves[period, currency][_where(each, source, mapper)] += moved * minor
    return moves


def _kept(found: Iterable[Charges], source: str, chosen: Commitments, mapper: Mapper) -> _Moves:
    moves: _Moves = defaultdict(lambda: defaultdict(Fraction))
    for charge in found:
        key, origin = _where(charge, source, mapper)
        if charge.status != USED or charge.category != USAGE or key.outcome is Outcome.IGNORED:
            continue
        saved = (without(charge, chosen) - charge.counted) * 10 ** digits(charge.currency)
        owner = dataclasses.replace(
            key, outcome=Outcome.ALLOCATED, label=SAVINGS, object=str(chosen.kept_by), consumer=""
        )
        of_month = moves[charge.period, charge.currency]
        of_month[key, origin] += saved
        of_month[owner, ("", "", "")] -= saved
    return moves


def _cells(moves: _Moves) -> Iterable[Cell]:
    for _, of_month in sorted(moves.items()):
        ordered = sorted(of_month.items())
        keys = [key for (key, _), _ in ordered]
        origins = [origin for (_, origin), _ in ordered]
        amounts = shared(0, keys, origins, [amount for _, amount in ordered])
        for key, origin, amount in zip(keys, origins, amounts, strict=True):
            if amount:
                made = Cell.entered(key, *origin, 0, amount)
                yield dataclasses.replace(made, nature=Nature.SAVING)

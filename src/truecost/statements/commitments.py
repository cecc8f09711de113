"""What cloud bills say of commitments, credits and tokens, beside what was counted of them.

Billed against amortised: what is paid for a commitment is billed when it is bought, and becomes the
cost of the use that it covers. For each billing month, exactly:

    billed + bought ahead (negative) + used + unused + tokens + other = amortised

each being effective less billed cost of its charges. Amounts are minor units, rounded once; what
rounding leaves is in `other`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from truecost.engine.bill_charges import (
    CREDIT,
    PURCHASE,
    UNUSED,
    USED,
    Charges,
    charges,
    is_bill,
)
from truecost.engine.cells import Mapper
from truecost.engine.lineage_lines import frozen_of
from truecost.engine.lineage_session import source_of
from truecost.engine.savings import without
from truecost.kernel.findings import Finding, Place, UsageError
from truecost.model.money_types import Commitments, Savings
from truecost.sources.currencies import CODES
from truecost.statements.commitments_sums import Ways, by_key, minors, settled
from truecost.statements.explain import object_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from truecost.kernel.periods import Period
    from truecost.statements.book import Book
    from truecost.store.run import Run
    from truecost.store.runs import Store

BOUGHT, OTHER, TOKENS = "bought ahead", "other", "tokens"
#: The steps from billed to amortised, in order.
STEPS = (BOUGHT, "used", "unused", TOKENS, OTHER)


@dataclass(frozen=True, slots=True)
class Month:
    """A billing month: `steps` as in `STEPS`; billed + all steps = amortised."""

    month: str
    billed: int
    steps: tuple[int, ...]
    amortised: int


@dataclass(frozen=True, slots=True)
class Commitment:
    """A commitment: what was billed for it, what its use and its idle part cost, what it saved."""

    id: str
    name: str
    bought: int
    used: int
    unused: int
    without: int

    @property
    def saved(self) -> int:
        """What its use costs less than it would without it."""
        return self.without - self.used


@dataclass(frozen=True, slots=True)
class Saver:
    """A cost object whose lines used commitments: what that costs, and would without them."""

    object: str
    name: str
    used: int
    without: int

    @property
    def saved(self) -> int:
        """What the use costs less than it would without commitments."""
        return self.without - self.used


@dataclass(frozen=True, slots=True)
class Returned:
    """Credits, refunds or corrections, where they entered; `counted` is in the costs there."""

    kind: str
    object: str
    name: str
    lines: int
    counted: int


@dataclass(frozen=True, slots=True)
class Tokens:
    """A virtual currency: tokens bought for money, and used for what comes to `cost`."""

    unit: str
    bought: Fraction
    paid: int
    used: Fraction
    cost: int


@dataclass(frozen=True, slots=True)
class BillView:
    """What one bill says in one currency over some months.

    `savers` are where use entered the model, `consumers` on whose bills (or in which remainder) it
    ends by the rules of its month, whoever keeps the savings.
    `savings` and `owner` are the model's choice, `compared_with` the column of costs without a
    commitment; of `unpriced` lines that used one the bill does not say it.
    """

    source: str
    currency: str
    months: tuple[Month, ...]
    commitments: tuple[Commitment, ...]
    savers: tuple[Saver, ...]
    consumers: tuple[Saver, ...]
    returned: tuple[Returned, ...]
    tokens: tuple[Tokens, ...]
    savings: Savings
    owner: str
    compared_with: str
    unpriced: int


def bills(
    store: Store, run: Run, book: Book, periods: Sequence[Period], currency: str | None = None
) -> tuple[BillView, ...]:
    """Give what the bills that a run was made from say; by source and currency.

    Raise UsageError where no source is a bill that says both costs, or the run is too old to tell
    its rules, StoreError where a source is gone.
    """
    frozen = frozen_of(run)
    if frozen is None:
        raise UsageError(Finding(None, "the run does not keep its rules", "build again"))
    mapper = Mapper(frozen.model, frozen.owners)
    chosen = {each.source: each for each in frozen.model.commitments}
    views = []
    found = False
    for name in sorted(run.manifest["inputs"]["sources"]):
        source = source_of(store, run, name)
        if not is_bill(source):
            continue
        found = True
        by_currency: dict[str, list[Charges]] = defaultdict(list)
        for each in charges(source, frozen.rules, (periods[0], periods[-1])):
            if currency in {None, each.currency}:
                by_currency[each.currency].append(each)
        how = chosen.get(name) or Commitments(Place("truecost.yaml"), name)
        for unit, rows in sorted(by_currency.items()):
            home = frozen.model.currency if frozen.model.currencies else unit
            ways = Ways(run, book, home)
            views.append(_view(book, periods[-1], name, unit, rows, how, mapper, ways))
    if not found:
        what = "no source of this run is a cloud bill that says BilledCost and EffectiveCost"
        raise UsageError(Finding(None, what, "such a source has  kind: focus"))
    return tuple(views)


def _view(
    book: Book, period: Period, source: str, currency: str, rows: Sequence[Charges],
    how: Commitments, mapper: Mapper, ways: Ways,
) -> BillView:  # fmt: skip
    def entered(each: Charges) -> str:
        key, *_ = mapper.key(
            each.period, currency, source, each.account, each.centre, each.consumer
        )
        return key.object or key.label or key.outcome.value

    def called(text: str) -> str:
        return object_name(book, period, text)

    used = [each for each in rows if each.status == USED]
    return BillView(
        source,
        currency,
        _months(rows, currency),
        _commitments(rows, currency, how),
        tuple(
            Saver(object_, called(object_), *amounts)
            for object_, amounts in settled(
                currency, ("used", "would"), ((entered(x), _saving(x, how)) for x in used)
            )
        ),
        tuple(
            Saver(object_, called(object_), *amounts)
            for object_, amounts in settled(
                currency,
                ("used", "would"),
                (
                    (target, {name: amount * part for name, amount in _saving(x, how).items()})
                    for x in used
                    for target, part in ways.ends(x.period, entered(x))
                ),
            )
        ),
        tuple(
            Returned(
                kind, object_, called(object_), int(sums.of["lines"]),
                *minors(currency, sums.of["counted"]),
            )
            for (kind, object_), sums in by_key(
                ((_kind(x), entered(x)), {"lines": Fraction(x.lines), "counted": x.counted})
                for x in rows
                if _kind(x)
            )
        ),
        _tokens(rows, currency),
        how.savings,
        called(str(how.kept_by)) if how.kept_by else "",
        how.compared_with,
        sum(each.lines - each.priced for each in used),
    )  # fmt: skip


def _saving(each: Charges, how: Commitments) -> dict[str, Fraction]:
    return {"used": each.effective, "would": without(each, how)}


def _step(each: Charges) -> str:
    """Say to which step from billed to amortised a charge belongs."""
    if each.category == PURCHASE:
        return BOUGHT
    if each.status in {USED, UNUSED}:
        return each.status.lower()
    return TOKENS if _virtual(each.unit_of_price) else OTHER


def _virtual(unit: str) -> bool:
    return bool(unit) and unit not in CODES


def _kind(each: Charges) -> str:
    """Say whether a charge gives something back or sets it right."""
    if each.correction:
        return f"correction: {each.category.lower()}"
    if each.category == CREDIT:
        return "credit"
    if each.category == "Adjustment":
        return "adjustment"
    return ""


def _months(rows: Sequence[Charges], currency: str) -> tuple[Month, ...]:
    made = []
    for month, sums in by_key(
        (
            each.month,
            {
                "billed": each.billed,
                "amortised": each.effective,
                _step(each): each.effective - each.billed,
            },
        )
        for each in rows
    ):
        billed, amortised, *steps = minors(
            currency, sums.of["billed"], sums.of["amortised"], *(sums.of[s] for s in STEPS[:-1])
        )
        other = amortised - billed - sum(steps)
        made.append(Month(month, billed, (*steps, other), amortised))
    return tuple(made)


def _commitments(
    rows: Sequence[Charges], currency: str, how: Commitments
) -> tuple[Commitment, ...]:
    names = {each.commitment: each.called for each in rows if each.commitment}
    found = ((each.commitment, _parts(each, how)) for each in rows if each.commitment)
    return tuple(
        Commitment(id_, names[id_], *amounts)
        for id_, amounts in settled(currency, ("bought", "used", "unused", "would"), found)
    )


def _parts(each: Charges, how: Commitments) -> dict[str, Fraction]:
    if each.category == PURCHASE:
        return {"bought": each.billed}
    if each.status == UNUSED:
        return {"unused": each.effective}
    return _saving(each, how) if each.status == USED else {}


def _tokens(rows: Sequence[Charges], currency: str) -> tuple[Tokens, ...]:
    units = {each.unit_of_price for each in rows if _virtual(each.unit_of_price)}
    made = []
    for unit in sorted(units):
        used = [each for each in rows if each.unit_of_price == unit]
        bought = [each for each in rows if each.category == PURCHASE and each.unit == unit]
        paid = sum((each.billed for each in bought), Fraction(0))
        cost = sum((each.effective for each in used), Fraction(0))
        made.append(
            Tokens(
                unit,
                sum((each.quantity for each in bought), Fraction(0)),
                minors(currency, paid)[0],
                sum((each.tokens for each in used), Fraction(0)),
                minors(currency, cost)[0],
            )
        )
    return tuple(made)

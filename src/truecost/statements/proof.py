"""The proof of a period: the ledger by source = all statements + named remainders."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal, Inexact
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc

from truecost.kernel import money
from truecost.kernel.findings import Finding, VerifyError
from truecost.model.types import Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from truecost.kernel.periods import Period
    from truecost.statements.book import Book, Row

_ADD = Context(prec=100, traps=[Inexact])
LEDGER, STATEMENTS, REMAINDER, IGNORED = "ledger", "statements", "remainder", "ignored"
CHARGED, SHOWN, CENTRAL, RECOVERY = "charged", "shown", "central", "recovery"


@dataclass(frozen=True, slots=True)
class Named:
    """An amount with a name, in minor units."""

    name: str
    amount: int


@dataclass(frozen=True, slots=True)
class Held:
    """Ledger lines that could not be read and that the model holds back: they are in no period.

    `amounts` are sums in minor units, by currency; `unreadable` lines have no amount in them.
    """

    lines: int
    unreadable: int
    amounts: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """A period's proof in one currency, minor units.

    `ledger` is listed by source; `ledger_total` = `statements` + the sum of `remainders`.
    `ignored` stands outside of both sides, and so does `held`, which is of the whole run. Where
    not all is charged at its true cost, `statements` (the true cost of what consumers used) =
    `charged` + `shown` + `central` − the sum of `recovery`, by service.
    """

    ledger: tuple[Named, ...]
    ledger_total: int
    statements: int
    remainders: tuple[Named, ...]
    ignored: tuple[Named, ...]
    held: Held
    charged: int
    shown: int = 0
    central: int = 0
    recovery: tuple[Named, ...] = ()

    @property
    def at_cost(self) -> bool:
        """Whether all is charged at its true cost."""
        return not (self.shown or self.central or self.recovery)


def proof(book: Book, periods: Iterable[Period], currency: str) -> Proof:
    """Draw the proof of one or more periods from the run.

    Raise VerifyError, naming the period and class, where it does not hold or where the bills do not
    add up to what it says.
    """
    rows = [row for period in periods for row in _checked(book, period, currency)]
    statements, recovery = _total(rows, STATEMENTS), _named(rows, RECOVERY)
    shown, central = _total(rows, SHOWN), _total(rows, CENTRAL)
    return Proof(
        charged=statements - shown - central + sum(each.amount for each in recovery),
        shown=shown,
        central=central,
        recovery=recovery,
        ledger=_named(rows, LEDGER),
        ledger_total=_total(rows, LEDGER),
        statements=statements,
        remainders=_named(rows, REMAINDER),
        ignored=_named(rows, IGNORED),
        held=held_back(book.manifest),
    )


def held_back(manifest: Mapping[str, Any]) -> Held:
    """Add up what a run's sources hold back; runs that do not say it hold nothing back."""
    sources = manifest.get("sources", ())
    sums: dict[str, Decimal] = {}
    for source in sources:
        for currency, totals in source.get("totals", {}).items():
            sums[currency] = _ADD.add(sums.get(currency, Decimal(0)), Decimal(totals["rejected"]))
    return Held(
        lines=sum(source.get("rejected", 0) for source in sources),
        unreadable=sum(source.get("unreadable", 0) for source in sources),
        amounts=tuple(
            Named(currency, money.to_minor(amount, currency))
            for currency, amount in sorted(sums.items())
            if amount
        ),
    )


def _checked(book: Book, period: Period, currency: str) -> list[Row]:
    def check() -> list[Row]:
        rows = book.rows("proof", period, currency=currency)
        lines = book.slice("lines", period)
        lines = lines.filter(pc.equal(lines["currency"], currency))
        sums = lines.group_by("class").aggregate([("amount", "sum")]).to_pylist()
        _check(rows, {row["class"]: row["amount_sum"] for row in sums}, period, currency)
        if any(row["side"] == CHARGED for row in rows):
            charges = book.slice("charges", period)
            charges = charges.filter(pc.equal(charges["currency"], currency))
            by = charges.group_by("treatment").aggregate([("amount", "sum")]).to_pylist()
            billed = {row["treatment"]: row["amount_sum"] for row in by}
            _check_charged(rows, billed, period, currency)
        return rows

    return book.once(("proof", period, currency), check)


def _check(proved: list[Row], bills: dict[str, int], period: Period, currency: str) -> None:
    for cls in sorted({row["class"] for row in proved} | set(bills)):
        rows = [row for row in proved if row["class"] == cls]
        ledger, statements, billed = (
            _total(rows, LEDGER),
            _total(rows, STATEMENTS),
            bills.get(cls, 0),
        )
        if ledger == statements + _total(rows, REMAINDER) and statements == billed:
            continue
        raise VerifyError(
            Finding(
                None,
                f"the proof of {period} does not hold for {cls} in {currency}",
                detail=tuple(
                    f"{name} {money.shown(amount, currency)}"
                    for name, amount in (
                        ("ledger", ledger),
                        ("statements", statements),
                        ("remainders", _total(rows, REMAINDER)),
                        ("lines of all statements", billed),
                    )
                ),
                hint="the run is damaged; build it again",
            )
        )


def _check_charged(
    proved: list[Row], charges: dict[str, int], period: Period, currency: str
) -> None:
    """Raise VerifyError where what is charged, shown and funded is not what the proof says."""
    sides = {"charge": CHARGED, "show": SHOWN, "central": CENTRAL}
    said = {side: _total(proved, side) for side in sides.values()}
    made = {side: charges.get(treatment, 0) for treatment, side in sides.items()}
    due = _total(proved, STATEMENTS) + _total(proved, RECOVERY)
    if said == made and sum(said.values()) == due:
        return
    named = {**said, "statements": _total(proved, STATEMENTS), RECOVERY: _total(proved, RECOVERY)}
    detail = [f"{name} {money.shown(amount, currency)}" for name, amount in named.items()]
    what = f"the proof of {period} does not hold for what is charged in {currency}"
    hint = "the run is damaged; build it again"
    raise VerifyError(Finding(None, what, hint, tuple(detail)))


def _total(rows: list[Row], side: str) -> int:
    return sum(row["amount"] for row in rows if row["side"] == side)


def _named(rows: list[Row], side: str) -> tuple[Named, ...]:
    found: dict[str, int] = {}
    for row in rows:
        if row["side"] == side:
            found[row["label"]] = found.get(row["label"], 0) + row["amount"]
    return tuple(Named(name, amount) for name, amount in sorted(found.items()))


def ledger_lines(book: Book, members: Collection[str], period: Period, currency: str) -> int:
    """Count the ledger lines that reach the members, directly or by flows of positive weight."""
    into = book.once(("into", period, currency), lambda: _into(book, period, currency))
    waiting = [f"{Kind.CONSUMER} {member}" for member in members]
    reached = set(waiting)
    while waiting:
        fresh = into.get(waiting.pop(), set()) - reached
        reached |= fresh
        waiting.extend(fresh)
    cells = book.rows("cells", period, currency=currency, outcome="allocated", object=reached)
    return sum(row["lines"] for row in cells)


def _into(book: Book, period: Period, currency: str) -> dict[str, set[str]]:
    into: dict[str, set[str]] = {}
    for row in book.rows("flows", period, currency=currency):
        if row["weight"].strip("0"):
            into.setdefault(row["target_object"], set()).add(row["source_object"])
    return into

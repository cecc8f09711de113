"""The proof of a period: the ledger by source, and what moved = all statements + remainders."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal, Inexact
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc

from truecost.engine.cells import Nature, Outcome
from truecost.engine.proof import (
    DEFERRED,
    EXCHANGED_IN,
    EXCHANGED_OUT,
    IGNORED,
    LEDGER,
    RECOVERY,
    RELEASED,
    REMAINDER,
    SIGNS,
    STATEMENTS,
    TREATED,
)
from truecost.kernel import money
from truecost.kernel.findings import Finding, VerifyError
from truecost.model.types import Kind
from truecost.statements.exchange_words import rates_used

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from truecost.kernel.periods import Period
    from truecost.statements.book import Book, Row

CHARGED, SHOWN, CENTRAL = TREATED["charge"], TREATED["show"], TREATED["central"]
_ADD = Context(prec=100, traps=[Inexact])
#: How what is not of this period's ledger is told, by its side and the word that its label begins
#: with: {unit} is a month or period, {} is the source, or the other currency.
_MOVED = {
    (RELEASED, Nature.RELEASED): "released from earlier {unit}s: {}",
    (RELEASED, Nature.OPENING): "released from the register: {}",
    (RELEASED, Nature.DISPOSED): "lost on disposal: {}",
    (RELEASED, Nature.ACCRUED): "accrued, not posted yet: {}",
    (RELEASED, Nature.REVERSED): "accrued before, taken back: {}",
    (DEFERRED, ""): "deferred to later {unit}s: {}",
    (EXCHANGED_IN, ""): "exchanged from {}",
    (EXCHANGED_OUT, ""): "exchanged into {}",
}
_SIDES = tuple(dict.fromkeys(side for side, _ in _MOVED))


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
class AsAt:
    """Up to which day a source was read, and the hash of what was read; "" where it has no line."""

    source: str
    day: str
    load: str


@dataclass(frozen=True, slots=True)
class Proof:
    """A period's proof in one currency, minor units.

    `ledger` is listed by source, and so is what `moved` in from other periods, registers and
    currencies, or out of this one (negative). `ledger_total` and what moved are the `total`, which
    is `statements` + the sum of `remainders`. `ignored` stands outside of both sides, and so does
    `held`, which is of the whole run. Of the ledger, `late` is for earlier periods, which were
    closed before it came. `as_at` says what was read; `closed` is the day since when the period
    stands, "" while it is open. `rates` says, of a single period, which exchange rates were used.

    Where not all is charged at its true cost, `statements` (the true cost of what consumers used) =
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
    moved: tuple[Named, ...] = ()
    released: int = 0
    deferred: int = 0
    late: tuple[Named, ...] = ()
    as_at: tuple[AsAt, ...] = ()
    closed: str = ""
    rates: str = ""

    @property
    def at_cost(self) -> bool:
        """Whether all is charged at its true cost."""
        return not (self.shown or self.central or self.recovery)

    @property
    def total(self) -> int:
        """What counts in the period: what all statements and the named remainders come to."""
        return self.ledger_total + sum(entry.amount for entry in self.moved)


def proof(book: Book, periods: Iterable[Period], currency: str) -> Proof:
    """Draw the proof of one or more periods from the run.

    Raise VerifyError, naming the period and class, where it does not hold or where the bills do not
    add up to what it says.
    """
    chosen = tuple(periods)
    rows = [row for period in chosen for row in _checked(book, period, currency)]
    closed = {
        book.manifest.get("closed", {}).get(str(period), {}).get("day", "") for period in chosen
    }
    statements, recovery = _total(rows, STATEMENTS), _named(rows, RECOVERY)
    if recovery:
        named = (row for period in chosen for row in book.rows("services", period))
        names = {f"{Kind.SERVICE} {row['id']}": str(row["name"]) for row in named}
        recovery = tuple(Named(names.get(e.name, e.name), e.amount) for e in recovery)
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
        moved=tuple(Named(*each) for each in moved(rows, book.calendar.unit)),
        released=_total(rows, RELEASED),
        deferred=_total(rows, DEFERRED),
        rates=rates_used(book, chosen[0], currency) if len(chosen) == 1 else "",
        late=tuple(each for period in chosen for each in _late(book, period, currency)),
        as_at=_as_at(book.manifest),
        closed=max(closed) if all(closed) else "",
    )


def _late(book: Book, period: Period, currency: str) -> tuple[Named, ...]:
    """Name what of a period's ledger is for earlier ones, by the period that it is for."""
    sums: dict[int, int] = {}
    for row in book.rows("cells", period, currency=currency, nature=str(Nature.LATE)):
        if row["outcome"] != Outcome.IGNORED:
            sums[row["service_period"]] = sums.get(row["service_period"], 0) + row["amount"]
    return tuple(Named(period.calendar.period(at).words, sums[at]) for at in sorted(sums))


def _as_at(manifest: Mapping[str, Any]) -> tuple[AsAt, ...]:
    """Say what was read of each source; runs of before do not know the day."""
    loads = manifest.get("inputs", {}).get("sources", {})
    return tuple(
        AsAt(source["name"], source.get("last_day") or "", loads.get(source["name"], ""))
        for source in manifest.get("sources", ())
    )


def moved(rows: Iterable[Row], unit: str = "month") -> tuple[tuple[str, int], ...]:
    """Name what periods have that their ledger has not, and the other way round, signed.

    `unit` is what a period is called.
    """
    found: dict[str, int] = {}
    for row in rows:
        side, label = row["side"], row["label"]
        word, _, source = label.partition(": ") if side == RELEASED else ("", "", label)
        if (said := _MOVED.get((side, word))) and row["amount"]:
            name = said.format(source, unit=unit)
            found[name] = found.get(name, 0) + SIGNS[side] * row["amount"]
    return tuple(found.items())


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
        statements, billed = _total(rows, STATEMENTS), bills.get(cls, 0)
        open_end = sum(SIGNS.get(row["side"], 0) * row["amount"] for row in rows)
        if not open_end and statements == billed:
            continue
        raise VerifyError(
            Finding(
                None,
                f"the proof of {period} does not hold for {cls} in {currency}",
                detail=tuple(
                    f"{name} {money.shown(amount, currency)}"
                    for name, amount in (
                        ("ledger", _total(rows, LEDGER)),
                        *((side, _total(rows, side)) for side in _SIDES if _total(rows, side)),
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
    registers = {Nature.OPENING, Nature.ACCRUED, Nature.REVERSED}
    return sum(row["lines"] for row in cells if row["nature"] not in registers)


def _into(book: Book, period: Period, currency: str) -> dict[str, set[str]]:
    into: dict[str, set[str]] = {}
    for row in book.rows("flows", period, currency=currency):
        if row["weight"].strip("0"):
            into.setdefault(row["target_object"], set()).add(row["source_object"])
    return into

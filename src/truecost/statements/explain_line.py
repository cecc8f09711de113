"""A ledger line explained: which rules took it, and which statements carry how much of it."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from contextlib import nullcontext
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from truecost.engine import lineage_lines
from truecost.engine.graph import REMAINDER
from truecost.engine.lineage import Paths
from truecost.engine.lineage_moved import months_of
from truecost.engine.lineage_search import over_one_denominator
from truecost.engine.lineage_session import Session
from truecost.kernel import money
from truecost.kernel.findings import Finding, StoreError, UsageError
from truecost.model.types import Kind
from truecost.statements import figures
from truecost.statements.explain import BEYOND, NO_LINES, in_major, object_name
from truecost.statements.safe import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from truecost.engine.frozen import Frozen
    from truecost.engine.lineage_lines import Placed
    from truecost.kernel.periods import Period
    from truecost.statements.book import Book
    from truecost.store.run import Run
    from truecost.store.runs import Store

_IDENTITY = 16
_LISTED = 10


@dataclass(frozen=True, slots=True)
class Landing:
    """Where part of a ledger line lands: a statement's line, or a named remainder.

    `consumer` is "" for a remainder, whose name is `name`; `service` is what the statement's line
    is for, "" where it stands on the consumer itself.
    """

    consumer: str
    name: str
    service: str
    service_name: str
    part: Fraction
    portion: Decimal


@dataclass(frozen=True, slots=True)
class Told:
    """One rule that decided about a line: which list, its name, where it stands, what it says."""

    rule_list: str
    name: str
    place: str
    says: str


@dataclass(frozen=True, slots=True)
class LineExplanation:
    """A ledger line, whole: portions are major units; they and `rounding` add up to `presented`.

    That is the `amount` as statements show it: in `shown_in`, at `rate` where the ledger's currency
    is another. `months` are those in which it counts, where that is not all in its own; `elsewhere`
    counts in months that the run does not have, or is still on the balance.
    `outcome` is "allocated", or what became of the line instead; then nothing lands.
    """

    organisation: str
    run_id: str
    period: Period
    day: str
    file: str
    line: int
    identity: str
    source: str
    currency: str
    amount: Decimal
    texts: tuple[tuple[str, str], ...]
    outcome: str
    label: str
    object: str
    object_name: str
    cls: str
    own_consumer: str
    rules: tuple[Told, ...]
    landings: tuple[Landing, ...]
    rounding: Decimal
    bound: Decimal
    shown_in: str
    rate: Fraction | None
    presented: Decimal
    months: tuple[tuple[Period, Decimal], ...] = ()
    elsewhere: Decimal = Decimal(0)


def line_explained(
    store: Store, run: Run, book: Book, where: str, session: Session | None = None
) -> tuple[LineExplanation, ...]:
    """Explain the ledger line at `FILE:LINE`, or of an identity (or its beginning).

    Several are given where several are meant. A `session` of the run that is kept for several
    questions saves reading things again. Raise UsageError where no source of the run has it.
    """
    with nullcontext(session) if session else Session(store, run) as used:
        if used.rules is None:
            raise StoreError(Finding(None, NO_LINES.format(run=run.id)))
        where = _with_sheet(run, where)
        found = lineage_lines.find(run, where, used)
        if not found:
            raise UsageError(_missing(store, run, where))
        return tuple(_explained(run, book, used.rules.thawed, each) for each in found)


def _with_sheet(run: Run, where: str) -> str:
    """Add the sheet to `WORKBOOK:LINE`. Raise UsageError where several of its sheets are loaded."""
    file, _, line = where.rpartition(":")
    if not file or not line.isdecimal():
        return where
    names = _files(run)
    if any(_ends(name, file) for name in names):
        return where
    sheets = [name for name in names if _ends(name.rpartition(":")[0], file)]
    if len({name.rpartition(":")[2] for name in sheets}) > 1:
        hint = f"write {' or '.join(f'{name}:{line}' for name in sheets[:_LISTED])}"
        raise UsageError(Finding(None, f"several sheets of {file} are loaded", hint))
    if len(sheets) > 1:  # files of one name, in several folders
        return f"{file}:{sheets[0].rpartition(':')[2]}:{line}"
    return f"{sheets[0]}:{line}" if sheets else where


def _ends(name: str, asked: str) -> bool:
    asked = asked.removeprefix("./")
    return name == asked or name.endswith(f"/{asked}")


def _files(run: Run) -> list[str]:
    """Give the files of a run, each once; a sheet of a workbook as `WORKBOOK:SHEET`."""
    return sorted({str(file["name"]) for load in run.manifest["sources"] for file in load["files"]})


def _missing(store: Store, run: Run, where: str) -> Finding:
    row = lineage_lines.rejected(store, run, where)
    if row is not None:
        what = f"{where} was rejected when the source was read: {visible(row['reason'])}"
        return Finding(None, what, "it is in no statement; truecost check lists rejected lines")
    return Finding(
        None,
        f'no ledger line of run {run.id} is "{where}"',
        "give FILE:LINE, where its row begins, or at least 12 digits of its identity; headings,"
        " blank rows and rows that an overlapping file repeats are not ledger lines",
        (f"the files are {', '.join(_files(run)[:_LISTED])}",),
    )


def _explained(run: Run, book: Book, frozen: Frozen, placed: Placed) -> LineExplanation:
    line, key = placed.line, placed.key
    period = book.calendar.period(line.period)
    digits = money.digits(line.currency)
    amount = figures.shortened(line.amount, digits)
    places = max(digits + BEYOND, -int(amount.as_tuple().exponent))
    shown_in, rate = _shown_in(run, period, frozen, placed)
    presented = amount
    if rate is not None:
        places = money.digits(shown_in) + BEYOND
        presented = figures.rounded(Fraction(line.amount) * rate, places)
    landings: tuple[Landing, ...] = ()
    bound = 0.0
    exact = Fraction(line.amount) * (rate or 1) * 10 ** money.digits(shown_in)
    spread = months_of(
        run, dataclasses.replace(key, currency=shown_in), (placed.rule, placed.centre_rule), line
    )
    shares = {book.calendar.period(at): share for at, share in spread.items()}
    if shares:
        places = max(places, digits + BEYOND)
    elif period in book.periods:
        shares = {period: Fraction(1)}
    if shares and key.outcome == "allocated":
        landings, bound = _landings(run, book, placed, exact, shown_in, places, shares)
    outcome = key.outcome.value if shares else "not in this run"
    missing = 1 - sum(shares.values(), Fraction(0)) if spread else Fraction(0)
    elsewhere = in_major(exact * missing, shown_in, places)
    total = sum((landing.portion for landing in landings), Decimal(0))
    return LineExplanation(
        organisation=book.said("organisation"),
        run_id=run.id,
        period=period,
        day=line.day.isoformat(),
        file=str(visible(line.file)),
        line=line.line,
        identity=line.identity,
        source=line.source,
        currency=line.currency,
        amount=amount,
        texts=tuple((name, str(visible(text))) for name, text in line.texts.items() if text),
        outcome=outcome,
        label=str(visible(key.label)),
        object=key.object,
        object_name=_name(book, period, key.object) if key.object else "",
        cls=key.cls,
        own_consumer=_name(book, period, f"{Kind.CONSUMER} {key.consumer}") if key.consumer else "",
        rules=_rules(frozen, placed, period),
        landings=landings,
        rounding=presented - total - elsewhere if landings else Decimal(0),
        bound=Decimal(bound),
        shown_in=shown_in,
        rate=rate,
        presented=presented,
        months=tuple(
            (month, in_major(exact * share, shown_in, places))
            for month, share in shares.items()
            if spread and share
        ),
        elsewhere=elsewhere,
    )


def _shown_in(
    run: Run, period: Period, frozen: Frozen, placed: Placed
) -> tuple[str, Fraction | None]:
    """Give the currency of statements that carry a line, and the rate where that is another."""
    own, home = placed.line.currency, frozen.model.currency
    ignored = placed.key.outcome == "ignored"
    if frozen.model.currencies is None or own == home or ignored:
        return own, None
    rate = lineage_lines.worth_of(run, period).get(own)
    return (own, None) if rate is None else (home, rate)


def _landings(
    run: Run,
    book: Book,
    placed: Placed,
    exact: Fraction,
    currency: str,
    places: int,
    shares: Mapping[Period, Fraction],
) -> tuple[tuple[Landing, ...], float]:
    """Give where a line of `exact` minor units lands, in all the months in which it counts."""
    parts: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    seen: dict[tuple[str, str], Period] = {}
    most = 0.0
    for period, share in shares.items():
        found, bound = Paths.of(run, period, currency).push(placed.key.object)
        most = max(most, bound)
        for each in found:
            if each.part and share:
                parts[each.source, each.target] += each.part * share
                seen[each.source, each.target] = period
    made = []
    for (source, target), part in parts.items():
        period = seen[source, target]
        remainder = target.startswith(REMAINDER)
        name = target.partition(" ")[2]
        made.append(
            Landing(
                "" if remainder else name,
                str(visible(name)) if remainder else _name(book, period, target),
                source,
                _name(book, period, source) if source else "directly",
                part,
                in_major(exact * part, currency, places),
            )
        )
    # whole numbers are compared much sooner than fractions
    sizes, _ = over_one_denominator([abs(landing.part) for landing in made])
    order = sorted(
        zip(sizes, made, strict=True), key=lambda one: (-one[0], one[1].consumer, one[1].service)
    )
    return tuple(landing for _, landing in order), most


def _name(book: Book, period: Period, text: str) -> str:
    return object_name(book, period, text) if period in book.periods else text.partition(" ")[2]


def _rules(frozen: Frozen, placed: Placed, period: Period) -> tuple[Told, ...]:
    """Give the rules that decided, in the order in which they were asked."""
    told = []
    for rule_list, entries, name in (
        ("accounts", frozen.model.accounts, placed.rule),
        ("cost_centres", frozen.model.cost_centres, placed.centre_rule),
    ):
        rule = next((r for r in entries if r.name == name and r.valid.holds(period)), None)
        if rule is None:
            continue
        says = (
            f"ignore: {rule.ignore}" if rule.ignore is not None
            else f"keep_apart: {rule.keep_apart}" if rule.keep_apart is not None
            else "to: own consumer" if rule.own_consumer
            else f"to: {rule.to}" if rule.to is not None
            else f"pool: {rule.pool}" if rule.pool else ""
        )  # fmt: skip
        if rule.recognise is not None:
            says = f"{says}, recognise: {rule.recognise}"
        told.append(Told(rule_list, str(visible(rule.name)), str(rule.place), str(visible(says))))
        if not says.startswith("pool"):
            break  # an account rule that says where to goes before the cost centre
    owner = next((o for o in frozen.owners if o.id == placed.key.consumer), None)
    if owner is not None:
        told.append(
            Told("consumers", owner.id, str(owner.place), f"the line is its own: {owner.name}")
        )
    return tuple(told)

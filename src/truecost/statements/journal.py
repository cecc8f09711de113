"""The journal: what was charged as balanced double entry.

Every transaction balances within one company's books. Between companies there are three: the
provider's, the consumer's, and the elimination that takes both out of the group's accounts again.
Amounts are signed minor units: debit is positive, credit negative. So a charge that is a credit
turns its entry round by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from truecost.kernel.findings import Finding, ModelError
from truecost.kernel.money import shown
from truecost.model.journal import JournalModel, PostingDate, Scheme
from truecost.statements.journal_charges import Charge, charges_of

_BRIEF = 8

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from truecost.kernel.periods import Period
    from truecost.model.journal import PostingRule
    from truecost.statements.book import Book


@dataclass(frozen=True, slots=True)
class Posting:
    """One line of a transaction. `amount` is positive for a debit; `role` is the account's part."""

    account: str
    cost_centre: str
    role: str
    amount: int
    text: str
    tax_code: str = ""


@dataclass(frozen=True, slots=True)
class Transaction:
    """Postings that balance, in the books of one company.

    `entity` is "" where there is one company only. `counterparty` is the other company;
    `elimination` says that it stands in the group's books and not in a company's.
    """

    number: str
    entity: str
    consumer: str
    consumer_name: str
    text: str
    postings: tuple[Posting, ...]
    counterparty: str = ""
    elimination: bool = False


@dataclass(frozen=True, slots=True)
class Journal:
    """A period's journal in one currency; `charged` is what all consumers are charged.

    `posted_for` is what is posted once: the period, a supplement to it, or a batch of credit notes,
    whose numbers are the `documents`.
    """

    number: str
    period: Period
    dated: date
    currency: str
    organisation: str
    run_id: str
    manifest_digest: str
    charged: int
    transactions: tuple[Transaction, ...]
    entities: tuple[tuple[str, str], ...] = ()
    posted_for: str = ""
    documents: tuple[str, ...] = ()

    def postings(self) -> Iterator[tuple[Transaction, Posting]]:
        """Give every posting with its transaction."""
        for transaction in self.transactions:
            for posting in transaction.postings:
                yield transaction, posting


def journal(
    book: Book, model: JournalModel, period: Period, currency: str | None = None
) -> Journal:
    """Make the journal of a period from a run.

    Raise UsageError for a period that the run does not have, ModelError for charges that the model
    does not say how to post.
    """
    book.check_period(period)
    currency = currency or book.currency
    charges = charges_of(book, model, period, currency)
    _refuse(charges, model, currency)
    number = model.number.format(period=period, currency=currency)
    posted_for = str(period)
    if "adjusts" in book.manifest:  # only what the adjustment changes
        number = f"{number}-S"
        posted_for = f"{period} supplement {book.id[:_BRIEF]}"
    transactions = tuple(
        replace(one, number=f"{number}/{count:04}")
        for count, one in enumerate(transactions_of(charges), 1)
    )
    made = Journal(
        number,
        period,
        dated(model, period),
        currency,
        book.said("organisation"),
        book.id,
        str(book.manifest["sha256"]),
        sum(charge.amount for charge in charges),
        transactions,
        tuple(model.entities.items()),
        posted_for,
    )
    check(made)
    return made


def dated(model: JournalModel, period: Period) -> date:
    """Give the day on which a period's journal is posted."""
    following = period.last_day + timedelta(days=1)
    return following if model.dated is PostingDate.NEXT else period.last_day


def check(made: Journal) -> None:
    """Check that every transaction balances, and that expenses are what is charged.

    Raise ModelError where not: that would be a fault of the program.
    """
    faults = [
        f"{one.number} does not balance"
        for one in made.transactions
        if sum(posting.amount for posting in one.postings)
    ]
    own = (pair for pair in made.postings() if not pair[0].elimination)
    expenses = sum(posting.amount for _, posting in own if posting.role == "expense")
    if expenses != made.charged:
        faults.append(
            f"expenses come to {shown(expenses, made.currency)},"
            f" charges to {shown(made.charged, made.currency)}"
        )
    if faults:
        hint = "this is a fault of the program: please report it with the model"
        raise ModelError([Finding(None, fault, hint) for fault in faults])


def reversed_journal(made: Journal) -> Journal:
    """Give the journal that takes another back, entry by entry."""
    number = f"{made.number}-R"
    return replace(
        made,
        number=number,
        charged=-made.charged,
        transactions=tuple(
            replace(
                one,
                number=one.number.replace(made.number, number, 1),
                text=f"Reversal of {one.number}: {one.text}",
                postings=tuple(replace(each, amount=-each.amount) for each in one.postings),
            )
            for one in made.transactions
        ),
    )


def renumbered(made: Journal, earlier: int) -> Journal:
    """Give a journal a number of its own where the period was posted so many times before."""
    if not earlier:
        return made
    number = f"{made.number}-{earlier + 1}"
    transactions = tuple(
        replace(one, number=one.number.replace(made.number, number, 1)) for one in made.transactions
    )
    return replace(made, number=number, transactions=transactions)


def transactions_of(charges: Sequence[Charge]) -> Iterator[Transaction]:
    """Give the transactions: one per consumer and rule, three where it is between companies."""

    def together(charge: Charge) -> tuple[str, str]:
        return charge.consumer, charge.rule.name

    order = {each: number for number, each in enumerate(dict.fromkeys(c.consumer for c in charges))}
    ordered = sorted(charges, key=lambda charge: (order[charge.consumer], charge.rule.name))
    for _, group in groupby(ordered, together):
        some = list(group)
        if some[0].rule.scheme is Scheme.INTERCOMPANY:
            yield from _between(some)
        else:
            yield _within(some)


def _within(charges: Sequence[Charge]) -> Transaction:
    """Post inside one company: the consumer's cost centre against the provider's."""
    first = charges[0]
    accounts = first.rule.accounts
    expense = accounts.get("account") or accounts["expense"]
    recovery = accounts.get("account") or accounts["recovery"]
    postings = []
    for charge in charges:
        text = _text(charge)
        postings += [
            Posting(expense, charge.seat.cost_centre, "expense", charge.amount, text),
            Posting(recovery, charge.provider.cost_centre, "recovery", -charge.amount, text),
        ]
    return Transaction(
        "", first.seat.entity, first.consumer, first.consumer_name,
        f"Technology for {first.consumer_name}", tuple(postings),
    )  # fmt: skip


def _between(charges: Sequence[Charge]) -> Iterator[Transaction]:
    """Post between companies: the provider's books, the consumer's, and the elimination.

    Tax is on the sum of the transaction, rounded once, half to even.
    """
    first = charges[0]
    accounts, seat, provider = first.rule.accounts, first.seat, first.provider
    who = (first.consumer, first.consumer_name)
    text = f"Technology for {first.consumer_name}"
    net = sum(charge.amount for charge in charges)
    tax = first.rule.tax
    due = round(net * tax.rate) if tax else 0
    code = tax.code if tax else ""
    sold = [
        Posting(accounts["receivable"], "", "receivable", net + due, text),
        *(
            Posting(
                accounts["recovery"], c.provider.cost_centre, "recovery", -c.amount, _text(c), code
            )
            for c in charges
        ),
    ]
    bought = [
        *(
            Posting(accounts["expense"], c.seat.cost_centre, "expense", c.amount, _text(c), code)
            for c in charges
        ),
    ]
    if tax and due:
        sold.append(Posting(tax.output, "", "output tax", -due, f"Tax {code}", code))
        bought.append(Posting(tax.input, "", "input tax", due, f"Tax {code}", code))
    bought.append(Posting(accounts["payable"], "", "payable", -(net + due), text))
    yield Transaction("", provider.entity, *who, text, tuple(sold), seat.entity)
    yield Transaction("", seat.entity, *who, text, tuple(bought), provider.entity)
    taken_out = [
        *(
            replace(p, amount=-p.amount)
            for p in (*sold, *bought)
            if p.role in ("recovery", "expense", "receivable", "payable")
        ),
    ]
    yield Transaction("", "", *who, f"Elimination: {text}", tuple(taken_out), elimination=True)


def _text(charge: Charge) -> str:
    return f"{charge.name}: {charge.item}" if charge.item else charge.name


def _refuse(charges: Sequence[Charge], model: JournalModel, currency: str) -> None:
    """Raise for charges that cross companies by a rule for one company, or the other way round."""
    findings: dict[tuple[str, str], Finding] = {}
    for charge in charges:
        crosses = charge.seat.entity != charge.provider.entity
        between = charge.rule.scheme is Scheme.INTERCOMPANY
        if model.entities and crosses != between:
            findings[charge.consumer, charge.rule.name] = _crossing(charge, currency)
        elif not charge.provider.cost_centre:
            what = f'nothing says where rule "{charge.rule.name}" posts the provider'
            hint = "say  provider: { cost_centre: … }"
            findings["", charge.rule.name] = Finding(charge.rule.place, what, hint)
    if findings:
        raise ModelError(findings.values())


def _crossing(charge: Charge, currency: str) -> Finding:
    rule: PostingRule = charge.rule
    if rule.scheme is Scheme.INTERCOMPANY:
        what = f'rule "{rule.name}" posts between companies, but {charge.consumer} and the provider'
        hint = "let its condition say  entity <> provider_entity"
        what += f" are both in {charge.seat.entity}"
    else:
        what = f'rule "{rule.name}" posts inside one company, but {charge.consumer} is in'
        what += f" {charge.seat.entity} and the provider in {charge.provider.entity or 'none'}"
        hint = "put a rule before it with  scheme: intercompany"
    return Finding(rule.place, what, hint, (f"{shown(charge.amount, currency)} and more",))

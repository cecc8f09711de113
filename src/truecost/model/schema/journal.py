"""The shape of `journal.yaml`: how what was charged is posted."""

from datetime import date
from typing import Annotated

from truecost.model.journal import FIELDS, NUMBER, PostingDate, Scheme
from truecost.model.schema.shape import Shape, key
from truecost.model.schema.word import Word, choice
from truecost.model.schema.words import Condition, Delimiter, Id, Line, Percent, YesNo
from truecost.model.tree import Text

_DATE = "%Y-%m-%d"


def _number(text: Text) -> Text:
    try:
        made = text.format(period="2022-02", currency="GBP")
    except (KeyError, IndexError, ValueError):
        raise ValueError("only {period} and {currency} may stand in braces") from None
    if "{period}" not in text:
        raise ValueError("without {period} two months would have one number")
    if "\n" in made:
        raise ValueError("take the line breaks out")
    return text


def _date(text: Text) -> str:
    made = date(2022, 3, 4).strftime(text)
    if "%" not in text or "\n" in made:
        raise ValueError("%d is the day, %m the month, %Y the year")
    return str(text)


SchemeWord = Annotated[Scheme, choice({str(each): each for each in Scheme})]
DateWord = Annotated[PostingDate, choice({str(each): each for each in PostingDate})]
NumberWord = Annotated[
    Text, Word("a number such as TC-{period}", _number, {"type": "string", "pattern": "{period}"})
]
DateForm = Annotated[str, Word("a form of date such as %d.%m.%Y", _date, {"type": "string"})]
FieldWord = Annotated[str, choice({name: name for name in FIELDS})]


class EntityShape(Shape):
    """A company with books of its own."""

    name: Line = key("The name, as documents print it.")


class SeatShape(Shape):
    """Where something is posted."""

    entity: Id | None = key(
        "The company, one of `entities`.", None, shown="that of the one above it"
    )
    cost_centre: Line | None = key("The cost centre.", None, shown="that of the one above it")


class TaxShape(Shape):
    """A tax between companies. It is computed once on the sum that one charges another."""

    code: Line = key("The tax code.")
    rate: Percent = key("The rate.")
    output: Line = key("The account on which the provider owes the tax.")
    input: Line = key("The account on which the consumer reclaims it.")


class PostingShape(Shape):
    """One rule that says how charges are posted."""

    name: Line = key("What the rule is called; no other rule of the file is called so.")
    where: Condition = key(
        "Which charges: a SQL condition over consumer, parent, service, name, tower, kind, item,"
        ' rate, entity, provider_entity and amount. "TRUE" is every charge.'
    )
    scheme: SchemeWord = key(
        "Same account: the expense moves between cost centres and the account nets to zero. Paired"
        " accounts: the consumer's expense code against the provider's recovery code."
        " Intercompany: an invoice in both companies' books, and its elimination."
    )
    account: Line | None = key(
        "Same account: the account.", None, shown="required with scheme: same account"
    )
    expense: Line | None = key(
        "The consumer's account of expense.", None, shown="required with the other schemes"
    )
    recovery: Line | None = key(
        "The provider's account of recovery; between companies, of revenue.",
        None,
        shown="required with the other schemes",
    )
    receivable: Line | None = key(
        "Intercompany: the provider's account of what the consumer owes.",
        None,
        shown="required with scheme: intercompany",
    )
    payable: Line | None = key(
        "Intercompany: the consumer's account of what it owes.",
        None,
        shown="required with scheme: intercompany",
    )
    tax: TaxShape | None = key("Intercompany: the tax.", None, shown="none")
    provider: SeatShape = key(
        "Where what gives the service is posted.", SeatShape(), shown="provider of the file"
    )


class CsvShape(Shape):
    """The form in which an ERP wants a journal as CSV."""

    columns: dict[Line, FieldWord] = key("The header of each column, in order, and what it has.")
    delimiter: Delimiter = key("What stands between columns.", ",", shown='","')
    decimal_comma: YesNo = key("Whether amounts have a decimal comma.", default=False, shown="no")
    date: DateForm = key("How dates are written.", _DATE, shown=_DATE)


class JournalFile(Shape):
    """How what was charged is posted in the ledger: accounts, cost centres, companies.

    `truecost journal` reads it. Nothing here moves a bill.
    """

    number: NumberWord | None = key("The number of a journal.", None, shown=NUMBER)
    dated: DateWord = key(
        "On which day it is posted.",
        PostingDate.LAST,
        shown=str(PostingDate.LAST),
    )
    entities: dict[Id, EntityShape] = key(
        "The companies, by id; only where there are several.", {}, shown="one company"
    )
    provider: SeatShape = key(
        "Where those who give the services are posted.", SeatShape(), shown="required"
    )
    consumers: dict[Id, SeatShape] = key(
        "Where each consumer's charges are posted; what a branch says holds for all below it.",
        {},
        shown="required",
    )
    rules: list[PostingShape] = key(
        "How charges are posted: the first rule that matches a charge decides."
    )
    csv: CsvShape | None = key(
        "The form of `--format csv`.", None, shown="all fields, under their own names"
    )

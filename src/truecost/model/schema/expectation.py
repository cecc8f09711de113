"""The shapes of the organisation's own tests, `tests/*.yaml`."""

import re
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, ClassVar

from pydantic import Discriminator, RootModel, Tag

from truecost.kernel.calendars import Calendar, Period
from truecost.model.expectations import Claim, Every, Relation, Year
from truecost.model.schema.calendar_words import Month, period_of
from truecost.model.schema.recognising import RecogniseText
from truecost.model.schema.shape import BY_FORM, LIST, TABLE, TEXT, Shape, key
from truecost.model.schema.word import PeriodWord, Word, anything, choice
from truecost.model.schema.words import (
    ClassWord,
    ColumnName,
    Currency,
    Exact,
    Id,
    Line,
    ObjectName,
    Prose,
    TwoLevels,
)
from truecost.model.tree import Table, Text

LATEST_RUN = "latest run"
_NUMBER = r"(?:\d{1,12}|\d{1,3}(?:,\d{3}){1,3})(?:\.\d{1,12})?"
_PERCENT = r"\d{1,9}(?:\.\d{1,9})? ?%"
_BOUND = rf"-?{_NUMBER}|{_PERCENT}"
_CLAIMS: dict[Relation, str] = {
    Relation.EXACTLY: rf"({_BOUND})",
    Relation.LESS: rf"less than ({_BOUND})",
    Relation.MORE: rf"more than ({_BOUND})",
    Relation.BETWEEN: rf"between ({_BOUND}) and ({_BOUND})",
    Relation.MOVES: rf"moves by less than ({_PERCENT})(?: or ({_NUMBER}))?",
}


def _number(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))


def _signed(text: Text) -> Decimal:
    if not re.fullmatch(rf"-?{_NUMBER}", text, re.ASCII):
        raise ValueError("write it as 10000.00, 10,000.00 or -250.00")
    return _number(text)


def _bound(text: str) -> Decimal | Fraction:
    return Fraction(text.rstrip("% ")) / 100 if text.endswith("%") else _number(text)


def _claim(text: Text) -> Claim:
    for relation, pattern in _CLAIMS.items():
        match = re.fullmatch(pattern, text, re.ASCII)
        if match:
            bounds = tuple(_bound(bound) for bound in match.groups() if bound)
            if relation is Relation.BETWEEN and type(bounds[0]) is not type(bounds[1]):
                raise ValueError("write both ends as amounts, or both as percentages")
            if relation is Relation.BETWEEN and bounds[0] > bounds[1]:
                raise ValueError("write the smaller end first")
            return Claim(str(text), relation, bounds)
    raise ValueError(
        "or: more than 0.00, between 1,000.00 and 2,000.00, moves by less than 10% or 500.00"
    )


def _one_span(text: Text, calendar: Calendar) -> Period | Year:
    year = re.fullmatch(r"year (\d{4}(?:-\d{2})?)", text, re.ASCII)
    if year:
        return Year(year[1])
    try:
        found = period_of(text, calendar)
    except ValueError as error:
        raise ValueError(str(error) or _YEAR_HINT) from None
    if not calendar.of_weeks and not _FIRST_INDEX <= found.index <= _LAST_INDEX:
        raise ValueError(_YEAR_HINT)
    return found


def _span(text: Text, calendar: Calendar) -> Period | Year | Every:
    try:
        return Every.MONTH if text == _EACH_PERIOD else Every(text)
    except ValueError:
        return _one_span(text, calendar)


_YEAR_HINT = "a fiscal year is written  year 2021-22"
_EACH_PERIOD = "each period"
_FIRST_INDEX, _LAST_INDEX = 12, 12 * 10_000 - 1  # of the months whose days can be told
_PATTERN = r"year \d{4}(-\d{2})?|\d{4}-P?\d{2}"
_SPAN = {"type": "string", "pattern": rf"^(each month|each period|each year|{_PATTERN})$"}
_ONE = {"type": "string", "pattern": rf"^({_PATTERN})$"}
_SIGNED = {"type": ["string", "number"], "pattern": rf"^-?{_NUMBER}$"}

Signed = Annotated[Decimal, Word("an amount such as 10,000.00", _signed, _SIGNED)]
Quantity = Annotated[Decimal, Word("a quantity such as 100", _signed, _SIGNED)]
ClaimWord = Annotated[
    Claim,
    Word(
        "an amount, or words such as less than 2%",
        _claim,
        {"type": ["string", "number"], "pattern": f"^({'|'.join(_CLAIMS.values())})$"},
    ),
]
SpanWord = Annotated[
    Period | Year | Every,
    PeriodWord(
        "a month, a year as in year 2021-22, each month or each year",
        anything,
        _SPAN,
        by=_span,
        of_weeks="a period, a year as in year 2021-22, each period or each year",
    ),
]
OneSpan = Annotated[
    Period | Year,
    PeriodWord(
        "a month such as 2021-04, or a year as in year 2021-22",
        anything,
        _ONE,
        by=_one_span,
        of_weeks="a period such as 2024-P03, or a year as in year 2024-25",
    ),
]
ByClass = Annotated[
    Annotated[Signed, Tag(TEXT)] | Annotated[dict[ClassWord, Signed], Tag(TABLE)], BY_FORM
]
ByLine = Annotated[
    Annotated[Signed, Tag(TEXT)] | Annotated[dict[ObjectName, Signed], Tag(TABLE)], BY_FORM
]
LatestRun = Annotated[str, choice({LATEST_RUN: LATEST_RUN})]

_NAME = "What the test is called; no other test of the file is called so."
_PERIOD = "The month whose rules are asked."
_CURRENCY = "The currency of its amounts."


class GivenCostsShape(Shape):
    """Costs and driver quantities to begin with."""

    period: Month = key(_PERIOD)
    costs: dict[ObjectName, ByClass] = key(
        "What enters which tower, service or consumer: an amount, or a table of amounts by class."
    )
    drivers: dict[Line, dict[ObjectName, Quantity]] = key(
        "The quantities of each driver that the rules ask for, by service or consumer. No data is"
        " read.",
        {},
        shown="none",
    )
    currency: Currency | None = key(_CURRENCY, None, shown="the workspace's")


class CostTestShape(Shape):
    """Given these costs and quantities, expect these bills."""

    name: Line = key(_NAME)
    given: GivenCostsShape = key("Given costs: what enters, in which month.")
    expect: dict[ObjectName, ByLine] | None = key(
        "Given costs: what a consumer is charged, or a table of that by service (directly, where a"
        " cost lands on the consumer itself); what a service or tower comes to, with what others"
        " pass to it; others: all consumers that are not named here, together.",
        None,
        shown="required without error",
    )
    remainders: dict[Line, Signed] = key(
        "Given costs: what stays with nobody, by the name under which the reconciliation shows it.",
        {},
        shown="nothing stays",
    )
    error: Prose | None = key(
        "Given costs: instead of expect, words that the refusal must contain.",
        None,
        shown="no refusal",
    )


LineWords = dict[ColumnName, Exact]


class GivenLinesShape(Shape):
    """Ledger lines to begin with."""

    period: Month = key(_PERIOD)
    source: Id | None = key("The source whose lines they would be.", None, shown="the only source")
    lines: list[LineWords] = key(
        "Ledger lines as the files have them, by our names for the columns: text columns, amount"
        " and quantity. They are cleaned as the source says. What is left out is empty; amount and"
        " quantity are 1."
    )


class BecomesShape(Shape):
    """What a ledger line becomes, in the words of the mapping rules."""

    pool: TwoLevels | None = key(
        "Given lines: the cost pool of each of them.", None, shown="not looked at"
    )
    to: ObjectName | None = key(
        "Given lines: the tower, service or consumer that the cost enters.",
        None,
        shown="not looked at",
    )
    cls: ClassWord | None = key(
        "Given lines: what the cost is for.", None, alias="class", shown="not looked at"
    )
    consumer: Id | None = key(
        "Given lines: the consumer whose own line it is.", None, shown="not looked at"
    )
    keep_apart: Line | None = key(
        "Given lines: the name under which the cost is kept apart.", None, shown="not looked at"
    )
    ignore: Line | None = key(
        "Given lines: the reason for which it is ignored.", None, shown="not looked at"
    )
    recognise: RecogniseText | None = key(
        "Given lines: how the cost is recognised over time.", None, shown="not looked at"
    )


class LineTestShape(Shape):
    """Given these ledger lines, expect that each becomes this."""

    name: Line = key(_NAME)
    given: GivenLinesShape = key("Given lines: which, in which month.")
    expect: BecomesShape = key("Given lines: what each of them must become.")


Consumers = Annotated[Annotated[Id, Tag(TEXT)] | Annotated[list[Id], Tag(LIST)], BY_FORM]


class CauseShape(Shape):
    """Why something moved."""

    span: OneSpan = key("The month or year in which it moved.", alias="in")
    consumer: Consumers | None = key(
        "Whose bill moved: an id, or a list of them.", None, shown="any figure of the test"
    )
    because: Prose = key("The cause, for whoever reads the test.")


class RunTestShape(Shape):
    """Given the latest run, expect these figures."""

    name: Line = key(_NAME)
    given: LatestRun = key("Given the latest run: the words latest run.")
    span: SpanWord = key(
        "Given the latest run: the month or fiscal year that is looked at, or each of them; of"
        " years, those that the run has whole.",
        alias="in",
    )
    currency: Currency | None = key(_CURRENCY, None, shown="the workspace's")
    expect: dict[Line, ClaimWord] = key(
        "Given the latest run: figures, and how each must lie. A figure is ledger, statements,"
        " unallocated, every bill, consumer x, service x, tower X / Y, pool X / Y, class x,"
        " remainder NAME or ignored REASON. It is an amount, less than, more than, or between two"
        " amounts or percentages of the ledger; or it moves by less than a percentage from the"
        " month or year before, or, where it is more, an amount: moves by less than 10% or 500.00."
    )
    unless: list[CauseShape] = key(
        "Given the latest run: the named causes for which something may move further.",
        [],
        shown="nothing may",
    )


COSTS, LINES, RUN = "costs", "lines", "run"


def kind_of_test(node: object) -> str:
    """Say by what is given which kind of test an entry is."""
    given = node.value("given") if isinstance(node, Table) else None
    if isinstance(given, Table):
        return LINES if given.key("lines") is not None else COSTS
    return RUN if isinstance(given, Text) else COSTS


class TestsFile(
    RootModel[
        list[
            Annotated[
                Annotated[CostTestShape, Tag(COSTS)]
                | Annotated[LineTestShape, Tag(LINES)]
                | Annotated[RunTestShape, Tag(RUN)],
                Discriminator(kind_of_test),
            ]
        ]
    ]
):
    """What you expect of your own model, for `truecost test`: any files in tests/.

    A list of tests of three kinds: costs and quantities that come to known bills, ledger lines that
    become known things, and figures of the latest run.
    """

    __test__: ClassVar[bool] = False

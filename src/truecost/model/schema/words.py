"""The words that values are written with: months, amounts, percentages, yes and no.

A `Word` is the annotation that gives a pydantic field its reading, its JSON Schema and the phrase
that both errors and documentation use for it.
"""

from __future__ import annotations

import codecs
import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from textwrap import shorten
from typing import TYPE_CHECKING, Annotated, Any

from pydantic_core import PydanticCustomError, core_schema

from truecost.kernel.calendars import Calendar, Division, Named, Period
from truecost.kernel.year_turns import Turn
from truecost.model.charging import Proportion, Settling, Treatment
from truecost.model.names import suggestion
from truecost.model.tree import Items, Table, Text
from truecost.model.types import (
    Behaviour,
    BehaviourKind,
    Between,
    Class,
    Deliveries,
    Missing,
    OverUse,
    RateType,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_AMOUNT = r"(\d+|\d{1,3}(,\d{3})+)(\.\d+)?"
_LOCALE = "[a-z]{2,3}(_[A-Z][a-z]{3})?(_[A-Z]{2})?"
_PERCENT = r"\d+(\.\d+)? ?%"
_TEXT = {"type": ["string", "number", "boolean"]}
_NUMBER = {"type": ["string", "number"]}


_SHOWN = 60
_LONGEST = 24
_COSTS = ("EffectiveCost", "BilledCost", "ContractedCost", "ListCost")
_TOKENS = "PricingCurrencyEffectiveCost"
_QUANTITIES = ("ConsumedQuantity", "PricingQuantity")
_SOURCES = ("ledger", "focus", "assets", "prepayments", "accruals")
_PREVIOUS_PERIOD = "previous period"
_ORDERS = ("day month year", "month day year", "year month day")


def refuse(what: str, hint: str = "") -> PydanticCustomError:
    """Make the error that a reading raises: `what` names the fault, `hint` what to do."""
    return PydanticCustomError("words", "{what}", {"what": what, "hint": hint})


def kind_of(value: object) -> str:
    """Give what a value is, in words."""
    if isinstance(value, Table):
        return "a table of keys"
    return "a list" if isinstance(value, Items) else f'"{shorten(str(value), _SHOWN)}"'


@dataclass(frozen=True, eq=False)
class Word:
    """How a scalar is read. `read` raises ValueError; its words, if any, become the hint."""

    says: str
    read: Callable[[Text], object]
    schema: Mapping[str, Any]
    empty: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        """Read through `check` and nothing else; the context is the workspace's calendar."""
        return core_schema.with_info_plain_validator_function(
            lambda value, info: self.check(value, info.context)
        )

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> dict[str, Any]:
        """Give the JSON Schema for editors."""
        return dict(self.schema)

    def check(self, value: object, calendar: Calendar | None = None) -> object:
        """Read a value, or say what was expected."""
        says = self.called(calendar)
        if not isinstance(value, Text):
            raise refuse(f"{kind_of(value)} is not {says}")
        if not value.strip() and not (self.empty and value.style):
            raise refuse("no value stands here", f"write {says}")
        try:
            return self.made(value, calendar)
        except ValueError as error:
            raise refuse(f"{kind_of(value)} is not {says}", str(error)) from None

    def called(self, calendar: Calendar | None) -> str:  # noqa: ARG002 - for words of periods
        """Give the phrase that says what is expected."""
        return self.says

    def made(self, text: Text, calendar: Calendar | None) -> object:  # noqa: ARG002 - likewise
        """Read a text."""
        return self.read(text)


@dataclass(frozen=True, eq=False)
class PeriodWord(Word):
    """How a text about periods is read: by the calendar, `of_weeks` says what where it has weeks.

    Where the calendar itself is at fault anything is taken, as None: one fault is told once.
    """

    by: Callable[[Text, Calendar], object] = lambda text, calendar: calendar.parse(text)
    of_weeks: str = "a period such as 2024-P03"

    def called(self, calendar: Calendar | None) -> str:
        """Give the phrase that says what is expected."""
        return self.of_weeks if calendar is not None and calendar.of_weeks else self.says

    def made(self, text: Text, calendar: Calendar | None) -> object:
        """Read a text."""
        return None if calendar is None else self.by(text, calendar)


def matching(says: str, pattern: str) -> Word:
    """Give the word for texts that match a pattern as a whole."""
    compiled = re.compile(pattern, re.ASCII)

    def read(text: Text) -> Text:
        if not compiled.fullmatch(text):
            raise ValueError
        return text

    return Word(says, read, {"type": "string", "pattern": f"^({pattern})$"})


def choice(meanings: Mapping[str, object], says: str = "") -> Word:
    """Give the word for one of a few texts, each with what it means."""
    says = says or (
        f"one of: {', '.join(meanings)}" if len(meanings) > 1 else f'"{next(iter(meanings))}"'
    )

    def read(text: Text) -> object:
        if text not in meanings:
            raise ValueError(suggestion(text, tuple(meanings)))
        return meanings[text]

    return Word(says, read, {"type": "string", "enum": list(meanings)})


def anything(text: Text) -> Text:
    """Take a text as it is."""
    return text


def _line(text: Text) -> Text:
    if "\n" in text:
        raise ValueError("take the line breaks out")
    return text


def _amount(text: Text) -> Decimal:
    if not re.fullmatch(_AMOUNT, text, re.ASCII):
        raise ValueError("write it as 10000.00 or 10,000.00, in the currency of the workspace")
    return Decimal(text.replace(",", ""))


def _percent(text: Text) -> Fraction:
    if not re.fullmatch(_PERCENT, text, re.ASCII):
        raise ValueError
    return Fraction(text.rstrip("% ")) / 100


def _share(text: Text) -> Fraction | Decimal | None:
    if text == "rest":
        return None
    if not text[0].isdigit():
        raise ValueError
    return _percent(text) if "%" in text else _amount(text)


def _practical(text: Text) -> Decimal | Text:
    if re.fullmatch(_AMOUNT, text, re.ASCII):
        return Decimal(text.replace(",", ""))
    if text[0] in "+-.0123456789" and text[-1].isdigit():
        raise ValueError("write it as 13000 or 13,000")
    return _line(text)


def _to_one(text: Text) -> Text:
    if not text.startswith("to ") or not text[3:].strip():
        raise ValueError("or a table with keep_apart and owner")
    name = text[3:].strip()
    return Text(name, text.at(1, text.index(name, 3) + 1))


def _count(text: Text) -> int:
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII):
        raise ValueError
    return int(text)


def period_of(text: str, calendar: Calendar) -> Period:
    """Read a period's label. Raise ValueError, with words where the phrase does not say it all."""
    try:
        return calendar.parse(text)
    except ValueError as error:
        said = str(error).partition(": ")[2] if calendar.of_weeks else ""
        raise ValueError(said) from None


def _number(text: Text) -> Decimal:
    if not re.fullmatch(_AMOUNT, text, re.ASCII):
        raise ValueError
    if len(text) > _LONGEST:
        raise ValueError(f"write at most {_LONGEST} digits")
    return Decimal(text.replace(",", ""))


def _threshold(text: Text) -> Fraction | Decimal:
    return _percent(text) if "%" in text else _amount(text)


def _day(text: Text, calendar: Calendar) -> dt.date | Period:
    match = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", text, re.ASCII)
    try:
        if match is not None:
            return dt.date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        raise ValueError("there is no such day") from None
    try:
        return calendar.parse(text)
    except ValueError as error:
        some = re.fullmatch(r"\d{4}-\d{2}", text, re.ASCII) and not calendar.of_weeks
        said = str(error).partition(": ")[2] if calendar.of_weeks else ""
        raise ValueError("there is no such day" if some else said) from None


def _periods(text: Text, calendar: Calendar) -> int:
    match = re.fullmatch(r"(\d{1,3}) (month|period)s?", text, re.ASCII)
    if not match or int(match[1]) == 0:
        raise ValueError
    if match[2] == "month" and calendar.per_year != 12:  # noqa: PLR2004 - twelve months
        raise ValueError(f"a year has {calendar.per_year} periods here: count in periods")
    return int(match[1])


def _missing(text: Text, calendar: Calendar) -> Missing:
    known = {str(each): each for each in Missing}
    if calendar.of_weeks:
        known = {_PREVIOUS_PERIOD: known.pop(Missing.PREVIOUS), **known}
    if text not in known:
        raise ValueError(suggestion(text, tuple(known)))
    return known[text]


def _extra_week(text: Text) -> int:
    match = re.fullmatch(r"last period|period (\d{1,2})", text, re.ASCII)
    if not match or match[1] == "0":
        raise ValueError
    return int(match[1] or 0)


def _quarters(text: Text) -> tuple[int, ...]:
    if not re.fullmatch(r"[1-9](-[1-9]){3}", text, re.ASCII):
        raise ValueError
    return tuple(map(int, text.split("-")))


def _days(text: Text) -> int:
    match = re.fullmatch(r"(\d{1,3}) days?", text, re.ASCII)
    if not match:
        raise ValueError
    return int(match[1])


def _behaviour(text: Text) -> Behaviour:
    pattern = (
        r"(fixed|variable|step of (\d{1,12}|\d{1,3}(?:,\d{3})+))(?:, notice (\d{1,3}) months?)?"
    )
    match = re.fullmatch(pattern, text, re.ASCII)
    if not match:
        raise ValueError("after it may stand the notice, as in: fixed, notice 24 months")
    kind = BehaviourKind(match[1].partition(" ")[0])
    size = int(match[2].replace(",", "")) if match[2] else None
    if size == 0:
        raise ValueError("a step is at least 1 unit")
    return Behaviour(kind, size, int(match[3] or 0))


def _locale(text: Text) -> str:
    from babel.core import Locale, UnknownLocaleError  # noqa: PLC0415  costs 0.1 s; few need it

    if not re.fullmatch(_LOCALE, text):
        raise ValueError("write the language, then an underscore and the country")
    if text != "en":
        try:
            Locale.parse(text)
        except UnknownLocaleError:
            raise ValueError("no such language and country is known") from None
    return str(text)


def _encoding(text: Text) -> str:
    try:
        "".encode(codecs.lookup(text).name)
    except (LookupError, ValueError):
        raise ValueError("leave it out and UTF-8, then Windows-1252 is tried") from None
    return str(text)


def _delimiter(text: Text) -> str:
    return "\t" if text == "tab" else str(_one_sign(text))


def _one_sign(text: Text) -> Text:
    if len(text) != 1 or text.isalnum() or text in "\"'\r\n":
        raise ValueError
    return text


def _inside(text: Text) -> Text:
    if text.startswith(("/", "~")) or "\\" in text or ":" in text[:2] or ".." in text.split("/"):
        raise ValueError("write it from the workspace's folder, with / between folders")
    return text


Line = Annotated[Text, Word("a text in one line", _line, _TEXT)]
Prose = Annotated[Text, Word("a text", anything, _TEXT)]
ObjectName = Annotated[Text, Word("a cost object", _line, _TEXT)]
TargetName = Annotated[Text, Word("a cost object or group", _line, _TEXT)]
Exact = Annotated[Text, Word("a value", anything, _TEXT, empty=True)]
Condition = Annotated[
    Text, Word("a condition, as in account LIKE '%SOFTWARE%'", anything, {"type": "string"})
]
Expression = Annotated[
    Text, Word("an expression, as in upper(trim(entity))", anything, {"type": "string"})
]
Measure = Annotated[Text, Word("a measure, as in sum(quantity)", anything, {"type": "string"})]
Id = Annotated[
    Text,
    matching("an id of letters, digits, - and _ (at most 64)", r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}"),
]
ColumnName = Annotated[
    Text, matching("a column name of lower-case letters, digits and _", r"[a-z][a-z0-9_]{0,63}")
]
TwoLevels = Annotated[Text, matching('a name such as "End User / Workspace"', r"[^/]+ / [^/]+")]
Month = Annotated[
    Period,
    PeriodWord(
        "a month such as 2021-04",
        anything,
        {"type": "string", "pattern": "^\\d{4}-P?\\d{2}$"},
        by=period_of,
    ),
]
Amount = Annotated[
    Decimal, Word("an amount such as 10,000.00", _amount, {**_NUMBER, "pattern": f"^{_AMOUNT}$"})
]
Price = Annotated[
    Decimal,
    Word(
        "a price such as 12.50, in the currency of the workspace",
        _number,
        {**_NUMBER, "pattern": f"^{_AMOUNT}$"},
    ),
]
Number = Annotated[
    Decimal, Word("a number such as 1,000", _number, {**_NUMBER, "pattern": f"^{_AMOUNT}$"})
]
Threshold = Annotated[
    Fraction | Decimal,
    Word(
        "an amount such as 500.00, or a percentage such as 2%",
        _threshold,
        {**_NUMBER, "pattern": f"^({_PERCENT}|{_AMOUNT})$"},
    ),
]
DayOrMonth = Annotated[
    dt.date | Period,
    PeriodWord(
        "a day such as 2022-04-16, or a month such as 2022-04",
        anything,
        {"type": "string", "pattern": "^\\d{4}-(P?\\d{2}|\\d{2}-\\d{2})$"},
        by=_day,
        of_weeks="a day such as 2022-04-16, or a period such as 2022-P03",
    ),
]
Percent = Annotated[
    Fraction,
    Word("a percentage such as 60%", _percent, {"type": "string", "pattern": f"^{_PERCENT}$"}),
]
Count = Annotated[
    int,
    Word("a whole number such as 3", _count, {"type": ["string", "integer"], "pattern": "^\\d+$"}),
]
Span = Annotated[
    int,
    PeriodWord(
        "a number of months such as 6 months",
        anything,
        {"type": "string"},
        by=_periods,
        of_weeks="a number of periods such as 6 periods",
    ),
]
Days = Annotated[
    int,
    Word("a number of days such as 7 days", _days, {"type": "string"}),
]
YearBegins = Annotated[
    Turn,
    Word(
        "a day such as 1 April or Sunday nearest 1 February",
        Turn.read,
        {"type": "string"},
    ),
]
YearEnds = Annotated[
    Turn,
    Word(
        "a day such as 31 March or Saturday nearest 31 January",
        lambda text: Turn.read(text, ends=True),
        {"type": "string"},
    ),
]
ExtraWeek = Annotated[
    int,
    Word(
        "the last period, or one such as period 6",
        _extra_week,
        {"type": "string", "pattern": "^(last period|period \\d{1,2})$"},
    ),
]
Quarters = Annotated[
    tuple[int, ...],
    Word(
        "the periods of each quarter, such as 3-3-3-4",
        _quarters,
        {"type": "string", "pattern": "^[1-9](-[1-9]){3}$"},
    ),
]
NamedAfter = Annotated[Named, choice({each.value: each for each in Named})]
BehaviourText = Annotated[
    Behaviour,
    Word(
        'fixed, variable or "step of 500"',
        _behaviour,
        {
            "type": "string",
            "pattern": "^(fixed|variable|step of [\\d,]+)(, notice \\d+ months?)?$",
        },
    ),
]
Currency = Annotated[Text, matching("a currency code such as GBP", "[A-Z]{3}")]
LocaleName = Annotated[
    str,
    Word("a locale such as en_GB or de_CH", _locale, {"type": "string", "pattern": _LOCALE}),
]
Encoding = Annotated[
    str, Word("an encoding such as utf-8 or cp1252", _encoding, {"type": "string"})
]
Delimiter = Annotated[
    str, Word('one sign such as ";", or the word tab', _delimiter, {"type": "string"})
]
Inside = Annotated[
    Text, Word("a file in the workspace such as data/*.csv", _inside, {"type": "string"})
]
YesNo = Annotated[bool, choice({"yes": True, "no": False})]
Sign = Annotated[bool, choice({"costs are positive": False, "costs are negative": True})]
Basis = Annotated[str, choice({"cash": "cash", "accrual": "accrual"})]
SourceKind = Annotated[str, choice({kind: kind for kind in _SOURCES})]
CostColumn = Annotated[str, choice({name: name for name in (*_COSTS, _TOKENS)})]
QuantityColumn = Annotated[str, choice({name: name for name in _QUANTITIES})]
BillPeriod = Annotated[str, choice({"charge": "charge", "billing": "billing"})]
DeliveriesWord = Annotated[Deliveries, choice({str(each): each for each in Deliveries})]
DateOrder = Annotated[
    str,
    choice({o: o for o in _ORDERS}, "an order such as day month year"),
]
ClassWord = Annotated[Class, choice({str(each): each for each in Class})]
MissingWord = Annotated[
    Missing,
    PeriodWord(
        f"one of: {', '.join(Missing)}",
        anything,
        {"type": "string", "enum": [*Missing, _PREVIOUS_PERIOD]},
        by=_missing,
        of_weeks=f"one of: {Missing.STOP}, {_PREVIOUS_PERIOD}",
    ),
]
Unallocated = Annotated[bool, choice({"allowed": True, "refused": False})]
EquationText = Annotated[
    Text, Word("an equation, as in 40 * orders + 220 * complaints", anything, {"type": "string"})
]
RowsWord = Annotated[bool, choice({"one each": False, "add up": True})]
OverUseWord = Annotated[OverUse, choice({str(each): each for each in OverUse})]
Practical = Annotated[
    Decimal | Text,
    Word(
        "a number such as 13,000, or the name of a driver",
        _practical,
        {"type": ["string", "number"]},
    ),
]
ToOne = Annotated[Text, Word("a consumer, as in: to finance", _to_one, {"type": "string"})]
RateWord = Annotated[RateType, choice({f"{each} rates": each for each in RateType})]
SavingsText = Annotated[
    Text,
    matching(
        "to who used, shared, or kept by a service or consumer", r"to who used|shared|kept by .+"
    ),
]
WithoutWord = Annotated[str, choice({name: name for name in _COSTS[2:]})]
Evenly = Annotated[bool, choice({"evenly": True})]
Shares = Annotated[bool, choice({"quantities": False, "shares": True})]
Periods = Annotated[Division, choice({each.value: each for each in Division})]
TreatmentWord = Annotated[Treatment, choice({str(each): each for each in Treatment})]
SettlingWord = Annotated[Settling, choice({str(each): each for each in Settling})]
ProportionWord = Annotated[Proportion, choice({str(each): each for each in Proportion})]
StartedWord = Annotated[bool, choice({"only end": False, "may change": True})]
AllServices = Annotated[tuple[str, ...], choice({"all": ()})]
Format = Annotated[int, choice({"1": 1}, "a format version that this Truecost reads (1)")]
LateLines = Annotated[bool, choice({"placed in the open month": False, "restated": True})]
Stop = Annotated[None, choice({"stop": None})]
BetweenWord = Annotated[
    Between, choice({"reciprocal": Between.RECIPROCAL, "direct": Between.DIRECT})
]
Share = Annotated[
    Fraction | Decimal | None,
    Word(
        "a share such as 60%, 1,000.00 or rest",
        _share,
        {"type": ["string", "number"], "pattern": f"^({_PERCENT}|{_AMOUNT}|rest)$"},
    ),
]

"""The words that values are written with: months, amounts, percentages, yes and no.

A `Word` is the annotation that gives a pydantic field its reading, its JSON Schema and the phrase
that both errors and documentation use for it.
"""

from __future__ import annotations

import codecs
import re
from decimal import Decimal
from fractions import Fraction
from typing import Annotated

from truecost.kernel.calendars import Calendar  # noqa: TC001  pydantic asks
from truecost.model.charging import Proportion, Settling, Treatment
from truecost.model.money_types import RateType
from truecost.model.names import suggestion
from truecost.model.schema.word import (
    LONGEST,
    PREVIOUS_PERIOD,
    PeriodWord,
    Word,
    anything,
    choice,
    matching,
)
from truecost.model.source_types import IDENTITIES, Deliveries
from truecost.model.tree import Text
from truecost.model.types import Behaviour, BehaviourKind, Between, Class, Missing, OverUse

_AMOUNT = r"(\d+|\d{1,3}(,\d{3})+)(\.\d+)?"
_LOCALE = "[a-z]{2,3}(_[A-Z][a-z]{3})?(_[A-Z]{2})?"
_PERCENT = r"\d+(\.\d+)? ?%"
_TEXT = {"type": ["string", "number", "boolean"]}
_NUMBER = {"type": ["string", "number"]}


_COSTS = ("EffectiveCost", "BilledCost", "ContractedCost", "ListCost")
_TOKENS = "PricingCurrencyEffectiveCost"
_QUANTITIES = ("ConsumedQuantity", "PricingQuantity")
_SOURCES = ("ledger", "focus", "assets", "prepayments", "accruals")
_ORDERS = ("day month year", "month day year", "year month day")


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


def _number(text: Text) -> Decimal:
    if not re.fullmatch(_AMOUNT, text, re.ASCII):
        raise ValueError
    if len(text) > LONGEST:
        raise ValueError(f"write at most {LONGEST} digits")
    return Decimal(text.replace(",", ""))


def _threshold(text: Text) -> Fraction | Decimal:
    return _percent(text) if "%" in text else _amount(text)


def _missing(text: Text, calendar: Calendar) -> Missing:
    known = {str(each): each for each in Missing}
    if calendar.of_weeks:
        known = {PREVIOUS_PERIOD: known.pop(Missing.PREVIOUS), **known}
    if text not in known:
        raise ValueError(suggestion(text, tuple(known)))
    return known[text]


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
Percent = Annotated[
    Fraction,
    Word("a percentage such as 60%", _percent, {"type": "string", "pattern": f"^{_PERCENT}$"}),
]
Count = Annotated[
    int,
    Word("a whole number such as 3", _count, {"type": ["string", "integer"], "pattern": "^\\d+$"}),
]
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
IdentityWord = Annotated[str, choice({each: each for each in IDENTITIES})]
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
        {"type": "string", "enum": [*Missing, PREVIOUS_PERIOD]},
        by=_missing,
        of_weeks=f"one of: {Missing.STOP}, {PREVIOUS_PERIOD}",
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

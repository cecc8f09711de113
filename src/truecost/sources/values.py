"""Amounts and quantities: read exactly or refused with a reason, never guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from truecost.sources.currencies import CODES, SIGNS

#: What a decimal(38,12) holds.
WHOLE_DIGITS = 26
DECIMALS = 12

_SPACES = "\u00a0\u202f\u2009\u2007"
_NORMAL = str.maketrans(
    {
        **dict.fromkeys("\u2212\u2010\u2011\u2012\u2013\ufe63\uff0d", "-"),
        **dict.fromkeys(_SPACES, " "),
        "\u2019": "'",
    }
)
_PLAIN = re.compile(r"(-?)([0-9]{1,26})(?:\.([0-9]{1,12}))?", re.ASCII)
_NUMBER = {  # by whether the comma is the decimal sign: plain or grouped by three, then decimals
    comma: re.compile(
        rf"(?P<whole>[0-9]+|[1-9][0-9]{{0,2}}(?P<by>[ '{group}])[0-9]{{3}}(?:(?P=by)[0-9]{{3}})*|)"
        rf"(?:{point}(?P<part>[0-9]*))?",
        re.ASCII,
    )
    for comma, group, point in ((False, ",", r"\."), (True, ".", ","))
}
_POWER = re.compile(r"[-+]?[0-9.,]+[eE][-+]?[0-9]+", re.ASCII)
_CODE = re.compile(r"([A-Z]{3}) ?(?=[-+(0-9.,])|(?<=[-+)0-9.,]) ?([A-Z]{3})$", re.ASCII)
_SIGN = re.compile("[" + "".join(SIGNS) + "]")
_SIDE = re.compile(r" ?(CR|DR)\.?$", re.ASCII | re.IGNORECASE)
_ERRORS = re.compile(r"#[A-Z0-9/]+[!?]?|#+")
_SHOWN = 60


class Unreadable(ValueError):  # noqa: N818 (a reason that is kept with the line, not a failure)
    """A field that can't be read; the message is the reason, as a person is told it."""


@dataclass(frozen=True, slots=True)
class Amount:
    """An exact amount in major units; `mark` is the currency sign or code that stood beside it."""

    value: Decimal
    mark: str = ""


def parse_amount(text: str, *, decimal_comma: bool = False) -> Amount:
    """Read an amount: `1,234.50`, `(1,234.50)`, `-£1,234.50`, `1,234.50-`, `1,234.50 CR`.

    Groups of exactly three digits may be parted by commas, spaces or apostrophes; with
    `decimal_comma` by points, spaces or apostrophes. `CR` (credit) is minus, `DR` (debit) plus. At
    most 26 digits before the point and 12 behind. Raise Unreadable with the reason for all else.
    """
    plain = _PLAIN.fullmatch(text)
    if plain and not decimal_comma:
        return Amount(_exact(plain[1] == "-", plain[2], plain[3] or "", text))
    rest = text.translate(_NORMAL).strip()
    _refuse_at_sight(rest, text)
    negative, rest, mark = _strip_marks(rest, text)
    number = _NUMBER[decimal_comma].fullmatch(rest)
    if not number or not (number["whole"] or number["part"]):
        raise Unreadable(_why_no_number(rest, text, decimal_comma=decimal_comma))
    whole = re.sub("[^0-9]", "", number["whole"])
    return Amount(_exact(negative, whole, number["part"] or "", text), mark)


def parse_quantity(text: str, *, decimal_comma: bool = False) -> Decimal:
    """Read a whole or decimal number, written as amounts are, without a currency.

    Raise Unreadable with the reason.
    """
    try:
        amount = parse_amount(text, decimal_comma=decimal_comma)
    except Unreadable as error:
        raise Unreadable(
            str(error).replace("an amount", "a number").replace("amount", "number")
        ) from None
    if amount.mark:
        raise Unreadable(f"{shown(text)} is an amount of money, not a quantity")
    return amount.value


def plain(value: Decimal) -> str:
    """Write a number in the one form that is hashed: no exponent, no zeros at the end, no `-0`."""
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def shown(text: str) -> str:
    """Give a field as a reason cites it, cut where it is long."""
    text = " ".join(text.split())
    return f'"{text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"}"'


def _exact(negative: bool, whole: str, part: str, text: str) -> Decimal:  # noqa: FBT001 (private)
    whole, part = whole.lstrip("0"), part.rstrip("0")
    if len(whole) > WHOLE_DIGITS:
        raise Unreadable(f"{shown(text)} has more than {WHOLE_DIGITS} digits before the point")
    if len(part) > DECIMALS:
        raise Unreadable(f"{shown(text)} has more than {DECIMALS} digits behind the point")
    if not whole and not part:
        return Decimal(0)
    return Decimal(f"{'-' if negative else ''}{whole or '0'}{'.' if part else ''}{part}")


def _refuse_at_sight(rest: str, text: str) -> None:
    if not rest:
        raise Unreadable("the amount is missing")
    if _ERRORS.fullmatch(rest):
        raise Unreadable(f"{shown(text)} is a spreadsheet's error, not an amount")
    if _POWER.fullmatch(rest):
        raise Unreadable(
            f"{shown(text)} is in scientific notation, digits may be lost: export it as a number"
        )


def _strip_marks(rest: str, text: str) -> tuple[bool, str, str]:
    """Take away what stands around the digits: whether it says minus, the rest, the currency."""
    minus = 0
    side = _SIDE.search(rest)
    if side:
        minus += side[1].upper() == "CR"
        rest = rest[: side.start()]
    rest, mark = _strip_currency(rest, text)
    signs = len(re.findall("[-+]", rest))
    if rest.startswith("(") and rest.endswith(")"):
        rest = rest[1:-1].strip()
        minus += 1
        signs += 1
    rest, other = _strip_currency(rest, text) if not mark else (rest, "")
    if rest[:1] in {"-", "+"}:
        minus += rest[0] == "-"
        rest = rest[1:].lstrip()
    elif rest[-1:] == "-":
        minus += 1
        rest = rest[:-1].rstrip()
    if signs + bool(side) > 1:
        raise Unreadable(f"{shown(text)} says in two ways whether it is minus")
    return bool(minus), rest, mark or other


def _strip_currency(rest: str, text: str) -> tuple[str, str]:
    signs = _SIGN.findall(rest)
    codes = [match for match in _CODE.finditer(rest) if (match[1] or match[2]) in CODES]
    if len(signs) + len(codes) > 1:
        raise Unreadable(f"{shown(text)} names more than one currency")
    if signs:
        before, _, behind = rest.partition(signs[0])
        if before.strip(" -+(") and behind.strip(" -)"):
            raise Unreadable(f"{shown(text)} is not an amount")
        return (before.rstrip() + behind.lstrip() if before else behind.lstrip()).rstrip(), signs[0]
    if codes:
        code = codes[0]
        return (rest[: code.start()] + rest[code.end() :]).strip(), code[1] or code[2]
    return rest, ""


def _why_no_number(rest: str, text: str, *, decimal_comma: bool) -> str:
    if re.search("[0-9]", rest) and _NUMBER[not decimal_comma].fullmatch(rest):
        if decimal_comma:
            return f"{shown(text)} is written with a decimal point, but decimal_comma is declared"
        return f"{shown(text)} has a decimal comma: declare  decimal_comma: yes  if that is so"
    if re.fullmatch("[0-9][0-9., ']*", rest):
        return f"{shown(text)} is not grouped by three digits, so it could be misread"
    return f"{shown(text)} is not an amount"

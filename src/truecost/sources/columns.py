"""What fields say, in the one form in which they are compared, hashed and stored.

A value's canonical form is text: a date as `2022-04-07`, an amount as `1234.5`, a currency as its
code, text without white space around it. An empty form is a value that is absent or unreadable.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from truecost.sources import dates, values
from truecost.sources.currencies import CODES
from truecost.sources.values import Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

#: Parts the values of a row where they are hashed, so no value may hold it.
SEPARATOR = "\x1f"
_REMEMBERED = 1 << 16
#: Most amounts come in their canonical form, and need not be taken apart.
_CANONICAL = re.compile(r"-?[1-9][0-9]{0,25}(?:\.[0-9]{0,11}[1-9])?", re.ASCII)


class Forms(dict[str, str]):
    """Canonical forms by what is written; each spelling is read once, as far as memory allows."""

    def __init__(self, read: Callable[[str], str]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, written: str) -> str:
        try:
            form = self._read(written)
        except Unreadable:
            form = ""
        if len(self) >= _REMEMBERED:
            self.clear()
        self[written] = form
        return form

    def column(self, written: Iterable[str]) -> list[str]:
        """Give the forms of a column."""
        return list(map(self.__getitem__, written))

    def reason(self, written: str) -> str:
        """Say why something can't be read."""
        try:
            self._read(written)
        except Unreadable as error:
            return str(error)
        return ""


class Amounts(Forms):
    """Canonical amounts; `marked` says whether any had a currency sign, `marks` gives which.

    `flipped` amounts are written with the sign that they don't have: costs as negative.
    """

    def __init__(self, *, decimal_comma: bool, flipped: bool = False) -> None:
        super().__init__(self._canonical)
        self._comma = decimal_comma
        self._flipped = flipped
        self.marked = False
        self.marks = Forms(lambda written: self._parsed(written).mark)

    def _parsed(self, written: str) -> values.Amount:
        return values.parse_amount(written, decimal_comma=self._comma)

    def _canonical(self, written: str) -> str:
        if _CANONICAL.fullmatch(written) and not self._comma:
            return negated(written) if self._flipped else written
        amount = self._parsed(written)
        self.marked = self.marked or bool(amount.mark)
        form = values.plain(amount.value)
        return negated(form) if self._flipped else form


class Sides(Amounts):
    """Amounts of two columns, debit and credit, written together with a U+001F between them.

    One of them is filled; a zero beside it counts as nothing. A credit is minus.
    """

    def _canonical(self, written: str) -> str:
        debit, credit = self._sides(written)
        if not credit:
            return super()._canonical(debit)
        return negated(super()._canonical(credit))

    def _parsed(self, written: str) -> values.Amount:
        return super()._parsed("".join(self._sides(written)) if SEPARATOR in written else written)

    def _sides(self, written: str) -> tuple[str, str]:
        """Give debit and credit, of which one is empty."""
        debit, _, credit = written.partition(SEPARATOR)
        if not credit.strip() or not debit.strip():
            return debit.strip(), credit.strip()
        if not super()._parsed(credit).value:
            return debit, ""
        if not super()._parsed(debit).value:
            return "", credit
        both = f"debit {values.shown(debit)} and credit {values.shown(credit)}"
        raise Unreadable(f"the row has both {both}: which one counts can't be guessed")


def beside(debits: Iterable[str], credits_: Iterable[str]) -> list[str]:
    """Write debits and credits together, as `Sides` reads them."""
    return [
        f"{debit.replace(SEPARATOR, ' ')}{SEPARATOR}{credit}"
        for debit, credit in zip(debits, credits_, strict=True)
    ]


def negated(form: str) -> str:
    """Change the sign of a canonical form."""
    if form in {"", "0"}:
        return form
    return form[1:] if form[0] == "-" else f"-{form}"


def texts() -> Forms:
    """Read text: no white space around it; the character that parts values becomes a blank."""
    return Forms(lambda written: written.replace(SEPARATOR, " ").strip())


def days(order: str) -> Forms:
    """Read dates, numeric ones in the declared order."""
    return Forms(lambda written: dates.parse_date(written, order).isoformat())


def quantities(*, decimal_comma: bool) -> Forms:
    """Read quantities; a field without one stands for one."""

    def read(written: str) -> str:
        if not written or written.isspace():
            return "1"
        try:
            return values.plain(values.parse_quantity(written, decimal_comma=decimal_comma))
        except Unreadable as error:
            raise Unreadable(f"quantity: {error}") from None

    return Forms(read)


def currencies(constant: str) -> Forms:
    """Read currency codes; a field without one has the source's currency, if it has one."""

    def read(written: str) -> str:
        code = written.strip().upper() or constant
        if not code:
            raise Unreadable("the currency is missing")
        if code not in CODES:
            raise Unreadable(f"{values.shown(written or code)} is not a currency of ISO 4217")
        return code

    return Forms(read)


def names() -> Forms:
    """Read the names of currencies that may be virtual: codes, or what a bill calls its tokens."""

    def read(written: str) -> str:
        name = written.replace(SEPARATOR, " ").strip()
        if not name:
            raise Unreadable("the currency of prices is missing")
        return name.upper() if name.upper() in CODES else name

    return Forms(read)

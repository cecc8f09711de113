"""Money: integer minor units with a currency, and how people see it.

No float ever holds money here. Amounts enter as `Decimal` or int and leave as int minor units.
"""

from __future__ import annotations

from decimal import Context, Decimal, Inexact
from fractions import Fraction

# Digits after the point by ISO 4217, where they are not two.
_DIGITS = {
    **dict.fromkeys(
        "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0
    ),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}
_SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$", "JPY": "¥", "INR": "₹", "KRW": "₩"}
_INT64 = 2**63 - 1
_EXACT = Context(prec=60, traps=[Inexact])


def digits(currency: str) -> int:
    """Give how many digits the minor unit of an ISO 4217 currency has after the point."""
    return _DIGITS.get(currency, 2)


def whole_minor(amount: Fraction) -> int:
    """Round an exact amount in minor units, half to even, to an int64 whole of minor units.

    Raise OverflowError where the result leaves the range of int64.
    """
    minor = round(amount)
    if abs(minor) > _INT64:
        raise OverflowError(f"{minor} minor units are beyond what a statement can hold")
    return minor


def to_minor(amount: Decimal, currency: str) -> int:
    """Round an amount in major units, half to even, to int64 minor units.

    Raise OverflowError where the result leaves the range of int64.
    """
    return whole_minor(Fraction(amount) * 10 ** digits(currency))


def to_major(minor: int, currency: str) -> Decimal:
    """Give minor units as an exact Decimal in major units: 123456 GBP is 1234.56."""
    return Decimal(minor).scaleb(-digits(currency), _EXACT)


def plain(minor: int, currency: str) -> str:
    """Give minor units as machines read them: `-1234.50`."""
    return f"{to_major(minor, currency):f}"


def shown(minor: int, currency: str, *, sign: bool = False, symbol: bool = True) -> str:
    """Give minor units as people read them: `£1,234.50`, `−£1,234.50`; with `sign`, `+£1,234.50`.

    The minus is U+2212, as wide as a digit. Currencies without a known symbol are led by their
    code: `CHF 1,234.50`.
    """
    mark = "−" if minor < 0 else "+" if sign and minor > 0 else ""
    lead = ""
    if symbol:
        lead = _SYMBOLS.get(currency, f"{currency} ")
    return f"{mark}{lead}{to_major(abs(minor), currency):,f}"

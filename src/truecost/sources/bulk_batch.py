"""A batch of rows of a Parquet file: typed columns looked at once per distinct text."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truecost.sources.currencies import may_mean
from truecost.sources.values import DECIMALS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from truecost.sources.columns import Amounts, Forms

_EPOCH = date(1970, 1, 1).toordinal()
_LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Coded:
    """A column of a batch: codes of its rows, -1 where a number is exact, and their texts."""

    codes: NDArray[np.int32]
    texts: pa.Array

    @classmethod
    def of(cls, array: pa.Array) -> Coded:
        """Take a column as it came."""
        codes = pc.fill_null(array.indices, -1).to_numpy(zero_copy_only=False)
        return cls(codes, array.dictionary)

    @classmethod
    def absent(cls, rows: int) -> Coded:
        """Give the column that a file does not have."""
        return cls(np.zeros(rows, np.int32), pa.array([""]))

    def used(self, rows: NDArray[np.int64] | None) -> tuple[Coded, NDArray[np.int64]]:
        """Give the column of some rows, without texts that none of them has; and their numbers."""
        codes = self.codes if rows is None else self.codes[rows]
        counts = np.bincount(codes, minlength=len(self.texts))
        there = counts > 0
        if there.all():
            return Coded(codes, self.texts), counts
        places = (np.cumsum(there) - 1).astype(np.int32)
        return Coded(places[codes], self.texts.filter(pa.array(there))), counts[there]

    def text(self, row: int) -> str:
        """Give a row's text."""
        found: str = self.texts[int(self.codes[row])].as_py()
        return found


def days(column: Coded, forms: Forms) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Give days since 1970 by code, and which codes are no day."""
    read = forms.column(column.texts.to_pylist())
    found = [date.fromisoformat(form).toordinal() - _EPOCH if form else 0 for form in read]
    return np.array(found, np.int32), np.array([not form for form in read], np.bool_)


@dataclass(slots=True)
class Numbers:
    """Exact numbers of rows, times 10¹²: `whole`, but for those in `wide`, which need more room."""

    whole: NDArray[np.int64]
    bad: NDArray[np.bool_]
    wide: dict[int, int] = field(default_factory=dict)

    def taken(self, rows: NDArray[np.generic]) -> Numbers:
        """Give the numbers of some rows, chosen by a mask or by their places."""
        if not self.wide:
            return Numbers(self.whole[rows], self.bad[rows])
        places = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        wide = {at: self.wide[row] for at, row in enumerate(places.tolist()) if row in self.wide}
        return Numbers(self.whole[rows], self.bad[rows], wide)


def numbers(odd: Coded, exact: NDArray[np.int64] | None, forms: Forms, *, flipped: bool) -> Numbers:
    """Give the numbers of a column; `flipped` changes the sign of those that came as integers."""
    rows = len(odd.codes)
    whole = np.zeros(rows, np.int64) if exact is None else -exact if flipped else exact.copy()
    found = Numbers(whole, np.zeros(rows, np.bool_))
    places = np.flatnonzero(odd.codes >= 0)
    if not len(places):
        return found
    read = forms.column(odd.texts.to_pylist())
    large = [_scaled(form) if form else 0 for form in read]
    fits = np.array([abs(each) <= _LARGEST for each in large], np.bool_)
    small = np.array([each if abs(each) <= _LARGEST else 0 for each in large], np.int64)
    codes = odd.codes[places]
    found.whole[places] = small[codes]
    found.bad[places] = np.array([not form for form in read], np.bool_)[codes]
    for place in places[~fits[codes]].tolist():
        found.wide[place] = large[int(odd.codes[place])]
    return found


def _scaled(form: str) -> int:
    whole, _, part = form.partition(".")
    return int(whole + part.ljust(DECIMALS, "0"))


def contradicting(
    odd: Coded, amounts: Amounts, codes: NDArray[np.generic], currencies: Sequence[str]
) -> list[int]:
    """Find rows whose amount has the sign of another currency than theirs."""
    if not amounts.marked:
        return []
    marks = amounts.marks.column(odd.texts.to_pylist())
    found = []
    for row in np.flatnonzero(odd.codes >= 0).tolist():
        mark, currency = marks[odd.codes[row]], currencies[int(codes[row])]
        if mark and currency and not may_mean(mark, currency):
            found.append(row)
    return found


def spelt(number: int, kind: pa.DataType) -> pa.Array:
    """Give a number, times 10¹², as the file has it."""
    exact = Decimal(number).scaleb(-DECIMALS)
    if pa.types.is_decimal(kind):
        return pa.array([exact]).cast(kind)
    return pa.array([float(exact) if pa.types.is_floating(kind) else int(exact)], kind)


def counted(column: Coded, counts: NDArray[np.int64]) -> Mapping[str, int]:
    """Give how many rows have each text."""
    return dict(zip(column.texts.to_pylist(), counts.tolist(), strict=True))

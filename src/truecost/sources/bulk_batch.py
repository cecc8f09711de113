"""A batch of rows of a Parquet file: typed columns looked at once per distinct text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truecost.sources.bulk_spill import constant, is_constant, taken
from truecost.sources.columnar_rows import Column
from truecost.sources.currencies import may_mean
from truecost.sources.values import DECIMALS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from truecost.sources.columns import Amounts, Forms

_EPOCH = date(1970, 1, 1).toordinal()
_LARGEST = 2**63 - 1
#: Rows that are looked at before it is asked whether all texts were seen.
_SOME = 1 << 15


@dataclass(frozen=True, slots=True)
class Coded:
    """A column of a batch: codes of its rows, -1 where a number is exact, and their texts."""

    codes: NDArray[Any]
    texts: pa.Array

    @classmethod
    def of(cls, array: pa.Array) -> Coded:
        """Take a column as it came."""
        codes = pc.fill_null(array.indices, -1) if array.null_count else array.indices
        return cls(codes.to_numpy(), array.dictionary)

    @classmethod
    def same(cls, text: str, rows: int) -> Coded:
        """Give the column in which all rows have one text."""
        return cls(constant(0, rows), pa.array([text]))

    def used(self, rows: NDArray[np.int64] | None) -> Coded:
        """Give the column of some rows, without texts that none of them has."""
        codes = self.codes if rows is None else taken(self.codes, rows)
        if is_constant(codes):
            return Coded(constant(0, len(codes)), self.texts.slice(int(codes[0]), 1))
        there = Coded(codes, self.texts).there()
        if there.all():
            return Coded(codes, self.texts)
        places = (np.cumsum(there) - 1).astype(np.int32)
        return Coded(places[codes], self.texts.filter(pa.array(there)))

    def there(self) -> NDArray[np.bool_]:
        """Say which texts some row has."""
        there = np.zeros(len(self.texts), np.bool_)
        for start in range(0, len(self.codes), _SOME):
            there[self.codes[start : start + _SOME]] = True
            if there.all():  # mostly soon
                break
        return there

    def counts(self) -> Mapping[str, int]:
        """Give how many rows have each text."""
        return counted(self, np.bincount(self.codes, minlength=len(self.texts)))

    def text(self, row: int) -> str:
        """Give a row's text."""
        found: str = self.texts[int(self.codes[row])].as_py()
        return found


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows as `columnar_codes` gives them: `same` has the text that all rows have, by column."""

    rows: int
    same: Mapping[str, str]
    table: pa.RecordBatch

    def column(self, at: int) -> Coded:
        """Give a column of texts."""
        name = str(at)
        if name in self.same:
            return Coded.same(self.same[name], self.rows)
        return Coded.of(self.table.column(name))

    def odd(self, at: int) -> Coded | None:
        """Give the numbers of a column that did not come as integers; None if all did."""
        name = str(at)
        return self.column(at) if name in self.same or name in self.table.schema.names else None

    def exact(self, at: int) -> NDArray[np.int64] | None:
        """Give the numbers of a column that came as integers; None if it has none of these."""
        name = f"{at} exact"
        found: NDArray[np.int64] | None = None
        if name in self.table.schema.names:
            found = self.table.column(name).to_numpy()
        return found

    def texts(self, at: int, rows: NDArray[np.int64]) -> list[str]:
        """Give what some rows have in a column, as the file has it."""
        odd, exact = self.odd(at), self.exact(at)
        texts: list[str | None] = [None] * len(rows)
        if odd is not None:
            texts = pc.take(odd.texts, _places(odd.codes[rows])).to_pylist()
        kind = None if exact is None else self._kind(at)
        column = Column(pa.field("", kind or pa.string()))
        found = []
        for text, row in zip(texts, rows.tolist(), strict=True):
            if text is not None:
                found.append(text)
            elif exact is not None and kind is not None:
                found.append(column.text(spelt(int(exact[row]), kind))[0].as_py())
        return found

    def _kind(self, at: int) -> pa.DataType:
        """Give the type that numbers have in the file."""
        kind = self.table.schema.field(f"{at} exact").metadata[b"type"].decode()
        digits = re.fullmatch(r"decimal128\((\d+), (-?\d+)\)", kind)
        return pa.decimal128(int(digits[1]), int(digits[2])) if digits else pa.type_for_alias(kind)


def _places(codes: NDArray[Any]) -> pa.Array:
    return pa.array(codes.astype(np.int64), mask=codes < 0)


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
            return Numbers(taken(self.whole, rows), taken(self.bad, rows))
        places = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        wide = {at: self.wide[row] for at, row in enumerate(places.tolist()) if row in self.wide}
        return Numbers(taken(self.whole, rows), taken(self.bad, rows), wide)

    @property
    def values(self) -> NDArray[np.int64]:
        """The numbers that are not wide; one of them, where all are the same."""
        return self.whole[:1] if is_constant(self.whole) else self.whole


def numbers(
    odd: Coded | None, exact: NDArray[np.int64] | None, rows: int, forms: Forms, *, flipped: bool
) -> Numbers:
    """Give the numbers of a column; `flipped` changes the sign of those that came as integers."""
    whole = constant(0, rows) if exact is None else -exact if flipped else exact
    found = Numbers(whole, np.broadcast_to(np.False_, rows))
    if odd is None:
        return found
    if is_constant(odd.codes) and len(odd.codes) > 1:
        one = numbers(Coded(odd.codes[:1], odd.texts), None, 1, forms, flipped=False)
        if not one.wide:
            bad = np.broadcast_to(one.bad[0], rows)
            return Numbers(constant(int(one.whole[0]), rows), bad)
    found = Numbers(whole.copy(), np.zeros(rows, np.bool_))
    places = np.flatnonzero(odd.codes >= 0)
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
    odd: Coded | None, amounts: Amounts, codes: NDArray[np.generic], currencies: Sequence[str]
) -> list[int]:
    """Find rows whose amount has the sign of another currency than theirs."""
    if odd is None or not amounts.marked:
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

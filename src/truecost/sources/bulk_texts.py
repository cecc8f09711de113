"""The distinct texts of a column over many batches, each seen once, whatever the number of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truecost.kernel.findings import Finding, SourceError
from truecost.rules.errors import PredicateError
from truecost.rules.expression import parse_expression
from truecost.sources.cleaning import Texts, clean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from truecost.model.source_types import Cleaning
    from truecost.sources.columns import Forms

#: Texts that may wait to be put together.
_WAITING = 1 << 21
#: Texts that are their own canonical form for sure: no white space around them, nothing that parts.
_CLEAN = "^[!-~]([^\x1f]*[!-~])?$"


class Dictionary:
    """Texts numbered in the order in which they were met; batches have numbers of their own."""

    def __init__(self) -> None:
        self.texts: pa.Array = pa.array([], pa.string())
        self._waiting: list[pa.Array] = []
        self._size = 0
        self._numbers: list[NDArray[np.int32]] = []

    def take(self, texts: pa.Array) -> int:
        """Take a batch's texts; give its place, by which `numbers` tells what became of them."""
        place = len(self._numbers) + len(self._waiting)
        self._waiting.append(texts)
        self._size += len(texts)
        if self._size > max(_WAITING, len(self.texts)):
            self.settle()
        return place

    def settle(self) -> None:
        """Put together what waits."""
        whole = pa.concat_arrays([self.texts, *self._waiting]).dictionary_encode()
        numbers = whole.indices.to_numpy(zero_copy_only=False).astype(np.int32, copy=False)
        at = len(self.texts)
        for texts in self._waiting:
            self._numbers.append(numbers[at : at + len(texts)].copy())
            at += len(texts)
        self.texts = whole.dictionary
        self._waiting = []
        self._size = 0

    def numbers(self, place: int) -> NDArray[np.int32]:
        """Give the numbers of a batch's texts, once all are settled."""
        return self._numbers[place]


class Column:
    """A text column of the coded source: of which column read it is made, and its values.

    `codes` gives a value's code by the text's number in `made_of`'s dictionary; values are in the
    order of their code points.
    """

    def __init__(self, made_of: str, texts: pa.Array) -> None:
        found = texts.dictionary_encode()
        order = pc.sort_indices(found.dictionary)
        ranks = np.empty(len(order), np.int32)
        ranks[order.to_numpy()] = np.arange(len(order), dtype=np.int32)
        self.made_of = made_of
        self.values: pa.Array = found.dictionary.take(order)
        self.codes: NDArray[np.int32] = ranks[found.indices.to_numpy()]

    def texts(self) -> Texts:
        """Give the column as cleanings take it, a row for each text."""
        return Texts(self.codes, tuple(self.values.to_pylist()))


def read(dictionary: Dictionary, forms: Forms, *, as_it_is: bool) -> pa.Array:
    """Give the canonical form of each text; `as_it_is` where only white space is taken away."""
    texts = dictionary.texts
    if not as_it_is:
        return pa.array(forms.column(texts.to_pylist()), pa.string())
    clean_ = pc.match_substring_regex(texts, _CLEAN)
    if pc.all(clean_).as_py():
        return texts
    other = pc.invert(clean_)
    found = pa.array(forms.column(texts.filter(other).to_pylist()), pa.string())
    return pc.replace_with_mask(texts, other, found)


def cleaned(columns: Mapping[str, Column], cleanings: Sequence[Cleaning]) -> dict[str, Column]:
    """Clean columns in the order written, as `cleaning.clean` does, but on distinct texts alone.

    Raise SourceError for what can't be evaluated, and for an expression over several columns: what
    occurs together is not known.
    """
    result = dict(columns)
    for cleaning in cleanings:
        name = _used(cleaning, result)
        texts = {name: result[name].texts()} if name in result else {}
        rows = len(result[name].codes) if name in result else 1
        others = {each: Texts(np.zeros(0, np.int32), ()) for each in result if each != name}
        if name and name not in result:  # tell what there is
            texts = others
        found = clean({**texts}, [cleaning], rows)[cleaning.column]
        values = pa.array(found.values, pa.string()).take(pa.array(found.codes))
        result[cleaning.column] = Column(result[name].made_of if name in result else "", values)
    return result


def _used(cleaning: Cleaning, columns: Mapping[str, Column]) -> str:
    """Give the one column that a cleaning reads, or the empty text."""
    if cleaning.expression is None:
        return cleaning.column
    try:
        used = sorted(parse_expression(cleaning.expression, tuple(columns)).columns)
    except PredicateError as error:
        raise SourceError(Finding(cleaning.place, error.message, error.hint)) from error
    if len({columns[name].made_of for name in used}) > 1:
        what = f'the cleaning of "{cleaning.column}" reads several columns: {", ".join(used)}'
        hint = "with  identity: position  it may read one; put the condition into the rules"
        raise SourceError(Finding(cleaning.place, what, hint))
    return used[0] if used else ""

"""Cleaning: an analyst's expressions and replacements, over distinct values only.

Expressions are written through the allow-list of `rules` and run in a DuckDB that can reach
neither files nor the network.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pyarrow as pa

from truecost.kernel.findings import Finding, SourceError
from truecost.rules.errors import PredicateError
from truecost.rules.expression import parse_expression
from truecost.sources.identity import content_keys

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from truecost.model.source_types import Cleaning

_ROW = "row of values"  # a blank in it, so that no column can have this name
_LOCKED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
    "lock_configuration": "true",
}


@dataclass(frozen=True, slots=True)
class Texts:
    """A text column: codes of its rows, and the values behind them, in the order of code points."""

    codes: NDArray[np.int32]
    values: tuple[str, ...]

    @classmethod
    def of(cls, codes: NDArray[np.int32], values: Sequence[str]) -> Texts:
        """Put values into order, equal ones together, and leave out those that no row has."""
        used = np.zeros(len(values), bool)
        used[codes] = True
        ordered = sorted({value for value, is_used in zip(values, used, strict=True) if is_used})
        rank = {value: number for number, value in enumerate(ordered)}
        new = np.fromiter((rank.get(value, 0) for value in values), np.int32, len(values))
        return cls(new[codes] if len(new) else codes, tuple(ordered))

    def taken(self, kept: NDArray[np.bool_]) -> Texts:
        """Give the column of the rows that are kept."""
        return Texts.of(self.codes[kept], self.values)


def clean(texts: Mapping[str, Texts], cleanings: Sequence[Cleaning], rows: int) -> dict[str, Texts]:
    """Clean columns in the order written; new names make new columns.

    Raise SourceError, at the place of the cleaning, for what can't be evaluated.
    """
    result = dict(texts)
    for cleaning in cleanings:
        if cleaning.expression is not None:
            result[cleaning.column] = _evaluated(cleaning, cleaning.expression, result, rows)
        else:
            result[cleaning.column] = _replaced(cleaning, result)
    return result


def _replaced(cleaning: Cleaning, texts: Mapping[str, Texts]) -> Texts:
    if cleaning.column not in texts:
        what = f'there is no column "{cleaning.column}" whose values could be replaced'
        hint = f"columns: {', '.join(texts)}"
        raise SourceError(Finding(cleaning.place, what, hint))
    column = texts[cleaning.column]
    new = dict(cleaning.replacements)
    return Texts.of(column.codes, [new.get(value, value) for value in column.values])


def _evaluated(cleaning: Cleaning, text: str, texts: Mapping[str, Texts], rows: int) -> Texts:
    try:
        expression = parse_expression(text, tuple(texts))
    except PredicateError as error:
        raise SourceError(Finding(cleaning.place, error.message, error.hint)) from error
    used = [texts[name] for name in sorted(expression.columns)]
    found, first, codes = np.unique(
        content_keys((column.codes for column in used), rows),
        return_index=True,
        return_inverse=True,
    )
    table = pa.table(
        {
            _ROW: pa.array(np.arange(len(found)), pa.int32()),
            **{
                name: pa.array(column.values, pa.string()).take(pa.array(column.codes[first]))
                for name, column in zip(sorted(expression.columns), used, strict=True)
            },
        }
    )
    query = f'SELECT CAST({expression.sql} AS VARCHAR) FROM distinct_values ORDER BY "{_ROW}"'
    try:
        with duckdb.connect(":memory:", config=_LOCKED) as connection:
            connection.register("distinct_values", table)
            values = [value or "" for (value,) in connection.execute(query).fetchall()]
    except duckdb.Error as error:
        what = f'the expression for "{cleaning.column}" can\'t be evaluated: {error}'
        raise SourceError(Finding(cleaning.place, what.splitlines()[0])) from error
    return Texts.of(codes.astype(np.int32), values)

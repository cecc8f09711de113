"""What an engine has to do with a source's rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from truecost.engine.plan import Plan
    from truecost.kernel.periods import Period
    from truecost.rules.measure import Aggregate

    Span = tuple[Period, Period]
    #: Columns to be told apart, and for which rows: those that fall under one of these rules of a
    #: list. No list stands for every row.
    Kept = Mapping[str, Mapping[str, Collection[int]]]


class Rows(Protocol):
    """A source's rows, as integers: codes, periods, amounts. `Span` is first and last period.

    Sums are exact: they never go through a binary fraction. Tables come in any order.
    """

    @property
    def columns(self) -> frozenset[str]:
        """The text columns that rows have, "currency" among them."""
        ...

    def count(self, periods: Span | None = None) -> int:
        """Give how many rows there are."""
        ...

    def span(self) -> tuple[int, int] | None:
        """Give the first and the last period, None without rows."""
        ...

    def largest(self, column: str) -> int:
        """Give the largest code of a column that rows have, -1 without rows."""
        ...

    def digits(self, column: str) -> tuple[int, int]:
        """Give the digits of "amount" or "quantity": all, and those after the point."""
        ...

    def greatest(self, column: str) -> int:
        """Give the largest "amount" or "quantity", either sign, without its point; 0 if none."""
        ...

    def distinct(
        self, parts: Mapping[str, NDArray[np.int64]], most: int, periods: Span | None = None
    ) -> NDArray[np.int64] | None:
        """Give the distinct sums of parts over rows, ascending; None where more than `most`.

        `parts` gives each column's part by code; by period, from the first that rows have.
        """
        ...

    def cells(self, plan: Plan, periods: Span | None, kept: Kept) -> pa.Table:
        """Add up rows that are alike.

        Columns: `period`, `currency` (its code), one per list of the plan with the rule's index or
        -1, the columns that are `kept`, with # before their names, as codes, -1 where they are not
        told apart: int32; `lines` int64; `amount` decimal(38, s), s the column's digits after the
        point.
        """
        ...

    def assigned(self, plan: Plan, periods: Span | None) -> pa.Table:
        """Give rows: `period` int32, `row_hash` binary(16), `ordinal` int32, the lists as above."""
        ...

    def measured(
        self, plan: Plan, aggregate: Aggregate, column: str | None, periods: Span
    ) -> pa.Table:
        """Add up, per period and rule of the plan's first list, rows that fall under one.

        Where the plan has a second list, only rows that fall under its first rule. Columns:
        `period` and `rule` int32; `part`: the number of rows, int64; a sum, least or largest,
        decimal(38, s); or, to count distinct texts, each code once, int32.
        """
        ...

"""The charges of a cloud bill, added up by what commitments, credits and tokens make of them.

A build counts one cost of each charge. What a bill says besides (what was billed, what the same
use would have cost without a commitment, tokens) stays with its lines as text; here it is added up,
exactly, together with the rules that the lines fall under.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from truecost.engine import classify
from truecost.engine.classify_session import name, opened, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from truecost.engine.classify_signatures import RuleLists
    from truecost.engine.dialects.choose import Engine
    from truecost.engine.dialects.rows import Kept, Span
    from truecost.store.sources import CodedSource

USED, UNUSED = "Used", "Unused"
PURCHASE, USAGE, CREDIT = "Purchase", "Usage", "Credit"
#: What charges are told apart by, as a bill's columns are called here.
_BY = (
    "billing_period_start", "charge_category", "charge_class", "commitment_discount_id",
    "commitment_discount_name", "commitment_discount_status", "pricing_currency", "pricing_unit",
)  # fmt: skip
_COSTS = ("billed_cost", "effective_cost", "contracted_cost", "list_cost")
_ADDED = (*_COSTS, "pricing_currency_effective_cost", "pricing_quantity")
_NEEDED = frozenset({"charge_category", "billed_cost", "effective_cost"})


@dataclass(frozen=True, slots=True)
class Charges:
    """Charges that are alike, together; costs in major units of `currency`.

    `account`, `centre` and `consumer` are the indexes of the rules that win, -1 for none. `month`
    is that of the billing period. `counted` is the cost that the model counts. `contracted` and
    `listed` are what `priced` of the `lines` would have cost without a commitment: of the others
    the bill does not say it, and their effective cost is taken. `tokens` are in `unit_of_price`.
    """

    period: int
    currency: str
    account: int
    centre: int
    consumer: int
    month: str
    category: str
    correction: bool
    commitment: str
    called: str
    status: str
    unit_of_price: str
    unit: str
    scope: tuple[str, ...]
    lines: int
    priced: int
    counted: Fraction
    billed: Fraction
    effective: Fraction
    contracted: Fraction
    listed: Fraction
    tokens: Fraction
    quantity: Fraction


def is_bill(source: CodedSource) -> bool:
    """Say whether a source is a cloud bill that says both what was billed and what is amortised."""
    return set(source.columns) >= _NEEDED


def charges(
    source: CodedSource,
    rules: RuleLists,
    periods: Span | None = None,
    scope: Sequence[str] = (),
    threads: int | None = None,
    engine: Engine | None = None,
) -> list[Charges]:
    """Add up a bill's charges; `scope` names further columns that they are told apart by.

    Columns that the bill does not have are empty. Raise SourceError where amounts are too large to
    be added exactly, StoreError where the source is damaged.
    """
    by = [*_BY, *scope]
    there = {column for column in (*by, *_ADDED) if column in source.columns}
    kept: Kept = {column: {} for column in dict.fromkeys((*by, *_ADDED)) if column in there}
    found = classify.cells(source, rules, periods, kept=kept, threads=threads, engine=engine)
    names = [
        "period", "currency", *(f"rule_{at}" for at in range(len(rules))),
        *(f"#{column}" for column in kept), "lines", "amount",
    ]  # fmt: skip
    keys = ["g.currency", *(_text(column, there) for column in by)]
    told = [f'{key} AS "#k{at}"' for at, key in enumerate(keys)]
    listed = [f"rule_{at}" for at in range(len(rules))]
    costs = ", ".join(f"{_number(column, there)} AS {name(column)}" for column in _ADDED)
    inner = (
        f"SELECT g.period, {', '.join(f'g.{rule}' for rule in listed)}, {', '.join(told)}, g.lines,"
        f" CAST(g.amount AS DECIMAL(38, 12)) AS counted, {costs}"
        f" FROM groups AS g {_joins((*by, *_ADDED), there)}"
    )
    effective = 'coalesce(l."effective_cost", 0)'
    contracted = f'coalesce(l."contracted_cost", l."list_cost", {effective})'
    sums = [f"l.{name(column)}" for column in _ADDED]
    sums[2] = contracted
    sums[3] = f'coalesce(l."list_cost", {contracted})'
    group = ", ".join(
        ["l.period", *(f"l.{rule}" for rule in listed)] + [f'l."#k{at}"' for at in range(len(keys))]
    )
    priced = 'coalesce(l."contracted_cost", l."list_cost") IS NOT NULL'
    added = ", ".join(
        f"CAST(sum(coalesce({each}, 0) * l.lines) AS DECIMAL(38, 12))" for each in sums
    )
    with opened(source, threads) as connection:
        connection.register("groups", found.rename_columns(names))
        rows = connection.execute(
            f"SELECT {group}, CAST(sum(l.lines) AS BIGINT),"
            f" CAST(coalesce(sum(l.lines) FILTER ({priced}), 0) AS BIGINT),"
            f" CAST(sum(l.counted) AS DECIMAL(38, 12)), {added}"
            f" FROM ({inner}) AS l GROUP BY ALL ORDER BY ALL"
        ).fetchall()
    return [_made(row, len(scope)) for row in rows]


def _made(row: Sequence[object], scope: int) -> Charges:
    period, account, centre, consumer, currency, *texts = row[: 13 + scope]
    begins, category, correction, commitment, called, status, unit_of_price, unit = texts[:8]
    lines, priced, *sums = row[13 + scope :]
    counted, billed, effective, contracted, listed, tokens, quantity = map(_exact, sums)
    return Charges(
        _int(period), str(currency), _int(account), _int(centre), _int(consumer),
        str(begins)[:7], str(category), correction == "Correction", str(commitment),
        str(called or commitment), str(status), str(unit_of_price), str(unit),
        tuple(map(str, texts[8:])), _int(lines), _int(priced),
        counted, billed, effective, contracted, listed, tokens, quantity,
    )  # fmt: skip


def _int(value: object) -> int:
    return int(str(value))


def _exact(value: object) -> Fraction:
    return Fraction(value if isinstance(value, Decimal) else 0)


def _text(column: str, there: set[str]) -> str:
    return f"d_{column}.value" if column in there else "''"


def _number(column: str, there: set[str]) -> str:
    """Give the SQL of a number that is kept as text; NULL where it is none."""
    return f"TRY_CAST(d_{column}.value AS DECIMAL(38, 12))" if column in there else "NULL"


def _joins(columns: Sequence[str], there: set[str]) -> str:
    return " ".join(
        f'LEFT JOIN dictionary AS d_{column} ON d_{column}."column" = {text(column)}'
        f' AND d_{column}.code = g."#{column}"'
        for column in dict.fromkeys(columns)
        if column in there
    )

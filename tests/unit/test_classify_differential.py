"""Classify against the plain reading of the rules: a CASE chain over decoded lines."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.classify_source import COLUMNS, JANUARY, Row, coded, identity, row, rules

from truecost.engine import classify_signatures
from truecost.engine.classify import assigned, cells
from truecost.kernel.periods import ALWAYS, Period, Validity

if TYPE_CHECKING:
    from truecost.engine.classify_signatures import Rule

VALUES = ("", "a", "A", "ab", "b%", "it's", "10_0", "é", "😀z")
AMOUNTS = ("-10.00", "0.00", "0.01", "5.50", "1000.00")

columns = st.sampled_from(COLUMNS)
values = st.sampled_from(VALUES)


def sql(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


texts = st.builds(
    "{} {} {}".format, columns, st.sampled_from(["=", "<>", "<", ">="]), values.map(sql)
)
lists = st.builds(
    lambda column, entries: f"{column} IN ({', '.join(map(sql, entries))})",
    columns,
    st.lists(values, min_size=1, max_size=3),
)
likes = st.builds(
    "{} {} {}".format,
    columns,
    st.sampled_from(["LIKE", "NOT LIKE", "ILIKE"]),
    st.sampled_from(["'a%'", "'%B%'", "'_'", "'%%'", "''"]),
)
others = st.builds(
    str.format,
    st.sampled_from(
        ["{0} IS NULL", "{0} IS NOT NULL", "regexp_matches({0}, '^[a-b]+')", "length({0}) > 1",
         "{0} = {1}", "{0} || {1} LIKE 'a%'", "upper({0}) = {1}", "coalesce({0}, {1}) = 'a'",
         "CASE WHEN {0} = 'a' THEN {1} END = ''", "TRUE", "FALSE",
         "source = 'ledger'", "source = {0} OR source IN ('other', 'x')",
         "source || {0} < 'ledgerab'"]
    ),
    columns,
    columns,
)  # fmt: skip
numbers = st.builds(
    "amount {} {}".format, st.sampled_from(["<", ">=", "="]), st.sampled_from(["0", "0.01", "5.5"])
)
atoms = st.one_of(texts, lists, likes, others, numbers)
conditions = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.builds("({}) AND ({})".format, inner, inner),
        st.builds("({}) OR ({})".format, inner, inner),
        st.builds("NOT ({})".format, inner),
    ),
    max_leaves=4,
)
months = st.one_of(st.none(), st.integers(0, 3).map(lambda month: JANUARY + month))
validities = st.one_of(st.just(ALWAYS), st.builds(Validity, months, months))
rule_lists = st.lists(st.tuples(conditions, validities), max_size=6)
ledgers = st.lists(
    st.builds(
        lambda period, amount, found: row(period, amount, **dict(zip(COLUMNS, found, strict=True))),
        st.integers(0, 3),
        st.sampled_from(AMOUNTS),
        st.tuples(*[values] * len(COLUMNS)),
    ),
    min_size=1,
    max_size=25,
)


def plain_reading(lines: list[Row], found: list[Rule]) -> dict[bytes, int]:
    """Evaluate every rule on every decoded line, in order."""
    data = {column: [line[column] for line in lines] for column in ("period", *COLUMNS)}
    table = pa.table({**data, "id": list(range(len(lines)))})
    amounts = ", ".join(f"({number}, {line['amount']}::DECIMAL(18, 2))"
                        for number, line in enumerate(lines))  # fmt: skip
    whens = [
        f"WHEN ({_of_ledger(predicate.sql)}) AND {valid(validity)} THEN {index}"
        for index, (predicate, validity) in enumerate(found)
    ]
    case = f"CASE {' '.join(whens)} ELSE -1 END" if whens else "-1"
    with duckdb.connect() as connection:
        connection.register("lines", table)
        query = (
            f"SELECT id, {case} FROM lines JOIN (VALUES {amounts}) AS v(number, amount)"
            " ON number = id"
        )
        return {identity(number): rule for number, rule in connection.execute(query).fetchall()}


def _of_ledger(condition: str) -> str:
    return condition.replace("GETVARIABLE('source')", "'ledger'")


def valid(validity: Validity) -> str:
    first = validity.first or Period(0)
    last = validity.last or Period(10**6)
    return f"period BETWEEN {first.index} AND {last.index}"


def rules_of(table: pa.Table, rule_list: str) -> dict[bytes, int]:
    return dict(zip(table["row_hash"].to_pylist(), table[rule_list].to_pylist(), strict=True))


@settings(deadline=None, max_examples=60)
@given(ledgers, rule_lists, rule_lists, st.randoms(use_true_random=False), st.booleans())
def test_classify_is_the_first_match_on_each_line(
    lines: list[Row],
    account: list[Any],
    centre: list[Any],
    random: Any,
    few: bool,  # noqa: FBT001
) -> None:
    for number, line in enumerate(lines):
        line["id"] = number
    found = {"account": rules(*account), "centre": rules(*centre)}
    shuffled = random.sample(lines, len(lines))
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        if few:
            patch.setattr(classify_signatures, "FEW", 2)
        source = coded(Path(folder) / "written", lines)
        table = assigned(source, found, threads=1)
        for rule_list, list_rules in found.items():
            assert rules_of(table, rule_list) == plain_reading(lines, list_rules)
        other = coded(Path(folder) / "shuffled", shuffled)
        assert assigned(other, found, threads=2).equals(table)
        assert cells(other, found, threads=2).equals(cells(source, found, threads=1))

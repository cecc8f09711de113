"""Expressions for cleaning, and measures for drivers."""

from __future__ import annotations

import duckdb
import pytest

from truecost.rules.errors import PredicateError
from truecost.rules.expression import parse_expression
from truecost.rules.measure import Aggregate, parse_measure

COLUMNS = ("account", "vendor")


def cleaned(text: str, account: str = "", vendor: str = "") -> object:
    found = parse_expression(text, COLUMNS)
    query = f'SELECT {found.sql} FROM (SELECT ? AS "account", ? AS "vendor")'
    with duckdb.connect() as connection:
        return connection.execute(query, [account, vendor]).fetchall()[0][0]


@pytest.mark.parametrize(
    ("text", "account", "expected"),
    [
        ("upper(trim(account))", "  gds ", "GDS"),
        ("ltrim(account, '0')", "0070", "70"),
        ("rtrim(account)", "a  ", "a"),
        ("replace(account, 'é', 'e')", "café", "cafe"),
        ("substr(account, 2, 3)", "abcdef", "bcd"),
        ("left(account, 2) || '-' || right(account, -4)", "abcdef", "ab-ef"),
        ("split_part(account, ' - ', 2)", "GDS - Digital", "Digital"),
        ("concat(account, ':', vendor)", "x", "x:"),
        ("coalesce(nullif(account, 'n/a'), vendor, 'none')", "n/a", "none"),
        ("regexp_replace(account, '([0-9]+)', '<\\1>', 'g')", "a1b22", "a<1>b<22>"),
        ("regexp_extract(account, '^[A-Z]+-([0-9]+)', 1)", "IT-42", "42"),
        ("regexp_extract(account, '[0-9]')", "none", ""),
        ("CASE WHEN account LIKE 'CDIO%' THEN 'IT' ELSE 'other' END", "CDIO 1", "IT"),
        ("CASE account WHEN 'GPA' THEN 'PROPERTY' END", "x", ""),
        ("'constant'", "", "constant"),
    ],
)
def test_cleaning(text: str, account: str, expected: str) -> None:
    assert cleaned(text, account) == expected


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("length(account)", 1, "this is a number, not a text"),
        ("account = 'x'", 1, "this is a condition, not a text"),
        ("CASE WHEN account THEN 'x' END", 11, "account is a text where a condition is needed"),
        ("CASE WHEN account = 'x' THEN 1 END", 11, "this CASE has no ELSE"),
        ("left(account, 1.5)", 15, "1.5 stands where a whole number is needed"),
        ("left(account, length(vendor))", 15, "length(vendor stands where a whole number"),
        ("regexp_replace(account, '(a)', '\\9')", 25, "requests 9 matches"),
        ("replace(account, 'x')", 1, "replace needs 3 values"),
        ("amount", 1, 'there is no column "amount"'),
    ],
)
def test_expressions_that_are_refused(text: str, column: int, message: str) -> None:
    with pytest.raises(PredicateError) as told:
        parse_expression(text, COLUMNS)
    assert (told.value.line, told.value.column) == (1, column)
    assert message in told.value.message


@pytest.mark.parametrize(
    ("text", "aggregate", "column", "sql"),
    [
        ("count(*)", Aggregate.COUNT, None, "COUNT(*)"),
        ("COUNT(DISTINCT Vendor)", Aggregate.COUNT_DISTINCT, "vendor", 'COUNT(DISTINCT "vendor")'),
        ("sum(quantity)", Aggregate.SUM, "quantity", 'SUM("quantity")'),
        ("min(amount)", Aggregate.MIN, "amount", 'MIN("amount")'),
        ('max("amount")', Aggregate.MAX, "amount", 'MAX("amount")'),
    ],
)
def test_measures(text: str, aggregate: Aggregate, column: str | None, sql: str) -> None:
    found = parse_measure(text, COLUMNS)
    assert (found.aggregate, found.column, found.sql) == (aggregate, column, sql)


@pytest.mark.parametrize(
    "text",
    [
        "count(vendor)", "count()", "count(*, *)", "count(DISTINCT amount)", "count(DISTINCT *)",
        "count(DISTINCT vendor, account)", "count(DISTINCT upper(vendor))", "sum(vendor)",
        "sum(DISTINCT amount)", "sum(-amount)", "sum(amount) - 1", "avg(amount)", "min(amount, 2)",
        "max(account)", "amount", "sum(sum(amount))", "count(*) = 1", "sum(amount), count(*)",
        "sum(amount) AND TRUE", "approx_count_distinct(vendor)",
    ],
)  # fmt: skip
def test_measures_that_are_refused(text: str) -> None:
    with pytest.raises(PredicateError) as told:
        parse_measure(text, COLUMNS)
    assert told.value.hint

"""Conditions that analysts write: what is accepted, what it becomes, what it means."""

from __future__ import annotations

from decimal import Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truecost.rules.predicate import Leaf, PredicateError, parse_predicate

COLUMNS = ("account", "cost_centre", "vendor", "date")


def holds(text: str, amount: str = "0.00", **given: str) -> bool:
    """Say whether a condition holds for one line."""
    found = parse_predicate(text, COLUMNS)
    line = dict.fromkeys(COLUMNS, "") | given
    names = ", ".join(f'? AS "{column}"' for column in line)
    query = f"SELECT {found.sql} FROM (SELECT {names}, CAST(? AS DECIMAL(18, 2)) AS amount)"
    with duckdb.connect() as connection:
        answer = connection.execute(query, [*line.values(), Decimal(amount)]).fetchall()[0][0]
    assert isinstance(answer, bool)
    return answer


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ("account LIKE '%SOFT%'", "\"account\" LIKE '%SOFT%'"),
        ("ACCOUNT = 'it''s'", "\"account\" = 'it''s'"),
        ("\"account\" != 'a'", "\"account\" <> 'a'"),
        ("account NOT LIKE 'a!%' ESCAPE '!'", "NOT (\"account\" LIKE 'a!%' ESCAPE '!')"),
        ("account IS NOT NULL", "NOT (\"account\" = '')"),
        ("account IN ('a', 'b')", "\"account\" IN ('a', 'b')"),
        ("amount BETWEEN -5 AND 1000.5", '"amount" BETWEEN (-5) AND 1000.5'),
        ("TRUE", "TRUE"),
        ("(((account = 'a')))", "\"account\" = 'a'"),
        (
            "account = 'a' AND vendor = 'b' OR NOT amount > 1",
            '(("account" = \'a\') AND ("vendor" = \'b\')) OR (NOT ("amount" > 1))',
        ),
        ("regexp_matches(account, '^x', 'i')", "REGEXP_MATCHES(\"account\", '^x', 'i')"),
    ],
)
def test_what_reaches_duckdb_is_written_anew(text: str, sql: str) -> None:
    found = parse_predicate(text, COLUMNS)
    assert found.sql == sql
    assert found.text == text
    assert parse_predicate(sql, COLUMNS).sql == sql


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        ("account IS NULL", {}, True),
        ("account IS NULL", {"account": "x"}, False),
        ("account = 'it'", {"account": "IT"}, False),
        ("account ILIKE 'it'", {"account": "IT"}, True),
        ("amount > 1000.5", {"amount": "1000.51"}, True),
        ("amount = 0.1", {"amount": "0.10"}, True),
        ("abs(amount) < 5 AND length(vendor) = 2", {"amount": "-4.99", "vendor": "ab"}, True),
        ("account LIKE '10!%' ESCAPE '!'", {"account": "10%"}, True),
        ("account LIKE '10!%' ESCAPE '!'", {"account": "100"}, False),
        ("account BETWEEN 'a' AND 'c'", {"account": "b"}, True),
        ("coalesce(account, vendor) = 'x'", {"vendor": "x"}, True),
        ("nullif(account, 'x') IS NULL", {"account": "x"}, True),
        ("CASE WHEN account = 'x' THEN TRUE END", {}, False),
        ("CASE account WHEN 'x' THEN vendor END = ''", {"account": "y", "vendor": "v"}, True),
        ("regexp_matches(account, 'b+c')", {"account": "abbbcd"}, True),
        ("starts_with(account, 'a') OR ends_with(account, 'z')", {"account": "xyz"}, True),
        ("contains(upper(account), 'ÉA')", {"account": "éa"}, True),
        ("date = '2022-02-01'", {"date": "2022-02-01"}, True),
        ("account <> vendor", {"account": "a", "vendor": "b"}, True),
    ],
)
def test_what_a_condition_means(text: str, line: dict[str, str], expected: bool) -> None:  # noqa: FBT001
    assert holds(text, **line) is expected


def test_a_condition_knows_its_columns_and_leaves() -> None:
    found = parse_predicate(
        "(account = 'a' OR account = 'b') AND (amount > 0 OR NOT vendor = account)", COLUMNS
    )
    assert found.columns == {"account", "amount", "vendor"}
    assert found.leaves == (
        Leaf("(\"account\" = 'a') OR (\"account\" = 'b')", frozenset({"account"})),
        Leaf('"amount" > 0', frozenset({"amount"})),
        Leaf('"vendor" = "account"', frozenset({"vendor", "account"})),
    )


def test_thousands_of_alternatives_are_one_condition() -> None:
    text = " OR ".join(f"account = 'x{number}'" for number in range(900))
    assert holds(text, account="x899")


@pytest.mark.parametrize("depth", [10, 18])
def test_what_is_accepted_can_be_written_and_run(depth: int) -> None:
    for text in (
        "NOT " * depth + "TRUE",
        "(" * depth + "account = 'a'" + ")" * depth,
        "upper(" * depth + "account" + ")" * depth + " = 'A'",
        "||".join(["account"] * depth) + " = 'x'",
        "coalesce(nullif(" * (depth // 4) + "account" + ", 'x'), vendor)" * (depth // 4) + " = 'a'",
        "CASE WHEN account = 'a' THEN " * depth + "TRUE" + " END" * depth,
    ):
        assert holds(text, account="b") in {True, False}


@settings(max_examples=200)
@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=30))
def test_any_text_can_be_compared_with(text: str) -> None:
    literal = "'" + text.replace("'", "''") + "'"
    found = parse_predicate(f"account = {literal}", COLUMNS)
    assert found.sql == f'"account" = {literal}'


@pytest.mark.parametrize(
    ("text", "line", "column", "message", "hint"),
    [
        ("acount = 'x'", 1, 1, 'no column "acount"', 'did you mean "account"?'),
        ("account = 'x'\n  AND vndor = 'y'", 2, 7, 'no column "vndor"', 'did you mean "vendor"?'),
        ("account = 7", 1, 11, "7 is a number where a text is needed", "single quotes"),
        ("amount = '7'", 1, 10, "'7' is a text where a number", "single quotes"),
        ("amount > 1e5", 1, 10, "1e5 is not a number that is exact", "plain decimal"),
        ("account", 1, 1, "this is a text, not a condition", "compare it"),
        ("account ~ 'x'", 1, 9, "~ can't be used here", "regexp_matches"),
        ("regexp_matches(account, 'a(')", 1, 25, "missing )", "RE2"),
        ("account = 'x", 1, 11, "a quotation mark is not closed", "''"),
        ("account = NULL", 1, 1, "NULL can't be used here", "IS NULL"),
        ("uper(account) = 'X'", 1, 1, "no function uper", 'did you mean "upper"?'),
        ("account = 'x' -- all", 1, 15, "a comment can't stand here", "outside"),
        ("\"Account\" = 'x'", 1, 1, 'no column "Account"', 'did you mean "account"?'),
        ("account LIKE 'x!' ESCAPE '!'", 1, 14, "nothing follows the escape !", ""),
    ],
)
def test_errors_say_where_what_and_what_to_do(
    text: str, line: int, column: int, message: str, hint: str
) -> None:
    with pytest.raises(PredicateError) as told:
        parse_predicate(text, COLUMNS)
    assert (told.value.line, told.value.column) == (line, column)
    assert message in told.value.message
    assert hint in told.value.hint

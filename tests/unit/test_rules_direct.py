"""Conditions answered without a database: as DuckDB answers them, on every text."""

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.direct_conditions import COLUMNS, CONDITIONS, TEXTS

from truecost.rules.direct import direct
from truecost.rules.predicate import SOURCE, binding, parse_predicate


@settings(max_examples=300, deadline=None)
@given(CONDITIONS, st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=12))
def test_both_answer_alike(condition: str, lines: list[tuple[str, str, str]]) -> None:
    checked = parse_predicate(condition, COLUMNS)
    found = direct(checked.sql)
    if found is None:  # many signs of patterns at once
        assert "LIKE" in checked.sql
        assert "_" in checked.sql
        return
    # texts of the condition itself are among the values: equal, longer, shorter
    more = [text for text in condition.split("'")[1::2] for text in (text, f"{text}a", text[:-1])]
    lines = [*lines, *((text, text, other) for text in more for other in ("", text))]
    table = pa.table(dict(zip(COLUMNS, zip(*lines, strict=True), strict=True)))
    with duckdb.connect() as connection:
        connection.register("lines", table)
        told = connection.execute(f"SELECT {checked.sql} FROM lines").fetchall()
    answers = [answer for (answer,) in told]
    asked = [dict(zip(COLUMNS, line, strict=True)) for line in lines]
    assert [found.holds(line) for line in asked] == answers
    may = [
        found.needs is None or any(line[name][:size] == text for name, size, text in found.needs)
        for line in asked
    ]
    assert all(met or not answer for met, answer in zip(may, answers, strict=True))
    assert not found.sure or may == answers


@pytest.mark.parametrize(
    "condition",
    [
        "account ILIKE 'a%'",
        "account LIKE 'a!%' ESCAPE '!'",
        "NOT (account LIKE 'a!%' ESCAPE '!') AND account = 'a'",
        "regexp_matches(account, 'a')",
        "lower(account) = 'a'",
        "contains(lower(account), 'a')",
        "account || 'a' = 'aa'",
        "length(account) > 1",
        "amount > 1",
        "account = 'a' AND amount > 1",
        "CASE WHEN account = 'a' THEN TRUE ELSE FALSE END",
        "account IN ('a', upper('b'))",
        "starts_with('a', account)",
        "account LIKE '_%_%_%a'",
    ],
)
def test_the_rest_is_left_to_duckdb(condition: str) -> None:
    assert direct(parse_predicate(condition, COLUMNS).sql) is None


@pytest.mark.parametrize(
    "sql", ["", "(", '"a"', '"a" = \'b', "\"a\" = 'b' OR TRUE AND TRUE", "TRUE TRUE", "NULL"]
)
def test_what_cannot_be_read_is_left_to_duckdb(sql: str) -> None:
    assert direct(sql) is None


@pytest.mark.parametrize(
    "condition",
    ["source = 'it''s'", "source IN ('a', 'it''s')", "source <> account", "NOT (source LIKE 'i%')"],
)
def test_the_source_is_asked_for(condition: str) -> None:
    checked = parse_predicate(condition, COLUMNS)
    answered = direct(checked.sql)
    assert answered is not None
    for name in ("it's", "bank", ""):
        with duckdb.connect() as connection:
            connection.execute(binding(name))
            ((found,),) = connection.execute(
                f"SELECT {checked.sql} FROM (SELECT 'bank' AS account)"
            ).fetchall()
        assert answered.holds({SOURCE: name, "account": "bank"}) == found


def test_deep_nesting_is_left_to_duckdb() -> None:
    assert direct("(" * 100_000 + "TRUE" + ")" * 100_000) is None

"""Conditions answered without a database: as DuckDB answers them, on every text."""

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truecost.rules.direct import direct
from truecost.rules.predicate import SOURCE, binding, parse_predicate

COLUMNS = ("account", "cost centre", 'say "x"')
#: What texts are made of: quotes, signs of patterns, letters of one to four bytes, of several
#: cases and codes, joined and apart, and those whose order differs between code pages.
LETTERS = (
    "aAbB%_'\"\\!() ,\t\n\0\x7fäßẞ\u0131ǆ\u017f\u0301\u200d\ud7ff\ue000\uffff\U0001f600\U0010ffff"
)
TEXTS = st.text(st.sampled_from(LETTERS) | st.characters(exclude_categories=["Cs"]), max_size=6)
#: A condition has no control characters but these.
WRITTEN = st.text(
    st.sampled_from("".join(sorted(set(LETTERS) - {"\0", "\x7f"})))
    | st.characters(exclude_categories=["Cs", "Cc"]),
    max_size=6,
)


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def named(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


@st.composite
def comparisons(draw: st.DrawFn) -> str:
    column = named(draw(st.sampled_from(COLUMNS)))
    text = quoted(draw(WRITTEN))
    other = draw(
        st.sampled_from([text, quoted(draw(WRITTEN)), named(draw(st.sampled_from(COLUMNS)))])
    )
    sign = draw(st.sampled_from(["=", "<>", "<", "<=", ">", ">="]))
    no = draw(st.sampled_from(["", "NOT "]))
    return draw(
        st.sampled_from(
            [
                f"{column} {sign} {other}",
                f"{text} {sign} {column}",
                f"{column} {no}LIKE {text}",
                f"{column} {no}LIKE {quoted('%' + draw(WRITTEN) + '%')}",
                f"{column} {no}LIKE {quoted(draw(WRITTEN) + '%')}",
                f"{column} {no}IN ({text}, {quoted(draw(WRITTEN))})",
                f"{column} {no}BETWEEN {text} AND {quoted(draw(WRITTEN))}",
                f"{column} IS {no}NULL",
                f"starts_with({column}, {text})",
                f"ends_with({column}, {text})",
                f"contains({column}, {text})",
                "TRUE",
            ]
        )
    )


CONDITIONS = st.recursive(
    comparisons(),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=4).map(lambda some: f"({' AND '.join(some)})"),
        st.lists(inner, min_size=2, max_size=4).map(lambda some: f"({' OR '.join(some)})"),
        inner.map(lambda one: f"NOT ({one})"),
    ),
    max_leaves=5,
)


@settings(max_examples=300, deadline=None)
@given(CONDITIONS, st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=12))
def test_both_answer_alike(condition: str, lines: list[tuple[str, str, str]]) -> None:
    checked = parse_predicate(condition, COLUMNS)
    holds = direct(checked.sql)
    if holds is None:  # many signs of patterns at once
        assert "LIKE" in checked.sql
        assert "_" in checked.sql
        return
    # texts of the condition itself are among the values: equal, longer, shorter
    more = [text for text in condition.split("'")[1::2] for text in (text, f"{text}a", text[:-1])]
    lines = [*lines, *((text, text, other) for text in more for other in ("", text))]
    table = pa.table(dict(zip(COLUMNS, zip(*lines, strict=True), strict=True)))
    with duckdb.connect() as connection:
        connection.register("lines", table)
        found = connection.execute(f"SELECT {checked.sql} FROM lines").fetchall()
    assert [holds(dict(zip(COLUMNS, line, strict=True))) for line in lines] == [
        answer for (answer,) in found
    ]


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
    holds = direct(checked.sql)
    assert holds is not None
    for name in ("it's", "bank", ""):
        with duckdb.connect() as connection:
            connection.execute(binding(name))
            ((found,),) = connection.execute(
                f"SELECT {checked.sql} FROM (SELECT 'bank' AS account)"
            ).fetchall()
        assert holds({SOURCE: name, "account": "bank"}) == found


def test_deep_nesting_is_left_to_duckdb() -> None:
    assert direct("(" * 100_000 + "TRUE" + ")" * 100_000) is None

"""Texts that must not reach a database, and texts that nobody thought of."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from truecost.rules.errors import PredicateError
from truecost.rules.expression import parse_expression
from truecost.rules.measure import parse_measure
from truecost.rules.predicate import parse_predicate

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

COLUMNS = ("account", "vendor", "date", "x", "decimal", "end")
READERS: tuple[Callable[[str, Collection[str]], object], ...] = (
    parse_predicate,
    parse_expression,
    parse_measure,
)

HOSTILE = [
    "",
    "   \n\t ",
    ";",
    "SELECT 1",
    "account = (SELECT 1)",
    "account IN (SELECT account FROM ledger)",
    "account IN (FROM ledger)",
    "EXISTS (SELECT 1)",
    "account = ANY (SELECT 'x')",
    "account = 'x' UNION SELECT 1",
    "account = 'x'; DROP TABLE ledger",
    "account = 'x';",
    "1; ATTACH 'other.db'",
    "DROP TABLE ledger",
    "INSERT INTO ledger VALUES (1)",
    "UPDATE ledger SET amount = 0",
    "DELETE FROM ledger",
    "COPY ledger TO 'out.csv'",
    "EXPORT DATABASE 'out'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "PRAGMA database_list",
    "SET enable_external_access = true",
    "CALL pragma_version()",
    "WITH a AS (SELECT 1) SELECT * FROM a",
    "VALUES (1)",
    "read_csv('/etc/passwd')",
    "read_text('/etc/passwd') = 'x'",
    "read_parquet('https://example.org/x') = 'x'",
    "account = read_blob('/etc/shadow')",
    "glob('*') = 'x'",
    "getenv('HOME') = 'x'",
    "current_setting('threads') = '1'",
    "getvariable('x') = 'x'",
    "duckdb_settings() = 'x'",
    "pragma_version() = 'x'",
    "query('SELECT 1') = 'x'",
    "query_table('ledger') = 'x'",
    "nextval('s') > 0",
    "random() > 0.5",
    "now() > '2020'",
    "uuid() = 'x'",
    "sleep_ms(1000) = 1",
    "repeat(account, 1000000) = 'x'",
    "lpad(account, 1000000, 'x') = 'x'",
    "list_transform([1], y -> y) = 'x'",
    "error('x') = 'x'",
    "current_user = 'root'",
    "current_date = '2022-01-01'",
    "version() = 'x'",
    "account = ?",
    "account = $1",
    "account = $name",
    "account = :name",
    "account = @name",
    "#1 = 'x'",
    "* = 'x'",
    "COLUMNS(*) = 'x'",
    "COLUMNS('.*') = 'x'",
    "ledger.* = 'x'",
    "ledger.account = 'x'",
    "main.ledger.account = 'x'",
    "account::INTEGER = 1",
    "CAST(account AS INTEGER) = 1",
    "TRY_CAST(account AS BLOB) = 'x'",
    "date '2020-01-01' = account",
    "decimal 'x' = account",
    "INTERVAL '1 day' > 1",
    "TIMESTAMP '2020-01-01' = account",
    "count(*) OVER () > 1",
    "sum(amount) > 1",
    "row_number() OVER (ORDER BY account) = 1",
    "account = 'x' ORDER BY account",
    "account = 'x' LIMIT 1",
    "account = 'x' GROUP BY ALL",
    "account AS y",
    "account = 'x' AS y",
    "account = 'x', vendor = 'y'",
    "account -- comment",
    "account = 'x' /* comment */",
    "/* comment */ account = 'x'",
    "account = 'x' --",
    "account = 'x",
    'account = "x',
    'account = "no such"',
    "account = E'\\x41'",
    "account = $$x$$",
    "account = $tag$x$tag$",
    "account = x'41'",
    "account = N'x'",
    "account = U&'x'",
    "account = 'x'\x00",
    "account = 'x\x00y'",
    "account = '\ud800'",
    "account = \u2018x\u2019",
    "account[1] = 'x'",
    "account[1:2] = 'x'",
    "account -> '$.x' = 'x'",
    "account ->> 'x' = 'x'",
    "{'a': 1}",
    "[1, 2]",
    "(account, vendor) = ('a', 'b')",
    "account COLLATE NOCASE = 'x'",
    "account SIMILAR TO 'x'",
    "account GLOB 'x*'",
    "account ~~~ 'x'",
    "account IS TRUE",
    "account IS DISTINCT FROM 'x'",
    "account = vendor = x",
    "amount / 0 = 1",
    "amount + 1 > 0",
    "amount ^ 1000 > 0",
    "amount > 1e400",
    "amount > 0x10",
    "amount > .5",
    "amount > 1.",
    "amount > 1_000",
    "amount > 99999999999999999999999999999999999999999",
    "amount > 0.00000000000000000000000000001",
    "NULL",
    "account = NULL",
    "NOT",
    "AND",
    "((((",
    "))))",
    "CASE",
    "CASE WHEN",
    "account LIKE",
    "account LIKE vendor",
    "account LIKE 'x' ESCAPE ''",
    "account LIKE 'x' ESCAPE 'ab'",
    "account IN ()",
    "account IN (vendor)",
    "regexp_matches(account, vendor)",
    "regexp_matches(account, '(')",
    "regexp_matches(account, 'x', 'z')",
    "regexp_matches(account, '" + "(a{1000}){1000}" * 9 + "')",
    "upper(account",
    "upper()",
    "upper(account, vendor)",
    "upper(account) FILTER (WHERE TRUE)",
    "lambda y: y",
    "y -> y",
    "{{ account }}",
    "{% account %}",
    "account = 'x' WINDOW w AS ()",
    "\\",
    "\u202eaccount",
    "decimal(" * 12 + "1" + ")" * 12,
    "(" * 5_000 + "TRUE" + ")" * 5_000,
    "upper(" * 300 + "account" + ")" * 300 + " = 'x'",
    "NOT " * 4_000 + "TRUE",
    "- " * 4_000 + "1 < amount",
    "||".join(["account"] * 2_000) + " = 'x'",
    "coalesce(nullif(" * 10 + "account" + ", 'x'), vendor)" * 10 + " = 'x'",
    "CASE " * 18 + "account" + " WHEN 'a' THEN 'b' WHEN 'c' THEN 'd' WHEN 'e' THEN 'f' END" * 18,
    "CASE WHEN TRUE THEN " * 200 + "TRUE" + " END" * 200,
    "account = '" + "x" * 30_000 + "'",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_are_refused_with_their_place(text: str) -> None:
    for read in READERS:
        begin = time.process_time()
        with pytest.raises(PredicateError) as told:
            read(text, COLUMNS)
        lines = text.split("\n")
        assert 1 <= told.value.line <= len(lines)
        assert 1 <= told.value.column <= len(lines[told.value.line - 1]) + 1
        assert told.value.message
        assert time.process_time() - begin < 5


def test_the_corpus_is_large() -> None:
    assert len(set(HOSTILE)) >= 150


words = st.sampled_from(
    "account vendor amount \"account\" 'x' '' 1 0.5 ( ) , = <> < || - * . ; :: -> [ ] { } ? $1 ~ @ "
    "AND OR NOT IN BETWEEN LIKE ILIKE ESCAPE IS NULL TRUE FALSE CASE WHEN THEN ELSE END DISTINCT "
    "SELECT FROM count( sum( upper( replace( regexp_matches( decimal( CAST( AS "
    "date OVER -- /* '".split()
)


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(words, max_size=25).map(" ".join)))
@example("account = 'x'\r\n AND")
@example("\ufeffaccount = 'x'")
@example("account\u00a0=\u00a0'x'")
@example("account \x1c = 'x'")
@example("account = '\U000e0001'")
def test_no_text_raises_anything_else(text: str) -> None:
    for read in READERS:
        with suppress(PredicateError):
            read(text, COLUMNS)

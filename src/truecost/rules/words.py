"""The words of a text, each against the list of allowed ones, before anything is parsed.

This stands before the parser for two reasons: a word knows exactly where it is, and some texts
that a parser takes exponential time for (types inside types) never reach it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import tokenize
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import TokenType

from truecost.rules.errors import nearest, refusal
from truecost.rules.functions import NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlglot.tokenizer_core import Token

    from truecost.rules.errors import PredicateError

MAX_LENGTH = 20_000
MAX_NESTING = 20

_NUMBER = re.compile(r"\d{1,18}(\.\d{1,12})?", re.ASCII)
_QUOTED = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|['"]""")
_OPERATORS = frozenset("( ) , = <> != < <= > >= || -".split())
_KEYWORDS = frozenset(
    "AND OR NOT IN BETWEEN LIKE ILIKE ESCAPE IS NULL TRUE FALSE CASE WHEN THEN ELSE END".split()
)
_OPENING = frozenset({"(", "CASE"})
_CLOSING = frozenset({")", "END"})
_REGEXP = "write regexp_matches(column, 'pattern')"
_ONE = "write one expression over the columns, such as  account LIKE '%SOFTWARE%'"
_VALUE = "write the value itself: a text in single quotes, or a number"
_KNOWN = "columns are texts or exact numbers already; compare them as they are"
_HINTS = {
    **dict.fromkeys("~ !~ ~* !~* ~~ SIMILAR GLOB REGEXP RLIKE".split(), _REGEXP),
    **dict.fromkeys("? $ @ : #".split(), _VALUE),
    **dict.fromkeys("CAST TRY_CAST ::".split(), _KNOWN),
    **dict.fromkeys(
        "; SELECT WITH FROM TABLE VALUES UNION EXISTS ANY ALL INSERT UPDATE DELETE CREATE DROP "
        "ALTER ATTACH DETACH COPY EXPORT IMPORT INSTALL LOAD PRAGMA SET RESET CALL EXECUTE USE "
        "OVER FILTER ORDER GROUP WHERE LIMIT AS".split(),
        _ONE,
    ),
    "==": "write =",
    "*": "name the column",
    ".": "write the column's name alone, and numbers as 0.5",
    "ISNULL": "write IS NULL",
    "NOTNULL": "write IS NOT NULL",
    "DISTINCT": "write = or <>; columns are never NULL",
}


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a kind of text may hold besides the grammar: columns by folded name, functions, words.

    `columns` maps each name, case folded, to how it is written.
    """

    columns: Mapping[str, str]
    functions: frozenset[str] = NAMES
    words: frozenset[str] = frozenset()

    def column(self, name: str, *, quoted: bool) -> str | None:
        """Give the column that a name stands for; capitals count only in quotes."""
        found = self.columns.get(name.casefold())
        return None if quoted and found != name else found


def check_words(text: str, allowed: Allowed) -> None:
    """Refuse a text that is empty, too long, nested too deeply, or has a word not allowed.

    Raise PredicateError at the first such word.
    """
    if len(text) > MAX_LENGTH:
        what = f"the text has {len(text):,} characters; {MAX_LENGTH:,} are allowed"
        raise refusal(text, MAX_LENGTH, what, "use several rules")
    for offset, character in enumerate(text):
        if character not in "\n\r\t" and unicodedata.category(character) in {"Cc", "Cs"}:
            what = f"the character U+{ord(character):04X} can't be used"
            raise refusal(text, offset, what, "remove it")
    tokens = _tokens(text)
    nesting = 0
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        word = token.text.upper()
        nesting += (word in _OPENING) - (word in _CLOSING) if _is_plain(text, token) else 0
        if nesting > MAX_NESTING:
            what = f"more than {MAX_NESTING} levels of parentheses and CASE"
            raise refusal(text, token.start, what, "use several rules, or AND and OR in one level")
        _check(text, token, following, allowed)


def _tokens(text: str) -> list[Token]:
    """Split a text into tokens; refuse comments, which are what stands between tokens."""
    try:
        tokens = tokenize(text, read="duckdb")
    except SqlglotError as error:
        quotes = (match for match in _QUOTED.finditer(text) if len(match[0]) == 1)
        offset = next((match.start() for match in quotes), 0)
        what = "a quotation mark is not closed"
        raise refusal(text, offset, what, "write a ' inside a text as ''") from error
    end = 0
    for token in tokens:
        _refuse_comment(text, end, token.start)
        end = token.end + 1
    _refuse_comment(text, end, len(text))
    if not tokens:
        raise refusal(text, 0, "nothing is written here", _ONE)
    return tokens


def _refuse_comment(text: str, start: int, end: int) -> None:
    gap = text[start:end]
    if gap.strip():
        offset = start + len(gap) - len(gap.lstrip())
        hint = "write comments outside, after a # of the file"
        raise refusal(text, offset, "a comment can't stand here", hint)


def _is_plain(text: str, token: Token) -> bool:
    """Say whether a token stands in the text as itself: no quotes, prefixes or escapes."""
    return text[token.start : token.end + 1] == token.text


def _check(text: str, token: Token, following: Token | None, allowed: Allowed) -> None:
    written = text[token.start : token.end + 1]
    called = following is not None and following.token_type == TokenType.L_PAREN
    if token.token_type == TokenType.NUMBER:
        if not _NUMBER.fullmatch(written):
            hint = "write a plain decimal of up to 18 digits before the point and 12 after: 1000.5"
            raise refusal(text, token.start, f"{written} is not a number that is exact", hint)
    elif token.token_type == TokenType.IDENTIFIER and written.startswith('"') and not called:
        if allowed.column(token.text, quoted=True) is None:
            raise _no_column(text, token.start, token.text, allowed)
    elif token.token_type != TokenType.STRING or not written.startswith("'"):
        _check_word(text, token.start, written, allowed, called=called)


def _check_word(text: str, offset: int, written: str, allowed: Allowed, *, called: bool) -> None:
    word = written.upper()
    if word in _OPERATORS or word in _KEYWORDS or word in allowed.words:
        return
    if called and word.lower() in allowed.functions:
        return
    if not called and allowed.column(written, quoted=False) is not None:
        return
    if word in _HINTS or not written.isidentifier():
        raise refusal(text, offset, f"{written} can't be used here", _HINTS.get(word, _ONE))
    if called:
        hint = nearest(word.lower(), allowed.functions, "functions")
        raise refusal(text, offset, f"there is no function {written} here", hint)
    raise _no_column(text, offset, written, allowed)


def _no_column(text: str, offset: int, name: str, allowed: Allowed) -> PredicateError:
    hint = nearest(name, allowed.columns.values(), "columns")
    return refusal(text, offset, f'there is no column "{name}"', hint)

"""Documents: the same bytes for the same run, and nothing that a hostile name could do.

Golden files lie in `statements_golden/`; `TRUECOST_UPDATE=1` writes them anew.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import unicodedata
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.statements_fixture import LAST, council, hostile

from truecost.statements import json as documents
from truecost.statements.book import Book
from truecost.statements.csv import COLUMNS, statement_csv
from truecost.statements.html import file_name, index_html, statement_html
from truecost.statements.json import statement_json
from truecost.statements.safe import defused, visible
from truecost.statements.show import BY, show_table, to_csv, to_json
from truecost.statements.text import statement_text
from truecost.statements.views import index_view, statement_view

if TYPE_CHECKING:
    from collections.abc import Callable

    from truecost.statements.views import StatementView

GOLDEN = Path(__file__).parent / "statements_golden"
FORMS: dict[str, Callable[[StatementView], str]] = {
    "html": statement_html,
    "json": statement_json,
    "csv": statement_csv,
    "txt": statement_text,
}


@pytest.fixture(scope="module")
def book() -> Book:
    return Book(council())


@pytest.fixture(scope="module")
def evil() -> Book:
    return Book(hostile())


def check(name: str, text: str) -> None:
    path = GOLDEN / name
    if os.environ.get("TRUECOST_UPDATE") == "1":
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode())
    assert text.encode() == path.read_bytes()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("consumer", ["planning", "libraries", "people"])
def test_statements_are_as_they_were(book: Book, consumer: str, form: str) -> None:
    check(f"{consumer}.{form}", FORMS[form](statement_view(book, consumer, LAST)))


def test_the_index_is_as_it_was(book: Book) -> None:
    check("index.html", index_html(index_view(book, LAST)))


@pytest.mark.parametrize("by", BY)
def test_tables_are_as_they_were(book: Book, by: str) -> None:
    table = show_table(book, by, [LAST, LAST - 1])
    check(f"show-{by}.csv", to_csv(table))
    check(f"show-{by}.json", to_json(table))


@pytest.mark.parametrize("form", FORMS)
def test_no_invisible_character_reaches_a_document(evil: Book, form: str) -> None:
    text = FORMS[form](statement_view(evil, "libraries", LAST))
    bad = {c for c in text if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}}
    assert bad <= {"\n", "\r"}
    assert "\ufffd" in text


class _Page(HTMLParser):
    """Collects elements and attributes as a browser would see them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]


@pytest.mark.parametrize("kind", ["statement", "branch", "index"])
def test_hostile_names_stay_text_on_a_page(evil: Book, kind: str) -> None:
    if kind == "index":
        text = index_html(index_view(evil, LAST))
    else:
        consumer = "libraries" if kind == "statement" else "council"
        text = statement_html(statement_view(evil, consumer, LAST))
    page = _Page()
    page.feed(text)
    assert "script" not in page.tags
    assert not {name for name in page.attributes if name.startswith("on")}
    assert page.tags.count("style") == 1
    assert "{{ 7 * 7 }}" in text
    assert "49 {" not in text
    # nothing is fetched from elsewhere
    assert all(re.fullmatch(r"data:,|2022-02-[a-z]+\.html", link) for link in page.links)
    assert "@import" not in text


def test_no_cell_can_become_a_formula(evil: Book) -> None:
    view = statement_view(evil, "libraries", LAST)
    rows = list(csv.reader(io.StringIO(statement_csv(view))))
    assert tuple(rows[0]) == COLUMNS
    for by in BY:
        rows += csv.reader(io.StringIO(to_csv(show_table(evil, by, [LAST]))))
    number = re.compile(r"-?\d+(\.\d+)?")
    for row in rows:
        for cell in row:
            assert number.fullmatch(cell) or not cell.lstrip().startswith(
                ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
            )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("=1+1", "'=1+1"),
        ("+44 20", "'+44 20"),
        ("-2", "'-2"),
        ("@A1", "'@A1"),
        ("\t=1", " '=1"),
        ("\r=1", " '=1"),
        ("\uff1d1", "'\uff1d1"),
        ('a";=1', "a\";'=1"),
        ("Rosa, the secure workplace", "Rosa, the secure workplace"),
        ("a - b = c", "a - b = c"),
        ("", ""),
    ],
)
def test_defused(text: str, expected: str) -> None:
    assert defused(text) == expected


def test_visible_keeps_writing_and_replaces_the_rest() -> None:
    assert visible("Zoë, 省庁, وزارة") == "Zoë, 省庁, وزارة"
    assert visible("a\nb\tc") == "a b c"
    assert visible("a\u202eb\x00\u200b\ud800") == "a\ufffdb\ufffd\ufffd\ufffd"
    assert visible(5) == 5


def test_json_money_is_text_and_minor_units(book: Book) -> None:
    view = statement_view(book, "planning", LAST)
    document = json.loads(statement_json(view), parse_float=_no_float)
    assert document["schema"] == "truecost.statement/1"
    assert document["total"] == {"text": "6834.92", "minor": 683_492}
    assert sum(line["amount"]["minor"] for line in document["lines"]) == view.total
    assert all(Decimal(money["text"]) * 100 == money["minor"] for money in _monies(document))


def _no_float(text: str) -> None:
    raise AssertionError(f"{text} is a float")


def _monies(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, list):
        return [money for entry in value for money in _monies(entry)]
    if not isinstance(value, dict):
        return []
    if value.keys() == {"text", "minor"}:
        return [value]
    return [money for entry in value.values() for money in _monies(entry)]


def test_every_key_of_the_schema_is_documented(book: Book) -> None:
    document = json.loads(statement_json(statement_view(book, "people", LAST)))
    described = documents.__doc__ or ""
    words = set(re.findall(r"[a-z_0-9]+", described))
    keys = {*document, *document["lines"][0], *document["proof"], *document["reference"]}
    keys |= {*document["lines"][0]["use"], *document["lines"][0]["saving"]}
    keys |= {*document["sentences"], *document["consumer"], *document["members"][0]}
    assert keys <= words


def test_csv_sums_to_the_total(book: Book) -> None:
    view = statement_view(book, "libraries", LAST)
    rows = list(csv.DictReader(io.StringIO(statement_csv(view))))
    lines = [row for row in rows if row["kind"] == "line"]
    assert sum(Decimal(row["amount"]) for row in lines) * 100 == view.total
    assert [row["name"] for row in rows if row["kind"] == "kept apart"]


def test_text_keeps_to_eighty_columns(book: Book, evil: Book) -> None:
    for known in (book, evil):
        for consumer in ("libraries", "planning", "council"):
            text = statement_text(statement_view(known, consumer, LAST))
            assert max(len(line) for line in text.splitlines()) <= 80


def test_file_names_are_safe() -> None:
    assert file_name("gds", LAST) == "2022-02-gds.html"
    assert file_name("../a b/ü", LAST, "json") == "2022-02-.._2Fa_b_2F_C3_BC.json"

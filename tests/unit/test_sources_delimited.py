"""CSV with true line numbers, in which an open quote can't hide rows."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from truecost.sources.delimited import Record, fitted, is_blank, records

if TYPE_CHECKING:
    from collections.abc import Sequence


def three_with_a_number(fields: Sequence[str]) -> bool:
    return len(fields) == 3 and fields[2].isdigit()


def read(text: str) -> list[Record]:
    return list(records(text, ",", three_with_a_number))


def told(text: str) -> list[tuple[int, list[str] | str]]:
    """Give each record's first line, with its fields or the reason why there are none."""
    return [(record.line, record.reason or record.fields) for record in read(text)]


def test_a_record_knows_its_first_line() -> None:
    text = 'a,b,1\r\n"two\r\nlines",b,2\rc,d,3\n\ne,f,4'
    assert told(text) == [
        (1, ["a", "b", "1"]),
        (2, ["two\r\nlines", "b", "2"]),
        (4, ["c", "d", "3"]),
        (5, []),
        (6, ["e", "f", "4"]),
    ]


def test_other_line_separators_of_unicode_end_no_line() -> None:
    assert told("a\u2028b,c\x0bd,\x851\ne,f,2") == [
        (1, ["a\u2028b", "c\x0bd", "\x851"]),
        (2, ["e", "f", "2"]),
    ]


def test_a_blank_before_a_quote_is_passed_over() -> None:
    assert told('a, "b, c",1') == [(1, ["a", "b, c", "1"])]


def test_a_quote_inside_an_unquoted_field_is_a_character() -> None:
    assert told('a,monitor 24",1') == [(1, ["a", 'monitor 24"', "1"])]


def test_a_quote_open_to_the_end_hides_nothing() -> None:
    assert told('a,b,1\nc,"open,2\nd,e,3\nf,g,4\n') == [
        (1, ["a", "b", "1"]),
        (2, "a quote opened here is not closed"),
        (3, ["d", "e", "3"]),
        (4, ["f", "g", "4"]),
    ]


def test_a_quote_open_to_the_next_quoted_field_hides_nothing() -> None:
    found = told('c,"open,2\nd,e,3\nf,"g, h",4\n')
    assert found[0][0] == 1
    assert str(found[0][1]).startswith("a quote opened here is not closed on this line")
    assert found[1:] == [(2, ["d", "e", "3"]), (3, ["f", "g, h", "4"])]


def test_a_quote_that_happens_to_close_at_the_end_of_a_later_field_hides_nothing() -> None:
    found = told('c,"open,2\nd,e,3\nf,monitor 24",4\n')
    assert found == [
        (1, "a quote opened here is not closed: it runs over the row in line 2"),
        (2, ["d", "e", "3"]),
        (3, ["f", 'monitor 24"', "4"]),
    ]


def test_quoted_lines_that_are_no_rows_stay_one_record() -> None:
    text = 'a,"first, second, third\nand, more\n",1\n'
    assert told(text) == [(1, ["a", "first, second, third\nand, more\n", "1"])]


def test_an_inner_quote_that_is_not_doubled_is_refused() -> None:
    assert told('a,"the "big" one",1') == [
        (1, 'a quote stands inside a quoted field: write it twice ("")')
    ]


def test_a_field_without_end_is_refused_at_its_line() -> None:
    text = f'a,"{"x" * 200_000},1\nb,c,2\n'
    found = told(text)
    assert "more than 131,072 characters" in str(found[0][1])
    assert found[1] == (2, ["b", "c", "2"])


def test_rows_are_fitted_to_the_header() -> None:
    assert fitted(["a", "b"], 2) == ["a", "b"]
    assert fitted(["a", "b", "", " "], 2) == ["a", "b"]
    assert fitted(["a", "b", "c"], 2) is None
    assert fitted(["a"], 2) is None
    assert is_blank(["", " \t", "\u00a0"])


@given(st.text(alphabet='ab1",\n\r \x85é', max_size=60))
def test_nothing_of_a_text_is_lost(text: str) -> None:
    found = read(text)
    assert "".join(record.text for record in found) == text
    lines = [record.text.replace("\r\n", "\n").replace("\r", "\n") for record in found]
    for before, record in enumerate(found):
        assert record.line == 1 + sum(line.count("\n") for line in lines[:before])


@given(st.lists(st.lists(st.text(), min_size=2, max_size=4), max_size=6))
def test_what_a_program_writes_is_read_back(table: list[list[str]]) -> None:
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL).writerows(table)
    assert [record.fields for record in records(written.getvalue(), ",")] == table

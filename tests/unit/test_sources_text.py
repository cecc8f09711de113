"""Bytes become text, and what was done is said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truecost.kernel.findings import SourceError
from truecost.sources.text import decode


def refused(data: bytes, declared: str | None = None) -> str:
    with pytest.raises(SourceError) as caught:
        decode(data, "july.csv", declared)
    return str(caught.value)


@pytest.mark.parametrize(
    ("data", "text", "encoding"),
    [
        (b"\xef\xbb\xbfDate;caf\xc3\xa9", "Date;café", "utf-8"),
        ("Grüße".encode(), "Grüße", "utf-8"),
        (b"Gr\xfc\xdfe \x96 \x80 5", "Grüße – € 5", "cp1252"),
        ("Grüße".encode("utf-16"), "Grüße", "utf-16"),
        (b"\xfe\xff" + "Grüße".encode("utf-16-be"), "Grüße", "utf-16"),
        ("Grüße".encode("utf-32"), "Grüße", "utf-32"),
        (b"", "", "utf-8"),
    ],
)
def test_the_encoding_is_found(data: bytes, text: str, encoding: str) -> None:
    decoded = decode(data, "july.csv")
    assert (decoded.text, decoded.encoding, decoded.notes) == (text, encoding, ())


def test_bytes_that_cp1252_leaves_undefined_are_kept_and_told() -> None:
    decoded = decode(b"one,two,three,four\ncaf\xe9 \x81,\x9d\n", "july.csv")
    assert decoded.text == "one,two,three,four\ncafé \x81,\x9d\n"
    assert decoded.notes == ("control characters kept: 2 (U+0081, U+009D), first in line 2",)


def test_control_characters_in_utf_8_are_kept_and_told() -> None:
    decoded = decode("a long enough line, DATA & ANALYSIS\x98".encode(), "july.csv")
    assert decoded.text.endswith("\x98")
    assert decoded.notes == ("control characters kept: 1 (U+0098), first in line 1",)


def test_stray_nuls_are_removed_and_told() -> None:
    decoded = decode(b"Date,Amount\n2022-02-01,1\x000.00\n2022-02-02,2\n", "july.csv")
    assert decoded.text == "Date,Amount\n2022-02-01,10.00\n2022-02-02,2\n"
    assert decoded.notes == ("NUL characters removed: 1",)


@pytest.mark.parametrize(
    ("declared", "data", "text", "encoding"),
    [
        ("cp1252", b"caf\xe9", "café", "cp1252"),
        ("windows-1252", b"caf\xe9 and \x81 here again and again", None, "cp1252"),
        ("utf-8", b"\xef\xbb\xbfcaf\xc3\xa9", "café", "utf-8"),
        ("utf-16-le", "\ufeffcafé".encode("utf-16-le"), "café", "utf-16-le"),
        ("iso8859-15", b"5 \xa4", "5 €", "iso8859-15"),
    ],
)
def test_a_declared_encoding_is_obeyed(
    declared: str, data: bytes, text: str | None, encoding: str
) -> None:
    decoded = decode(data, "july.csv", declared)
    assert decoded.encoding == encoding
    assert text is None or decoded.text == text


def test_a_declared_encoding_that_the_file_does_not_have_is_refused_with_its_line() -> None:
    message = refused(b"Date,Amount\nfine\ncaf\xe9\n", "utf-8")
    assert message.startswith("july.csv:3: byte 0xE9 is no utf-8 text")


def test_a_byte_order_mark_that_contradicts_is_refused() -> None:
    message = refused(b"\xef\xbb\xbfDate", "cp1252")
    assert "says by its first bytes that it is utf-8, but cp1252 is declared" in message


@pytest.mark.parametrize("declared", ["klingon", "rot13", "hex", "idna", "unicode_escape"])
def test_what_is_no_encoding_of_text_is_refused(declared: str) -> None:
    assert refused(b"\\x\xff caf\xe9", declared).startswith("july.csv")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"PK\x03\x04rest", "an Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "an old Excel workbook"),
        (b"%PDF-1.7", "a PDF"),
        (b"PAR1....", "a Parquet file"),
        (b"\x1f\x8b\x08", "a compressed file"),
        (b"\r\n<!DOCTYPE html><html>", "a web page"),
        ("Date,Amount\n".encode("utf-16-le"), "too many NUL characters"),
        (bytes(range(1, 9)) * 4, "too many control characters"),
        (b"\xff\xfeD\x00a", "cut short or damaged"),
    ],
)
def test_what_is_not_text_is_refused_by_its_kind(data: bytes, kind: str) -> None:
    assert kind in refused(data)


@given(st.binary(), st.sampled_from([None, "utf-8", "cp1252", "utf-16", "utf-7", "ascii"]))
def test_any_bytes_are_text_or_refused(data: bytes, declared: str | None) -> None:
    try:
        decoded = decode(data, "july.csv", declared)
    except SourceError:
        return
    assert "\0" not in decoded.text
    decoded.text.encode()

"""Amounts and quantities: read exactly or refused with a reason, never guessed."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truecost.sources.currencies import may_mean
from truecost.sources.values import Amount, Unreadable, parse_amount, parse_quantity, plain

AMOUNTS = st.decimals(
    min_value=-(10**25), max_value=10**25, places=12, allow_nan=False, allow_infinity=False
) | st.decimals(min_value=-(10**9), max_value=10**9, places=2)


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("0", "0"), ("-0.00", "0"), ("32861.00", "32861"), ("1,234.50", "1234.5"),
        ("12,345,678", "12345678"), ("(1,234.50)", "-1234.5"), ("( 1,234.50 )", "-1234.5"),
        ("1,234.50-", "-1234.5"), ("1,234.50 -", "-1234.5"), ("+5", "5"), ("- 5", "-5"),
        ("−5.10", "-5.1"), ("–5.10", "-5.1"), ("1,234.50 CR", "-1234.5"), ("1,234.50DR", "1234.5"),
        ("5cr", "-5"), ("1 234.50", "1234.5"), ("1\u00a0234\u00a0567", "1234567"),
        ("1\u202f234.5", "1234.5"), ("1'234.50", "1234.5"), ("1’234.50", "1234.5"),
        (" 7.5\t", "7.5"), (".5", "0.5"), ("5.", "5"), ("007", "7"), ("1.000000000000000", "1"),
    ],
)  # fmt: skip
def test_amounts_as_people_send_them(written: str, amount: str) -> None:
    found = parse_amount(written)
    assert (str(found.value.normalize()), found.mark) == (str(Decimal(amount).normalize()), "")


@pytest.mark.parametrize(
    ("written", "amount", "mark"),
    [
        ("£1,234.50", "1234.5", "£"), ("-£1,234.50", "-1234.5", "£"), ("£-5", "-5", "£"),
        ("£(5)", "-5", "£"), ("(£5)", "-5", "£"), ("£ 5", "5", "£"), ("5 €", "5", "€"),
        ("-5€", "-5", "€"), ("£5-", "-5", "£"), ("$5 CR", "-5", "$"), ("GBP 5", "5", "GBP"),
        ("5 GBP", "5", "GBP"), ("-5GBP", "-5", "GBP"), ("USD(5.00)", "-5", "USD"),
    ],
)  # fmt: skip
def test_the_mark_of_a_currency_is_told(written: str, amount: str, mark: str) -> None:
    found = parse_amount(written)
    assert (found.value, found.mark) == (Decimal(amount), mark)


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("1.234,50", "1234.5"), ("1 234,50", "1234.5"), ("1'234,50", "1234.5"), ("1,5", "1.5"),
        ("1,234", "1.234"), ("1.234", "1234"), ("-1.234.567,89 €", "-1234567.89"), ("12", "12"),
    ],
)  # fmt: skip
def test_a_comma_is_the_decimal_sign_only_where_declared(written: str, amount: str) -> None:
    assert parse_amount(written, decimal_comma=True).value == Decimal(amount)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "the amount is missing"),
        (" \u00a0", "the amount is missing"),
        ("n/a", "is not an amount"),
        ("-", "is not an amount"),
        ("5%", "is not an amount"),
        ("٣", "is not an amount"),
        ("1e5", "scientific notation"),
        ("1.5E+05", "scientific notation"),
        ("1,23,4.5", "not grouped by three digits"),
        ("1,23,456.00", "not grouped by three digits"),
        ("1234,567", "decimal comma"),
        ("12 34", "not grouped by three digits"),
        ("1,234 567", "not grouped by three digits"),
        ("0,123", "has a decimal comma"),
        ("1,5", "has a decimal comma"),
        ("1.234,50", "has a decimal comma"),
        ("1.2.3", "not grouped by three digits"),
        ("--5", "in two ways"),
        ("-(5)", "is not an amount"),
        ("(-5)", "in two ways"),
        ("-5 CR", "in two ways"),
        ("-5-", "in two ways"),
        ("(5", "is not an amount"),
        ("5)", "is not an amount"),
        ("1-2", "is not an amount"),
        ("1£5", "is not an amount"),
        ("£5€", "more than one currency"),
        ("£5 GBP", "more than one currency"),
        ("5 XQZ", "is not an amount"),
        ("#REF!", "a spreadsheet's error"),
        ("#######", "a spreadsheet's error"),
        ("=1+1", "is not an amount"),
        ("inf", "is not an amount"),
        ("NaN", "is not an amount"),
        ("0x10", "is not an amount"),
        ("1_000", "is not an amount"),
        ("1" * 27, "more than 26 digits before the point"),
        ("0.1234567890123", "more than 12 digits behind the point"),
    ],
)
def test_what_is_refused_and_why(written: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        parse_amount(written)


def test_a_decimal_point_is_refused_where_the_comma_is_declared() -> None:
    with pytest.raises(Unreadable, match="decimal_comma is declared"):
        parse_amount("1,234.50", decimal_comma=True)


def test_the_largest_and_smallest_are_held_exactly() -> None:
    written = "9" * 26 + "." + "9" * 12
    assert plain(parse_amount(written).value) == written
    assert plain(parse_amount("0." + "0" * 11 + "1").value) == "0.000000000001"


@pytest.mark.parametrize(
    ("written", "number"), [("1", "1"), ("1,204", "1204"), ("0.25", "0.25"), ("(3)", "-3")]
)
def test_quantities(written: str, number: str) -> None:
    assert parse_quantity(written) == Decimal(number)


@pytest.mark.parametrize(
    ("written", "reason"),
    [("£5", "an amount of money"), ("", "the number is missing"), ("many", "is not a number")],
)
def test_what_is_no_quantity(written: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        parse_quantity(written)


def test_a_sign_must_be_that_of_the_currency() -> None:
    assert may_mean("£", "GBP")
    assert may_mean("$", "CAD")
    assert may_mean("", "EUR")
    assert may_mean("EUR", "EUR")
    assert not may_mean("£", "EUR")
    assert not may_mean("USD", "EUR")


def read_or_refused(written: str, *, decimal_comma: bool) -> Amount | None:
    try:
        return parse_amount(written, decimal_comma=decimal_comma)
    except Unreadable:
        return None


def written_in_many_ways(value: Decimal) -> list[str]:
    digits = f"{value.copy_abs():,f}"
    if value < 0:
        return [f"-{digits}", f"({digits})", f"{digits}-", f"{digits} CR", f"−£{digits}"]
    return [digits, f"+{digits}", f"£{digits}", f"{digits} DR", digits.replace(",", "\u00a0")]


@given(AMOUNTS)
def test_every_amount_is_read_back_from_every_form(value: Decimal) -> None:
    for written in written_in_many_ways(value):
        assert parse_amount(written).value == value
        swapped = written.translate(str.maketrans(",.", ".,"))
        assert parse_amount(swapped, decimal_comma=True).value == value
    assert Decimal(plain(value)) == value


@given(st.text(alphabet="0123456789.,-+() £$€'CRDeE\u00a0x", max_size=14), st.booleans())
def test_any_text_is_an_exact_amount_or_refused(written: str, comma: bool) -> None:  # noqa: FBT001 (drawn by name)
    amount = read_or_refused(written, decimal_comma=comma)
    if amount is None:
        return
    assert [c for c in written if c.isdigit()]
    digits = "".join(c for c in written if c.isdigit()).lstrip("0")
    assert plain(abs(amount.value)).replace(".", "").strip("0") == digits.strip("0")


@given(st.text())
def test_no_text_crashes_the_reader(written: str) -> None:
    for comma in (False, True):
        read_or_refused(written, decimal_comma=comma)

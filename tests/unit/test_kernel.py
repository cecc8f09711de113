"""Money, periods, findings and hashes: what everything else stands on."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truecost.kernel import digest, money
from truecost.kernel.apportion import largest_remainder
from truecost.kernel.calendars import Calendar
from truecost.kernel.findings import Finding, Place, Severity, TruecostError
from truecost.kernel.periods import ALWAYS, Period, Validity, span
from truecost.kernel.year_turns import Turn


@pytest.mark.parametrize(
    ("minor", "currency", "shown", "plain"),
    [
        (123450, "GBP", "£1,234.50", "1234.50"),
        (-5, "EUR", "−€0.05", "-0.05"),
        (1001, "JPY", "¥1,001", "1001"),
        (10001, "KWD", "KWD 10.001", "10.001"),
        (0, "USD", "$0.00", "0.00"),
        (2**63 - 1, "GBP", "£92,233,720,368,547,758.07", "92233720368547758.07"),
    ],
)
def test_amounts_are_shown_to_the_minor_unit(
    minor: int, currency: str, shown: str, plain: str
) -> None:
    assert money.shown(minor, currency) == shown
    assert money.plain(minor, currency) == plain
    assert money.to_minor(Decimal(plain), currency) == minor


def test_rounding_is_half_to_even() -> None:
    halves = ["0.005", "0.015", "0.025", "-0.005", "-0.015"]
    assert [money.to_minor(Decimal(each), "GBP") for each in halves] == [0, 2, 2, 0, -2]


def test_what_int64_can_not_hold_is_refused() -> None:
    with pytest.raises(OverflowError):
        money.to_minor(Decimal("92233720368547758.08"), "GBP")


def test_periods_count_months() -> None:
    february = Period.parse("2022-02")
    assert (february.words, str(february + 11), str(february - 2)) == (
        "February 2022",
        "2023-01",
        "2021-12",
    )
    assert [str(each) for each in span(february, february + 2)] == ["2022-02", "2022-03", "2022-04"]


@pytest.mark.parametrize("text", ["2022-13", "2022-2", "22-02", "", "2022-02-01", "٢٠٢٢-٠٢"])
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"month|period"):
        Period.parse(text)


def test_fiscal_years_are_named_by_the_years_they_span() -> None:
    april = Calendar(Turn(month=4))
    assert april.label(Period.of(2022, 3)) == "2021-22"
    assert april.label(Period.of(2022, 4)) == "2022-23"
    assert str(april.first(Period.of(2022, 3))) == "2021-04"
    assert Calendar().label(Period.of(2022, 3)) == "2022"


def test_validity_counts_both_ends() -> None:
    year = Validity(Period.of(2021, 4), Period.of(2022, 3))
    assert year.holds(Period.of(2021, 4))
    assert year.holds(Period.of(2022, 3))
    assert not year.holds(Period.of(2022, 4))
    assert year.overlaps(Validity(Period.of(2022, 3), None))
    assert not year.overlaps(Validity(Period.of(2022, 4), None))
    assert year.overlaps(ALWAYS)


def test_a_finding_says_where_what_and_what_to_do() -> None:
    finding = Finding(Place("a.yaml", 3, 7), "no such thing", "name another", ("it costs £1",))
    assert str(finding) == "a.yaml:3:7: no such thing\n   it costs £1\n   name another"
    assert str(Finding(Place("a.yaml"), "x", severity=Severity.WARNING)) == "warning: a.yaml: x"


def test_every_failure_has_its_own_exit_code() -> None:
    codes = [kind.exit_code for kind in TruecostError.__subclasses__()]
    assert len(set(codes)) == len(codes)
    assert 0 not in codes


def test_hashes_take_every_digit_of_a_decimal() -> None:
    long = Decimal("12345678901234567890123456.123456789012")
    assert digest.of(long) != digest.of(long + Decimal("0.000000000001"))
    assert digest.of(Decimal("1.50")) == digest.of(Decimal("1.5"))
    assert digest.of(Decimal("-0.0")) == digest.of(Decimal(0))
    assert digest.canonical({"b": (1, None), "a": Fraction(1, 3)}) == '{"a":"1/3","b":[1,null]}'
    with pytest.raises(TypeError):
        digest.of(1.5)


@given(st.lists(st.fractions(-1000, 1000), min_size=1, max_size=20))
def test_amounts_rounded_together_stay_within_one_unit(amounts: list[Fraction]) -> None:
    total = round(sum(amounts))
    parts = largest_remainder(total, amounts)
    assert sum(parts) == total
    assert all(abs(part - amount) < 1 for part, amount in zip(parts, amounts, strict=True))

"""How figures are rounded and said."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truecost.kernel.periods import Period
from truecost.statements import changes, figures, words
from truecost.statements.savings import UNKNOWN, SavingKind, saving
from truecost.statements.sentences import _first

if TYPE_CHECKING:
    from truecost.statements.lines import StatementLine

FEBRUARY = Period.of(2022, 2)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("-102.1", "the service as a whole came to a credit"),
        ("-100", "the service as a whole cost nothing"),
        ("-28.1", "the service as a whole cost 28.1 % less"),
        ("0", "the service as a whole cost the same"),
        ("31.5", "the service as a whole cost 31.5 % more"),
        ("230", "the service as a whole cost 3.3 times as much"),
    ],
)
def test_how_a_service_changed_is_said(change: str, said: str) -> None:
    line = SimpleNamespace(object="service x", service_change=Decimal(change))
    told = changes._service(cast("StatementLine", line))
    assert told.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ") == said


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("device", "2 devices"),
        ("connected person", "2 connected people"),
        ("hours", "2 hours"),
        ("licence key", "2 licence keys"),
        ("query", "2 queries"),
        ("mailbox", "2 mailboxes"),
        ("GB", "2 GB"),
        ("TB-month", "2 TB-months"),
        ("", "2"),
    ],
)
def test_units_in_the_plural(unit: str, expected: str) -> None:
    assert words.counted(Decimal(2), unit) == expected


def test_numbers_and_lists() -> None:
    assert words.number(Decimal("1200.50")) == "1,200.5"
    assert words.number(Decimal("1E+3")) == "1,000"
    assert words.number(Decimal(-3)) == "−3"
    assert words.percent(Decimal("4.6"), sign=True) == "+4.6\u00a0%"
    assert words.percent(Decimal("-4.6")) == "−4.6\u00a0%"
    assert words.joined([]) == ""
    assert words.joined(["a", "b", "c"]) == "a, b and c"
    assert words.unit_cost(Decimal("0.0034"), "GBP") == "£0.0034"
    assert words.unit_cost(Decimal(1200), "JPY") == "¥1,200"
    assert words.unit_cost(Decimal("2.50"), "CHF") == "CHF 2.50"


def test_percents_mean_nothing_of_nothing() -> None:
    assert figures.percent(5, 0) is None
    assert figures.percent(5, -10) is None
    assert figures.percent(1, 8) == Decimal("12.5")
    assert figures.percent(-1, 3) == Decimal("-33.3")


def test_unit_costs_below_one_are_finer() -> None:
    assert figures.each(1_000, Decimal(4), "GBP") == Decimal("2.50")
    assert figures.each(1, Decimal(3), "GBP") == Decimal("0.0033")
    assert figures.each(-5, Decimal(3), "GBP") is None
    assert figures.each(5, Decimal(0), "GBP") is None


@given(st.lists(st.integers(0, 10**15), min_size=1, max_size=9))
def test_whole_percents_add_up_to_a_hundred(parts: list[int]) -> None:
    found = figures.whole_percents(parts)
    if sum(parts) == 0:
        assert found is None
        return
    assert found is not None
    assert sum(found) == 100
    for part, percent in zip(parts, found, strict=True):
        assert abs(percent * sum(parts) - part * 100) < sum(parts)


def test_whole_percents_refuse_credits() -> None:
    assert figures.whole_percents([5, -1, 3]) is None


@pytest.mark.parametrize(
    ("behaviour", "step", "notice", "shared", "expected"),
    [
        ("variable", None, 0, False, "saved at once"),
        ("variable", None, 3, False, "saved from June 2022"),
        ("variable", None, 0, True, "saved only as all use less"),
        ("step", 500, 3, False, "saved in steps of 500 devices, from June 2022"),
        ("step", 500, 0, False, "saved in steps of 500 devices"),
        ("step", 500, 0, True, "saved in steps of 500, as all use less"),
        ("fixed", None, 24, False, "not before March 2024: the contract is fixed"),
        ("fixed", None, 24, True, "not before March 2024: fixed, and shared by all"),
        ("fixed", None, 0, False, "not by using less: fixed"),
        ("fixed", None, 0, True, "not by you: fixed, and shared by all"),
    ],
)
def test_savings_in_words(
    behaviour: str, step: int | None, notice: int, expected: str, *, shared: bool
) -> None:
    found = saving(behaviour, step, notice, "device", FEBRUARY, shared=shared)
    assert found.text == expected
    assert found.start == (FEBRUARY + 1 + notice if notice else None)


def test_an_unknown_behaviour_stays_unknown() -> None:
    assert saving("", None, 0, "", FEBRUARY, shared=False) is UNKNOWN
    assert UNKNOWN.kind is SavingKind.UNKNOWN


def test_of_many_the_first_are_named() -> None:
    assert _first(["a", "b", "c", "d"]) == ["a", "b", "c", "d"]
    assert _first(list("abcde")) == ["a", "b", "c", "2 others"]

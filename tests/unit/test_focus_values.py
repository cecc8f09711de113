"""What fields of a cloud bill say."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truecost.model.focus import own_name, specification, version_of
from truecost.sources import columns
from truecost.sources.focus_values import (
    Costs,
    Tags,
    days,
    exact,
    is_null,
    parse_tags,
    quantities,
    times,
    words,
)
from truecost.sources.values import Unreadable


@pytest.mark.parametrize("written", ["", "  ", "NULL", "null", "(null)", " Null "])
def test_nulls_are_empty(written: str) -> None:
    assert is_null(written)


@pytest.mark.parametrize("written", ["0", "NULLABLE", "none", "N/A"])
def test_other_words_are_no_nulls(written: str) -> None:
    assert not is_null(written)


@pytest.mark.parametrize(
    ("written", "text", "cut"),
    [
        ("1.88E-7", "0.000000188", False),
        ("-2e-3", "-0.002", False),
        ("1E-12", "0.000000000001", False),
        ("1E-13", "0", True),
        ("0.0000000000005", "0", True),
        ("0.0000000000015", "0.000000000002", True),
        ("0.0000000000025", "0.000000000002", True),
        ("2.000000000000000", "2", False),
        ("1E-999", "0", True),
        ("1e5", "1e5", False),
        ("12.5", "12.5", False),
        ("NULL", "", False),
    ],
)
def test_numbers_have_no_exponent_and_twelve_decimals(written: str, text: str, cut: bool) -> None:  # noqa: FBT001
    assert exact(written) == (text, cut)


def test_a_number_too_large_for_an_amount_is_left_to_be_refused() -> None:
    written = "9" * 80 + "." + "1" * 20
    assert exact(written) == (written, False)
    assert Costs(decimal_comma=False)[written] == ""


def test_costs_say_why_they_cannot_be_read() -> None:
    costs = Costs(decimal_comma=False)
    assert costs["3.5E-2"] == "0.035"
    assert costs["$50,000.00 "] == "50000"
    assert costs.reason("NULL") == "the amount is missing"
    assert "scientific" in costs.reason("1e5")


def test_a_charge_without_a_quantity_has_none() -> None:
    read = quantities(columns.quantities(decimal_comma=False))
    assert (read["NULL"], read[""], read["4.50"], read["1E-3"]) == ("0", "0", "4.5", "0.001")
    assert read["many"] == ""
    assert "quantity" in read.reason("many")


def test_words_are_known_in_any_case() -> None:
    read = words(("Usage-Based", "One-Time"))
    assert (read["usage-based"], read["ONE TIME"], read["Daily"], read["NULL"]) == (
        "Usage-Based", "One-Time", "Daily", "",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("2024-09-18 22:00:00", "2024-09-18T22:00:00Z"),
        ("2024-09-18T22:00:00Z", "2024-09-18T22:00:00Z"),
        ("2024-09-18T22:00:00.000+00:00", "2024-09-18T22:00:00Z"),
        ("4/1/25", "2025-04-01T00:00:00Z"),
        ("2024-09-18T22:00:00+02:00", "2024-09-18T22:00:00+02:00"),
        ("(null)", ""),
    ],
)
def test_times_have_one_form(written: str, form: str) -> None:
    assert times("month day year")[written] == form


@pytest.mark.parametrize(
    ("written", "tags"),
    [
        ('{"team": "web", "n": 1, "ok": true, "no": null}',
         {"team": "web", "n": "1", "ok": "true", "no": ""}),
        ("team:web, stage = prod", {"team": "web", "stage": "prod"}),
        ("url: http://a/b; team: web", {"url": "http://a/b", "team": "web"}),
        ("[('team', 'web'), ('stage', None)]", {"team": "web", "stage": ""}),
        ("{team=web, url=http://a}", {"team": "web", "url": "http://a"}),
        ("NULL", {}),
        ("{}", {}),
    ],
)  # fmt: skip
def test_tags_are_read_as_json_or_pairs(written: str, tags: dict[str, str]) -> None:
    assert parse_tags(written) == tags


@pytest.mark.parametrize("written", ['{"team": ', "no tags here", '{"a": ' * 5000, "a,b"])
def test_what_are_no_tags_is_refused(written: str) -> None:
    with pytest.raises(Unreadable):
        parse_tags(written)


def test_the_first_key_that_has_a_value_wins() -> None:
    team = Tags().first(("team", "Team"))
    assert team['{"Team": "web"}'] == "web"
    assert team['{"Team": "web", "team": ""}'] == "web"
    assert team['{" team ": "data", "Team": "web"}'] == "data"
    assert team["no tags here"] == ""


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("BilledCost", "billed_cost"),
        ("SkuPriceId", "sku_price_id"),
        ("PricingCurrencyContractedUnitPrice", "pricing_currency_contracted_unit_price"),
        ("x_ExportDateTime", "x_export_date_time"),
        ("Cost department", "cost_department"),
        ("€", "unnamed"),
    ],
)
def test_names_in_our_spelling(header: str, name: str) -> None:
    assert own_name(header) == name


@pytest.mark.parametrize(
    ("headers", "version"),
    [
        (["BilledCost", "ProviderName"], "1.0"),
        (["BilledCost", "SkuMeter"], "1.1"),
        (["BilledCost", "ProviderName", "InvoiceId"], "1.2"),
        (["BilledCost", "ProviderName", "ServiceProviderName"], "1.3"),
        (["BilledCost", "ServiceProviderName"], "1.4"),
        (["invoicedetailid"], "1.4"),
        (["Date", "Amount"], "1.0"),
    ],
)
def test_versions_are_told_by_their_columns(headers: list[str], version: str) -> None:
    assert version_of(headers) == version


def test_the_facts_are_those_of_the_specification() -> None:
    facts = specification()
    in_force = [column for column in facts.columns.values() if column.stands_in("1.4")]
    assert len(in_force) == 65
    assert sum(column.stands_in("1.0") for column in facts.columns.values()) == 43
    assert len(facts.subcategories) == 82
    assert len({column.own for column in facts.columns.values()}) == len(facts.columns)
    assert "CC BY 4.0" in facts.attribution


@given(st.text(alphabet=st.sampled_from("{}[]()\"':=,; \\naé0\u202e"), max_size=40) | st.text())
def test_any_text_is_tags_or_refused(written: str) -> None:
    try:
        tags = parse_tags(written)
    except Unreadable:
        return
    assert all(isinstance(text, str) for pair in tags.items() for text in pair)


@pytest.mark.parametrize("written", ["a" + " " * 100_000 + "b", "[('" * 30_000, "a:" * 50_000])
def test_a_long_text_takes_no_long_time(written: str) -> None:
    with contextlib.suppress(Unreadable):
        parse_tags(written)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-01-31T23:30:00-05:00", "2026-02-01"),
        ("2026-02-01 00:30:00+0100", "2026-01-31"),
        ("2026-01-31T23:30:00Z", "2026-01-31"),
        ("2026-01-31", "2026-01-31"),
        ("NULL", ""),
        ("2026-01-32T00:00:00+01:00", ""),
    ],
)
def test_days_are_those_of_utc(written: str, day: str) -> None:
    assert days("year month day")[written] == day

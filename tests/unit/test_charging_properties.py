"""Any price list gives charges that reconcile and can be computed again, or a clean refusal."""

from __future__ import annotations

import shutil
from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from tests.unit import charging_workspace, engine_workspace
from tests.unit.test_engine_verify import forge, said

from truecost.engine.rating import Measured, components, number
from truecost.engine.verify import verify_run
from truecost.kernel.findings import Place, TruecostError
from truecost.kernel.periods import Period
from truecost.model.charging import Form, Rate, Tier
from truecost.model.types import Group, Target

if TYPE_CHECKING:
    from decimal import Decimal
    from pathlib import Path

    from truecost.store.run import Run

FEW = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
prices = st.decimals("0", "99", places=4).map(lambda value: f"{value:f}")
counts = st.integers(1, 700).map(str)
ONE_RATE = "rates:\n  a: { service: api, price: 1 }\n"
WHOM = ("consumers", "consumers within trade", "[plant]", "[shops, labs]")
DAYS = ("2024-01", "2024-01-20", "2024-02-10", "2024-02-29", "2024-03-15", "2024-03")


@st.composite
def tiers(draw: st.DrawFn) -> str:
    ends = sorted(draw(st.sets(st.integers(1, 600), max_size=3)))
    fees = st.one_of(st.just(""), prices.map(lambda fee: f", fee: {fee}"))
    made = [f"{{ up_to: {end}, price: {draw(prices)}{draw(fees)} }}" for end in ends]
    return f"[{', '.join([*made, f'{{ price: {draw(prices)}{draw(fees)} }}'])}]"


@st.composite
def rates(draw: st.DrawFn) -> str:
    form = draw(
        st.one_of(
            prices.map(lambda price: f"price: {price}"),
            tiers().map(lambda made: f"graduated: {made}"),
            tiers().map(lambda made: f"volume: {made}"),
            st.tuples(counts, prices).map(lambda p: f"packages: {{ of: {p[0]}, price: {p[1]} }}"),
            st.integers(0, 200).map(lambda percent: f"by: true cost, percentage: {percent}%"),
            prices.map(lambda fee: f"fee: {fee}"),
        )
    )
    more: list[str] = []
    if not form.startswith(("fee", "by")):
        parts = st.sets(st.sampled_from(["free: 120", "fee: 3.335", "minimum: 41.01"]))
        more = sorted(draw(parts))
        if draw(st.booleans()):
            more = [*more, "planned: { quantity: 900, cost: 1234.56, fixed: 40% }"]
    whom = draw(st.sampled_from(WHOM))
    service = draw(st.sampled_from(["api", "net"]))
    days = draw(st.sets(st.sampled_from(DAYS), max_size=2).map(sorted))
    valid = dict(zip(("from", "to"), days, strict=False))
    held = ", ".join(f"{word}: {day}" for word, day in valid.items())
    said = [f"service: {service}", f"for: {whom}", form, *sorted(more), f"valid: {{ {held} }}"]
    return f"{{ {', '.join(said)} }}"


@st.composite
def price_lists(draw: st.DrawFn) -> str:
    made = draw(st.lists(rates(), min_size=1, max_size=5))
    text = "rates:\n" + "".join(f"  rate {at}: {rate}\n" for at, rate in enumerate(made))
    if draw(st.booleans()):
        at = draw(st.sampled_from(["quarter end", "year end"]))
        by = draw(st.sampled_from(["what was charged", "true cost"]))
        over = draw(st.sampled_from(["0%", "5%", "100.00"]))
        text += f"true_up:\n  - {{ at: {at}, over: {over}, in_proportion_to: {by} }}\n"
    return text


def built(folder: Path, texts: dict[str, str]) -> Run | None:
    shutil.rmtree(folder, ignore_errors=True)
    engine_workspace.write(folder, texts)
    try:
        return engine_workspace.built(folder)
    except TruecostError as fault:
        findings = fault.findings
    assert findings
    assert all(each.what and (each.place or each.hint) for each in findings)
    return None


def sums(run: Run, table: str, *columns: str, amount: str = "amount") -> Counter[tuple[Any, ...]]:
    found: Counter[tuple[Any, ...]] = Counter()
    for row in run.table(table).to_pylist():
        found[tuple(row[column] for column in columns)] += row[amount]
    return found


@FEW
@given(price_lists())
def test_what_is_charged_reconciles(tmp_path: Path, price_list: str) -> None:
    run = built(tmp_path / "case", charging_workspace.files(price_list))
    if run is None:
        event("refused")
        return
    event("charged")
    assert verify_run(run).findings == ()
    lines = sums(run, "lines", "period")
    charges = sums(run, "charges", "period")
    recovery = sums(run, "recovery", "period", amount="recovery")
    for period, amount in lines.items():
        assert amount == charges[period] - recovery[period]
    of_service = sums(run, "charges", "period", "service")
    cost_of = sums(run, "lines", "period", "service")
    for row in run.table("recovery").to_pylist():
        at = (row["period"], row["service"])
        assert row["cost"] == cost_of[at]
        assert row["charged"] + row["true_up"] == of_service[at]
        if row["volume"] is not None:
            split = row["volume"] + row["spending"] + row["price"]
            assert split == row["charged"] - row["cost"]
    of_rate = {row["service"] for row in run.table("recovery").to_pylist()}
    for at, amount in cost_of.items():
        if at[1] not in of_rate:
            assert of_service[at] == amount


@FEW
@given(price_lists())
def test_lines_are_those_of_a_workspace_without_rates(tmp_path: Path, price_list: str) -> None:
    run = built(tmp_path / "rates", charging_workspace.files(price_list))
    if run is not None:
        plain = built(tmp_path / "plain", charging_workspace.files("rates: {}\n"))
        assert plain is not None
        assert run.table("lines").equals(plain.table("lines"))


SCRAPS = st.recursive(
    st.sampled_from(
        ["api", "net", "calls", "0", "-1", "1e3", "NaN", "5%", "101%", "2024-02-30", "2024-02",
         "consumers", "consumers within trade", "true cost", "central", "sales", "trade", "~", "'",
         "{", "999999999999999999999999", "0.000000000000000000001", "rest", "on", "2024-01-01"]
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["service", "for", "by", "price", "graduated", "volume", "packages", "percentage",
                 "free", "fee", "minimum", "agreed", "planned", "instead_of", "funded_by", "valid",
                 "from", "to", "up_to", "of", "quantity", "cost", "fixed", "rates", "true_up", "at",
                 "over", "services", "started_rates", "x"]
            ),
            inner,
            max_size=5,
        ),
    ),
    max_leaves=12,
)  # fmt: skip


def yaml(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key}: {yaml(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(yaml, value)) + "]"
    return str(value)


@settings(FEW, max_examples=150)
@given(st.dictionaries(st.sampled_from(["a", "b", "api"]), SCRAPS, max_size=3), SCRAPS, SCRAPS)
def test_any_text_is_refused_cleanly_or_reconciles(
    tmp_path: Path, some: dict[str, object], true_up: object, charging: object
) -> None:
    full = {
        name: {"service": "api", "price": "1.5", **rate} if isinstance(rate, dict) else rate
        for name, rate in some.items()
    }
    text = f"rates: {yaml(full)}\ntrue_up: {yaml(true_up)}\n"
    services = charging_workspace.SERVICES.replace(
        "behaviour: fixed }", f"behaviour: fixed, charging: {yaml(charging)} }}"
    )
    for texts in (
        charging_workspace.files(f"rates: {yaml(full)}\n"),
        charging_workspace.files(text, model__services=services),
    ):
        run = built(tmp_path / "case", texts)
        event("refused" if run is None else "charged")
        if run is not None:
            assert verify_run(run).findings == ()


def rate(form: Form, *made: Tier, **more: Any) -> Rate:
    target = Target(Place(""), groups=(Group.CONSUMERS,))
    return Rate(Place(""), "a rate", "api", target, form, made, **more)


amounts = st.decimals("0", "5000", places=2)


@given(st.lists(st.tuples(amounts, amounts), min_size=1, max_size=4), amounts)
def test_graduated_is_the_sum_of_what_each_unit_costs(
    parts: list[tuple[Decimal, Decimal]], quantity: Decimal
) -> None:
    ends = sorted({end for end, _ in parts if end})
    found = [price for _, price in parts]
    made = [Tier(end, price) for end, price in zip(ends, found, strict=False)]
    made.append(Tier(None, found[-1]))
    charged = components(rate(Form.GRADUATED, *made), Measured(Fraction(quantity), "unit"))
    expected, low = Fraction(0), Fraction(0)
    for tier in made:
        top = Fraction(quantity) if tier.up_to is None else Fraction(tier.up_to)
        inside = max(Fraction(0), min(top, Fraction(quantity)) - low)
        expected += inside * Fraction(tier.price or 0)
        low = top
    assert sum(part.amount for part in charged) == expected


@given(st.fractions())
def test_numbers_are_written_exactly(value: Fraction) -> None:
    assert Fraction(number(value)) == value


@pytest.mark.parametrize("forged", ["amount", "quantity", "price", "consumer", "rate"])
def test_a_forged_charge_is_found(tmp_path: Path, forged: str) -> None:
    run = built(tmp_path / "case", charging_workspace.files(ONE_RATE))
    assert run is not None

    def changed(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        row = next(row for row in rows if row["rate"] and row["consumer"] == "sales")
        row[forged] = {"amount": row["amount"] + 1, "consumer": "labs"}.get(forged, "2")
        return rows

    assert said(run) == ""
    assert "charges" in said(forge(run, {"charges": changed}))


def test_a_charge_and_its_recovery_forged_together_are_found(tmp_path: Path) -> None:
    run = built(tmp_path / "case", charging_workspace.files(ONE_RATE))
    assert run is not None
    first = Period.parse("2024-01").index

    def more(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        row = next(row for row in rows if row["period"] == first and row.get("rate") == "a")
        row["amount"] += 100
        return rows

    def recovered(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        rows[0]["charged"] += 100
        rows[0]["recovery"] += 100
        return rows

    def proved(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for row in rows:
            if row["period"] == first and row["side"] in {"charged", "recovery"}:
                row["amount"] += 100
        return rows

    proof = proved(run.table("proof").to_pylist())
    told = said(forge(run, {"charges": more, "recovery": recovered, "proof": proved}, proof=proof))
    assert "charges has other figures than what was used, at its rates, comes to" in told

"""What combining methods has found: two methods that each worked, and did not work together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.unit import charging_workspace as charging
from tests.unit.engine_workspace import built, write

from truecost.engine.bridge import Bridges
from truecost.engine.bridge_sides import need
from truecost.kernel.periods import Period
from truecost.model.load import load
from truecost.model.scenario_reading import parse_scenario
from truecost.scenarios.base import Base
from truecost.scenarios.compute import compute
from truecost.scenarios.further import Further
from truecost.store.runs import Store

if TYPE_CHECKING:
    from pathlib import Path

    from truecost.engine.bridge import Bridge
    from truecost.store.run import Run

JANUARY, FEBRUARY = Period.of(2024, 1), Period.of(2024, 2)
RATES = "period,from,to,rate\n2024-01,USD,GBP,0.5\n2024-02,USD,GBP,0.8\n2024-03,USD,GBP,0.8\n"
IN_DOLLARS = charging.MAIN.replace("sources:", "currencies: { rates: data/rates.csv }\nsources:")
WITH_TERMS = IN_DOLLARS.replace(
    "cost_centre: Centre }", "cost_centre: Centre, service_from: From, service_to: To }"
)
PREPAID = """- name: prepaid
  where: account = 'PREPAID'
  pool: Software & SaaS / Licensing
  recognise: over service period
- { name: all, where: "TRUE", pool: Misc Costs / Other Operating }
"""
HEAD = "Date,Amount,Currency,Account,Centre,From,To\n"


def bridge(folder: Path, texts: dict[str, str], consumer: str) -> Bridge:
    run = built(write(folder, texts))
    store = Store.open(folder / "store")
    return Bridges(store, run, FEBRUARY, JANUARY, "GBP").of(consumer, [consumer], [consumer])


def test_rates_of_exchange_do_not_move_what_a_rate_charges(tmp_path: Path) -> None:
    texts = charging.files("rates:\n  a: { service: api, price: 1 }\n", truecost=IN_DOLLARS)
    texts["data/ledger/ledger.csv"] = texts["data/ledger/ledger.csv"].replace("GBP", "USD")
    found = bridge(tmp_path, {**texts, "data/rates.csv": RATES}, "sales")
    by_source = {line.source: line for line in found.lines}
    assert by_source["service api"].own_use == 10000  # 600 calls after 500, at 1.00
    assert by_source["service api"].exchange == 0
    for line in found.lines:
        assert line.before + sum(line.parts) == line.after


def test_exchange_of_what_is_recognised_is_that_of_the_month_it_was_posted_in(
    tmp_path: Path,
) -> None:
    texts = charging.files("rates: {}\n", truecost=WITH_TERMS, model__accounts=PREPAID)
    texts["data/rates.csv"] = RATES
    texts["data/ledger/ledger.csv"] = HEAD + (
        "2024-01-05,10.00,GBP,x,NET,,\n2024-02-05,10.00,GBP,x,NET,,\n2024-03-05,10,GBP,x,NET,,\n"
        "2024-01-10,100.00,USD,PREPAID,SALES,2024-01-01,2024-02-29\n"  # 25.00 each, at 0.5
        "2024-02-10,100.00,USD,PREPAID,SALES,2024-02-01,2024-03-31\n"  # 40.00 each, at 0.8
        "2024-02-10,100.00,USD,PREPAID,SALES,2024-03-01,2024-03-31\n"  # nothing counts yet
    )
    texts["model/cost_centres.yaml"] += (
        "- { name: direct, where: cost_centre = 'SALES', to: consumer sales }\n"
    )
    (direct,) = (line for line in bridge(tmp_path, texts, "sales").lines if not line.source)
    assert (direct.before, direct.after) == (2500, 6500)
    assert direct.exchange == 1500  # 50.00 dollars of February at 0.8 instead of 0.5
    assert direct.cost == 2500


def test_standard_rates_are_held_against_the_cost_that_a_scenario_leaves(tmp_path: Path) -> None:
    fixed = charging.SERVICES.replace("variable", "fixed")
    texts = charging.files("rates: {}\n", model__services=fixed)
    texts["model/drivers.yaml"] += (
        "pay: { unit: pound, file: data/pay.csv, column: hours, rates: data/hourly.csv }\n"
    )
    texts["data/hourly.csv"] = "person,rate,from,to\np1,10.00,,\n"
    texts["data/pay.csv"] = "period,person,target,hours\n" + "".join(
        f"2024-0{month},p1,{who},30\n" for month in (1, 2, 3) for who in ("sales", "plant")
    )
    texts["data/drivers.csv"] += "".join(f"2024-0{month},api,900\n" for month in (1, 2, 3))
    texts["model/allocations.yaml"] = (
        "rules:\n"
        "  - { from: api, to: consumers, by: pay, capacity: its cost, unused: to labs }\n"
        "  - { from: net, to: services and consumers, by: calls }\n"
    )
    folder = write(tmp_path / "before", texts)
    run = built(folder)
    base = Base(need(run).model, run, Further(load(folder), Store.open(folder / "store")))
    text = "description: a trial\ndrivers:\n  calls: { sales: = 9000 }\n"
    scenario = parse_scenario(base.model, text.encode(), "trial", "scenarios/trial.yaml", [])
    assert scenario is not None
    (made,) = compute(base, scenario, base.periods, detail=True)
    calls = texts["data/drivers.csv"].replace("01,sales,500", "01,sales,9000")
    calls = calls.replace("02,sales,600", "02,sales,9000").replace("03,sales,500", "03,sales,9000")
    full = built(write(tmp_path / "after", {**texts, "data/drivers.csv": calls}))
    for month in made.months:
        assert lines(full, month.period) == month.lines


def lines(run: Run, period: Period) -> dict[tuple[str, str, str], int]:
    return {
        (row["class"], row["service"], row["consumer"]): row["amount"]
        for row in run.table("lines").to_pylist()
        if row["period"] == period.index
    }


def test_a_workspace_with_commitments_tells_why_a_bill_changed(tmp_path: Path) -> None:
    head = "ChargePeriodStart,ChargePeriodEnd,BillingPeriodStart,BillingPeriodEnd,EffectiveCost,"
    head += "BilledCost,ContractedCost,ListCost,BillingCurrency,ChargeCategory,ServiceName\n"
    texts = charging.files("rates: {}\n", truecost=charging.MAIN + COMMITMENTS)
    texts["model/cost_centres.yaml"] += '- { name: rest, where: "TRUE", to: service net }\n'
    texts["data/bill.csv"] = head + (
        "2024-01-01T00:00:00Z,2024-02-01T00:00:00Z,2024-01-01T00:00:00Z,2024-02-01T00:00:00Z,"
        "60,60,60,60,GBP,Usage,Compute\n"
    )
    found = bridge(tmp_path, texts, "sales")
    assert sum(found.parts) == found.after - found.before


COMMITMENTS = """  bill:
    kind: focus
    files: data/bill.csv
    commitments: { savings: shared }
"""

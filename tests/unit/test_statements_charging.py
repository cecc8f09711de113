"""Documents of a workspace with rates: every form says the same, and adds up to the bill."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING

import pytest
from python_calamine import CalamineWorkbook
from tests.unit import charging_workspace, engine_workspace

from truecost.engine.bridge import PARTS
from truecost.kernel.periods import Period
from truecost.statements import summary, summary_json, text
from truecost.statements.book import Book
from truecost.statements.charged import Charged
from truecost.statements.csv import statement_csv
from truecost.statements.explain_charges import told
from truecost.statements.html import statement_html, summary_html
from truecost.statements.json import statement_json
from truecost.statements.pdf import statement_pdf
from truecost.statements.show_charges import charging_table, to_csv, to_json, to_text
from truecost.statements.views import StatementView, index_view, statement_view
from truecost.statements.xlsx import statement_xlsx
from truecost.store.runs import Store

if TYPE_CHECKING:
    from pathlib import Path

JANUARY, MARCH = Period.parse("2024-01"), Period.parse("2024-03")
RATES = """rates:
  interface:
    service: api
    graduated: [{ up_to: 200, price: 1.10 }, { price: 1.05 }]
    planned: { quantity: 900, cost: 950.00 }
  interface, starting in shops:
    service: api
    for: [shops]
    price: 0.40
    instead_of: interface
    funded_by: plant
    valid: { to: 2024-02 }
true_up: [{ at: quarter end }]
"""
SERVICES = """api: { name: The interface, unit: call, behaviour: fixed }
net:
  name: Network
  behaviour: variable
  charging:
    - { how: show, valid: { to: 2024-01 } }
    - { how: central, funded_by: labs, valid: { from: 2024-02 } }
"""


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    folder: Path = tmp_path_factory.mktemp("charging")
    texts = charging_workspace.files(RATES, model__services=SERVICES)
    run = engine_workspace.built(engine_workspace.write(folder, texts))
    return Book.of(run, Store.open(folder / "store"))


def views(book: Book) -> list[StatementView]:
    return [
        statement_view(book, node.id, period)
        for period in book.periods
        for node in book.tree(period)
    ]


def test_lines_add_up_to_what_is_billed(book: Book) -> None:
    billed: dict[tuple[int, str], int] = {}
    for row in book.table("charges").to_pylist():
        if row["treatment"] == "charge":
            at = (row["period"], row["consumer"])
            billed[at] = billed.get(at, 0) + row["amount"]
    for view in views(book):
        assert sum(line.amount for line in view.lines) == view.total
        for line in view.lines:
            if line.at_rate:
                assert sum(part.amount for part in line.charged.parts) == line.amount
                assert line.charged.cost == sum(line.classes)
        if view.leaf:
            assert view.total == billed.get((view.period.index, view.consumer), 0)


def test_the_bridge_sums_to_the_change_of_the_bill(book: Book) -> None:
    some = 0
    for view in views(book):
        if view.previous and view.reasons:
            assert sum(reason.amount for reason in view.reasons) == view.previous.change
            assert {reason.part for reason in view.reasons} <= set(PARTS)
            some += 1
    assert some > 5


def test_a_rate_is_told_with_its_tiers_and_the_true_cost(book: Book) -> None:
    view = statement_view(book, "sales", JANUARY)
    (line,) = view.lines
    shown = " ".join(text.statement_text(view).split())
    assert "200 calls at £1.10 (tier 1: up to 200)" in shown
    assert "300 calls at £1.05 (tier 2: over 200)" in shown
    assert line.amount == 200 * 110 + 300 * 105
    assert "Shown to you, and not billed: Network" in shown
    assert "None of it is in your total." in shown
    page = statement_html(view)
    for part in ("200 calls at £1.10", "Charged by the rate “interface”", "Shown to you"):
        assert part in page
    assert statement_pdf(view)[:4] == b"%PDF"


def test_funding_is_told_on_both_sides(book: Book) -> None:
    shops = text.statement_text(statement_view(book, "shops", JANUARY))
    assert "300 calls at £0.40" in shops
    plant = " ".join(text.statement_text(statement_view(book, "plant", JANUARY)).split())
    assert "borne for others (instead of interface, for shops)" in plant
    labs = " ".join(text.statement_text(statement_view(book, "labs", MARCH)).split())
    assert "borne for others (for sales)" in labs
    sales = " ".join(text.statement_text(statement_view(book, "sales", MARCH)).split())
    assert "paid by Labs" in sales
    assert "to settle January 2024 to March 2024" in sales


def test_json_has_charges_only_where_there_are_some(book: Book) -> None:
    document = json.loads(statement_json(statement_view(book, "sales", JANUARY)))
    (line,) = document["lines"]
    parts = line["charged"]["parts"]
    assert sum(part["amount"]["minor"] for part in parts) == line["amount"]["minor"]
    classes = sum(line[name]["minor"] for name in ("run", "grow", "transform"))
    assert line["charged"]["true_cost"]["minor"] == classes
    assert [each["treatment"] for each in document["not_billed"]] == ["show"]
    charging = document["proof"]["charging"]
    sides = sum(charging[side]["minor"] for side in ("charged", "shown", "central"))
    recovery = sum(each["amount"]["minor"] for each in charging["recovery"])
    assert document["proof"]["statements"]["minor"] == sides - recovery


def test_csv_and_workbook_add_up_to_the_bill(book: Book) -> None:
    for view in views(book):
        rows = list(csv.DictReader(io.StringIO(statement_csv(view))))
        lines = [row for row in rows if row["kind"] == "line"]
        minor = sum(round(float(row["amount"]) * 100) for row in lines)
        assert minor == view.total
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(statement_xlsx(view)))
        head, *data = sheet.get_sheet_by_name("Lines").to_python()
        at = {name: head.index(name) for name in ("kind", "amount")}
        billed = (row for row in data if row[at["kind"]] in {"line", "rate instead of cost"})
        assert sum(round(float(str(row[at["amount"]])) * 100) for row in billed) == view.total


def test_the_index_ends_in_what_is_charged(book: Book) -> None:
    for period in book.periods:
        view = index_view(book, period)
        assert view.total == sum(entry.total for entry in view.entries if entry.leaf)
        assert not view.proof.at_cost


def test_the_summary_names_recovery(book: Book) -> None:
    view = summary.summary_view(book, MARCH)
    (found,) = view.recovery
    assert found.amount == found.charged - found.cost
    assert "recovery" in text.summary_text(view)
    assert "Recovery" in summary_html(view)
    document = json.loads(summary_json.summary_json(view))
    assert document["recovery"][0]["amount"]["minor"] == found.amount
    rows = book.table("recovery").to_pylist()
    assert sum(row["recovery"] for row in rows) == 0  # settled in March


def test_explanations_say_what_is_charged_for_a_true_cost(book: Book) -> None:
    (line,) = told(book, "sales", JANUARY, "GBP", "service api")
    assert "[model/rates.yaml:2:3]" in line
    assert line.startswith("£535.00 for The interface: 200 calls at £1.10")
    *_, total = told(book, "sales", JANUARY, "GBP", None)
    assert total == "£535.00 is billed in all."


def test_charges_are_shown_as_tables(book: Book) -> None:
    found = charging_table(book, "charges", book.periods)
    document = json.loads(to_json(found))
    assert len(document["rows"]) == book.table("charges").num_rows
    assert "tier 2: over 200" in to_text(found)
    assert to_csv(found).count("\r\n") == len(found.rows) + 1
    recovery = charging_table(book, "recovery", [MARCH], "GBP")
    assert {row["period"] for row in json.loads(to_json(recovery))["rows"]} == {"2024-03"}


def test_what_is_charged_at_cost_says_nothing_of_it(tmp_path: Path) -> None:
    texts = charging_workspace.files("rates: {}\n")
    book = Book.of(engine_workspace.built(engine_workspace.write(tmp_path, texts)))
    view = statement_view(book, "sales", JANUARY)
    assert view.proof.at_cost
    assert not view.at_rates
    assert all(line.charged == Charged(line.amount, line.amount) for line in view.lines)
    document = json.loads(statement_json(view))
    assert "not_billed" not in document
    assert "charging" not in document["proof"]
    assert told(book, "sales", JANUARY, "GBP", None) == ()
    empty = to_text(charging_table(book, "recovery", book.periods))
    assert "No service was charged at a rate." in empty


def test_quantities_that_readers_do_not_see_stay_hidden(tmp_path: Path) -> None:
    drivers = "calls: { unit: call, file: data/drivers.csv, show: shares }\n"
    texts = charging_workspace.files(
        "rates:\n  a: { service: api, price: 1.10, fee: 7 }\n", model__drivers=drivers
    )
    book = Book.of(engine_workspace.built(engine_workspace.write(tmp_path, texts)))
    view = statement_view(book, "sales", JANUARY)
    forms = (text.statement_text(view), statement_csv(view), statement_html(view))
    for shown in (*forms, statement_json(view)):
        assert not re.search(r"\b500\b", shown)
    assert "£550.00 by what you used; fee £7.00" in " ".join(text.statement_text(view).split())

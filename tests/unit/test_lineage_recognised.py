"""Explanations of cost that counts in other months than the ledger has it: every cent is found."""

from __future__ import annotations

import shutil
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.unit import engine_workspace as workspace

from truecost.statements import sentences
from truecost.statements.book import Book
from truecost.statements.explain import explained
from truecost.statements.explain_figures import service_figure, statement_figure
from truecost.statements.explain_line import line_explained
from truecost.statements.html import statement_html
from truecost.statements.json import statement_json
from truecost.statements.schedules import schedule_table
from truecost.statements.text import statement_text
from truecost.statements.views import statement_view
from truecost.store.runs import Store

if TYPE_CHECKING:
    from truecost.store.run import Run

_CASES = Path(__file__).parents[1] / "cases"
_NAMES = (
    "recognise_service_period", "recognise_rounding", "recognise_from_before_the_first_period",
    "recognise_laptops_and_a_disposal", "recognise_opening_assets", "recognise_accruals",
    "recognise_credit_note",
)  # fmt: skip
_A_HAIR = Decimal("0.001")


@pytest.fixture
def built(case: str, tmp_path: Path) -> tuple[Store, Run]:
    shutil.copytree(_CASES / "base", tmp_path / "w")
    shutil.copytree(_CASES / case, tmp_path / "w", dirs_exist_ok=True)
    run = workspace.built(tmp_path / "w")
    return Store.open(tmp_path / "w" / "store"), run


@pytest.mark.parametrize("case", _NAMES)
def test_a_bill_is_found_in_the_lines_of_earlier_months(built: tuple[Store, Run]) -> None:
    store, run = built
    book = Book.of(run)
    for period in book.periods:
        found = explained(store, run, book, statement_figure(run, book, "a", period), top=None)
        assert found.lines is not None
        closed = sum((line.portion for line in found.lines), Decimal(0))
        assert abs(closed + found.rounding - Decimal(found.amount) / 100) < _A_HAIR
        assert found.rest is None
        assert abs(found.rounding) <= Decimal("0.02"), period


@pytest.mark.parametrize("case", _NAMES[:4])
def test_a_figure_of_several_months_counts_each_line_once(built: tuple[Store, Run]) -> None:
    store, run = built
    book = Book.of(run)
    figure = service_figure(run, book, "mail", book.periods, "GBP", "")
    found = explained(store, run, book, figure, top=None)
    assert found.lines is not None
    assert len({line.identity for line in found.lines}) == len(found.lines)
    assert abs(found.rounding) <= Decimal("0.01")
    assert found.rest is None


@pytest.mark.parametrize("case", ["recognise_service_period"])
def test_a_line_names_all_months_in_which_it_counts(built: tuple[Store, Run]) -> None:
    store, run = built
    (prepaid,) = line_explained(store, run, Book.of(run), "data/ledger.csv:2")
    assert [(str(month), part) for month, part in prepaid.months] == [
        ("2024-03", Decimal(100)), ("2024-04", Decimal(100)), ("2024-05", Decimal(100)),
    ]  # fmt: skip
    assert prepaid.elsewhere == Decimal(900)
    (late,) = line_explained(store, run, Book.of(run), "data/ledger.csv:4")
    assert [(str(month), part) for month, part in late.months] == [
        ("2024-03", Decimal(45)), ("2024-04", Decimal(15)),
    ]  # fmt: skip
    (plain,) = line_explained(store, run, Book.of(run), "data/ledger.csv:3")
    assert plain.months == ()
    landed = sum((landing.part for landing in late.landings), Fraction(0))
    assert landed == 1


@pytest.mark.parametrize("case", ["recognise_opening_assets"])
def test_the_accounts_are_shown_from_balance_to_balance(built: tuple[Store, Run]) -> None:
    _, run = built
    table = schedule_table(run, Book.of(run).periods)
    assert table.columns == ("opening", "posted", "counted", "sold for", "closing")
    (register, total) = table.rows
    assert register.label == "register"
    assert total.amounts == (586_000, 0, 137_000, 50_000, 399_000)


@pytest.mark.parametrize("case", ["recognise_service_period"])
def test_every_document_shows_what_is_released_and_deferred(built: tuple[Store, Run]) -> None:
    _, run = built
    march = Book.of(run).periods[2]
    view = statement_view(run, "a", march)
    assert (view.proof.total, view.proof.released, view.proof.deferred) == (14_500, 10_000, 1_500)
    assert "plus £100.00 that was posted in other months, less £15.00" in sentences.proof(view)
    for text in (statement_text(view), statement_html(view), statement_json(view)):
        assert "released from earlier months: ledger" in text
        assert "deferred to later months: ledger" in text
        assert "145.00" in text

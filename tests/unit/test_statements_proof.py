"""The proof on a page: what stands on each side comes to the same total, whatever moved."""

from __future__ import annotations

import re
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from truecost.engine.build import build
from truecost.model.load import load
from truecost.statements.book import Book
from truecost.statements.html import index_html
from truecost.statements.views import index_view
from truecost.store.runs import Store

CASES = Path(__file__).parents[1] / "cases"
MONEY = re.compile(r'<td class="money">(−?)[^\d]*([\d,.]+)</td>')


def amounts(page: str) -> list[Decimal]:
    return [
        Decimal(f"{'-' if sign else ''}{text.replace(',', '')}")
        for sign, text in MONEY.findall(page)
    ]


@pytest.mark.parametrize(
    "case",
    [
        "recognise_laptops_and_a_disposal",
        "recognise_by_days",
        "exchange_at_budget_rates",
        "exchange_of_what_is_recognised_over_months",
        "several_currencies",
    ],
)
def test_both_sides_of_a_proof_add_up_on_the_page(case: str, tmp_path: Path) -> None:
    folder = shutil.copytree(CASES / "base", tmp_path / "workspace")
    shutil.copytree(CASES / case, folder, dirs_exist_ok=True)
    store = Store.open(folder / "store")
    with store.lock(wait=False):
        book = Book.of(build(load(folder), store).run)
    for period in book.periods:
        page = index_html(index_view(book, period)).partition('class="proof"')[2]
        tables = re.findall(r"<tbody>(.*?)</tbody>.*?<tfoot>(.*?)</tfoot>", page, re.DOTALL)
        (came, together), (went, again) = tables[:2]
        assert amounts(together) == amounts(again) == [sum(amounts(came))] == [sum(amounts(went))]

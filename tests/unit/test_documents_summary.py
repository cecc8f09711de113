"""The summary for leaders: it adds up to the ledger, says what moved, and hides nothing.

Golden files lie in `statements_golden/`; `TRUECOST_UPDATE=1` writes them anew.
"""

from __future__ import annotations

import json
import os
import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.documents_reading import marked_up
from tests.unit.statements_fixture import (
    APART,
    FIRST,
    LAST,
    LEFT,
    Rows,
    council,
    hostile,
)

from truecost.kernel.findings import UsageError
from truecost.statements import summary_json as documents
from truecost.statements.book import Book
from truecost.statements.html import summary_html
from truecost.statements.pdf import summary_pdf
from truecost.statements.summary import SummaryView, summary_view
from truecost.statements.summary_json import summary_json
from truecost.statements.summary_pages import headline, summary_document
from truecost.statements.text import summary_text
from truecost.statements.xlsx import summary_xlsx

if TYPE_CHECKING:
    from collections.abc import Callable

GOLDEN = Path(__file__).parent / "statements_golden"
FORMS: dict[str, Callable[[SummaryView], str]] = {
    "html": summary_html,
    "json": summary_json,
    "txt": summary_text,
}


@pytest.fixture(scope="module")
def view() -> SummaryView:
    return summary_view(council(), LAST)


@pytest.mark.parametrize("form", FORMS)
def test_summaries_are_as_they_were(view: SummaryView, form: str) -> None:
    path = GOLDEN / f"summary.{form}"
    text = FORMS[form](view)
    if os.environ.get("TRUECOST_UPDATE") == "1":
        path.write_bytes(text.encode())
    assert text.encode() == path.read_bytes()


def test_services_and_towers_are_the_ledger(view: SummaryView) -> None:
    assert view.total == view.proof.ledger_total
    assert sum(cost.total for cost in view.services) == view.total
    assert sum(cost.total for cost in view.towers) == view.total
    assert sum(cost.total for cost in view.services if cost.charged) == view.charged
    assert sum(part.amount for part in view.classes) == view.charged
    for cost in (*view.services, *view.towers):
        assert sum(cost.classes) == cost.total
    assert [total for period, total in view.history if period == LAST] == [view.total]


def test_changes_add_up(view: SummaryView) -> None:
    assert view.previous is not None
    for costs in (view.services, view.towers, view.moved):
        assert sum(cost.change or 0 for cost in costs) == view.previous.change
    sizes = [abs(cost.change or 0) for cost in view.moved if cost.key]
    assert sizes == sorted(sizes, reverse=True)
    was = summary_view(council(), LAST - 1)
    assert sum(cost.change or 0 for cost in view.bills) == view.charged - was.charged


def test_what_is_not_charged_is_named_with_who_bought_it(view: SummaryView) -> None:
    assert {cost.name: cost.total for cost in view.remainders} == {APART: 960_012, LEFT: 31_007}
    assert [(each.name, each.amount) for each in view.bought] == [
        ("Libraries and museums", 960_012)
    ]
    assert headline(view)[-1] == (
        "£91,566.90 is charged, on 4 statements; £9,910.19 is not charged, and named below."
    )


def test_many_changes_end_in_all_others_together() -> None:
    def more(rows: Rows) -> None:
        """Let each of 12 towers charge planning a pound more than the one before."""
        key = (LAST.index, "GBP")
        for number in range(12):
            tower, amount = f"tower Extra / {number:02}", 100 * (number + 1)
            rows["lines"].append((*key, "run", tower, "planning", amount))
            cell = ("ledger", "allocated", "", "Staffing / Internal", tower, "run", "", "rule", "")
            rows["cells"].append((*key, *cell, 1, amount))
            rows["objects"].append((*key, tower, "run", amount))
            for side, label in (("ledger", "ledger"), ("statements", "")):
                at = next(
                    i
                    for i, row in enumerate(rows["proof"])
                    if row[:5] == (*key, "run", side, label)
                )
                rows["proof"][at] = (*rows["proof"][at][:5], rows["proof"][at][5] + amount)

    view = summary_view(council(more), LAST)
    assert view.previous is not None
    assert len(view.moved) == 7
    assert view.moved[-1].name == "10 others together"
    assert sum(cost.change or 0 for cost in view.moved) == view.previous.change


def test_the_first_month_has_nothing_to_compare_with() -> None:
    view = summary_view(council(), FIRST)
    assert view.previous is None
    assert view.year_to_date is None
    assert {cost.change for cost in view.services} == {None}
    assert "What moved most" not in summary_text(view)
    assert summary_pdf(view).startswith(b"%PDF")
    assert summary_xlsx(view).startswith(b"PK")
    assert '"previous": null' in summary_json(view)
    assert "Change" not in summary_html(view)


def test_a_month_that_the_run_does_not_have_is_refused() -> None:
    with pytest.raises(UsageError, match="has no period 2022-03"):
        summary_view(council(), LAST + 1)


def test_a_branch_of_the_tree_is_not_among_the_bills(view: SummaryView) -> None:
    assert {cost.key for cost in view.bills} <= {"housing", "care", "libraries", "planning"}


def test_text_keeps_to_eighty_columns(view: SummaryView) -> None:
    for each in (view, summary_view(hostile(), LAST), summary_view(marked_up(), LAST)):
        assert max(map(len, summary_text(each).splitlines())) <= 80


@pytest.mark.parametrize("form", FORMS)
def test_no_invisible_character_reaches_a_summary(form: str) -> None:
    text = FORMS[form](summary_view(hostile(), LAST))
    bad = {c for c in text if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}}
    assert bad <= {"\n"}


def test_hostile_names_stay_text_on_the_page() -> None:
    for run in (hostile(), marked_up()):
        text = summary_html(summary_view(run, LAST))
        assert "<script" not in text
        assert not re.search(r"<[^>]*\son\w+=", text)
        assert not re.search(r'(href|src)="(?!data:,)', text)


def test_the_same_run_gives_the_same_bytes(view: SummaryView) -> None:
    again = summary_view(Book(council()), LAST)
    assert again == view
    assert summary_document(again) == summary_document(view)
    assert summary_pdf(again) == summary_pdf(view)
    assert summary_xlsx(again) == summary_xlsx(view)


def test_every_key_of_the_schema_is_documented(view: SummaryView) -> None:
    document: dict[str, Any] = json.loads(summary_json(view))
    words = set(re.findall(r"[a-z_0-9]+", documents.__doc__ or ""))
    keys = {*document, *document["services"][0], *document["proof"], *document["reference"]}
    assert keys | {*document["moved"], *document["bought"][0]} <= words

"""Lines that are held back are told on whatever is drawn from the run."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.unit.documents_reading import sheets
from tests.unit.statements_fixture import LAST, MemoryRun, council

from truecost.statements import sentences
from truecost.statements.html import index_html, statement_html, summary_html
from truecost.statements.json import statement_json
from truecost.statements.pages import statement_document
from truecost.statements.summary import summary_view
from truecost.statements.summary_json import summary_json
from truecost.statements.summary_pages import summary_document
from truecost.statements.text import statement_text, summary_text
from truecost.statements.views import index_view, statement_view
from truecost.statements.xlsx import statement_xlsx

SAID = (
    "3 ledger lines could not be read and are held back, on no statement of any month:"
    " £1,020.50; 1 of them has no amount."
)


def run(*sources: dict[str, Any]) -> MemoryRun:
    made = council()
    return MemoryRun(made.id, {**made.manifest, "sources": sources}, made.tables)


def source(rejected: int, unreadable: int, **sums: str) -> dict[str, Any]:
    totals = {currency: {"rejected": amount} for currency, amount in sums.items()}
    made = {"name": "ledger", "rejected": rejected, "unreadable": unreadable}
    return made | {"totals": totals}


HELD = run(source(2, 1, GBP="1000"), source(1, 0, GBP="20.50", EUR="0"), source(0, 0, GBP="0"))


def test_every_form_of_a_statement_tells() -> None:
    view = statement_view(HELD, "libraries", LAST)
    assert sentences.held(view) == SAID
    assert SAID in statement_html(view)
    assert SAID in " ".join(statement_text(view).split())
    assert SAID in statement_document(view).sections[-1].after
    written = json.loads(statement_json(view))
    assert written["sentences"]["proof"].endswith(SAID)
    assert written["proof"]["held_back"] == {
        "lines": 3,
        "unreadable": 1,
        "amounts": [{"currency": "GBP", "amount": {"text": "1020.50", "minor": 102_050}}],
    }
    assert SAID in [row[0] for row in sheets(statement_xlsx(view))["Proof"]]


def test_the_index_and_the_summary_tell() -> None:
    assert SAID in index_html(index_view(HELD, LAST))
    view = summary_view(HELD, LAST)
    assert SAID in summary_html(view)
    assert SAID in " ".join(summary_text(view).split())
    assert SAID in summary_document(view).sections[-1].after
    assert json.loads(summary_json(view))["proof"]["held_back"]["lines"] == 3


@pytest.mark.parametrize(
    ("sources", "said"),
    [
        ([], ""),
        ([source(0, 0, GBP="0")], ""),
        ([{"name": "ledger", "rejected": 0, "totals": {}}], ""),
        (
            [source(1, 1, GBP="0")],
            (
                "1 ledger line could not be read and is held back, on no statement of any month;"
                " what it comes to is not known."
            ),
        ),
        (
            [source(2, 0, GBP="1.5", EUR="2.005")],
            (
                "2 ledger lines could not be read and are held back, on no statement of any month:"
                " €2.00 and £1.50."
            ),
        ),
    ],
)
def test_what_is_held_is_told_plainly(sources: list[dict[str, Any]], said: str) -> None:
    assert sentences.held(statement_view(run(*sources), "libraries", LAST)) == said

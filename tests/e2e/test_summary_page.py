"""The summary as leaders meet it: in a browser, on a telephone, in the dark, on paper."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from tests.e2e.test_statement_page import CONTRASTS, browser, context, opened, pytestmark
from tests.unit.documents_reading import marked_up
from tests.unit.statements_fixture import LAST, council, hostile

from truecost.statements.html import summary_html
from truecost.statements.summary import summary_view

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext
    from tests.unit.statements_fixture import MemoryRun

__all__ = ["browser", "context", "pytestmark"]

RUNS = {"council": council, "hostile": hostile, "marked up": marked_up}

# how long the coloured parts of each bar are, in units of its box
LENGTHS = """() => [...document.querySelectorAll('.length svg')].map(
  svg => [...svg.querySelectorAll('rect[class]')].reduce((sum, r) => sum + r.width.baseVal.value, 0)
)"""


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("width", [360, 760, 1280])
def test_nothing_hangs_over_the_edge(
    context: BrowserContext, tmp_path: Path, name: str, width: int
) -> None:
    run: MemoryRun = RUNS[name]()
    page = opened(context, tmp_path, summary_html(summary_view(run, LAST)))
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("#total").inner_text() == "£101,477.09"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_what_is_behind_it(
    browser: Browser, tmp_path: Path, scheme: str
) -> None:
    context = browser.new_context(
        color_scheme="dark" if scheme == "dark" else "light", offline=True
    )
    page = opened(context, tmp_path, summary_html(summary_view(council(), LAST)))
    contrasts = page.evaluate(CONTRASTS)
    assert len(contrasts) > 50
    assert min(contrasts)[0] >= 4.5, min(contrasts)
    context.close()


def test_bars_are_as_long_as_their_figures(context: BrowserContext, tmp_path: Path) -> None:
    view = summary_view(council(), LAST)
    page = opened(context, tmp_path, summary_html(view))
    lengths = page.evaluate(LENGTHS)
    charged = [cost for cost in view.services if cost.charged]
    longest = max(cost.total for cost in charged)
    for cost, length in zip(charged, lengths, strict=False):
        assert abs(length / 220 - max(0, cost.total) / longest) < 0.02


def test_it_prints_on_two_pages_of_a4(context: BrowserContext, tmp_path: Path) -> None:
    page = opened(context, tmp_path, summary_html(summary_view(council(), LAST)))
    pdf = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type /Page\b", pdf)) <= 2

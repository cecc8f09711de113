"""The statement as a reader meets it: in a browser, on a telephone, in the dark, on paper."""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from tests.unit.statements_fixture import LAST, council, hostile

from truecost.kernel import money
from truecost.statements.book import Book
from truecost.statements.html import file_name, index_html, statement_html
from truecost.statements.views import StatementView, index_view, statement_view

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or ""
QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
).split()

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="Debian's package chromium is not installed"),
]

# WCAG 2 contrast of every element's own text against what is painted behind it.
CONTRASTS = """() => {
  const channel = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const parse = text => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const behind = element => {
    for (let e = element; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const element of document.querySelectorAll('main, main *')) {
    const own = [...element.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || element.closest('svg')) continue;
    const [a, b] = [light(parse(getComputedStyle(element).color)), light(behind(element))];
    found.push([(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), element.textContent.trim()]);
  }
  return found;
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(offline=True)
    yield context
    context.close()


@pytest.fixture(scope="module")
def book() -> Book:
    return Book(council())


@pytest.fixture(scope="module")
def view(book: Book) -> StatementView:
    return statement_view(book, "libraries", LAST)


def opened(context: BrowserContext, folder: Path, text: str) -> Page:
    path = folder / "page.html"
    path.write_text(text, encoding="utf-8")
    page = context.new_page()
    page.goto(path.as_uri())
    return page


def test_it_says_who_when_and_how_much(
    context: BrowserContext, tmp_path: Path, view: StatementView
) -> None:
    page = opened(context, tmp_path, statement_html(view))
    assert page.title() == "Technology statement, February 2022: Libraries and museums"
    assert page.locator("h1").inner_text() == view.name
    assert page.locator("h2").all_inner_texts() == [
        "Why it changed",
        "What you pay for",
        "What it is for",
        "What you can do",
        "Proof",
    ]
    total = money.shown(view.total, view.currency)
    assert page.locator("#total").inner_text() == total
    assert page.locator(".lines tfoot .amount").inner_text() == total
    amounts = page.locator(".lines tbody .amount").all_inner_texts()
    assert amounts == [money.shown(line.amount, view.currency) for line in view.lines]
    assert page.locator(".status").inner_text().startswith("DRAFT")


def test_tables_can_be_heard(context: BrowserContext, tmp_path: Path, view: StatementView) -> None:
    page = opened(context, tmp_path, statement_html(view))
    assert page.evaluate("document.documentElement.lang") == "en"
    for table in page.locator("table").all():
        assert table.locator("caption").count() == 1
    assert page.locator("th:not([scope])").count() == 0
    for drawing in page.locator("svg").all():
        assert drawing.get_attribute("aria-label") or drawing.get_attribute("aria-hidden")


@pytest.mark.parametrize("name", ["libraries", "planning", "council", "index", "hostile"])
@pytest.mark.parametrize("width", [360, 760, 1280])
def test_nothing_hangs_over_the_edge(
    context: BrowserContext, tmp_path: Path, book: Book, name: str, width: int
) -> None:
    if name == "index":
        text = index_html(index_view(book, LAST))
    elif name == "hostile":
        text = statement_html(statement_view(hostile(), "libraries", LAST))
    else:
        text = statement_html(statement_view(book, name, LAST))
    page = opened(context, tmp_path, text)
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_what_is_behind_it(
    browser: Browser, tmp_path: Path, view: StatementView, scheme: str
) -> None:
    dark = scheme == "dark"
    context = browser.new_context(color_scheme="dark" if dark else "light", offline=True)
    page = opened(context, tmp_path, statement_html(view))
    ground = page.evaluate("getComputedStyle(document.querySelector('main')).backgroundColor")
    brightness = sum(int(part) for part in re.findall(r"\d+", ground)[:3])
    assert (brightness < 200) is dark
    contrasts = page.evaluate(CONTRASTS)
    assert len(contrasts) > 50
    assert min(contrasts)[0] >= 4.5, min(contrasts)
    context.close()


def _pages(page: Page) -> int:
    pdf = page.pdf(prefer_css_page_size=True)
    sizes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    assert {(round(float(w)), round(float(h))) for w, h in sizes} == {(595, 842)}
    return len(re.findall(rb"/Type /Page\b", pdf))


@pytest.mark.parametrize("consumer", ["housing", "care", "libraries", "planning"])
def test_a_department_prints_on_one_page(
    context: BrowserContext, tmp_path: Path, book: Book, consumer: str
) -> None:
    view = statement_view(book, consumer, LAST)
    assert _pages(opened(context, tmp_path, statement_html(view))) == 1


def test_eight_lines_still_print_on_one_page(
    context: BrowserContext, tmp_path: Path, view: StatementView
) -> None:
    more = [
        dataclasses.replace(line, name=f"{line.name} {i}", owner="")
        for i, line in enumerate(view.lines)
    ]
    long = dataclasses.replace(view, lines=(*view.lines, *more))
    assert _pages(opened(context, tmp_path, statement_html(long))) == 1


def test_hostile_names_run_nothing(context: BrowserContext, tmp_path: Path) -> None:
    page = context.new_page()
    spoken: list[str] = []
    # a dialog that nobody dismisses would hold the page, and the test, for ever
    page.on("dialog", lambda dialog: dialog.dismiss())
    page.on("dialog", lambda dialog: spoken.append(dialog.message))
    page.on("request", lambda request: spoken.append(request.url))
    path = tmp_path / "page.html"
    path.write_text(statement_html(statement_view(hostile(), "libraries", LAST)), encoding="utf-8")
    page.goto(path.as_uri())
    assert page.locator("h1").inner_text() == "</title></style><script>alert(1)</script>&amp;"
    assert [text for text in spoken if not text.startswith(("file:", "data:"))] == []


def test_the_index_leads_to_every_statement(
    context: BrowserContext, tmp_path: Path, book: Book
) -> None:
    index = index_view(book, LAST)
    for entry in index.entries:
        text = statement_html(
            statement_view(book, entry.id, LAST), lambda member: file_name(member, LAST)
        )
        (tmp_path / file_name(entry.id, LAST)).write_text(text, encoding="utf-8")
    page = opened(context, tmp_path, index_html(index))
    assert page.locator("tbody a").count() == len(index.entries)
    page.get_by_role("link", name="People").click()
    page.get_by_role("link", name="Adult social care").click()
    assert page.locator("h1").inner_text() == "Adult social care"

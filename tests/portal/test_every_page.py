"""Every page that the menu and its links lead to, as each role sees it, in a browser.

Pages are found by following links. Each kind of address is opened once per role. At each the
browser complains of nothing, nothing is wider than a telephone, and axe finds no fault by WCAG 2.2
AA, neither in the light nor in the dark.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import Resolver404, resolve
from tests.portal.served import CHROMIUM, chromium, made_once, served, visiting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page
    from tests.portal.served import Portal, Visit

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason="Debian's package chromium is not installed"),
]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FILES = (".csv", ".json", ".parquet", ".pdf", ".xlsx")
NARROW, WIDE = {"width": 360, "height": 780}, {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    with served(made_once(tmp_path_factory)) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def links(page: Page) -> list[str]:
    """Give the addresses that a page leads to within the portal, without downloads."""
    found: list[str] = page.eval_on_selector_all(
        "a[href]:not([download])", "each => each.map(a => a.getAttribute('href'))"
    )
    inside = []
    for each in found:
        parts = urlsplit(urljoin(page.url, each))
        if parts.netloc != urlsplit(page.url).netloc:
            continue
        try:
            name = resolve(parts.path).view_name
        except Resolver404:
            pytest.fail(f"{page.url} leads to {each}, which is not there")
        if name != "document" and not parts.path.endswith(FILES):
            inside.append(parts.path + (f"?{parts.query}" if parts.query else ""))
    return inside


def faults(page: Page) -> list[str]:
    """Give what axe finds wrong with a page, and what is wider than it."""
    options = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
    found = []
    for each in Axe().run(page, options=options).response["violations"]:
        where = [node["html"][:160] for node in each["nodes"][:3]]
        found.append(f"{each['id']}: {each['help']} ({each['impact']}) {where}")
    width = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    if width > 0:
        found.append(f"{width} pixels wider than the window")
    return found


def walk(visit: Visit) -> dict[str, list[str]]:
    """Open every page that somebody gets to; give the faults of each."""
    found: dict[str, list[str]] = {}
    seen = set()
    waiting = ["/"]
    while waiting:
        path = waiting.pop(0)
        name = resolve(urlsplit(path).path).view_name
        if name in seen:
            continue
        seen.add(name)
        response = visit.page.goto(visit.portal.address + path)
        assert response is not None
        if not response.headers.get("content-type", "").startswith("text/html"):
            continue
        visit.page.wait_for_selector(".htmx-request", state="detached")
        wrong = [f"answers {response.status}"] if response.status >= 400 else []
        wrong += faults(visit.page)
        found[path] = wrong
        waiting += links(visit.page)
    return found


@pytest.mark.parametrize(
    ("who", "size", "scheme"),
    [
        ("leader", WIDE, "light"),
        ("head", NARROW, "dark"),
        ("analyst", NARROW, "light"),
        ("admin", WIDE, "dark"),
        ("owner", NARROW, "light"),
        ("", NARROW, "dark"),
    ],
)
def test_no_page_has_a_fault(
    browser: Browser, portal: Portal, who: str, size: dict[str, int], scheme: str
) -> None:
    with visiting(browser, portal, who, viewport=size, color_scheme=scheme) as visit:
        found = walk(visit)
        wrong = [f"{path}: {fault}" for path, faults in found.items() for fault in faults]
        assert not wrong, "\n".join(wrong)
        assert visit.complaints == []
        assert portal.troubles() == []
    assert found

"""A leader follows cost from the overview to a consumer, in a browser without script."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.portal.served import CHROMIUM, chromium, made_once, served, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason="Debian's package chromium is not installed"),
]


def total(page: Page) -> str:
    return page.inner_text("#total")


def test_cost_is_followed_without_script(tmp_path_factory: pytest.TempPathFactory) -> None:
    with (
        served(made_once(tmp_path_factory)) as portal,
        chromium() as browser,
        visiting(browser, portal, "leader", java_script_enabled=False) as visit,
    ):
        page = visit.page
        page.get_by_role("navigation").get_by_role("link", name="Overview", exact=True).click()
        whole = total(page)
        page.get_by_role("navigation").get_by_role("link", name="Cost flow", exact=True).click()
        assert total(page) == whole
        page.locator("svg.stream a", has_text="Virtual machines").first.click()
        assert page.inner_text("h1") == "Virtual machines"
        cost = total(page)
        page.get_by_role("link", name="Its page").click()
        assert total(page) == cost
        page.get_by_role("link", name="In the flow of cost").click()
        assert total(page) == cost
        page.select_option("#choose-month", index=1)
        page.get_by_role("button", name="Show", exact=True).click()
        assert page.inner_text("h1") == "Virtual machines"
        assert total(page) != cost
        page.get_by_role("navigation").get_by_role("link", name="Model", exact=True).click()
        page.fill("#q", "laptop")
        page.get_by_role("button", name="Search", exact=True).click()
        assert page.locator("article.entry").count() > 1
        assert visit.complaints == []
        assert portal.troubles() == []

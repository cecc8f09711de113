"""A dispute as people do it: the head raises, the owner answers, an analyst accepts, all see it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.portal.served import CHROMIUM, chromium, served, visiting
from tests.portal.test_every_page import faults
from tests.record.workshop import PASSWORD

from truecost.record.models import Statement
from truecost.record.services.permissions import Role

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from tests.record.workshop import Workshop

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="Debian's package chromium is not installed"),
]


def looked_at(page: Page, name: str) -> None:
    """Check a page as the widest and the narrowest reader sees it; keep a picture where asked."""
    size = page.viewport_size
    assert size is not None
    assert faults(page) == [], name
    page.set_viewport_size({"width": 360, "height": 780})
    assert faults(page) == [], f"{name}, narrow"
    if folder := os.environ.get("TRUECOST_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}-narrow.png", full_page=True)
        page.set_viewport_size(size)
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
    page.set_viewport_size(size)


def test_a_dispute_becomes_a_credit_note(issued: Workshop) -> None:
    for role, scope, name in (
        (Role.DEPARTMENT_HEAD, "sales", "head"),
        (Role.SERVICE_OWNER, "workplace", "owner"),
        (Role.ANALYST, "", "second"),
    ):
        issued.person(role, scope, name=name)
    number = Statement.objects.get(consumer="sales").number
    with served(issued.folder) as portal, chromium() as browser:
        with visiting(browser, portal, "head@example.org", password=PASSWORD) as head:
            page = head.page
            head.goto(f"/statements/{number}")
            page.get_by_label("Ask about or dispute A working place").first.click()
            page.get_by_label("Why").select_option("wrong quantity")
            page.get_by_label("Amount that you dispute, in EUR").fill("12.50")
            page.get_by_label("What you want to know, or what is wrong").fill(
                "We gave two devices back in December."
            )
            looked_at(page, "raise")
            page.get_by_role("button", name="Send").click()
            page.wait_for_url("**/disputes/D-2026-00001")
            looked_at(page, "raised")
            assert head.complaints == []
        with visiting(
            browser, portal, "owner@example.org", password=PASSWORD, color_scheme="dark"
        ) as owner:
            page = owner.page
            owner.goto("/disputes?whose=services&state=open")
            looked_at(page, "list")
            page.get_by_role("link", name="D-2026-00001").click()
            page.get_by_label("Your answer").fill("One of them came back in January.")
            page.get_by_label("Amount to credit that you propose, in EUR").fill("6.25")
            page.get_by_role("button", name="Answer").click()
            page.get_by_text("€6.25 proposed").wait_for()
            looked_at(page, "answered")
            assert owner.complaints == []
        with visiting(browser, portal, "second@example.org", password=PASSWORD) as analyst:
            page = analyst.page
            analyst.goto("/disputes/ageing")
            looked_at(page, "ageing")
            analyst.goto("/disputes/D-2026-00001")
            looked_at(page, "deciding")
            page.get_by_label("Reason, as it stands on the credit note").fill("one device less")
            page.get_by_role("button", name="Accept, and issue a credit note").click()
            page.get_by_role("link", name="C-2026-00001").wait_for()
            assert analyst.complaints == []
        with visiting(browser, portal, "head@example.org", password=PASSWORD) as head:
            head.goto(f"/statements/{number}")
            head.page.get_by_role("link", name="C-2026-00001").click()
            head.page.get_by_text("one device less").first.wait_for()
            assert head.complaints == []
        assert portal.troubles() == []

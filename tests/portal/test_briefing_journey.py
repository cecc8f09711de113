"""A briefing as people do it: written, published, replied to, moderated, answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.portal.served import CHROMIUM, chromium, served, visiting
from tests.portal.test_dispute_journey import looked_at
from tests.record.workshop import PASSWORD

from truecost.record.models import Organisation
from truecost.record.services.permissions import Role

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from tests.record.workshop import Workshop

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="Debian's package chromium is not installed"),
]
TITLE = "What IT costs"
TEXT = """# Seats
They **fall** by a tenth. [Why](https://example.org/why)

| What | Amount |
|---|--:|
| Seats | 100 |
"""


def test_a_briefing_is_written_replied_to_moderated_and_answered(issued: Workshop) -> None:
    for role, name in ((Role.LEADER, "lena"), (Role.ANALYST, "second")):
        issued.person(role, name=name)
    Organisation.objects.update(public_briefings=True)
    with served(issued.folder) as portal, chromium() as browser:
        for who, scheme, does in (
            ("lena", "light", write), ("", "dark", reply), ("second", "dark", approve),
            ("lena", "light", answer), ("", "light", read), ("", "dark", read),
        ):  # fmt: skip
            whose = who and f"{who}@example.org"
            with visiting(browser, portal, whose, password=PASSWORD, color_scheme=scheme) as visit:
                visit.goto("/briefings")
                does(visit.page, scheme)
                assert visit.complaints == []


def write(page: Page, _scheme: str) -> None:
    page.get_by_role("link", name="Write a briefing").click()
    page.get_by_label("Title").fill(TITLE)
    page.get_by_label("Quarter or period").fill("Q2 2026")
    page.get_by_label("Text").fill(TEXT)
    looked_at(page, "briefing-write")
    page.get_by_role("button", name="Save and preview").click()
    page.get_by_text("nobody else sees this yet").wait_for()
    looked_at(page, "briefing-preview")
    page.get_by_role("button", name="Publish").click()
    page.get_by_text("It is published").wait_for()


def reply(page: Page, _scheme: str) -> None:
    page.get_by_role("link", name=TITLE).click()
    page.get_by_label("Your name (required)").fill("Nina")
    page.get_by_label("Your e-mail address (required)").fill("nina@example.org")
    page.get_by_label("Your reply (required)").fill("Why by a tenth?")
    looked_at(page, "briefing-reply")
    page.get_by_role("button", name="Send").click()
    page.get_by_text("Your reply waits for a moderator").wait_for()
    assert "Why by a tenth?" not in page.content()


def approve(page: Page, _scheme: str) -> None:
    page.get_by_role("link", name="Replies to look at: 1").click()
    page.get_by_text("nina@example.org").wait_for()
    looked_at(page, "replies")
    page.get_by_role("button", name="Approve the reply of Nina").click()
    page.get_by_text("No reply waits").wait_for()


def answer(page: Page, _scheme: str) -> None:
    page.get_by_role("link", name=TITLE).click()
    page.get_by_label("Answer Nina").click()
    page.get_by_label("Your reply (required)").fill("Contracts ended.")
    looked_at(page, "briefing-answer")
    page.get_by_role("button", name="Send").click()
    page.get_by_text("Answer from the author").wait_for()


def read(page: Page, scheme: str) -> None:
    page.get_by_role("link", name=TITLE).click()
    page.get_by_text("Why by a tenth?").wait_for()
    looked_at(page, f"briefing-{scheme}")
    shown = page.content()
    assert "Contracts ended." in shown
    assert "nina@example.org" not in shown
    assert "lena@example.org" not in shown

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
    from tests.record.workshop import Workshop

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="Debian's package chromium is not installed"),
]
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
        with visiting(browser, portal, "lena@example.org", password=PASSWORD) as leader:
            page = leader.page
            leader.goto("/briefings")
            page.get_by_role("link", name="Write a briefing").click()
            page.get_by_label("Title").fill("What IT costs")
            page.get_by_label("Quarter or period").fill("Q2 2026")
            page.get_by_label("Text").fill(TEXT)
            looked_at(page, "briefing-write")
            page.get_by_role("button", name="Save and preview").click()
            page.get_by_text("nobody else sees this yet").wait_for()
            looked_at(page, "briefing-preview")
            page.get_by_role("button", name="Publish").click()
            page.wait_for_url("**/briefings/B-*")
            where = page.url.removeprefix(portal.address)
            assert leader.complaints == []
        with visiting(browser, portal, color_scheme="dark") as visitor:
            page = visitor.page
            visitor.goto("/briefings")
            page.get_by_role("link", name="What IT costs").click()
            page.get_by_label("Your name (required)").fill("Nina")
            page.get_by_label("Your e-mail address (required)").fill("nina@example.org")
            page.get_by_label("Your reply (required)").fill("Why by a tenth?")
            looked_at(page, "briefing-reply")
            page.get_by_role("button", name="Send").click()
            page.get_by_text("Your reply waits for a moderator").wait_for()
            assert "Why by a tenth?" not in page.content()
            assert visitor.complaints == []
        with visiting(
            browser, portal, "second@example.org", password=PASSWORD, color_scheme="dark"
        ) as moderator:
            page = moderator.page
            moderator.goto("/briefings")
            page.get_by_role("link", name="Replies to look at: 1").click()
            page.get_by_text("nina@example.org").wait_for()
            looked_at(page, "replies")
            page.get_by_role("button", name="Approve the reply of Nina").click()
            page.get_by_text("No reply waits").wait_for()
            assert moderator.complaints == []
        with visiting(browser, portal, "lena@example.org", password=PASSWORD) as leader:
            page = leader.page
            leader.goto(where)
            page.get_by_label("Answer Nina").click()
            page.get_by_label("Your reply (required)").fill("Contracts ended.")
            looked_at(page, "briefing-answer")
            page.get_by_role("button", name="Send").click()
            page.get_by_text("Answer from the author").wait_for()
            assert leader.complaints == []
        for scheme in ("light", "dark"):
            with visiting(browser, portal, color_scheme=scheme) as reader:
                reader.goto(where)
                looked_at(reader.page, f"briefing-{scheme}")
                shown = reader.page.content()
                assert "Why by a tenth?" in shown
                assert "Contracts ended." in shown
                assert "nina@example.org" not in shown
                assert "lena@example.org" not in shown
                assert reader.complaints == []

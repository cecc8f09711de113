"""A month as all of them live it, in one browser after another, with mails by real SMTP.

A newcomer and a department head ask to be told; an analyst closes, a leader issues; the head opens
the mail's link, reads, drills to a ledger line and disputes; the owner answers; an analyst credits;
an auditor verifies; the newcomer ends the mails.
"""

from __future__ import annotations

import re
import socket
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from tests.portal.served import CHROMIUM, chromium, served, visiting
from tests.portal.test_dispute_journey import looked_at
from tests.record.mail_server import mail_server
from tests.record.workshop import PASSWORD

from truecost.record.models import Dispute, Mail, Statement, Subscription
from truecost.record.services.permissions import Role

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage

    from playwright.sync_api import Browser, Page
    from tests.portal.served import Portal
    from tests.record.mail_server import Box
    from tests.record.workshop import Workshop

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason="Debian's package chromium is not installed"),
]
PEOPLE = (
    (Role.ANALYST, "", "ann"),
    (Role.ANALYST, "", "second"),
    (Role.LEADER, "", "lena"),
    (Role.SERVICE_OWNER, "workplace", "owner"),
    (Role.DEPARTMENT_HEAD, "sales", "head"),
    (Role.AUDITOR, "", "aldo"),
)
SETTINGS = """\
address = "http://127.0.0.1:{port}"

[mail]
host = "127.0.0.1"
port = {mail}
security = "none"
sender = "it@shop.example"
"""
LABEL, WORDS = "2026-02", "February 2026"
PATIENCE = 60.0  # seconds until a mail has come, or a job is done


@dataclass
class World:
    """The portal, a browser, and what came by mail."""

    portal: Portal
    browser: Browser
    box: Box

    @contextmanager
    def page(self, name: str = "", path: str = "") -> Iterator[Page]:
        """Open an address as somebody; end if the browser complained."""
        whose = name and f"{name}@example.org"
        with visiting(self.browser, self.portal, whose, password=PASSWORD) as visit:
            visit.page.set_default_timeout(PATIENCE * 1000)
            if path:
                visit.page.goto(path if "://" in path else self.portal.address + path)
            yield visit.page
            assert visit.complaints == []

    def mail(self, to: str, count: int) -> EmailMessage:
        """Wait until somebody has so many mails; give the last of them."""
        until, address = time.monotonic() + PATIENCE, f"{to}@example.org"
        while len(self.box.to(address)) < count:
            assert time.monotonic() < until, self.box.raw
            time.sleep(0.1)
        return self.box.to(address)[count - 1]


def link(mail: EmailMessage, part: str) -> str:
    """Give the address in a mail whose path begins so."""
    found = re.search(rf"http://127\.0\.0\.1:\d+{part}\S*", mail.get_content())
    assert found, mail.get_content()
    return found[0]


@contextmanager
def inhabited(issued: Workshop) -> Iterator[World]:
    for role, scope, name in PEOPLE:
        issued.person(role, scope, name=name)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with mail_server() as box, chromium() as browser:
        said = SETTINGS.format(port=port, mail=box.port)
        (issued.folder / "record/settings.toml").write_text(said, encoding="utf-8")
        settings = {"TRUECOST_DATABASE": issued.address} if issued.address else {}
        with served(issued.folder, port=port, **settings) as portal:
            yield World(portal, browser, box)
            assert portal.troubles() == []


def test_a_month_as_everybody_lives_it(issued: Workshop) -> None:
    with inhabited(issued) as world:
        live(world)
    assert {each.state for each in Mail.objects.all()} == {"sent"}
    still = Subscription.objects.filter(ended=None)
    assert [each.email for each in still] == ["head@example.org"]
    assert Statement.objects.filter(issue__period__label=LABEL).count() == 3
    assert Dispute.objects.filter(statement__issue__period__label=LABEL).count() == 1


def live(world: World) -> None:
    subscribe(world, "Nina", "nina")
    subscribe(world, "Harriet Head", "head")
    close(world)
    with world.page("lena", f"/period/{LABEL}/issue") as page:
        page.get_by_role("button", name=f"Issue {WORDS}").click()
        page.get_by_text("3 documents").first.wait_for()
    number = dispute(world)
    credited(world, number)
    with world.page("aldo", "/events/verification") as page:
        page.get_by_role("button", name="Check everything").click()
        page.get_by_text("All holds").wait_for()
        looked_at(page, "verified")
    leave(world)


def subscribe(world: World, name: str, who: str) -> None:
    """Ask for the statements of sales, and confirm by the mail's link."""
    with world.page(path="/subscribe") as page:
        page.get_by_label("Your name").fill(name)
        page.get_by_label("Your e-mail address").fill(f"{who}@example.org")
        page.get_by_label("Of what").select_option("statements")
        page.get_by_label("The short name").fill("sales")
        page.get_by_role("button", name="Send me the link").click()
        page.get_by_role("heading", name="Look into your mail").wait_for()
        page.goto(link(world.mail(who, 1), "/subscriptions/confirm/"))
        page.get_by_role("button", name="Confirm").click()
        page.get_by_role("heading", name="Confirmed").wait_for()


def close(world: World) -> None:
    """Put February under review, decide what waits, close."""
    with world.page("ann", "/period/runs") as page:
        review = page.get_by_role("region", name="Put under review")
        review.get_by_label("Period").select_option(LABEL)
        review.get_by_role("button", name="Put under review").click()
        page.wait_for_url(f"**/period/{LABEL}")
        for box in page.locator("input[name=entry]").all():
            box.check()
        page.get_by_label("Why those that are ticked").fill("agreed with the owners")
        looked_at(page, "deciding-a-month")
        page.get_by_role("button", name="Decide what is ticked").click()
        page.get_by_text("Everything is settled").wait_for()
        page.get_by_role("button", name=f"Close {WORDS}").click()
        page.get_by_text("The period is closed").wait_for()


def dispute(world: World) -> str:
    """Come by the mail, read, drill to a ledger line, dispute; give the dispute's number."""
    notice = world.mail("head", 2)
    assert "€" not in notice.get_content(), "a mail says no figure"
    address = link(notice, "/statements/")
    with world.page(path=address) as page:
        page.get_by_label("E-mail").fill("head@example.org")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").first.click()
        page.wait_for_url(address)
        page.get_by_text(WORDS).first.wait_for()
        page.get_by_label("Ledger lines of A working place").first.click()
        page.get_by_text("The ledger lines behind it").wait_for()
        looked_at(page, "drilled")
        page.get_by_label("Ask about or dispute A working place").first.click()
        page.get_by_label("Why").select_option("wrong quantity")
        page.get_by_label("Amount that you dispute").fill("12.50")
        page.get_by_label("What you want to know").fill("We gave two devices back.")
        page.get_by_role("button", name="Send").click()
        page.wait_for_url("**/disputes/D-*")
        return page.url.rpartition("/")[2]


def credited(world: World, number: str) -> None:
    """Let the owner answer and an analyst accept; the head sees the credit note."""
    with world.page("owner", f"/disputes/{number}") as page:
        page.get_by_label("Your answer").fill("True: they came back in January.")
        page.get_by_label("Amount to credit that you propose").fill("12.50")
        page.get_by_role("button", name="Answer").click()
        page.get_by_text("€12.50 proposed.").wait_for()
    with world.page("second", f"/disputes/{number}") as page:
        page.get_by_label("Reason, as it stands on the credit note").fill("two devices less")
        page.get_by_role("button", name="Accept, and issue a credit note").click()
        page.get_by_role("link", name="C-2026-00001").wait_for()
    with world.page("head", "/statements/C-2026-00001") as page:
        page.get_by_text("two devices less").first.wait_for()


def leave(world: World) -> None:
    """End the mails as the newcomer: the notice said no number, as Nina may read nothing."""
    notice = world.mail("nina", 2)
    assert "/statements/" not in notice.get_content()
    assert notice["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    with world.page(path=link(notice, "/subscriptions/end/")) as page:
        page.get_by_role("button", name="No more of these mails").click()
        page.get_by_role("heading", name="No more mails").wait_for()

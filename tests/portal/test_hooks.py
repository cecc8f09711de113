"""The pages of webhooks, the same by the API, and the way through the real worker."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.api.conftest import program
from tests.portal.conftest import signed_in
from tests.record.receiver import receiver

from truecost.portal import calls
from truecost.record.calling import Calling
from truecost.record.models import Delivery, Event, Hook
from truecost.record.place import RecordPlace
from truecost.record.services import events
from truecost.record.services.acts import By, acting
from truecost.record.services.permissions import Role

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client
    from tests.record.workshop import Workshop

SAID = {"name": "Archive", "url": "https://example.org/hooks?key=word", "kind": "period.closed"}


@pytest.fixture
def admin(shop: Workshop) -> Client:
    return signed_in(shop.person(Role.ADMIN))


def closed(shop: Workshop) -> None:
    by: By = shop.person(Role.ANALYST)
    with acting():
        events.record(by, "period closed", "period 2026-01")


def test_a_webhook_is_made_and_its_secret_shown_once(shop: Workshop, admin: Client) -> None:
    page = admin.post(reverse("webhook_made"), SAID)
    assert page.status_code == 201
    word = re.search(r"whsec_[\w+/=]{44}", page.content.decode())
    assert word
    number = Hook.objects.get().pk
    closed(shop)
    for address in (reverse("webhooks"), reverse("webhook", args=[number])):
        text = admin.get(address).content.decode()
        assert "Archive" in text
        assert word[0] not in text
    assert "period.closed" in text
    rotated = admin.post(reverse("webhook_rotate", args=[number]), {"at_once": "yes"})
    assert "whsec_" in rotated.content.decode()
    assert word[0] not in rotated.content.decode()
    assert not Hook.objects.get().before


def test_what_is_wrong_is_said_on_the_page(shop: Workshop, admin: Client) -> None:
    for said, why in (
        ({**SAID, "url": "http://example.org"}, "over TLS"),
        ({**SAID, "url": "https://10.0.0.1/"}, "may not be called"),
        ({**SAID, "kind": "no"}, "nothing is called"),
    ):
        page = admin.post(reverse("webhook_made"), said)
        assert page.status_code == 422
        assert why in page.content.decode()
    admin.post(reverse("webhook_made"), SAID)
    number = Hook.objects.get().pk
    page = admin.post(reverse("webhook_change", args=[number]), {**SAID, "url": "ftp://x"})
    assert page.status_code == 422
    assert "ftp://x" in page.content.decode(), "what was typed stays"
    assert admin.post(reverse("webhook_end", args=[number])).status_code == 422
    closed(shop)
    delivery = Delivery.objects.get().pk
    assert admin.post(reverse("webhook_switch", args=[number])).status_code == 303
    again = reverse("webhook_resend", args=[number, delivery])
    assert "switch it on first" in admin.post(again).content.decode()
    admin.post(reverse("webhook_switch", args=[number]), {"on": "yes"})
    assert admin.post(again).status_code == 303
    assert admin.post(reverse("webhook_end", args=[number]), {"sure": "yes"}).status_code == 303
    assert admin.get(reverse("webhook", args=[number])).status_code == 404


def test_pages_ask_few_questions(shop: Workshop, admin: Client) -> None:
    admin.post(reverse("webhook_made"), SAID)
    number = Hook.objects.get().pk
    counts = []
    for _ in range(2):
        for _ in range(5):
            closed(shop)
        with CaptureQueriesContext(connection) as asked:
            admin.get(reverse("webhook", args=[number]))
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 10


def test_the_same_by_the_api(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    asks = program(shop.person(Role.ADMIN))
    body = {"name": "Archive", "url": "https://example.org/", "kinds": ["period.closed"]}
    made = asks.post("webhooks", body)
    assert made.status_code == 201, made.content
    assert made.json()["secret"].startswith("whsec_")
    number = made.json()["id"]
    assert "secret" not in asks.get(f"webhooks/{number}").json()
    assert asks.post("webhooks", {**body, "url": "http://10.0.0.1"}).status_code == 409
    assert asks.post("webhooks", {**body, "kinds": ["x"]}).status_code == 422
    changed = asks.ask("PUT", f"webhooks/{number}", {**body, "name": "Other"})
    assert changed.json()["name"] == "Other"
    assert asks.post(f"webhooks/{number}/secret", {}).json()["before_until"]
    closed(shop)
    monkeypatch.setattr("truecost.portal.outward.post", lambda *_: 500)
    calls.deliver(Calling(), lambda: shop.person(Role.ADMIN).now)
    (told,) = asks.get(f"webhooks/{number}/deliveries").json()["items"]
    assert (told["type"], told["status"], told["state"]) == ("period.closed", 500, "waiting")
    assert told["message"] == Delivery.objects.get().message
    again = asks.post(f"webhooks/{number}/deliveries/{told['id']}/resending")
    assert (again.status_code, again.json()["tries"]) == (200, 0)
    assert asks.post(f"webhooks/{number}/deliveries/99999999999/resending").status_code == 404
    assert asks.post(f"webhooks/{number}/state", {"on": False}).json()["state"] == "off"
    assert asks.get("webhooks").json()["items"][0]["id"] == number
    ended = asks.post(f"webhooks/{number}/end")
    assert (ended.status_code, ended.json()["state"], ended.json()["url"]) == (200, "ended", "")
    assert asks.get(f"webhooks/{number}").status_code == 404
    vias = set(Event.objects.filter(subject=f"webhook {number}").values_list("via", flat=True))
    assert vias == {"api"}


@pytest.mark.slow
def test_the_worker_that_serve_starts_delivers(
    shop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was queued before it started is told when it has."""
    from tests.portal.served import served  # noqa: PLC0415  it needs a browser's library

    with receiver(tmp_path / "receiver") as box:
        monkeypatch.setattr(settings, "TRUECOST_WEBHOOKS", box.may)
        monkeypatch.setattr(settings, "SECRET_KEY", RecordPlace(shop.folder).secret_key())
        signed_in(shop.person(Role.ADMIN)).post(reverse("webhook_made"), {**SAID, "url": box.url})
        closed(shop)
        assert box.may.authority
        record = shop.folder / "record"
        (record / "ca.pem").write_bytes(box.may.authority.read_bytes())
        said = '[webhooks]\nlocal = true\nauthority = "ca.pem"\n'
        (record / "settings.toml").write_text(said)
        with served(shop.folder):
            end = time.monotonic() + 60
            while not box.calls and time.monotonic() < end:
                time.sleep(0.1)
            assert [each.path for each in box.calls] == ["/hooks?of=truecost"]
            while Delivery.objects.get().state == "waiting" and time.monotonic() < end:
                time.sleep(0.1)
    row = Delivery.objects.get()
    assert (row.state, row.status) == ("delivered", 204)

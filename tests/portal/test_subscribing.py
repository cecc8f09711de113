"""Subscribing, confirming, ending: as pages, without signing in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.test import Client
from django.urls import reverse
from tests.portal.conftest import signed_in
from tests.record.mail_server import mail_server

from truecost.portal import delivery
from truecost.record.models import Mail, Subscription
from truecost.record.services import mail
from truecost.record.services.permissions import Role

if TYPE_CHECKING:
    from tests.record.workshop import Workshop

SAID = {"email": "nina@example.org", "name": "Nina", "topic": "statements", "subject": "sales"}


def visitor() -> Client:
    return Client(headers={"host": "localhost"}, enforce_csrf_checks=True)


def posted(client: Client, address: str, said: dict[str, str] | None = None) -> int:
    page = client.get(address).content.decode()
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page)
    assert token
    return client.post(address, {**(said or {}), "csrfmiddlewaretoken": token[1]}).status_code


def test_a_newcomer_subscribes_confirms_and_unsubscribes_by_real_mails(issued: Workshop) -> None:
    client = visitor()
    assert posted(client, reverse("subscribe"), SAID) == 303
    assert posted(client, reverse("subscribe"), SAID | {"subject": "nowhere"}) == 303
    with mail_server() as box:
        now = Mail.objects.get().queued
        assert delivery.deliver(box.server, lambda: now) == 1
        text = box.to("nina@example.org")[0].get_content()
    link = re.search(r"http://localhost:8000(/subscriptions/confirm/\S+)", text)
    assert link
    assert client.get(link[1]).status_code == 200
    assert Subscription.objects.get().confirmed is None, "opening the link confirms nothing"
    assert posted(client, link[1]) == 200
    row = Subscription.objects.get()
    assert row.confirmed is not None
    end = reverse("subscription_end", args=[_end(issued)])
    assert client.get(end).status_code == 200
    assert Subscription.objects.get().ended is None
    one_click = visitor().post(
        end, "List-Unsubscribe=One-Click", "application/x-www-form-urlencoded"
    )
    assert one_click.status_code == 200, "a mail program has no token of ours"
    assert Subscription.objects.get().ended is not None


def _end(issued: Workshop) -> str:
    issued.person(Role.ADMIN)
    from truecost.record.services import subscriptions  # noqa: PLC0415

    return subscriptions._sealed(Subscription.objects.get(), subscriptions._END)


def test_asking_is_limited(issued: Workshop) -> None:
    assert issued.folder.exists()
    found = [posted(visitor(), reverse("subscribe"), SAID) for _ in range(6)]
    assert found[:5] == [303] * 5
    assert found[5] == 429
    assert Mail.objects.count() == 5


def test_an_administrator_sees_what_was_refused(issued: Workshop) -> None:
    client = signed_in(issued.person(Role.ADMIN))
    client.post(reverse("subscribe"), SAID | {"name": "<script>alert(1)</script>"})
    Mail.objects.update(state=mail.State.REFUSED, fault="550 <b>gone</b>")
    page = client.get(reverse("outbox")).content.decode()
    assert "No mail server is set" in page
    assert "refused: <bdi>550 &lt;b&gt;gone" in page
    assert "<script>alert" not in page
    answer = client.post(reverse("outbox_forget"), {"email": "nina@example.org"}, follow=True)
    assert "2 entries are forgotten" in answer.content.decode()
    assert "nina@" not in answer.content.decode()

"""Briefings as pages: written, previewed, published, replied to, moderated; texts that do harm."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.portal.conftest import signed_in
from tests.portal.test_safe import HOSTILE, _harmless

from truecost.portal.briefings.markup import drawn
from truecost.record.models import Briefing, Draft, Grant, Organisation, Statement
from truecost.record.services.permissions import Role

if TYPE_CHECKING:
    from tests.record.workshop import Workshop

TEXT = {"title": "What IT costs", "about": "Q2 2026", "body": "# Seats\n\nThey **fall**."}
NINA = {"name": "Nina", "email": "nina@example.org", "text": "Why?"}


def visitor() -> Client:
    return Client(headers={"host": "localhost"})


def published(client: Client, **text: str) -> str:
    """Publish as somebody does, through the preview; give the number."""
    answer = client.post(reverse("briefing_write"), TEXT | text)
    assert answer.status_code == 303, answer.content.decode()
    page = client.get(answer["Location"]).content.decode()
    seen = re.search(r'name="seen" value="(\w+)"', page)
    assert seen
    address = answer["Location"].replace("preview", "publish")
    answer = client.post(address, {"seen": seen[1]})
    assert answer.status_code == 303
    return str(answer["Location"].rpartition("/")[2])


def key(client: Client, address: str) -> str:
    found = re.search(r'name="key" value="([^"]+)"', client.get(address).content.decode())
    assert found
    return found[1]


def replied(client: Client, address: str, **said: str) -> Any:
    return client.post(address, {"key": key(client, address), **said}, follow=True)


def test_a_leader_writes_previews_and_publishes(issued: Workshop) -> None:
    leader, head = (
        signed_in(each)
        for each in (issued.person(Role.LEADER), issued.person(Role.DEPARTMENT_HEAD, "sales"))
    )
    answer = leader.post(reverse("briefing_write"), TEXT | {"title": " "})
    assert answer.status_code == 422
    assert "They **fall**." in answer.content.decode(), "what was typed stays"
    assert head.get(reverse("briefing_write")).status_code == 403
    address = leader.post(reverse("briefing_write"), TEXT)["Location"]
    page = leader.get(address).content.decode()
    assert "<h2>Seats</h2>" in page
    assert "nobody else sees this yet" in page
    assert head.get("/briefings").content.decode().count("What IT costs") == 0
    stale = leader.post(address.replace("preview", "publish"), {"seen": "x"})
    assert stale.status_code == 422
    assert "changed since you looked" in stale.content.decode()
    number = published(leader, title="Another")
    page = head.get(f"/briefings/{number}").content.decode()
    assert "They <strong>fall</strong>." in page
    assert "Name of leader" in page
    assert "Withdraw" not in page
    moved = leader.post(reverse("briefing_correct", args=[number]))["Location"]
    leader.post(moved, TEXT | {"title": "Right"})
    seen = leader.get(f"{moved}/preview").content.decode()
    token = re.search(r'name="seen" value="(\w+)"', seen)
    assert token
    leader.post(f"{moved}/publish", {"seen": token[1]})
    assert "Corrected by" in head.get(f"/briefings/{number}").content.decode()
    second = reverse("briefing_withdraw", args=["B-2026-00002"])
    assert leader.post(second, {"why": ""}).status_code == 422
    assert leader.post(second, {"why": "not decided"}).status_code == 303
    page = head.get("/briefings/B-2026-00002").content.decode()
    assert "not decided" in page
    assert "<strong>fall" not in page
    assert "Write a reply" not in page
    leader.post(reverse("briefing_discard", args=[Draft.objects.get().key]))
    assert not Draft.objects.exists()


def test_everybody_reads_and_replies_where_the_rules_say_so(issued: Workshop) -> None:
    leader = signed_in(issued.person(Role.LEADER))
    number = published(leader)
    address, reply = f"/briefings/{number}", f"/briefings/{number}/reply"
    nobody = issued.person(Role.AUDITOR, name="nobody")
    Grant.objects.filter(person=nobody.person).delete()
    assert visitor().get(address)["Location"].startswith("/sign-in")
    assert visitor().post(reply, NINA | {"key": "a"}).status_code == 302
    assert signed_in(nobody).get(address).status_code == 403
    assert '"briefings"' not in visitor().get("/subscribe").content.decode()
    Organisation.objects.update(public_briefings=True)
    assert '"briefings"' in visitor().get("/subscribe").content.decode()
    assert signed_in(nobody).get(address).status_code == 200
    assert '<a href="/briefings">' in visitor().get("/sign-in").content.decode()
    page = visitor().get(address).content.decode()
    for label in ("Your name (required)", "Your e-mail address (required)"):
        assert label in page
    for lacking in ("name", "email", "text"):
        answer = visitor().post(reply, {**NINA, "key": "a", lacking: ""})
        assert answer.status_code == 422, lacking
    page = replied(visitor(), reply, **NINA).content.decode()
    assert "waits for a moderator" in page
    assert "Why?" not in page
    auditor = signed_in(issued.person(Role.AUDITOR))
    assert "Write a reply" not in auditor.get(address).content.decode()
    assert auditor.post(reply, NINA | {"key": "a"}).status_code == 403
    assert signed_in(nobody).post(reply, NINA | {"key": "a"}).status_code == 403


def test_addresses_are_for_moderators(issued: Workshop) -> None:
    leader = signed_in(issued.person(Role.LEADER))
    head = signed_in(issued.person(Role.DEPARTMENT_HEAD, "sales"))
    Organisation.objects.update(public_briefings=True)
    address = f"/briefings/{published(leader)}"
    replied(visitor(), f"{address}/reply", **NINA)
    page = leader.get("/replies").content.decode()
    assert "nina@example.org" in page
    found = re.search(r"/replies/(r-\w+)/approve", page)
    assert found
    one = f"/replies/{found[1]}"
    assert "nina@example.org" in leader.get(one).content.decode()
    assert head.get(one).status_code == 403
    assert head.post(f"{one}/approve").status_code == 403
    assert leader.post(f"{one}/anything").status_code == 404
    assert leader.post(f"{one}/hide", {"why": " "}).status_code == 422
    assert leader.post(f"{one}/approve").status_code == 303
    page = replied(
        leader, f"{address}/reply?to={found[1]}", to=found[1], text="So."
    ).content.decode()
    assert "Answer from the author" in page
    for client in (visitor(), head, leader):
        page = client.get(address).content.decode()
        assert "Why?" in page
        assert "nina@example.org" not in page
    assert "leader@example.org" not in head.get(address).content.decode()
    leader.post(f"{one}/hide", {"why": "off the matter"})
    assert "off the matter" in leader.get("/replies?state=hidden").content.decode()
    page = visitor().get(address).content.decode()
    assert "Why?" not in page
    assert "A moderator has hidden this reply" in page
    assert visitor().get(f"{address}/reply?to={found[1]}").status_code == 404


def test_statements_are_replied_to_by_who_reads_them(issued: Workshop) -> None:
    number = Statement.objects.get(consumer="sales").number
    head, other = (
        signed_in(issued.person(Role.DEPARTMENT_HEAD, each)) for each in ("sales", "factory")
    )
    Organisation.objects.update(public_briefings=True)
    reply = f"/statements/{number}/reply"
    assert visitor().get(reply).status_code == 302
    assert other.get(reply).status_code == 404
    assert other.post(reply, NINA | {"key": "a"}).status_code == 404
    page = replied(head, reply, text="Whose seats?").content.decode()
    assert "waits for a moderator" in page
    assert "Whose seats?" in page, "one's own"
    analyst = signed_in(issued.person(Role.ANALYST))
    page = replied(analyst, reply, text="Yours.").content.decode()
    assert "From IT" in page
    assert "department-head-sales@" not in page


def test_replying_is_limited(issued: Workshop) -> None:
    Organisation.objects.update(public_briefings=True)
    reply = f"/briefings/{published(signed_in(issued.person(Role.LEADER)))}/reply"
    found = [visitor().post(reply, NINA | {"key": str(at)}).status_code for at in range(6)]
    assert found == [303] * 5 + [429]
    others = [
        visitor().post(reply, NINA | {"key": "a", "email": f"n{at}@example.org"}).status_code
        for at in range(26)
    ]
    assert set(others[:20]) == {303}
    assert others[-1] == 429


def test_lists_and_their_queries(issued: Workshop) -> None:
    leader = issued.person(Role.LEADER)
    client = signed_in(leader)
    head = signed_in(issued.person(Role.DEPARTMENT_HEAD, "sales"))
    Organisation.objects.update(public_briefings=True)
    for _ in range(3):
        number = published(client)
        for at in range(3):
            replied(client, f"/briefings/{number}/reply", text=f"Said {at}")
        replied(visitor(), f"/briefings/{number}/reply", **NINA)
    counts = {}
    for name, reader, address in (
        ("list", head, "/briefings"),
        ("one", head, f"/briefings/{number}"),
        ("one, by a visitor", visitor(), f"/briefings/{number}"),
        ("queue", client, "/replies"),
    ):
        with CaptureQueriesContext(connection) as queries:
            assert reader.get(address).status_code == 200
        assert not [each for each in queries if not each["sql"].startswith("SELECT")]
        counts[name] = len(queries)
    assert counts == {"list": 11, "one": 13, "one, by a visitor": 8, "queue": 6}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("<b>x</b><script>y</script>", "&lt;b&gt;x"),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ("[x](data:text/html,x)", "[x](data:text/html,x)"),
        ("[x](//evil.example)", "[x](//evil.example)"),
        ("[x](/statements/1)", "[x](/statements/1)"),
        ("[x](https:evil)", "[x](https:evil)"),
        ("<javascript:alert(1)>", "&lt;javascript:alert(1)&gt;"),
        ('[x](https://a.example/?a=1&b="2)', 'href="https://a.example/?a=1&amp;b=%222"'),
        ("[x](mailto:it@a.example)", 'href="mailto:it@a.example" rel="noopener nofollow"'),
        ("<https://a.example>", 'href="https://a.example" rel="noopener nofollow"'),
        ("![x](https://a.example/x.png)", '!<a href="https://a.example/x.png"'),
        ("a\u202eb\u2066c\u200bd", "a\ufffdb\ufffdc\ufffdd"),
        ("[a\u202eb](https://a.example)", ">a\ufffdb</a>"),
        ("&#x202e;x", "\ufffdx"),
        ("| a | b |\n|---|--:|\n| 1 | 2 |", '<td class="money">2</td>'),
        ("# A\n### B\n## C\n#### D", "<h2>A</h2>\n<h3>B</h3>\n<h3>C</h3>\n<h4>D</h4>"),
        ("### A\n# B", "<h2>A</h2>\n<h2>B</h2>"),
        ("{{ x }} {% y %}", "{{ x }} {% y %}"),
    ],
)  # fmt: skip
def test_markdown_is_harmless(text: str, told: str) -> None:
    made = drawn(text)
    assert told in made
    assert not re.search(r"<(?!/?(a|p|table|thead|tbody|tr|t[hd]|h\d)\b)", made), made
    assert "\u202e" not in made


def test_markdown_that_is_made_to_be_slow_is_not() -> None:
    began = time.process_time()
    for each in ("[", "*a", "> ", "`", "|a", "- ", "[a](", "<", "***", "a\n", "![", "|\n|-\n"):
        drawn((each * 20_000)[:20_000])
    assert time.process_time() - began < 10


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_texts_are_published_and_replied_harmlessly(issued: Workshop, kind: str) -> None:
    """Those of all pages go into one field at a time; here they come all the way to readers."""
    leader = signed_in(issued.person(Role.LEADER))
    Organisation.objects.update(public_briefings=True)
    text = HOSTILE[kind]
    answer = leader.post(
        reverse("briefing_write"), {"title": text[:200], "about": text[:60], "body": text[:20_000]}
    )
    if "\x00" in text:
        assert answer.status_code == 400
        return
    assert answer.status_code == 303, answer.content.decode()[:2_000]
    draft = Draft.objects.get()
    _harmless(leader.get(reverse("briefing_draft", args=[draft.key])), kind)
    seen = re.search(r'name="seen" value="(\w+)"', leader.get(answer["Location"]).content.decode())
    assert seen
    leader.post(reverse("briefing_publish", args=[draft.key]), {"seen": seen[1]})
    address = f"/briefings/{Briefing.objects.get().number}"
    said = {"name": text[:100], "email": "n@example.org", "text": text[:5_000]}
    assert visitor().post(f"{address}/reply", said | {"key": "a"}).status_code == 303
    page = leader.get("/replies")
    _harmless(page, kind)
    found = re.search(r"/replies/(r-\w+)/approve", page.content.decode())
    assert found
    leader.post(f"/replies/{found[1]}/approve")
    for path in ("/briefings", address, f"{address}/reply?to={found[1]}", "/events"):
        page = leader.get(path)
        assert page.status_code == 200
        _harmless(page, f"{kind} {path}")
        assert "\u202e" not in page.content.decode()

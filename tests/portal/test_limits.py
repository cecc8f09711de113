"""Too often: 429, in our look, with how long to wait; and who it is that is counted."""

from __future__ import annotations

import http.client
import threading
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import RequestFactory
from waitress import wasyncore
from waitress.server import create_server

from truecost.portal.limits import address, limited, wait
from truecost.portal.serve import _proxied
from truecost.record.place import Settings
from truecost.record.services.permissions import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest
    from tests.record.workshop import Workshop


@limited("subscribe", "2/h")
@limited("subscribe-to", "1/d", by=lambda request: request.POST.get("email", ""))
def page(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("done")


def asked(method: str = "post", user: Any = None, sender: str = "192.0.2.7", **said: str) -> Any:
    request = getattr(RequestFactory(), method)("/", said, REMOTE_ADDR=sender)
    request.user = user or AnonymousUser()
    return page(request)


def test_writing_too_often_is_refused_and_reading_is_not(shop: Workshop) -> None:
    assert [asked().status_code for _ in range(3)] == [200, 200, 429]
    answer = asked()
    assert 3590 <= int(answer["Retry-After"]) <= 3600
    assert "Wait 60 minutes" in answer.content.decode()
    assert asked("get").status_code == 200
    assert asked(sender="192.0.2.8").status_code == 200
    assert shop.folder.exists()


def test_who_is_signed_in_is_counted_alone(shop: Workshop) -> None:
    anna, bert = (shop.person(Role.AUDITOR, name=each).person for each in ("anna", "bert"))
    found = [asked(user=user).status_code for user in (anna, anna, anna, bert)]
    assert found == [200, 200, 429, 200]


def test_what_is_typed_can_be_counted(shop: Workshop) -> None:
    senders = [f"192.0.2.{each}" for each in (1, 2, 3)]
    mails = ["a@example.org", "a@example.org", "b@example.org"]
    found = [
        asked(sender=each, email=mail).status_code
        for each, mail in zip(senders, mails, strict=True)
    ]
    assert found == [200, 429, 200]
    assert [wait("tokens", "x", "1/s") > 0 for _ in range(2)] == [False, True]
    assert shop.folder.exists()


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3::9", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("", "unknown"),
    ],
)
def test_the_address_of_a_machine(said: str, meant: str) -> None:
    assert address(RequestFactory().get("/", REMOTE_ADDR=said)) == meant


@pytest.fixture
def ports() -> Iterator[dict[bool, int]]:
    """Give ports of two servers that say who asks: without a proxy before them, and with one."""
    begun: dict[bool, Any] = {}

    def application(environ: dict[str, Any], start: Any) -> list[bytes]:
        request = RequestFactory().get("/")
        request.META = environ
        start("200 OK", [("Content-Type", "text/plain")])
        return [address(request).encode()]

    for proxy in (False, True):
        begun[proxy] = create_server(
            application, host="127.0.0.1", port=0, **_proxied(Settings(proxy=proxy))
        )
    ended = threading.Event()

    def run() -> None:
        while not ended.is_set():
            for server in begun.values():
                wasyncore.loop(timeout=0.02, map=server._map, count=1)

    thread = threading.Thread(target=run)
    thread.start()
    yield {proxy: server.effective_port for proxy, server in begun.items()}
    ended.set()
    thread.join()
    for server in begun.values():
        server.task_dispatcher.shutdown()
        server.close()


def test_a_proxy_is_believed_where_there_is_one(ports: dict[bool, int]) -> None:
    found = {}
    for proxy, port in ports.items():
        asking = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        asking.request("GET", "/", headers={"X-Forwarded-For": "203.0.113.9, 198.51.100.4"})
        found[proxy] = asking.getresponse().read().decode()
        asking.close()
    assert found == {False: "127.0.0.1", True: "198.51.100.4"}

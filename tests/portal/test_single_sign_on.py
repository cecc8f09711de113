"""Signing in by an OpenID provider: one that is there, on this machine, started by the test."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import oidc_provider_mock
import pytest
import requests
from django.test import Client, override_settings
from django.urls import reverse
from tests.portal.conftest import signed_in

from truecost.portal import logs
from truecost.portal.account.providers import providers
from truecost.record.models import Event, Grant, Person
from truecost.record.place import RecordPlace, Settings
from truecost.record.services.permissions import Role
from truecost.record.sign_on import Provider

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.record.workshop import Workshop

# the provider's own libraries warn of each other
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
SECRET = "canary-of-the-client"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with oidc_provider_mock.run_server_in_thread() as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def portal(shop: Workshop, issuer: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workshop]:
    monkeypatch.setenv("TRUECOST_OIDC_SECRET", SECRET)
    with override_settings(**said(shop, issuer)):
        yield shop


def said(shop: Workshop, issuer: str, **more: Any) -> dict[str, Any]:
    provider = Provider(issuer=issuer, client="truecost", name="Example", **more)
    return {"SOCIALACCOUNT_PROVIDERS": providers(RecordPlace(shop.folder), Settings(oidc=provider))}


def told(issuer: str, sub: str, **claims: Any) -> None:
    """Let the provider know somebody."""
    requests.put(f"{issuer}/users/{sub}", json=claims, timeout=30).raise_for_status()


def came(sub: str, client: Client | None = None, start: str = "") -> Any:
    """Go to the provider, be somebody there, and come back; give the portal's answer."""
    client = client or Client(headers={"host": "localhost"})
    begun = client.get(start or reverse("openid_connect_login", args=["oidc"]))
    assert begun.status_code == 302, begun.content.decode()
    assert "code_challenge=" in begun["Location"]
    answer = requests.post(begun["Location"], data={"sub": sub}, allow_redirects=False, timeout=30)
    back = urlsplit(answer.headers["Location"])
    return client.get(f"{back.path}?{back.query}")


def test_who_was_invited_comes_in_and_nobody_else(portal: Workshop, issuer: str) -> None:
    anna = portal.person(Role.AUDITOR, name="anna").person
    told(issuer, "u-1", email="Anna@Example.org", email_verified=True, name="Anna")
    client = Client(headers={"host": "localhost"})
    assert "Sign in with Example" in client.get(reverse("account_login")).content.decode()
    answer = came("u-1", client)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.get("/").status_code == 200
    assert client.session["_auth_user_id"] == str(anna.pk if anna else "")
    assert Event.objects.filter(kind="single sign-on known").count() == 1

    told(issuer, "u-2", email="stranger@example.org", email_verified=True)
    answer = came("u-2")
    assert (answer.status_code, "nobody has invited you" in answer.content.decode()) == (403, True)
    assert Person.objects.count() == 1


def test_an_address_that_is_not_verified_opens_nothing(portal: Workshop, issuer: str) -> None:
    portal.person(Role.ADMIN, name="anna")
    for claim in ({"email_verified": False}, {}):
        told(issuer, "u-3", email="anna@example.org", **claim)
        answer = came("u-3")
        assert answer.status_code == 403
        assert "no verified address" in answer.content.decode()
    with override_settings(**said(portal, issuer, trust_email=True)):
        assert came("u-3").status_code == 302


def test_an_address_that_passes_to_another_opens_nothing(portal: Workshop, issuer: str) -> None:
    portal.person(Role.ADMIN, name="anna")
    told(issuer, "u-4", email="anna@example.org", email_verified=True)
    assert came("u-4").status_code == 302
    told(issuer, "u-5", email="anna@example.org", email_verified=True)
    answer = came("u-5")
    assert (answer.status_code, "somebody else" in answer.content.decode()) == (403, True)
    told(issuer, "u-4", email="married@example.org", email_verified=True)
    assert came("u-4").status_code == 302, "it is the same person, by the provider's name"


def test_who_left_stays_out(portal: Workshop, issuer: str) -> None:
    portal.person(Role.ADMIN, name="anna")
    told(issuer, "u-6", email="anna@example.org", email_verified=True)
    assert came("u-6").status_code == 302
    Person.objects.update(is_active=False)
    assert came("u-6").status_code == 403


def test_roles_follow_groups(portal: Workshop, issuer: str) -> None:
    boss = portal.person(Role.ADMIN, name="boss").person
    portal.person(Role.DEPARTMENT_HEAD, "sales", name="anna")
    groups = {"it-finance": "analyst", "board": "leader", "it-admin": "admin"}
    with override_settings(**said(portal, issuer, groups=groups)):
        told(
            issuer, "u-7", email="anna@example.org", email_verified=True,
            groups=["it-finance", "canteen"],
        )  # fmt: skip
        assert came("u-7").status_code == 302
        held = Grant.objects.filter(person__email="anna@example.org", ended=None)
        assert set(held.values_list("role", flat=True)) == {"department head", "analyst"}
        told(issuer, "u-7", email="anna@example.org", email_verified=True, groups=["board"])
        assert came("u-7").status_code == 302
        assert set(held.values_list("role", flat=True)) == {"department head", "leader"}
        told(issuer, "u-8", email="boss@example.org", email_verified=True, groups=[])
        assert came("u-8").status_code == 302
    assert Grant.objects.filter(person=boss, ended=None).exists(), "the last administrator stays"


def test_nothing_is_attached_to_who_is_signed_in(portal: Workshop, issuer: str) -> None:
    client = signed_in(portal.person(Role.AUDITOR, name="anna"))
    told(issuer, "u-9", email="evil@example.org", email_verified=True)
    start = reverse("openid_connect_login", args=["oidc"]) + "?process=connect"
    assert came("u-9", client, start).status_code == 403


def test_what_comes_back_unasked_opens_nothing(portal: Workshop) -> None:
    portal.person(Role.ADMIN, name="anna")
    client = Client(headers={"host": "localhost"})
    address = reverse("openid_connect_callback", args=["oidc"])
    for query in ("?code=x&state=y", "?error=access_denied", ""):
        answer = client.get(address + query)
        assert answer.status_code == 403
        assert "not signed in" in answer.content.decode()


def test_the_secret_stands_in_no_log_and_on_no_page(
    portal: Workshop, issuer: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    portal.person(Role.AUDITOR, name="anna")
    told(issuer, "u-10", email="anna@example.org", email_verified=True)
    client = Client(headers={"host": "localhost"})
    answer = came("u-10", client)
    assert SECRET not in answer.content.decode() + client.get("/").content.decode()
    ours = [each for each in caplog.records if each.name.startswith(("truecost", "django", "all"))]
    lines = "\n".join(logs.Lines().format(each) for each in ours)
    assert lines
    for word in (SECRET, "anna", "u-10"):
        assert word not in lines

"""One's own account: a forgotten password, a changed one, sessions, a second factor."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone
from tests.portal.conftest import signed_in
from tests.record.workshop import PASSWORD

from truecost.portal.account import views
from truecost.record.models import Event, Mail, Person, Tally
from truecost.record.services import entering, people
from truecost.record.services.acts import By
from truecost.record.services.permissions import Role

if TYPE_CHECKING:
    from tests.record.workshop import Workshop

NEW = "another battery staple horse"


def browser() -> Client:
    return Client(headers={"host": "localhost"})


def in_by_password(password: str = PASSWORD) -> tuple[Client, Any]:
    client = browser()
    said = {"login": "anna@example.org", "password": password}
    return client, client.post(reverse("account_login"), said)


def asked(email: str) -> tuple[Any, float]:
    begun = time.monotonic()
    answer = browser().post(reverse("account_reset_password"), {"email": email})
    return answer, time.monotonic() - begun


def test_a_forgotten_password(shop: Workshop) -> None:
    shop.person(Role.AUDITOR, name="anna")
    before, _ = in_by_password()
    known, long = asked("Anna@example.org")
    unknown, short = asked("nobody@example.org")
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert known.content == unknown.content
    assert min(long, short) >= views.EVEN
    mail = Mail.objects.get()
    assert mail.recipient == "anna@example.org"
    link = re.search(r"http://localhost(/forgotten/\S+)", mail.text)
    assert link

    client = browser()
    form = client.get(link[1])
    assert form.status_code == 302
    assert link[1] not in form["Location"], "the link's secret stays out of the next address"
    said = {"password1": "short", "password2": "short"}
    assert "too short" in client.post(form["Location"], said).content.decode()
    said = {"password1": NEW, "password2": NEW}
    assert client.post(form["Location"], said)["Location"] == reverse(
        "account_reset_password_from_key_done"
    )
    assert "used up" in browser().get(link[1]).content.decode()
    assert before.get("/").status_code == 302, "other sessions ended"
    assert in_by_password()[1].status_code == 200
    assert in_by_password(NEW)[1].status_code == 302
    assert Event.objects.filter(kind="password reset by mail").count() == 1


def test_a_link_gets_too_old_and_asking_is_limited(shop: Workshop) -> None:
    shop.person(Role.AUDITOR, name="anna")
    found = [asked("anna@example.org")[0].status_code for _ in range(4)]
    assert found == [302, 302, 302, 429]
    link = re.search(r"http://localhost(/forgotten/\S+)", Mail.objects.latest("id").text)
    assert link
    with override_settings(PASSWORD_RESET_TIMEOUT=-1):
        assert "used up" in browser().get(link[1]).content.decode()


def test_the_host_of_a_link_is_that_of_the_settings(shop: Workshop) -> None:
    shop.person(Role.AUDITOR, name="anna")
    with override_settings(TRUECOST_ADDRESS="https://truecost.example.org"):
        asked("anna@example.org")
    assert "\nhttps://truecost.example.org/forgotten/" in Mail.objects.get().text


def test_changing_the_password_ends_other_sessions(shop: Workshop) -> None:
    shop.person(Role.AUDITOR, name="anna")
    here, _ = in_by_password()
    there, _ = in_by_password()
    said = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    answer = here.post(reverse("account_change_password"), said)
    assert (answer.status_code, answer["Location"]) == (302, reverse("mfa_index"))
    assert here.get("/").status_code == 200
    assert there.get("/").status_code == 302
    assert Event.objects.filter(kind="password changed").count() == 1


def test_sessions_are_seen_and_ended(shop: Workshop) -> None:
    shop.person(Role.AUDITOR, name="anna")
    here, _ = in_by_password()
    there, _ = in_by_password()
    page = here.get(reverse("mfa_index")).content.decode()
    ends = re.findall(r'action="(/account/sessions/end/\d+)"', page)
    assert len(ends) == 1
    stranger = signed_in(shop.person(Role.ADMIN, name="bert"))
    assert stranger.post(ends[0]).status_code == 404
    assert here.post(ends[0]).status_code == 303
    assert there.get("/").status_code == 302
    in_by_password()
    here.post(reverse("end_others"))
    assert re.findall("sessions/end/", here.get(reverse("mfa_index")).content.decode()) == []
    assert here.get("/").status_code == 200


def code(page: str) -> str:
    secret = re.search(r'class="secret">(\w+)<', page)
    assert secret
    return str(format_hotp_value(hotp_value(secret[1], int(time.time()) // 30)))


def with_factor() -> tuple[Client, str, str]:
    """Sign anna in, and switch a second factor on; give its secret, and the recovery codes."""
    client, _ = in_by_password()
    address = reverse("mfa_activate_totp")
    asks = client.get(address)
    page = client.post(asks["Location"], {"password": PASSWORD}, follow=True).content.decode()
    assert "data:image/svg+xml" in page
    secret = re.search(r'class="secret">(\w+)<', page)
    assert secret
    wrong = client.post(address, {"code": "000000"})
    assert "Incorrect code" in wrong.content.decode()
    done = client.post(address, {"code": code(page)}, follow=True)
    return client, secret[1], done.content.decode()


def test_a_second_factor(shop: Workshop) -> None:
    person = shop.person(Role.AUDITOR, name="anna").person
    _, secret, page = with_factor()
    codes = re.findall(r"<code>(\d+)</code>", page)
    assert len(codes) == 10
    kept = Authenticator.objects.get(user=person, type="totp").data["secret"]
    assert secret not in kept, "encrypted, by a key that is not in the database"
    second, answer = in_by_password()
    assert answer["Location"].startswith(reverse("mfa_authenticate"))
    assert second.get("/").status_code == 302, "not in yet"
    now = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    assert second.post(answer["Location"], {"code": now})["Location"] == "/"
    assert second.get("/").status_code == 200
    third, answer = in_by_password()
    cache.clear()  # as another process has it
    assert "was used" in third.post(answer["Location"], {"code": now}).content.decode()
    assert third.post(answer["Location"], {"code": codes[0]})["Location"] == "/"
    fourth, answer = in_by_password()
    assert "Incorrect" in fourth.post(answer["Location"], {"code": codes[0]}).content.decode()
    kinds = set(Event.objects.values_list("kind", flat=True))
    assert "second factor added" in kinds


def test_codes_are_not_guessed(shop: Workshop) -> None:
    shop.person(Role.AUDITOR, name="anna")
    with_factor()
    client, answer = in_by_password()
    Tally.objects.all().delete()
    pages = [client.post(answer["Location"], {"code": f"{n:06}"}) for n in range(11)]
    assert "Too many tries" in pages[-1].content.decode()


def test_a_role_can_need_a_second_factor(shop: Workshop) -> None:
    shop.person(Role.ANALYST, name="anna")
    with override_settings(TRUECOST_MFA=("admin", "analyst")):
        client, _ = in_by_password()
        assert client.get("/")["Location"] == reverse("mfa_activate_totp")
        assert client.get("/api/v1/periods").status_code == 302, "nor by the other door"
        assert "your role needs it" in client.get(reverse("mfa_index")).content.decode()
        client, _, _ = with_factor()
        assert client.get("/").status_code == 200
        page = client.get(reverse("mfa_deactivate_totp")).content.decode()
        assert "it stays on" in page
        client.post(reverse("mfa_deactivate_totp"))
        assert Authenticator.objects.filter(type="totp").exists()
        reader = signed_in(shop.person(Role.AUDITOR, name="bert"))
        assert reader.get("/").status_code == 200
    client.post(reverse("mfa_deactivate_totp"))
    assert not Authenticator.objects.exists()


def test_an_administrator_takes_a_lost_one_off(shop: Workshop) -> None:
    person = shop.person(Role.AUDITOR, name="anna").person
    assert person
    client, _, _ = with_factor()
    admin = shop.person(Role.ADMIN, name="boss").person
    entering.forget_second_factor(By(admin, "test", timezone.now()), person)
    assert not Authenticator.objects.exists()
    assert client.get("/").status_code == 302
    assert in_by_password()[1]["Location"] == "/"


def test_erasing_takes_all_of_it(shop: Workshop) -> None:
    person = shop.person(Role.AUDITOR, name="anna").person
    assert person
    with_factor()
    admin = shop.person(Role.ADMIN, name="boss").person
    people.erase(By(admin, "test", timezone.now()), person)
    gone = Person.objects.get(pk=person.pk)
    assert not gone.usersession_set.exists()  # type: ignore[attr-defined]  # allauth has no types
    assert not Authenticator.objects.exists()

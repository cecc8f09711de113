"""What holds at every address: what browsers are told, whose forms are taken, what texts may hold.

Each test walks the addresses that there are: a new page is held to it without being named here.
"""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import get_resolver, reverse
from tests.portal.conftest import signed_in
from tests.portal.test_rules import NOTHING, addresses, arguments
from tests.portal.test_settings import ran

from truecost.portal.areas import AREAS
from truecost.portal.headers import DOCUMENT_POLICY, POLICY
from truecost.record.place import RecordPlace
from truecost.record.services.permissions import Role

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

    from tests.record.workshop import Workshop

#: Those that take POST from elsewhere, each with why; nothing else may.
FROM_ELSEWHERE: dict[str, str] = {
    "subscription_end": "mail programs end a subscription in one step (RFC 8058)",
}
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>"
HOSTILE = {
    "script": SCRIPT,
    "attribute": "\" onfocus=alert(3) autofocus x='",
    "formula": '=HYPERLINK("http://evil.example","x")',
    "right to left": "\u202etxet\u202c \u2066x\u2069",
    "nothing": "a\x00b",
    "sql": "'); DROP TABLE record_event; --",
    "emoji": "\U0001f9ee\u200d\U0001f680" * 20,
    "template": "{{ settings.SECRET_KEY }}{% debug %}",
    "surrogate": "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
    "long": "x" * 1_000_000,
}


def every(shop: Workshop) -> Iterator[tuple[str, str]]:
    """Give the name of each address, and one that it stands for."""
    for area in AREAS:
        said = arguments(area, shop)
        for each in addresses(area):
            yield (
                str(each.name),
                reverse(str(each.name), kwargs=said.get(str(each.name), NOTHING)[0]),
            )


def test_every_answer_tells_browsers_what_they_may_do(issued: Workshop) -> None:
    walk = [*every(issued)]
    for client in (signed_in(issued.person(Role.ADMIN)), Client(headers={"host": "localhost"})):
        for name, address in walk:
            if name == "account_logout":
                continue
            answer = client.get(address)
            where = f"{name} {answer.status_code}"
            assert answer["Content-Security-Policy"] in {POLICY, DOCUMENT_POLICY}, where
            assert answer["X-Content-Type-Options"] == "nosniff", where
            assert answer["X-Frame-Options"] == "DENY", where
            assert answer["Referrer-Policy"] == "same-origin", where
            assert "camera=()" in answer["Permissions-Policy"], where
            assert answer["Cache-Control"], where
            if answer["Content-Type"].startswith("text/html") and not answer.streaming:
                _plain(answer.content.decode(), where)


def _plain(page: str, where: str) -> None:
    """Nothing that the policy would stop: no script or style inside, nothing from elsewhere."""
    assert not re.search(r"<style|<iframe|<object|<embed|<base", page), where
    assert not re.search(r"<script(?![^>]*\bsrc=)", page), where
    tags = re.findall(r"<[a-zA-Z][^>]*>", page)
    for tag in tags:
        assert not re.search(r"""\s(style|on[a-z]+)\s*=\s*["']""", tag), f"{where}: {tag}"
        assert "javascript:" not in tag, f"{where}: {tag}"
        if tag.startswith(("<script", "<link", "<img")):
            assert not re.search(r"""(src|href)=["'](https?:)?//""", tag), f"{where}: {tag}"


def test_the_policy_has_no_way_around() -> None:
    assert "unsafe" not in POLICY
    assert "*" not in POLICY
    assert "http" not in POLICY


def test_every_form_needs_its_token(issued: Workshop) -> None:
    person = issued.person(Role.ADMIN).person
    assert person
    client = Client(headers={"host": "localhost"}, enforce_csrf_checks=True)
    client.force_login(person)
    taken = {
        name for name, address in every(issued)
        if client.post(address, {"x": "y"}).status_code not in {403, 404, 405}
    }  # fmt: skip
    assert taken <= set(FROM_ELSEWHERE), f"{taken} take forms from elsewhere"


def test_nobody_says_that_a_view_needs_no_token() -> None:
    exempt = {
        str(getattr(each, "name", "")) for each in get_resolver().url_patterns
        if getattr(getattr(each, "callback", None), "csrf_exempt", False)
    }  # fmt: skip
    assert exempt <= set(FROM_ELSEWHERE)


class Forms(HTMLParser):
    """The forms of a page that are sent by POST: where to, and with which fields."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str], set[str]]] = []
        self._open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = said.get("method", "").lower() == "post"
            if self._open:
                self.found.append((said.get("action", ""), {}, set()))
        elif self._open and tag in {"input", "textarea", "select", "button"} and said.get("name"):
            _, fields, texts = self.found[-1]
            kind = said.get("type", "text") if tag == "input" else tag
            fields[said["name"]] = said.get("value", "")
            if kind in {"text", "email", "search", "url", "tel", "textarea", "password", "hidden"}:
                texts.add(said["name"])

    def handle_endtag(self, tag: str) -> None:
        self._open = self._open and tag != "form"


def forms(client: Client, address: str) -> list[tuple[str, dict[str, str], set[str]]]:
    answer = client.get(address)
    if not answer.get("Content-Type", "").startswith("text/html") or answer.streaming:
        return []
    reader = Forms()
    reader.feed(answer.content.decode())
    return [(action or address, fields, texts) for action, fields, texts in reader.found]


@pytest.mark.slow
@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_texts_are_refused_in_words_or_shown_harmlessly(
    issued: Workshop, kind: str
) -> None:
    """Put it into every text field of every form that an admin, an analyst or a visitor sees."""
    readers: dict[str, Any] = {
        "visitor": Client(headers={"host": "localhost"}),
        "admin": signed_in(issued.person(Role.ADMIN)),
        "analyst": signed_in(issued.person(Role.ANALYST)),
    }
    walk = [*every(issued)]
    tried: set[tuple[str, str]] = set()
    for who, client in readers.items():
        for name, address in walk:
            if name == "account_logout":
                continue
            for action, fields, texts in forms(client, address):
                if action.startswith(reverse("account_logout")):
                    continue
                for field in texts - {"csrfmiddlewaretoken"}:
                    if (action, field) in tried:
                        continue
                    tried.add((action, field))
                    answer = client.post(action, {**fields, field: HOSTILE[kind]})
                    where = f"{who}: {name}: {field}: {answer.status_code}"
                    assert answer.status_code < 500, where
                    _harmless(answer, where)
        for name, address in walk:
            if name != "account_logout":
                answer = client.get(address)
                assert answer.status_code < 500, f"{who}: {name}"
                _harmless(answer, f"{who}: {name}, read afterwards")
    assert len(tried) > 5


def _harmless(answer: Any, where: str) -> None:
    if answer.streaming or not answer.get("Content-Type", "").startswith("text/html"):
        return
    page = answer.content.decode()
    _plain(page, where)
    assert SCRIPT not in page, where
    assert settings.SECRET_KEY not in html.unescape(page), where
    assert "\x00" not in page, where


def test_files_are_taken_by_nothing(issued: Workshop) -> None:
    """The portal takes no files: no form has a field for one, and what is sent is not kept."""
    client = signed_in(issued.person(Role.ADMIN))
    for _, address in every(issued):
        answer = client.get(address)
        if answer.get("Content-Type", "").startswith("text/html") and not answer.streaming:
            assert not re.search(r'type="file"|multipart/form-data', answer.content.decode())
        if address == reverse("account_logout"):
            break
    assert not settings.MEDIA_ROOT
    assert settings.DATA_UPLOAD_MAX_MEMORY_SIZE <= 2 * 1024 * 1024


def test_a_request_that_is_too_large_is_refused(issued: Workshop) -> None:
    client = signed_in(issued.person(Role.ADMIN))
    answer = client.post(reverse("account_login"), {"login": "x" * 3_000_000})
    assert answer.status_code in {302, 400, 413}
    visitor = Client(headers={"host": "localhost"})
    data = "login=" + "x" * 3_000_000
    kind = "application/x-www-form-urlencoded"
    assert visitor.post(reverse("account_login"), data, content_type=kind).status_code == 400
    many = "&".join(f"f{n}=" for n in range(1_200))
    assert visitor.post(reverse("account_login"), many, content_type=kind).status_code == 400


ALL = """\
address = "https://truecost.example.org"
proxy = true
mfa = ["admin", "analyst"]
[oidc]
issuer = "https://login.example.org"
client = "truecost"
[saml]
issuer = "https://idp.example.org"
url = "https://idp.example.org/sso"
certificate = "idp.pem"
"""


def checked(folder: Path) -> subprocess.CompletedProcess[str]:
    return ran(folder, "check", "--deploy", "--fail-level", "DEBUG")


def test_nothing_is_said_about_a_deployment_with_all_there_is(tmp_path: Path) -> None:
    place = RecordPlace(tmp_path)
    place.begin()
    (place.folder / "settings.toml").write_text(ALL, encoding="utf-8")
    (place.folder / "idp.pem").write_text("CERTIFICATE", encoding="ascii")
    ended = checked(tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "no issues" in ended.stdout


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ('mfa = ["analist"]', 'did you mean "analyst"?'),
        ('mfa = "admin"', "mfa must be a list of roles"),
        ('[oidc]\nissuer = "https://a.example"', "oidc needs client"),
        ('[oidc]\nissuer = "http://a.example"\nclient = "x"', "write it with https://"),
        (
            '[oidc]\nissuer = "https://a.example"\nclient = "x"\nsecret = "s"',
            "TRUECOST_OIDC_SECRET",
        ),
        (
            '[oidc]\nissuer = "https://a.example"\nclient = "x"\ngroups = { a = "service owner" }',
            "no role that can stand here",
        ),
        (
            '[saml]\nissuer = "a"\nurl = "https://a.example"\ncertificate = "none.pem"',
            "put it there, as PEM",
        ),
    ],
)
def test_settings_that_are_not_understood(tmp_path: Path, said: str, told: str) -> None:
    place = RecordPlace(tmp_path)
    place.begin()
    (place.folder / "settings.toml").write_text(said, encoding="utf-8")
    assert told in checked(tmp_path).stderr


def test_a_secret_that_others_can_read_is_refused(tmp_path: Path) -> None:
    place = RecordPlace(tmp_path)
    place.begin()
    settings_file = place.folder / "settings.toml"
    settings_file.write_text(
        'address = "https://t.example.org"\n[oidc]\nissuer = "https://a.example"\nclient = "x"\n',
        "utf-8",
    )
    secret = place.folder / "oidc.secret"
    secret.write_text("canary", encoding="ascii")
    secret.chmod(0o644)
    ended = checked(tmp_path)
    assert "others on this machine can read this secret" in ended.stderr
    assert "canary" not in ended.stdout + ended.stderr
    secret.chmod(0o600)
    assert checked(tmp_path).returncode == 0

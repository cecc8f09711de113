"""The outbox and its delivery, through a real mail server."""

from __future__ import annotations

import datetime as dt
import socket
import threading
from typing import TYPE_CHECKING

import pytest
from django.db import connections, transaction
from tests.record.mail_server import Box, mail_server
from tests.record.workshop import NOW

from truecost.kernel.findings import ModelError, UsageError
from truecost.portal import delivery
from truecost.record.mailing import MailServer
from truecost.record.mailing import mail_server as read
from truecost.record.models import Mail
from truecost.record.services import mail
from truecost.record.services.acts import By, DeniedError, acting
from truecost.record.services.permissions import Role

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.record.workshop import Workshop

PROGRAM = By(None, "test", NOW)


@pytest.fixture
def box() -> Iterator[Box]:
    with mail_server() as made:
        yield made


def queue(key: str, to: str = "anna@example.org", **said: str) -> None:
    with acting():
        mail.send(
            PROGRAM, to, said.pop("subject", "Hello"), said.pop("text", "Text\n"),
            kind="test", key=key, **said,
        )  # fmt: skip


def at(minutes: int = 0) -> dt.datetime:
    return NOW + dt.timedelta(minutes=minutes)


def deliver(box: Box, minutes: int = 0) -> int:
    return delivery.deliver(box.server, lambda: at(minutes))


@pytest.mark.usefixtures("shop")
def test_a_mail_is_queued_with_its_act_and_sent_once(box: Box) -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        mail.send(PROGRAM, "a@example.org", "x", "y", kind="test", key="0")
    with acting():
        mail.send(PROGRAM, "a@example.org", "x", "y", kind="test", key="0")
        transaction.set_rollback(True)
    assert Mail.objects.count() == 0
    unsubscribe = "https://truecost.example.org/subscriptions/end/" + "x" * 120
    for _ in range(2):
        queue("1", "Anna@Example.org", subject="Größe \u202eÑ" * 12, text="Süß\n.\n",
              html="<p>Süß</p>", unsubscribe=unsubscribe)  # fmt: skip
    assert [deliver(box), deliver(box)] == [1, 0]
    (got,) = box.mails
    assert got["To"] == "anna@example.org"
    assert got["From"] == "Shop <it@shop.example>"
    assert got["Subject"] == ("Größe Ñ" * 12)[:200]
    assert got["Auto-Submitted"] == "auto-generated"
    assert got["Date"] == "Tue, 07 Apr 2026 09:30:00 +0000"
    assert got["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f"List-Unsubscribe: <{unsubscribe}>\r\n".encode() in box.raw[0], "never folded"
    row = Mail.objects.get()
    assert got["Message-ID"] == f"<{row.tag}@shop.example>"
    bodies = [part.get_content() for part in got.walk() if not part.is_multipart()]
    assert [each.replace("\r\n", "\n") for each in bodies] == ["Süß\n.\n", "<p>Süß</p>\n"]
    assert (row.state, row.text, row.html, row.unsubscribe) == ("sent", "", "", "")
    assert max(len(line) for line in box.raw[0].split(b"\r\n")) < 998


@pytest.mark.usefixtures("shop")
def test_nothing_typed_becomes_a_header(box: Box) -> None:
    wrong = ("a@b", "a b@example.org", "a@example.org\nBcc: x@example.org", "<a@example.org>", "",
             "a@example.org, b@example.org")  # fmt: skip
    for number, to in enumerate(wrong):
        with pytest.raises(UsageError, match="no e-mail address"):
            queue(str(number), to)
    for link in ("javascript:x", "https://x\r\nBcc: a@b", "https://x/>", "https://" + "x" * 600):
        with pytest.raises(ValueError, match="no link"):
            queue("l", unsubscribe=link)
    queue("s", subject="Hi\r\nBcc: mallory@example.org\r\n\r\nbody\x00\u2028")
    assert deliver(box) == 1
    assert box.mails[0]["Subject"] == "Hi Bcc: mallory@example.org body"
    assert box.mails[0]["Bcc"] is None
    assert box.envelopes == [("it@shop.example", ["anna@example.org"])]


@pytest.mark.usefixtures("shop")
def test_an_address_of_another_alphabet_is_written_as_the_wire_wants_it(box: Box) -> None:
    queue("1", "info@bücher.example")
    assert deliver(box) == 1
    assert box.envelopes[0][1] == ["info@xn--bcher-kva.example"]


def test_a_refusal_ends_a_mail_and_not_the_others(box: Box, shop: Workshop) -> None:
    box.unknown.add("gone@example.org")
    queue("1", "gone@example.org")
    queue("2")
    assert deliver(box) == 1
    gone, there = Mail.objects.order_by("key")
    assert (gone.state, gone.fault) == ("refused", "550 5.1.1 nobody is called so here")
    assert there.state == "sent"
    with pytest.raises(DeniedError):
        mail.outbox(shop.person(Role.LEADER))
    assert [each.key for each in mail.outbox(shop.person(Role.ADMIN))] == ["2", "1"]


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("answer", ["451 4.3.0 try later", "hang up"])
def test_what_may_pass_is_tried_again_with_growing_pauses(box: Box, answer: str) -> None:
    box.answers = [answer, answer]
    queue("1")
    assert [deliver(box), deliver(box), deliver(box, 1), deliver(box, 5)] == [0, 0, 0, 0]
    assert deliver(box, 6) == 1
    assert len(box.mails) == 1
    assert Mail.objects.get().tries == 3


@pytest.mark.usefixtures("shop")
def test_what_was_taken_without_a_word_comes_again_under_the_same_id(box: Box) -> None:
    """At least once: a mail too many is less harm than one that nobody ever gets."""
    box.answers = ["take and hang up"]
    queue("1")
    assert [deliver(box), deliver(box, 1)] == [0, 1]
    assert len({each["Message-ID"] for each in box.mails}) == 1


@pytest.mark.usefixtures("shop")
def test_it_is_given_up_in_the_end(box: Box) -> None:
    queue("1")
    box.answers = ["421 4.7.0 busy"] * 20
    minutes = 0
    for _ in range(15):
        deliver(box, minutes)
        minutes += 1440
    row = Mail.objects.get()
    assert (row.state, row.text) == ("given up", "")
    assert row.tries <= len(mail.PAUSES) + 1


@pytest.mark.usefixtures("shop")
def test_a_server_that_is_away_is_asked_later() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        away = MailServer("127.0.0.1", taken.getsockname()[1], "none", sender="it@shop.example")
        queue("1")
        with pytest.raises(delivery.AwayError, match="ConnectionRefused"):
            delivery.deliver(away, at)
    row = Mail.objects.get()
    assert (row.state, row.due, row.lease) == ("waiting", at(1), "")


@pytest.mark.usefixtures("shop")
def test_a_server_that_says_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "_PATIENCE", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        slow = MailServer("127.0.0.1", silent.getsockname()[1], "none", sender="it@shop.example")
        queue("1")
        with pytest.raises(delivery.AwayError, match="Disconnected"):
            delivery.deliver(slow, at)
    assert Mail.objects.get().state == "waiting"


@pytest.mark.usefixtures("shop")
def test_a_server_that_answers_letter_by_letter_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each answer in time, and never an end: the lease would run out."""
    monkeypatch.setattr(delivery, "_WHOLE", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        ending = threading.Event()
        thread = threading.Thread(target=_drip, args=(listening, ending))
        thread.start()
        slow = MailServer("127.0.0.1", listening.getsockname()[1], "none", sender="it@shop.example")
        queue("1")
        assert delivery.deliver(slow, at) == 0
        ending.set()
        thread.join()
    assert Mail.objects.get().state == "waiting"


def _drip(listening: socket.socket, ending: threading.Event) -> None:
    line, _ = listening.accept()
    with line:
        line.sendall(b"220 slow\r\n")
        line.recv(1000)
        line.sendall(b"250 slow\r\n")
        line.recv(1000)
        while not ending.wait(0.05):
            try:
                line.sendall(b"250-x\r\n")
            except OSError:
                return


@pytest.mark.usefixtures("shop")
def test_two_workers_never_have_the_same_mail_in_hand(box: Box) -> None:
    for number in range(40):
        queue(str(number), f"reader{number}@example.org")

    def work() -> None:
        deliver(box)
        connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert sorted(each["To"] for each in box.mails) == sorted(
        f"reader{number}@example.org" for number in range(40)
    )


@pytest.mark.usefixtures("shop")
def test_a_worker_that_was_killed_leaves_its_mail_to_the_next(box: Box) -> None:
    queue("1")
    held = mail.take(at())
    assert held is not None
    assert deliver(box, 1) == 0
    assert deliver(box, 16) == 1
    mail.failed(at(17), held, "woken up late")
    assert Mail.objects.get().state == "sent"


def test_a_mail_that_came_back_is_known_by_its_return_path(box: Box, shop: Workshop) -> None:
    queue("1")
    server = MailServer("127.0.0.1", box.port, "none", sender="it@shop.example",
                        bounces="back@shop.example")  # fmt: skip
    delivery.deliver(server, at)
    ((path, _),) = box.envelopes
    assert path == f"back+{Mail.objects.get().tag}@shop.example"
    admin = shop.person(Role.ADMIN)
    assert mail.bounced(admin, "back+unknown@shop.example") is None
    assert mail.bounced(admin, path) is not None
    assert Mail.objects.get().state == "refused"


@pytest.mark.usefixtures("shop")
def test_nothing_of_somebody_who_is_forgotten_is_kept_or_sent(box: Box) -> None:
    queue("1")
    queue("2", "other@example.org")
    with acting():
        assert mail.forget("anna@example.org") == 1
    assert deliver(box) == 1
    assert not Mail.objects.filter(recipient="anna@example.org").exists()


def settings(said: dict[str, object], folder: Path, **environment: str) -> MailServer:
    return read(said, folder, environment)


def test_settings_are_told_what_is_wrong(tmp_path: Path) -> None:
    good: dict[str, object] = {"host": "mail.example.org", "sender": "it@example.org"}
    assert settings(good, tmp_path).port == 587
    assert settings(good | {"security": "tls"}, tmp_path).port == 465
    for wrong, said in (
        ({"hots": "x"}, 'did you mean "host"'),
        ({"port": "25"}, "1 to 65535"),
        ({"security": "ssl"}, "starttls, tls, none"),
        ({"sender": "x\n@y"}, "no e-mail address"),
        ({"host": ""}, "mail.host is missing"),
        ({"user": "u"}, "there is no password"),
        ({"user": "u", "security": "none"}, "for all to read"),
    ):
        with pytest.raises(ModelError) as refused:
            settings(good | wrong, tmp_path)
        assert said in str(refused.value)
    with_user = good | {"user": "u"}
    made = settings(with_user, tmp_path, TRUECOST_MAIL_PASSWORD="secret")
    assert made.password == "secret"
    assert "secret" not in repr(made)
    path = tmp_path / "mail.password"
    path.write_text("other\n")
    path.chmod(0o644)
    with pytest.raises(ModelError, match="others on this machine"):
        settings(with_user, tmp_path)
    path.chmod(0o600)
    assert settings(with_user, tmp_path).password == "other"

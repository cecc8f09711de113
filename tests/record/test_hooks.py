"""Webhooks: queued with the act, delivered to a real receiver, retried, resent, switched off."""

from __future__ import annotations

import datetime as dt
import json
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.db import connections, transaction
from tests.record import receiver as receivers
from tests.record.receiver import Receiver, receiver
from tests.record.workshop import NOW

from truecost.kernel.findings import UsageError
from truecost.portal import calls
from truecost.record.models import Delivery, Event, Hook, Mail, Statement
from truecost.record.services import (
    corrections,
    deliveries,
    disputes,
    events,
    hooks,
    issuing,
    periods,
)
from truecost.record.services.acts import By, DeniedError, acting
from truecost.record.services.deliveries import HookState, Kind
from truecost.record.services.permissions import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.record.workshop import Workshop

ROOT = Path(__file__).parents[2]


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    with receiver(tmp_path / "receiver") as made:
        monkeypatch.setattr(settings, "TRUECOST_WEBHOOKS", made.may)
        yield made


def at(minutes: float = 0) -> dt.datetime:
    return NOW + dt.timedelta(minutes=minutes)


def deliver(box: Receiver, minutes: float = 0) -> int:
    return calls.deliver(box.may, lambda: at(minutes))


def made(shop: Workshop, box: Receiver, *kinds: Kind) -> tuple[Hook, str]:
    return hooks.make(shop.person(Role.ADMIN), "Archive", box.url, kinds or tuple(Kind))


def happened(kind: str = "period closed", subject: str = "period 2026-01") -> Event:
    with acting():
        return events.record(By(None, "test", NOW), kind, subject, after={"number": "C-1"})


def test_acts_are_told_signed_and_thin(shop: Workshop, box: Receiver) -> None:
    hook, secret = made(shop, box)
    row = shop.closed()
    issuing.issue(shop.person(Role.LEADER), row)
    statement = Statement.objects.get(consumer="sales")
    head = shop.person(Role.DEPARTMENT_HEAD, "sales")
    analyst = shop.person(Role.ANALYST, name="second")
    for number in range(3):
        disputes.raise_dispute(
            head, statement, disputes.Reason.RATE, "Anna says that 12 is too much",
            amount=100, key=f"{number}",
        )  # fmt: skip
    first, second, third = disputes.readable(analyst).order_by("number")
    disputes.answer(analyst, first, "We looked at it, Anna")
    credit = disputes.accept(analyst, first, "right")
    disputes.reject(analyst, second, "wrong")
    disputes.withdraw(head, third)
    by_hand = corrections.credit(analyst, statement, 50, "goodwill")
    periods.reopen(analyst, periods.get("2026-01"), "a mistake")
    assert deliver(box) == 12
    assert deliver(box) == 0, "each once"
    said = [json.loads(each.body) for each in box.calls]
    kinds = [each["type"] for each in said]
    assert kinds[:6] == [
        "period.closed", "period.issued", *["dispute.raised"] * 3, "dispute.answered",
    ]  # fmt: skip
    assert sorted(kinds[6:8]) == ["credit_note.issued", "dispute.accepted"]
    assert kinds[8:] == [
        "dispute.rejected", "dispute.withdrawn", "credit_note.issued", "period.reopened",
    ]  # fmt: skip
    for call in box.calls:
        assert call.path == "/hooks?of=truecost"
        assert call.headers["content-type"] == "application/json"
        assert box.verified(secret, call, at())
        assert not box.verified(secret, call, at(6)), "too old"
        altered = receivers.Call(call.path, call.headers, call.body + b" ")
        assert not box.verified(secret, altered, at())
        assert not re.search(rb"Anna|mistake|goodwill|too much|example.org", call.body)
    sequence = Event.objects.get(kind="period issued").sequence
    assert said[1] == {
        "type": "period.issued", "timestamp": "2026-04-07T09:30:00.000+00:00",
        "data": {
            "event": sequence, "period": "2026-01",
            "url": "http://localhost:8000/api/v1/periods/2026-01",
        },
    }  # fmt: skip
    assert {each["data"].get("credit_note") for each in said} >= {credit.number, by_hand.number}
    ids = [each.headers["webhook-id"] for each in box.calls]
    assert len(set(ids)) == len(ids)
    assert {each.status for each in hooks.deliveries(shop.person(Role.ADMIN), hook)} == {204}


def test_what_is_not_done_is_not_told_and_what_is_told_was_asked_for(
    shop: Workshop, box: Receiver
) -> None:
    hook, _ = made(shop, box, Kind.CLOSED)
    other, _ = made(shop, box, Kind.REOPENED, Kind.CLOSED)
    happened("period issued")
    with acting():
        events.record(By(None, "test", NOW), "period closed", "period 2026-01")
        transaction.set_rollback(True)
    assert Delivery.objects.count() == 0
    happened()
    rows = list(Delivery.objects.order_by("id"))
    assert [(each.hook_id, each.kind) for each in rows] == [
        (hook.pk, "period.closed"),
        (other.pk, "period.closed"),
    ]
    assert rows[0].message == rows[1].message, "the same event has the same id"


def test_what_fails_is_tried_later_under_the_same_id(shop: Workshop, box: Receiver) -> None:
    _, secret = made(shop, box)
    happened()
    box.answers = [500, 302, 0]
    when = [0, 1, 6, 21]
    for minutes in when:
        deliver(box, minutes)
        assert deliver(box, minutes + 0.5) == 0, "not before it is due"
    assert len(box.calls) == 4
    assert len({each.headers["webhook-id"] for each in box.calls}) == 1
    assert len({each.body for each in box.calls}) == 1
    assert [box.verified(secret, call, at(m)) for call, m in zip(box.calls, when, strict=True)] == [
        True
    ] * 4, "each try is signed at its own time"
    assert {each.path for each in box.calls} == {"/hooks?of=truecost"}, "no redirect is followed"
    row = Delivery.objects.get()
    assert (row.state, row.tries, row.status, row.fault) == ("delivered", 4, 204, "")
    assert Hook.objects.get().failures == 0


def test_the_last_answer_is_seen_and_at_last_it_is_given_up(shop: Workshop, box: Receiver) -> None:
    made(shop, box)
    happened()
    box.answers = [404]
    deliver(box)
    row = Delivery.objects.get()
    assert (row.state, row.status, row.fault) == ("waiting", 404, "it answered 404")
    assert row.due == at(1)
    box.answers = [0]
    deliver(box, 1)
    row.refresh_from_db()
    assert (row.status, row.due) == (None, at(6))
    assert row.fault.startswith("there was no answer")
    Delivery.objects.update(tries=len(hooks.PAUSES), due=at(6))
    box.answers = [503]
    deliver(box, 6)
    row.refresh_from_db()
    assert (row.state, row.status, row.done) == ("given up", 503, at(6))


def test_a_worker_that_is_killed_loses_nothing(shop: Workshop, box: Receiver) -> None:
    made(shop, box)
    happened()
    taken = deliveries.take(at())
    assert taken is not None
    assert deliveries.take(at(1)) is None, "another has it in hand"
    assert deliver(box, 6) == 1, "when its lease is over it is delivered"
    hooks.answered(at(6), taken, 500)  # of who was thought dead: its word counts no more
    assert Delivery.objects.get().state == "delivered"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_killed_in_the_middle_it_is_told_again(shop: Workshop, box: Receiver) -> None:
    """The receiver has it, and nobody could write that down: it comes again, with its id."""
    made(shop, box)
    happened()
    connections.close_all()
    code = (
        "import datetime as dt, sys\n"
        "from pathlib import Path\n"
        "import tests.record.conftest\n"
        "from tests.record.workshop import NOW, point\n"
        "from truecost.portal import calls\n"
        "from truecost.record.calling import Calling\n"
        "from truecost.record.database import database\n"
        "from truecost.record.place import RecordPlace\n"
        "folder, address, authority = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])\n"
        "point(folder, database(RecordPlace(folder).database, address))\n"
        "calls.deliver(Calling(local=True, authority=authority), lambda: NOW)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(shop.folder), shop.address, str(box.may.authority)],
        cwd=ROOT,
    ) as process:

        def kill() -> None:
            process.kill()
            process.wait()

        box.before = kill
        process.wait(60)
    for _ in range(200):
        if box.calls:
            break
        time.sleep(0.02)
    box.before = lambda: None
    assert Delivery.objects.get().state == "waiting"
    assert deliver(box, 6) == 1
    assert len(box.calls) == 2
    assert len({each.headers["webhook-id"] for each in box.calls}) == 1


def test_it_is_sent_again_under_the_same_id(shop: Workshop, box: Receiver) -> None:
    hook, secret = made(shop, box)
    admin = shop.person(Role.ADMIN)
    happened()
    deliver(box)
    number = Delivery.objects.get().pk
    assert hooks.resend(admin, hook, number + 1) is None
    hooks.resend(admin, hook, number)
    assert deliver(box) == 1
    assert [each.headers["webhook-id"] for each in box.calls] == [
        Delivery.objects.get().message
    ] * 2
    assert box.verified(secret, at=at())
    assert Event.objects.filter(kind="webhook told again").count() == 1


def test_two_secrets_sign_for_a_day(shop: Workshop, box: Receiver) -> None:
    hook, old = made(shop, box)
    admin = shop.person(Role.ADMIN)
    hook, new = hooks.rotate(admin, hook)
    happened()
    deliver(box)
    assert box.verified(old, at=at())
    assert box.verified(new, at=at())
    hooks.resend(admin, hook, Delivery.objects.get().pk)
    deliver(box, 24 * 60)
    assert not box.verified(old, at=at(24 * 60)), "its day is over"
    assert box.verified(new, at=at(24 * 60))
    hook, last = hooks.rotate(admin, hook, at_once=True)
    hooks.resend(admin, hook, Delivery.objects.get().pk)
    deliver(box)
    assert [box.verified(each, at=at()) for each in (new, last)] == [False, True]
    kept = Hook.objects.get()
    for word in (old, new, last):
        assert word not in f"{kept.__dict__}"
        assert word.removeprefix("whsec_") not in f"{kept.__dict__}"
        for event in Event.objects.all():
            assert word.removeprefix("whsec_") not in event.after


def test_a_secret_that_cant_be_read_says_so(
    shop: Workshop, box: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(shop, box)
    happened()
    with monkeypatch.context() as patch:
        patch.setattr(settings, "SECRET_KEY", "another" * 10)
        deliver(box)
    assert Delivery.objects.get().fault == "the secret can't be read: rotate it"
    assert box.calls == []


def test_the_signature_is_that_of_the_specifications_example(shop: Workshop, box: Receiver) -> None:
    """The example that the specification's libraries are tested with."""
    hook, _ = made(shop, box)
    hook.secret = hooks._hidden("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    row = Delivery(hook=hook, message="msg_p5jXN8AQM9LWM0D4loKWxJek", body='{"test": 2432232314}')
    said = hooks.headers(row, dt.datetime.fromtimestamp(1_614_265_330, dt.UTC))
    assert said == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_one_that_never_answers_is_switched_off_and_administrators_are_told(
    shop: Workshop, box: Receiver
) -> None:
    hook, _ = made(shop, box)
    admin = shop.person(Role.ADMIN)
    box.answers = [500] * 100
    for _ in range(hooks.MOST_FAILURES - 1):
        happened()
    deliver(box)
    assert Hook.objects.get().failures == hooks.MOST_FAILURES - 1
    deliver(box, 1)
    assert Hook.objects.get().state == HookState.ON, "all within a day: it may just be restarting"
    assert Mail.objects.count() == 0
    deliver(box, 24 * 60)
    hook.refresh_from_db()
    assert hook.state == HookState.FAILING
    mail = Mail.objects.get()
    assert mail.recipient == "admin@example.org"
    assert "localhost" in mail.text
    assert "of=truecost" not in mail.text, "what follows the host may be secret"
    event = Event.objects.get(kind="webhook switched off")
    assert json.loads(event.after)["state"] == "failing"
    waiting = Delivery.objects.filter(state="waiting").count()
    assert waiting
    happened()
    assert deliver(box, 10_000) == 0
    assert Delivery.objects.filter(state="waiting").count() == waiting, (
        "nothing is queued while off"
    )
    box.answers = []
    hooks.switch(admin, hook, on=True)
    assert deliver(box, 10_000) == waiting, "what waited is told"


def test_one_that_is_gone_for_good_is_switched_off_at_once(shop: Workshop, box: Receiver) -> None:
    made(shop, box)
    shop.person(Role.ADMIN)
    happened()
    box.answers = [410]
    deliver(box)
    assert Hook.objects.get().state == HookState.FAILING
    assert Mail.objects.count() == 1


def test_an_administrator_looks_after_them_and_nobody_else(shop: Workshop, box: Receiver) -> None:
    hook, _ = made(shop, box)
    admin = shop.person(Role.ADMIN)
    for role in (Role.ANALYST, Role.LEADER, Role.AUDITOR):
        who = shop.person(role)
        for act in (
            lambda who=who: hooks.make(who, "x", box.url, [Kind.CLOSED]),
            lambda who=who: hooks.rotate(who, hook),
            lambda who=who: hooks.switch(who, hook, on=False),
            lambda who=who: hooks.end(who, hook),
            lambda who=who: hooks.deliveries(who, hook),
            lambda who=who: hooks.listed(who),
        ):
            with pytest.raises(DeniedError):
                act()
    hooks.change(admin, hook, "Other", f"{box.url}&key=word", [Kind.ISSUED])
    hooks.switch(admin, hook, on=False)
    hooks.switch(admin, hook, on=False)
    happened("period issued")
    assert Delivery.objects.count() == 0
    hooks.switch(admin, hook, on=True)
    happened("period issued")
    hooks.end(admin, hook)
    hooks.end(admin, hook)
    assert hooks.listed(admin) == []
    assert hooks.get(admin, hook.pk) is None
    assert Delivery.objects.get().state == "given up"
    assert deliver(box) == 0
    kept = Hook.objects.get()
    assert (kept.url, kept.secret) == ("", "")
    with pytest.raises(UsageError, match="was ended"):
        hooks.switch(admin, hook, on=True)
    kinds = list(Event.objects.filter(subject=f"webhook {hook.pk}").values_list("kind", flat=True))
    assert kinds == [
        "webhook made", "webhook changed", "webhook switched off", "webhook switched on",
        "webhook ended",
    ]  # fmt: skip
    assert not any("word" in each.after for each in Event.objects.all())


@pytest.mark.usefixtures("box")
def test_what_is_no_webhook_is_refused_in_words(shop: Workshop) -> None:
    admin = shop.person(Role.ADMIN)
    for name, url, kinds, why in (
        ("", "https://example.org", [Kind.CLOSED], "what the webhook is for"),
        ("x", "https://example.org", [], "choose what"),
        ("x", "https://example.org", ["period.close"], "period.closed"),
        ("x", "ftp://example.org", [Kind.CLOSED], "no address"),
    ):
        with pytest.raises(UsageError) as found:
            hooks.make(admin, name, url, kinds)
        assert why in str(found.value.findings[0])


def test_two_workers_deliver_each_once(shop: Workshop, box: Receiver) -> None:
    made(shop, box)
    for _ in range(10):
        happened()

    def work(_: int) -> int:
        try:
            return deliver(box)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(work, range(3))) == 10
    assert len({each.headers["webhook-id"] for each in box.calls}) == len(box.calls) == 10

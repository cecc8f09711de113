"""Several at once: one issue, one chain, no act lost."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from truecost.kernel.findings import TruecostError
from truecost.record import guards
from truecost.record.models import Document, Event, Issue, Series, Statement
from truecost.record.services import corrections, events, integrity, issuing, periods, rules, runs
from truecost.record.services.acts import acting
from truecost.record.services.permissions import Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.record.workshop import Workshop

THREADS, WRITES = 10, 50


def at_once(*acts: Callable[[], object]) -> list[BaseException]:
    """Do acts in threads of their own, begun together; give what went wrong."""
    wrong: list[BaseException] = []
    gate = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        try:
            gate.wait()
            act()
        except BaseException as error:  # noqa: BLE001  given to who asked
            wrong.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


def test_several_begin_one_record_at_once(fresh: Workshop) -> None:
    """As servers that are started together do; a second round finds the tables there."""
    program = (
        "import sys; from pathlib import Path; from truecost.record import opening;"
        "folder = Path(sys.argv[1]); opening.set_up(folder); print(flush=True);"
        "sys.stdin.read(); opening.begin_record(folder, 'Shop')"
    )
    for _ in range(2):
        several = [
            subprocess.Popen(
                [sys.executable, "-c", program, str(fresh.folder)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                env={**os.environ, "TRUECOST_DATABASE": fresh.address},
            )
            for _ in range(4)
        ]  # fmt: skip
        assert [each.stdout.readline() for each in several if each.stdout] == ["\n"] * 4
        for each in several:
            assert each.stdin is not None
            each.stdin.close()
            each.stdin = None
        told = [each.communicate()[1] for each in several]
        assert [each.returncode for each in several] == [0] * 4, told
    assert guards.missing(connection) == ()
    assert [each.kind for each in Event.objects.all()] == ["organisation named"]


def test_a_transaction_on_sqlite_is_immediate(shop: Workshop) -> None:
    """A deferred one that reads before it writes fails when another has written in between."""
    admin = shop.person(Role.ADMIN)
    with CaptureQueriesContext(connection) as queries:
        rules.change(admin, rules.Rules(12, 100, two_people=True))
    begun = [each["sql"] for each in queries if each["sql"].startswith("BEGIN")]
    assert len(begun) == 1
    if not shop.address:
        assert begun == ["BEGIN IMMEDIATE"]
        with connection.cursor() as cursor:
            assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)
            assert cursor.execute("PRAGMA synchronous").fetchone() == (2,)
            assert cursor.execute("PRAGMA busy_timeout").fetchone() == (60_000,)


@pytest.mark.slow
def test_five_hundred_writes_at_once(shop: Workshop) -> None:
    """Each reads, then writes, as acts do; none fails, none is lost, the chain does not fork."""
    admin, before = shop.person(Role.ADMIN), Event.objects.count()

    def write() -> None:
        for _ in range(WRITES):
            with acting():
                series, _ = Series.objects.select_for_update().get_or_create(kind="X", year=2026)
                series.last += 1
                series.save()
                events.record(admin, "number taken", "test", after={"number": series.last})

    Series.objects.create(kind="X", year=2026)
    assert at_once(*[write] * THREADS) == []
    assert Series.objects.get(kind="X").last == THREADS * WRITES
    assert Event.objects.count() == before + THREADS * WRITES
    assert events.check().findings == ()


def test_two_people_issue_at_once(shop: Workshop) -> None:
    row = shop.closed()
    people = [shop.person(Role.LEADER, name=f"leader{number}") for number in range(3)]
    issues: list[Issue] = []
    acts = [lambda by=by: issues.append(issuing.issue(by, row)) for by in people]
    assert at_once(*acts) == []
    assert len({each.pk for each in issues}) == 1
    counts = (Issue.objects.count(), Statement.objects.count(), Document.objects.count())
    assert counts == (1, 3, 9)
    assert Event.objects.filter(kind="period issued").count() == 1
    assert integrity.check(shop.store).findings == ()


def test_credits_and_an_issue_at_once_leave_no_gap(shop: Workshop) -> None:
    leader, analyst = shop.person(Role.LEADER), shop.person(Role.ANALYST)
    issuing.issue(leader, shop.closed())
    row = shop.closed("2026-02")
    original = Statement.objects.get(consumer="sales")
    credit = [lambda: corrections.credit(analyst, original, 100, "counted twice") for _ in range(3)]
    assert at_once(*credit, lambda: issuing.issue(leader, row)) == []
    assert Statement.objects.filter(kind="credit note").count() == 3
    assert [str(each) for each in integrity.check(shop.store).findings] == []


def test_closing_and_reviewing_another_run_at_once(shop: Workshop) -> None:
    row, analyst = shop.reviewed(), shop.person(Role.ANALYST)
    first = row.run_id
    shop.add('2026-01-20,"1,000.00",6400,IT-100,Late Ltd,Late invoice')
    other = shop.build()
    period = other.calendar.period(row.index)
    second = replace(analyst, via="other")
    wrong = at_once(
        lambda: periods.close(analyst, row), lambda: periods.review(second, period, other)
    )
    assert [each for each in wrong if not isinstance(each, TruecostError)] == []
    assert len(wrong) <= 1
    now = periods.get(row.label)
    stands = shop.store.closings.standing()
    if now.state == periods.State.CLOSED:
        assert (now.run_id, stands[row.index].run) == (first, first)
    else:
        assert (now.run_id, stands) == (other.id, {})
    assert integrity.check(shop.store).findings == ()


def test_who_waits_for_a_period_gets_it_whatever_run_is_up_by_then(shop: Workshop) -> None:
    if not shop.address:
        pytest.skip("on SQLite a transaction waits before it reads")
    row, analyst = shop.reviewed(), shop.person(Role.ANALYST)
    shop.add('2026-01-20,"1,000.00",6400,IT-100,Late Ltd,Late invoice')
    other = shop.build()
    changed, got = threading.Event(), []

    def change() -> None:
        with acting():
            mine = periods.locked(row.index)
            mine.run = runs.register(analyst, other)
            mine.save()
            changed.set()
            _until_another_waits()

    def wait() -> None:
        changed.wait()
        with acting():
            got.append(periods.locked(row.index).run_id)

    assert at_once(change, wait) == []
    assert got == [other.id]


def test_two_put_up_a_new_period_at_once(shop: Workshop) -> None:
    run, people = shop.build(), [shop.person(Role.ANALYST, name=f"a{number}") for number in (1, 2)]
    period = run.calendar.parse("2026-01")
    assert at_once(*[lambda by=by: periods.review(by, period, run) for by in people]) == []
    assert periods.get("2026-01").state == periods.State.REVIEW
    assert Event.objects.filter(kind="period in review").count() == 1


def _until_another_waits() -> None:
    """Return once a transaction waits for a lock."""
    asks = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    for _ in range(500):
        with connection.cursor() as cursor:
            if cursor.execute(asks).fetchone()[0]:
                return
        time.sleep(0.02)
    raise TimeoutError("nobody waits")

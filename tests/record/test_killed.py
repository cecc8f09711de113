"""Killed at any step of closing, issuing, posting, reopening: nothing lost, nothing doubled."""

from __future__ import annotations

import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from django.db import connections
from tests.record import killed
from tests.record.workshop import point

from truecost.record.database import database
from truecost.record.models import Batch, Document, Event, Issue, Move, Statement
from truecost.record.place import RecordPlace
from truecost.record.services import disputes, integrity, periods
from truecost.record.services.periods import State
from truecost.record.services.permissions import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.record.workshop import Workshop

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL and no fork"),
]
ROOT = Path(__file__).parents[2]


@contextmanager
def child(shop: Workshop, kind: str) -> Iterator[Callable[[int], str]]:
    """Give what does an act in a child that is killed at a step, and says how it ended."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.record.killed", str(shop.folder), shop.address, kind],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        stdin, stdout = process.stdin, process.stdout

        def once(step: int) -> str:
            print(step, file=stdin, flush=True)
            return stdout.readline().strip()

        try:
            yield once
        finally:
            stdin.close()


class Saved:
    """A state of workspace and record that can be gone back to."""

    def __init__(self, shop: Workshop) -> None:
        self._shop = shop
        self._copy = shop.folder.with_name("saved")
        connections.close_all()
        shutil.copytree(shop.folder, self._copy)
        if shop.address:
            self._again("saved", shop.address)

    def back(self) -> None:
        connections.close_all()
        shutil.rmtree(self._shop.folder)
        shutil.copytree(self._copy, self._shop.folder)
        if self._shop.address:
            self._again("", "saved")

    def _again(self, to: str, source: str) -> None:
        """Make one database a copy of another; "" is the record's own."""
        own = self._shop.address.partition("@/")[2].partition("?")[0]
        server = self._shop.address.replace(f"/{own}?", "/postgres?")
        names = {"": own, "saved": f"{own}_s", self._shop.address: own}
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {names[to]} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {names[to]} TEMPLATE {names[source]}")

    def forget(self) -> None:
        own = self._shop.address.partition("@/")[2].partition("?")[0]
        if own:
            server = self._shop.address.replace(f"/{own}?", "/postgres?")
            with psycopg.connect(server, autocommit=True) as connection:
                connection.execute(f"DROP DATABASE IF EXISTS {own}_s WITH (FORCE)")


def everywhere(shop: Workshop, kind: str, check: Callable[[str], None]) -> None:
    """Kill an act at each of its steps in turn; do it again; check what there is then."""
    saved = Saved(shop)
    steps, ends = 0, set()
    try:
        with child(shop, kind) as once:
            while "done" not in ends:
                steps += 3 if shop.address else 1  # every step on one database is enough
                saved.back()
                end = once(steps)
                assert end in {"killed", "done"}, (kind, steps)
                ends.add(end)
                point(shop.folder, database(RecordPlace(shop.folder).database, shop.address))
                check(end)
                killed.act(shop.folder, kind)
                check("done")
                found = integrity.check(shop.store).findings
                assert [str(each) for each in found] == [], (kind, steps)
    finally:
        saved.forget()
    assert steps > 5, "the act has that many steps at least"
    assert "killed" in ends


def test_closing_is_killed(shop: Workshop) -> None:
    shop.reviewed()
    shop.person(Role.LEADER)

    def check(end: str) -> None:
        acts = shop.store.closings.read()
        state = periods.get(killed.LABEL).state
        assert len(acts) <= 1
        assert Event.objects.filter(kind="period closed").count() == (state == State.CLOSED)
        if state == State.CLOSED:
            assert len(acts) == 1
        if end == "done":
            assert state == State.CLOSED
            assert periods.get(killed.LABEL).closings == 1

    everywhere(shop, "close", check)


def test_reopening_is_killed(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.closed()
    shop.person(Role.LEADER)

    def check(end: str) -> None:
        state = periods.get(killed.LABEL).state
        count = Event.objects.filter(kind="period reopened").count()
        assert count == (state == State.OPEN)
        if end == "done":
            assert (state, len(shop.store.closings.read())) == (State.OPEN, 2)

    before = killed.act

    def act(folder: Path, kind: str) -> None:
        # what is open can't be opened once more
        if periods.get(killed.LABEL).state != State.OPEN:
            before(folder, kind)

    monkeypatch.setattr(killed, "act", act)
    everywhere(shop, "reopen", check)


def test_issuing_is_killed(shop: Workshop) -> None:
    shop.closed()
    shop.person(Role.LEADER)

    def check(end: str) -> None:
        state = periods.get(killed.LABEL).state
        whole = state == State.ISSUED
        counts = (Issue.objects.count(), Statement.objects.count(), Document.objects.count())
        assert counts == ((1, 3, 9) if whole else (0, 0, 0))
        assert Event.objects.filter(kind="period issued").count() == whole
        assert whole or end == "killed"

    everywhere(shop, "issue", check)
    assert max(Statement.objects.values_list("number", flat=True)) == "S-2026-00003"


def test_posting_is_killed(issued: Workshop) -> None:

    def check(end: str) -> None:
        posted, batches = issued.store.journals.read(), Batch.objects.count()
        assert batches <= len(posted) <= 1
        assert Event.objects.filter(kind="journal posted").count() == batches
        assert batches == 1 or end == "killed"

    before = killed.act

    def act(folder: Path, kind: str) -> None:
        if not Batch.objects.exists():  # what is posted can't be posted once more
            before(folder, kind)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(killed, "act", act)
        everywhere(issued, "post", check)


def test_accepting_a_dispute_is_killed(issued: Workshop) -> None:
    head = issued.person(Role.DEPARTMENT_HEAD, "sales")
    row = Statement.objects.get(consumer="sales")
    disputes.raise_dispute(
        head, row, disputes.Reason.QUANTITY, "Less.", line="service workplace", amount=100, key="a"
    )

    def check(end: str) -> None:
        credits_ = list(Statement.objects.filter(kind="credit note").values_list("pk", flat=True))
        moves = list(Move.objects.values_list("credit_id", flat=True))
        assert credits_ == moves
        assert Event.objects.filter(
            kind__in=("credit note", "dispute accepted")
        ).count() == 2 * len(moves)
        assert moves == ["C-2026-00001"] or (end, moves) == ("killed", [])

    everywhere(issued, "accept", check)

"""Runs that pages hold open: each once, not too many, one thread at a time, closed in the end."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from truecost.kernel.findings import UsageError
from truecost.portal import opened as held
from truecost.record.models import Statement
from truecost.record.services import periods

if TYPE_CHECKING:
    from tests.record.workshop import Workshop


def test_a_run_is_opened_once_and_answers_at_once_then(issued: Workshop) -> None:
    row = Statement.objects.get(consumer="sales")
    took = []
    for _ in range(2):
        began = time.perf_counter()
        with held.opened(row.run_id) as one:
            period = one.book.calendar.period(row.period_id)
            found = one.inquiry.statement("sales", period)
        took.append(time.perf_counter() - began)
        assert found.amount == row.amount
    assert took[1] < 0.1
    with held.opened(row.run_id) as again:
        assert again is one
    assert issued.folder.exists()


def test_threads_ask_one_after_the_other(issued: Workshop) -> None:
    run_id = periods.known()[0].run_id
    inside: list[int] = []

    def ask(_: int) -> int:
        with held.opened(run_id) as one:
            inside.append(1)
            assert len(inside) == 1
            time.sleep(0.002)
            inside.pop()
            return id(one)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(40)))) == 1
    assert issued.folder.exists()


def test_what_is_used_stays_and_the_oldest_goes(
    issued: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = periods.known()[0].run_id
    monkeypatch.setattr(held, "KEPT", 0)
    with held.opened(run_id) as one:
        one.inquiry.ready()
        with held.opened(run_id) as same:
            assert same is one
    held.close_all()
    with held.opened(run_id) as new:
        assert new is not one
    with pytest.raises(UsageError, match="knows no run"), held.opened("0" * 16):
        pass
    assert issued.folder.exists()

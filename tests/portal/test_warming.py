"""The newest month is opened before somebody asks."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING

from tests.portal.conftest import signed_in

from truecost.portal import warming
from truecost.portal.overview import views
from truecost.record.services import periods
from truecost.record.services.permissions import Role

if TYPE_CHECKING:
    import pytest
    from tests.record.workshop import Workshop


def test_who_comes_first_waits_for_nothing_that_was_made(
    issued: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = periods.get("2026-01")
    assert warming.warm() == (row.run_id, "2026-01")
    made: list[object] = []
    monkeypatch.setattr(views, "summary_view", lambda *_: made.append(1))
    monkeypatch.setattr(warming, "content_of", made.append)
    assert signed_in(issued.person(Role.LEADER)).get("/overview").status_code == 200
    assert warming.warm((row.run_id, "2026-01")) == (row.run_id, "2026-01")
    assert not made, "neither the page nor another look makes it again"


def test_a_record_without_months_is_no_fault(shop: Workshop) -> None:
    assert shop.folder.exists()
    assert warming.warm() is None


def test_what_is_wrong_is_told_and_looked_at_again(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert shop.folder.exists()
    ending, told = Event(), []

    def wrong(known: object) -> None:
        told.append(known)
        if len(told) > 1:
            ending.set()
        raise OSError("no disk")

    monkeypatch.setattr(warming, "warm", wrong)
    monkeypatch.setattr(warming, "_EVERY", 0.01)
    warming.keep_warm(ending)
    assert caplog.text.count("no disk") == 2

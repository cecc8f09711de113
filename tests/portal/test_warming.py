"""The newest month is opened before somebody asks."""

from __future__ import annotations

import logging
from threading import Event
from typing import TYPE_CHECKING

from tests.portal.conftest import signed_in

from truecost.portal import warming
from truecost.portal.beside import beside
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


def test_what_is_done_beside_goes_on_whatever_happens(caplog: pytest.LogCaptureFixture) -> None:
    told: list[int] = []
    enough = Event()

    def what(_: Event) -> None:
        told.append(1)
        if len(told) > 2:
            enough.set()
        raise (OSError if len(told) == 1 else RuntimeError)("no disk")

    with beside("a test", what, logging.getLogger("truecost"), pauses=(0.01,), expected=OSError):
        assert enough.wait(10)
    count = len(told)
    assert caplog.text.count("a test: no disk") == 1, "what is expected is told in a line"
    assert caplog.text.count("done again") == count - 1
    assert "Traceback" in caplog.text

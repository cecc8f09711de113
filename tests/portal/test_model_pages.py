"""The model to read, and what its changes did, as `explain` says it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape
from tests.portal.conftest import signed_in

from truecost.portal import opened
from truecost.record.services.permissions import Role
from truecost.statements.book import Book
from truecost.statements.explain_model import model_view
from truecost.statements.locale import shown
from truecost.statements.model_read import entries

if TYPE_CHECKING:
    from tests.record.workshop import Workshop


@pytest.fixture(autouse=True)
def _fresh() -> None:
    opened.close_all()


def test_every_entry_stands_in_its_file(issued: Workshop) -> None:
    leader = signed_in(issued.person(Role.LEADER))
    run = issued.store.latest()
    assert run
    book = Book.of(run)
    found = entries(book, book.calendar.parse("2026-01"))
    assert {each.kind for each in found} >= {"accounts", "services", "allocations", "consumers"}
    page = leader.get("/model").content.decode()
    for file in {each.file for each in found}:
        assert f">{file}<" in page
        read = leader.get("/model", {"file": file}).content.decode()
        for each in found:
            if each.file == file:
                assert f"<code>{escape(each.place)}</code>" in read
                assert all(escape(text) in read for _, text in each.says)
    assert leader.get("/model", {"file": "../secret"}).status_code == 404


def test_what_is_searched_for_is_found_and_shown_harmlessly(issued: Workshop) -> None:
    leader = signed_in(issued.person(Role.LEADER))
    page = leader.get("/model", {"q": "WORKPLACE"}).content.decode()
    assert "A working place" in page or "workplace" in page
    for hostile in ("<script>alert(1)</script>", '"><img src=x>', "\u202etxt", "x" * 100_000):
        answer = leader.get("/model", {"q": hostile})
        assert answer.status_code == 200
        page = answer.content.decode()
        assert "<script>alert" not in page
        assert "<img" not in page
        assert len(page) < 100_000


def test_what_a_change_of_the_model_did(shop: Workshop) -> None:
    before = shop.build()
    rules = shop.folder / "model/allocations.yaml"
    text = rules.read_text(encoding="utf-8")
    shop.grown = True
    rules.write_text(text.replace("network: 5%", "network: 9%"), encoding="utf-8")
    run = shop.build()
    assert run.id != before.id
    book = Book.of(run, shop.store)
    period = book.calendar.parse("2026-02")
    view = model_view(shop.store, run, book, period, period, earlier=before)
    analyst = signed_in(shop.person(Role.ANALYST))
    said = {"run": "latest", "month": "2026-02", "against": "2026-02", "other": before.id}
    page = analyst.get("/model/changes", said).content.decode()
    assert "takes some seconds" in page or not view.changes
    page = analyst.get("/model/changes", {**said, "effects": "1"}).content.decode()
    assert view.changes
    for change in view.changes:
        assert escape(change.place) in page
    for _, name, amount in view.effects:
        assert escape(name) in page
        assert shown(amount, book.currency, sign=True) in page


def test_only_who_keeps_periods_compares_any_runs(issued: Workshop) -> None:
    leader = signed_in(issued.person(Role.LEADER))
    run = issued.build()
    assert leader.get("/model/changes", {"other": run.id}).status_code == 404
    assert leader.get("/model/changes", {"against": "2031-01"}).status_code == 404
    assert run.id not in leader.get("/model/changes").content.decode()


def test_the_model_asks_the_database_little(issued: Workshop) -> None:
    leader = signed_in(issued.person(Role.LEADER))
    counts = {}
    for name in ("model", "model/changes"):
        leader.get(f"/{name}")
        with CaptureQueriesContext(connection) as queries:
            assert leader.get(f"/{name}").status_code == 200
        assert all(each["sql"].startswith("SELECT") for each in queries)
        counts[name] = len(queries)
    assert counts == {"model": 7, "model/changes": 10}

"""A month by the command line, where the workspace has a record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection
from tests.cli.program import done, truecost
from tests.record.test_events import unguarded

from truecost.record import guards
from truecost.record.models import Statement
from truecost.record.services.permissions import Role

if TYPE_CHECKING:
    from tests.record.workshop import Workshop

LATE = '2026-01-20,"1,000.00",6400,IT-100,Late Ltd,Late invoice'


def test_a_month_by_commands(shop: Workshop) -> None:
    folder = shop.folder
    for role in (Role.ANALYST, Role.LEADER):
        shop.person(role)
    analyst = ("-w", folder, "--as", "Analyst@example.org")
    leader = ("-w", folder, "--as", "leader@example.org")

    nobody = truecost("close", "2026-01", "-w", folder)
    assert (nobody.code, "say who acts" in nobody.err) == (2, True)
    stranger = truecost("close", "2026-01", "-w", folder, "--as", "analist@example.org")
    assert 'did you mean "analyst@example.org"?' in stranger.err
    early = truecost("close", "2026-01", *analyst)
    assert (early.code, "truecost review 2026-01" in early.err) == (2, True)

    said = done("review", "2026-01", *analyst)
    assert "January 2026: in review" in said
    assert said.count("  open    sign-off") == 3
    refused = truecost("close", "2026-01", *analyst)
    assert (refused.code, refused.err.count("sign-off: ")) == (2, 3)
    said = done("review", "2026-01", *analyst, "--accept", "sign-off", "--reason", "all agreed")
    assert said.count("  settled sign-off") == 3
    assert "(all agreed)" in said
    assert "closed January 2026" in done("close", "2026-01", *analyst)
    assert (truecost("issue", "2026-01", *analyst).code, Statement.objects.count()) == (2, 0)
    assert "3 documents, S-2" in done("issue", "2026-01", *leader)
    assert "3 documents, S-2" in done("issue", "2026-01", *leader)
    assert Statement.objects.count() == 3

    posted = done("journal", "--period", "2026-01", "--post", *analyst)
    assert "posted" in posted
    assert "posted" in done("journal", "--period", "2026-01", "-w", folder)
    assert truecost("journal", "--period", "2026-01", "--post", *analyst).code == 2
    done("journal", "--period", "2026-01", "--reverse", *analyst)

    said = done("close", "2026-01", *analyst, "--reopen", "--reason", "an invoice came late")
    assert "what was closed and issued stays" in said
    adjusted = truecost("close", "2026-01", *analyst, "--adjust")
    assert (adjusted.code, "the record of this workspace closes" in adjusted.err) == (2, True)
    shop.add(LATE)
    shop.build()
    done("review", "2026-01", *analyst, "--accept", "sign-off", "--reason", "seen")
    done("close", "2026-01", *analyst)
    assert "S-2" in done("issue", "2026-01", *leader)
    assert Statement.objects.count() == 6

    whole = done("verify", "-w", folder)
    assert "record: whole" in whole
    assert "6 statements and corrections as issued, 18 documents byte for byte" in whole
    unguarded("UPDATE record_document SET content = %s WHERE form = 'pdf'", [b"%PDF-1.7 forged"])
    guards.install(connection)
    broken = truecost("verify", "-w", folder)
    assert broken.code == 8
    assert broken.err.count("is not as it was issued") == 6


def test_there_is_nothing_to_issue_without_a_record(shop: Workshop) -> None:
    for path in (shop.folder / "record").iterdir():
        path.unlink()
    (shop.folder / "record").rmdir()
    ended = truecost("issue", "2026-01", "-w", shop.folder, "--as", "x@example.org")
    assert (ended.code, "begin it: truecost serve" in ended.err) == (2, True)
    assert "closed January 2026" in done("close", "2026-01", "-w", shop.folder)

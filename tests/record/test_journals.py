"""The journal of what was issued is posted once; settings, keys and addresses of the record."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from truecost.kernel.findings import ModelError, UsageError, VerifyError
from truecost.model.load import load
from truecost.record.database import database
from truecost.record.models import Batch, Event, Posting, Statement
from truecost.record.place import RecordPlace
from truecost.record.services import corrections, integrity, issuing, journals, periods
from truecost.record.services.acts import DeniedError
from truecost.record.services.permissions import Role
from truecost.statements.journal_record import restored

if TYPE_CHECKING:
    from pathlib import Path

    from tests.record.workshop import Workshop

    from truecost.model.journal import JournalModel

LATE = '2026-01-20,"1,000.00",6400,IT-100,Late Ltd,Late invoice'


def mapping(shop: Workshop) -> JournalModel:
    found = load(shop.folder).journal
    assert found is not None
    return found


def test_what_was_issued_is_posted_once(shop: Workshop) -> None:
    analyst, row = shop.person(Role.ANALYST), shop.closed()
    with pytest.raises(UsageError, match="not issued"):
        journals.post(analyst, row, mapping(shop), "EUR")
    issue = issuing.issue(shop.person(Role.LEADER), row)
    row = periods.get("2026-01")
    with pytest.raises(DeniedError):
        journals.post(shop.person(Role.LEADER), row, mapping(shop), "EUR")
    made, kept, batch = journals.post(analyst, row, mapping(shop), "EUR")
    assert made.charged == batch.amount == sum(each.amount for each in issue.statements.all())
    assert shop.store.journals.standing("2026-01", "EUR") == kept
    with pytest.raises(UsageError, match="is in the ledger"):
        journals.post(analyst, row, mapping(shop), "EUR")
    _, back, reversal = journals.reverse(analyst, row, "EUR")
    assert (back.reverses, reversal.reverses) == (kept.sequence, batch)
    with pytest.raises(UsageError, match="nothing is posted"):
        journals.reverse(analyst, row, "EUR")
    again, _, _ = journals.post(analyst, row, mapping(shop), "EUR")
    assert again.number.endswith("-2")
    assert Batch.objects.count() == 3
    assert integrity.check(shop.store).findings == ()


def test_after_reopening_what_all_issues_come_to_is_posted(shop: Workshop) -> None:
    analyst, leader = shop.person(Role.ANALYST), shop.person(Role.LEADER)
    issuing.issue(leader, shop.closed())
    first, _, _ = journals.post(analyst, periods.get("2026-01"), mapping(shop), "EUR")
    periods.reopen(analyst, periods.get("2026-01"), "an invoice came late")
    shop.add(LATE)
    issuing.issue(leader, shop.closed())
    row = periods.get("2026-01")
    with pytest.raises(UsageError, match="take that back first"):
        journals.post(analyst, row, mapping(shop), "EUR")
    journals.reverse(analyst, row, "EUR")
    second, _, _ = journals.post(analyst, row, mapping(shop), "EUR")
    assert second.charged == first.charged + 100_000
    assert integrity.check(shop.store).findings == ()


def test_a_journal_of_other_figures_is_refused(issued: Workshop) -> None:
    row = periods.get("2026-01")
    made, _, _ = journals.post(issued.person(Role.ANALYST), row, mapping(issued), "EUR")
    with pytest.raises(VerifyError, match="was issued"):
        journals._as_issued(row, replace(made, charged=made.charged + 1))
    assert Event.objects.filter(kind="journal posted").count() == 1


def test_settings_are_understood_or_refused(tmp_path: Path) -> None:
    place = RecordPlace(tmp_path)
    assert not place.begun
    place.begin()
    place.begin()
    assert place.settings({}).address == ""
    (place.folder / "settings.toml").write_text('adress = "https://a.example"\nproxy = 1\n')
    with pytest.raises(ModelError, match=r'(?s)no setting "adress".*did you mean "address".*proxy'):
        place.settings({})
    (place.folder / "settings.toml").write_text('address = "https://a.example"\n')
    said = place.settings({"TRUECOST_DATABASE": "postgresql:///x"})
    assert (said.https, said.host, said.database) == (True, "a.example", "postgresql:///x")
    for wrong in ("a.example", "ftp://a.example", "https://me@a.example", "https://a.example/x"):
        with pytest.raises(ModelError, match="no address of a portal"):
            place.settings({"TRUECOST_ADDRESS": wrong})


def test_the_key_is_made_once_and_only_for_its_owner(tmp_path: Path) -> None:
    place = RecordPlace(tmp_path)
    place.begin()
    key = place.secret_key()
    path = place.folder / "secret.key"
    assert (place.secret_key(), path.stat().st_mode & 0o777) == (key, 0o600)
    assert len(key) > 60
    assert [each.name for each in place.folder.iterdir() if "key" in each.name] == ["secret.key"]
    path.chmod(0o640)
    with pytest.raises(ModelError, match="others on this machine can read"):
        place.secret_key()
    path.chmod(0o600)
    path.write_text("short")
    with pytest.raises(ModelError, match="no secret key"):
        place.secret_key()


def test_an_address_of_a_database_never_tells_its_password(tmp_path: Path) -> None:
    said = database(tmp_path, "postgresql://me:se-cret@host:99/name?sslmode=require")
    assert (said["NAME"], said["PORT"], said["OPTIONS"]) == ("name", "99", {"sslmode": "require"})
    for wrong in ("mysql://me:se-cret@host/x", "postgresql://me:se-cret@host:x y/ z"):
        with pytest.raises(ModelError) as raised:
            database(tmp_path, wrong)
        assert "se-cret" not in str(raised.value)


def test_credit_notes_are_posted_once_where_they_were_charged(issued: Workshop) -> None:
    analyst, row = issued.person(Role.ANALYST), periods.get("2026-01")
    original = Statement.objects.get(consumer="sales")
    corrections.credit(analyst, original, 250, "counted twice", "service workplace")
    with pytest.raises(UsageError, match="itself is not posted"):
        journals.post_credits(analyst, row, mapping(issued), "EUR")
    journals.post(analyst, row, mapping(issued), "EUR")
    corrections.credit(analyst, original, 1_001, "agreed")
    made, kept, batch = journals.post_credits(analyst, row, mapping(issued), "EUR")
    assert (made.charged, batch.amount, made.number) == (-1_251, -1_251, f"TC-{row.label}-C1")
    assert made.documents == ("C-2026-00001", "C-2026-00002")
    assert restored(kept.journal) == made
    assert all(sum(each.amount for each in one.postings) == 0 for one in made.transactions)
    assert {one.consumer for one in made.transactions} == {"sales"}
    assert made.transactions[0].text.startswith(f"Credit note C-2026-00001 to {original.number}: ")
    with pytest.raises(UsageError, match="no credit note of 2026-01 waits"):
        journals.post_credits(analyst, row, mapping(issued), "EUR")
    corrections.credit(analyst, original, 1, "a cent")
    second, _, _ = journals.post_credits(analyst, row, mapping(issued), "EUR")
    assert (second.number, second.charged) == (f"TC-{row.label}-C2", -1)
    assert Posting.objects.count() == 3
    with pytest.raises(DeniedError):
        journals.post_credits(issued.person(Role.AUDITOR), row, mapping(issued), "EUR")
    assert integrity.check(issued.store).findings == ()


def test_credit_notes_posted_by_halves_are_completed(
    issued: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    analyst, row = issued.person(Role.ANALYST), periods.get("2026-01")
    journals.post(analyst, row, mapping(issued), "EUR")
    original = Statement.objects.get(consumer="sales")
    corrections.credit(analyst, original, 250, "counted twice")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(journals, "_batch", killed)
        with pytest.raises(KeyboardInterrupt):
            journals.post_credits(analyst, row, mapping(issued), "EUR")
    corrections.credit(analyst, original, 5, "came in between")
    made, _, _ = journals.post_credits(analyst, row, mapping(issued), "EUR")
    assert made.documents == ("C-2026-00001",)
    assert [each.number for each in journals.unposted(row, "EUR")] == ["C-2026-00002"]
    made, _, _ = journals.post_credits(analyst, row, mapping(issued), "EUR")
    assert made.documents == ("C-2026-00002",)
    assert len(issued.store.journals.read()) == 3
    assert integrity.check(issued.store).findings == ()

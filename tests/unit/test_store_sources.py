"""Coded sources in the store: found by name, refused when damaged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.sources_ledger import load

from truecost.kernel.findings import StoreError
from truecost.store.runs import Store

if TYPE_CHECKING:
    from pathlib import Path

JULY = "Date,Amount,Account\n2022-07-01,5.00,a\nbad,6.00,a\n"


def test_a_coded_source_is_read_back_as_it_was_saved(tmp_path: Path) -> None:
    coded = load(tmp_path, july=JULY)
    store = Store.open(tmp_path / "store")
    assert store.source(coded.load_id) == coded
    assert store.source("0" * 32) is None
    assert store.verify_source(coded) == []


def test_a_changed_table_is_found(tmp_path: Path) -> None:
    coded = load(tmp_path, july=JULY)
    other = load(tmp_path, july=JULY.replace("5.00", "7.00"))
    store = Store.open(tmp_path / "store")
    coded.rows.write_bytes(other.rows.read_bytes())
    coded.rejects.write_bytes(b"PAR1")
    assert [finding.what for finding in store.verify_source(coded)] == [
        "the table is not what was loaded", "the table is damaged",
    ]  # fmt: skip


def test_a_damaged_source_is_refused_with_what_to_do(tmp_path: Path) -> None:
    coded = load(tmp_path, july=JULY)
    store = Store.open(tmp_path / "store")
    coded.rows.unlink()
    with pytest.raises(StoreError, match=f"remove the folder store/v1/sources/{coded.load_id}"):
        store.source(coded.load_id)


def test_a_source_that_no_run_was_made_from_is_collected(tmp_path: Path) -> None:
    used, unused = load(tmp_path, july=JULY), load(tmp_path, july=JULY.replace("5.00", "7.00"))
    store = Store.open(tmp_path / "store")
    store.save_run({}, {"inputs": {"sources": {"ledger": used.load_id}}})
    assert store.collect(keep=1) == ()
    assert store.source(used.load_id) == used
    assert store.source(unused.load_id) is None

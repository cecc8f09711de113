"""What can be computed again is checked when read, and goes with what it was made with."""

from __future__ import annotations

import shutil
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from truecost.store import derived
from truecost.store.runs import Store

if TYPE_CHECKING:
    from pathlib import Path

TABLE = pa.table(
    {
        "period": pa.array([1, 2], pa.int32()),
        "text": ["a", ""],
        "amount": pa.array([Decimal("1.25"), Decimal(-3)], pa.decimal128(38, 2)),
    }
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "store")


def test_what_was_kept_is_given_again(store: Store) -> None:
    kept = store.derived
    assert kept.note("builds", "run", "key") is None
    assert kept.table("cells", "load", "key") is None
    kept.keep_note("builds", "run", "key", {"text": "Café", "list": [1, None]})
    kept.keep_table("cells", "load", "key", TABLE)
    assert kept.note("builds", "run", "key") == {"text": "Café", "list": [1, None]}
    assert kept.table("cells", "load", "key") == TABLE
    assert kept.having("builds", "key") == ["run"]
    assert kept.having("builds", "other") == []


def test_what_is_damaged_is_as_if_it_had_not_been_kept(store: Store, tmp_path: Path) -> None:
    kept = store.derived
    kept.keep_note("builds", "run", "key", {"amount": 1})
    kept.keep_table("cells", "load", "key", TABLE)
    (note,) = tmp_path.glob("store/v1/derived/builds/run/*.json")
    note.write_text(note.read_text(encoding="utf-8").replace("1", "2"), encoding="utf-8")
    assert kept.note("builds", "run", "key") is None
    note.write_text("{", encoding="utf-8")
    assert kept.note("builds", "run", "key") is None
    (table,) = tmp_path.glob("store/v1/derived/cells/load/*.parquet")
    other = table.with_name("key-0123456789abcdef.parquet")
    table.rename(other)
    assert kept.table("cells", "load", "key") is None
    other.write_bytes(b"no table")
    assert kept.table("cells", "load", "key") is None


def test_only_the_last_are_kept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derived, "MOST", 3)
    for number in range(5):
        store.derived.keep_note("builds", "run", str(number), {"number": number})
    assert [store.derived.note("builds", "run", str(n)) is not None for n in range(5)].count(
        True
    ) == 3
    assert store.derived.note("builds", "run", "4") == {"number": 4}


def test_it_goes_with_its_run_and_its_source(store: Store, tmp_path: Path) -> None:
    gone, kept = (
        store.save_run(
            {"lines": TABLE.select(["period"])},
            {"inputs": {"code_version": str(n), "sources": {"ledger": f"load{n}"}}},
        )
        for n in range(2)
    )
    for number, run in enumerate((gone, kept)):
        store.derived.keep_note("builds", run.id, "key", {})
        store.derived.keep_table("cells", f"load{number}", "key", TABLE)
    assert store.collect(1) == (gone.id,)
    assert store.derived.having("builds", "key") == [kept.id]
    assert store.derived.table("cells", "load0", "key") is None
    assert store.derived.table("cells", "load1", "key") == TABLE
    shutil.rmtree(tmp_path / "store/v1/derived")
    assert store.derived.note("builds", kept.id, "key") is None
    assert store.collect(1) == ()


def test_a_run_taken_again_is_the_latest_if_it_is_whole(store: Store) -> None:
    table = {"lines": TABLE.select(["period"])}
    first, second = (store.save_run(table, {"inputs": {"code_version": str(n)}}) for n in range(2))
    assert store.need() == second
    assert store.taken_again(first.id, second.sha256) is None
    assert store.taken_again("0" * 16, first.sha256) is None
    assert store.need() == second
    assert store.taken_again(first.id, first.sha256) == first
    assert store.need() == first
    assert store.runs()[0] == first
    (first.folder / "lines.parquet").write_bytes(b"no table")
    assert store.taken_again(first.id, first.sha256) is None
    (second.folder / "manifest.json").write_bytes(b"{")
    assert store.taken_again(second.id, second.sha256) is None

"""A disk that is full, or a folder that is shut, is told by what could not be written."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.unit.sources_ledger import load

from truecost.kernel.findings import StoreError
from truecost.store import durable
from truecost.store.runs import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FULL = "the disk is full\n   make room, and do the same again"
LINES = pa.table({"amount": pa.array([100, -25], pa.int64())})
MANIFEST = {"inputs": {"code_version": "1", "sources": {}}}


def failing(number: int) -> Callable[..., None]:
    def fail(*_: Any, **__: Any) -> None:
        raise OSError(number, "Error writing bytes to file. Detail: [errno 28] No space left")

    return fail


def test_a_run_that_does_not_fit_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store.open(tmp_path / "store")
    monkeypatch.setattr(pq.ParquetWriter, "write_table", failing(errno.ENOSPC))
    with pytest.raises(StoreError) as told:
        store.save_run({"lines": LINES}, MANIFEST)
    place, _, text = str(told.value).partition(": ")
    assert (place.rpartition("/")[0], text) == ("store/v1/runs", FULL)
    assert [*(tmp_path / "store/v1/tmp").iterdir()] == []
    assert store.latest() is None


def test_a_source_that_does_not_fit_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pq.ParquetWriter, "write_table", failing(errno.ENOSPC))
    with pytest.raises(StoreError, match=f"^store/v1/sources/[0-9a-f]{{32}}: {FULL}"):
        load(tmp_path, july="Date,Amount,Account\n2022-07-01,1.5,a\n")


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (errno.ENOSPC, FULL),
        (errno.EACCES, f"this can't be written: {os.strerror(errno.EACCES)}\n"),
        (0, "this can't be written\n"),
    ],
)
def test_a_file_that_can_t_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, told: str
) -> None:
    Store.open(tmp_path / "store")
    root = tmp_path / "store" / "v1"
    monkeypatch.setattr(os, "fsync", failing(number))
    with pytest.raises(StoreError, match=f"^store/v1/runs/latest: {told}"):
        durable.write_file(root / "runs" / "latest", b"x", root / "tmp")
    assert not (root / "runs" / "latest").exists()
    assert [*(root / "tmp").iterdir()] == []

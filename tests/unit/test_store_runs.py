"""Runs: named by their inputs, whole or not there, kept as they are."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from truecost.kernel import digest
from truecost.kernel.findings import StoreError
from truecost.store.runs import Store

if TYPE_CHECKING:
    from pathlib import Path

    from truecost.store.run import Run

LINES = pa.table({"consumer": ["gds", "policy"], "amount": pa.array([100, -25], pa.int64())})


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "store")


def save(store: Store, number: int = 1, lines: pa.Table = LINES, **manifest: Any) -> Run:
    inputs = {"code_version": str(number), "sources": {"ledger": f"load{number}"}}
    return store.save_run({"lines": lines}, {"inputs": inputs, **manifest})


def test_a_run_is_saved_and_read_back(store: Store) -> None:
    run = save(store, workspace={"organisation": "Café", "fiscal_year_begins": 4})
    latest = store.latest()
    assert latest == run == store.run(run.id) == store.need()
    assert latest.table("lines") == LINES
    assert latest.verify() == []
    assert latest.manifest["workspace"] == {"organisation": "Café", "fiscal_year_begins": 4}
    assert latest.manifest["format"] == 1
    assert latest.manifest["tables"]["lines"]["rows"] == 2
    assert run.id == digest.of(run.manifest["inputs"])[:16]
    assert run.sha256 == latest.sha256


def test_nothing_has_been_built_yet(store: Store) -> None:
    assert store.latest() is None
    assert store.runs() == []
    with pytest.raises(StoreError, match="nothing has been built yet"):
        store.need()
    with pytest.raises(StoreError, match='there is no run "abc"'):
        store.run("abc")


def test_the_same_inputs_give_the_same_run_and_bytes(tmp_path: Path) -> None:
    chunks = pa.concat_tables([LINES.slice(0, 1), LINES.slice(1)])
    one = save(Store.open(tmp_path / "one"))
    other = save(Store.open(tmp_path / "other"), lines=chunks)
    assert one.id == other.id
    for name in ("lines.parquet", "manifest.json"):
        assert (one.folder / name).read_bytes() == (other.folder / name).read_bytes()


def test_a_known_run_is_kept_and_becomes_the_latest(store: Store) -> None:
    first = save(store, 1)
    before = (first.folder / "lines.parquet").stat().st_mtime_ns
    second = save(store, 2)
    assert store.need() == second
    assert [run.id for run in store.runs()] == [second.id, first.id]
    assert save(store, 1) == first
    assert store.need() == first
    assert (first.folder / "lines.parquet").stat().st_mtime_ns == before
    assert [run.id for run in store.runs()] == [first.id, second.id]


def test_the_same_inputs_can_t_give_other_tables(store: Store) -> None:
    run = save(store)
    with pytest.raises(StoreError, match="the same inputs gave other tables before: lines"):
        save(store, lines=LINES.slice(0, 1))
    assert store.need() == run
    assert run.verify() == []


def test_what_else_a_manifest_says_may_change_until_the_run_is_pinned(store: Store) -> None:
    save(store, workspace={"about": "old"})
    assert save(store, workspace={"about": "new"}).manifest["workspace"] == {"about": "new"}
    assert store.need().verify() == []
    store.pin(store.need().id, "issued 9 March 2022")
    assert save(store, workspace={"about": "newer"}).manifest["workspace"] == {"about": "new"}
    assert store.need().manifest["workspace"] == {"about": "new"}


def test_floats_are_refused(store: Store) -> None:
    with pytest.raises(TypeError, match="float can't be hashed"):
        save(store, checks={"seconds": 0.5})
    with pytest.raises(TypeError, match="can't have a column of type double"):
        save(store, lines=pa.table({"amount": [0.5]}))
    with pytest.raises(ValueError, match="can't name a table"):
        store.save_run({"../lines": LINES}, {"inputs": {}})
    assert store.runs() == []


def test_a_run_is_found_by_the_beginning_of_its_id(store: Store) -> None:
    runs = [save(store, number) for number in range(20)]
    for run in runs:
        assert store.run(run.id[:12]) == run
    shared = {run.id[0] for run in runs if [r.id[0] for r in runs].count(run.id[0]) > 1}
    with pytest.raises(StoreError, match="is the beginning of several runs"):
        store.run(min(shared))
    with pytest.raises(StoreError, match="there is no run"):
        store.run("")


def test_a_changed_table_is_found(store: Store) -> None:
    run = save(store)
    other = save(store, 2, lines=LINES.slice(0, 1))
    (run.folder / "lines.parquet").write_bytes((other.folder / "lines.parquet").read_bytes())
    (run.folder / "more.parquet").write_bytes(b"")
    assert [finding.what.split(":")[0] for finding in store.run(run.id).verify()] == [
        "number of rows", "hash of the content", "the manifest knows nothing of this table",
    ]  # fmt: skip


def test_a_missing_or_damaged_table_is_found(store: Store) -> None:
    run = save(store)
    path = run.folder / "lines.parquet"
    path.write_bytes(path.read_bytes()[:100])
    assert [finding.what for finding in run.verify()] == ["the table is damaged"]
    path.unlink()
    assert [finding.what for finding in run.verify()] == ["the table is not there"]
    with pytest.raises(StoreError, match=r"runs/.*/lines.parquet: the table is not there"):
        run.table("lines")
    with pytest.raises(StoreError, match='the run has no table "flows"'):
        run.table("flows")


def change_manifest(run: Run, **changes: Any) -> None:
    (run.folder / "manifest.json").write_text(json.dumps({**run.manifest, **changes}))


def test_a_changed_manifest_is_found(store: Store) -> None:
    run = save(store, proof=["1"])
    change_manifest(run, proof=["2"])
    assert [finding.what for finding in store.run(run.id).verify()] == [
        "the manifest was changed after it was written"
    ]
    change_manifest(run, inputs={"code_version": "x"})
    assert len(store.run(run.id).verify()) == 2
    change_manifest(run, format=2)
    with pytest.raises(StoreError, match="the run has format 2"):
        store.run(run.id)
    (run.folder / "manifest.json").write_text('{"format": 1}')
    with pytest.raises(StoreError, match="the manifest lacks inputs, run, sha256, tables"):
        store.latest()
    (run.folder / "manifest.json").write_text("half")
    with pytest.raises(StoreError, match="the manifest can't be read"):
        store.latest()


def test_damage_is_put_right_by_building_again(store: Store) -> None:
    run = save(store)
    whole = (run.folder / "lines.parquet").read_bytes()
    (run.folder / "lines.parquet").write_bytes(whole[:50])
    assert save(store).verify() == []
    assert (run.folder / "lines.parquet").read_bytes() == whole
    (run.folder / "manifest.json").write_text("half")
    assert save(store).verify() == []


def test_a_pinned_run_is_never_replaced_by_another(store: Store) -> None:
    run = save(store, workspace={"about": "issued"})
    store.pin(run.id, "issued")
    (run.folder / "lines.parquet").unlink()
    assert save(store, workspace={"about": "today"}) == run
    assert run.verify() == []
    change_manifest(run, proof=["2"])
    with pytest.raises(StoreError, match="was changed after it was written"):
        save(store)


def test_pins_keep_their_reasons(store: Store) -> None:
    run = save(store)
    store.pin(run.id[:6], "statement 2022-02-017")
    store.pin(run.id, "closed February 2022")
    store.pin(run.id, "closed February 2022")
    assert store.pins() == {run.id: "closed February 2022; statement 2022-02-017"}
    with pytest.raises(StoreError, match="there is no run"):
        store.pin("none", "reason")
    for path in (run.folder.parents[1] / "pins").iterdir():
        path.write_text("half")
    with pytest.raises(StoreError, match="the pin can't be read"):
        store.collect(keep=1)


def test_collecting_keeps_the_newest_the_latest_and_the_pinned(store: Store) -> None:
    runs = [save(store, number) for number in range(6)]
    sources = runs[0].folder.parents[1] / "sources"
    for number in range(6):
        (sources / f"load{number}").mkdir()
    for age, run in enumerate(reversed(runs)):
        os.utime(run.folder, ns=(10**18 - age, 10**18 - age))
    store.pin(runs[1].id, "issued")
    assert set(store.collect(keep=2)) == {runs[0].id, runs[2].id, runs[3].id}
    assert {run.id for run in store.runs()} == {runs[1].id, runs[4].id, runs[5].id}
    assert {path.name for path in sources.iterdir()} == {"load1", "load4", "load5"}
    save(store, 1)
    assert set(store.collect(keep=0)) == {runs[4].id, runs[5].id}
    assert store.need() == runs[1]


def test_a_store_of_a_newer_format_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    Store.open(folder)
    Store.open(folder)
    (folder / "v2").mkdir()
    with pytest.raises(StoreError, match="store/v2: this store has format 2"):
        Store.open(folder)
    (folder / "v2").rmdir()
    (folder / "v1" / "format.json").write_text('{"format": 7}')
    with pytest.raises(StoreError, match=r"store/v1/format.json: this store has format 7"):
        Store.open(folder)
    (folder / "v1" / "format.json").write_text("[]")
    with pytest.raises(StoreError, match="the store's format can't be read"):
        Store.open(folder)


def test_a_store_that_can_t_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "v1").write_text("a file in its place")
    with pytest.raises(StoreError, match="the store can't be written"):
        Store.open(tmp_path / "store")


def test_what_is_computed_stays_out_of_version_control(tmp_path: Path) -> None:
    Store.open(tmp_path / "store")
    assert (tmp_path / "store" / ".gitignore").read_text() == "*\n"

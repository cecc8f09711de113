"""What `verify` finds when somebody has changed a run, however carefully."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from tests.unit import engine_workspace as workspace

from truecost.engine.verify import verify_run
from truecost.kernel import digest
from truecost.store import content, parquet
from truecost.store.runs import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from truecost.store.run import Run

    Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = workspace.write(tmp_path_factory.mktemp("original"), workspace.files())
    return workspace.built(folder)


@pytest.fixture
def run(original: Run, tmp_path: Path) -> Run:
    shutil.copytree(original.folder.parents[1], tmp_path / "v1")
    return again(tmp_path)


def again(folder: Path) -> Run:
    latest = Store.open(folder).latest()
    assert latest is not None
    return latest


def said(run: Run) -> str:
    return "\n".join(str(finding) for finding in verify_run(run).findings)


def forge(run: Run, changes: dict[str, Callable[[Rows], Rows]], **manifest: object) -> Run:
    """Change tables and manifest, and write every hash again, as a careful forger would."""
    plain: dict[str, Any] = {**run.manifest, **manifest}
    plain["tables"] = dict(plain["tables"])
    for name, change in changes.items():
        table = run.table(name)
        changed = pa.Table.from_pylist(change(table.to_pylist()), schema=table.schema)
        parquet.write(changed, run.folder / f"{name}.parquet")
        hashed = {"sha256": content.hash_table(changed), "rows": changed.num_rows}
        plain["tables"][name] = hashed
    plain["sha256"] = digest.of({key: plain[key] for key in plain if key != "sha256"})
    (run.folder / "manifest.json").write_text(json.dumps(plain), encoding="utf-8")
    return again(run.folder.parents[2])


def moved(rows: Rows) -> Rows:
    """Move a cent between two lines of one proof."""
    for first in rows:
        for second in rows:
            same = ("period", "currency", "class")
            if first is not second and all(first[key] == second[key] for key in same):
                first["amount"] += 1
                second["amount"] -= 1
                return rows
    raise AssertionError


def grown(rows: Rows) -> Rows:
    rows[0]["amount"] += 1
    return rows


def test_an_untouched_run_holds(run: Run) -> None:
    checked = verify_run(run)
    assert checked.findings == ()
    assert len(checked.held) == 5


@pytest.mark.parametrize("column", ["used", "line_cost"])
def test_a_capacity_that_does_not_add_up_is_found(run: Run, column: str) -> None:
    def change(rows: Rows) -> Rows:
        rows[0][column] = {"used": "1000000", "line_cost": rows[0]["line_cost"] + 1}[column]
        return rows

    assert "service chat by lines" in said(forge(run, {"capacity": change}))


@pytest.mark.parametrize(
    "name", ["cells", "flows", "objects", "lines", "remainders", "proof", "services", "drivers"]
)
def test_a_flipped_byte_is_found_in_every_table(run: Run, name: str) -> None:
    path = run.folder / f"{name}.parquet"
    before = path.read_bytes()
    for place in range(4, len(before) - 8, max(len(before) // 12, 1)):
        path.write_bytes(before[:place] + bytes([before[place] ^ 0x10]) + before[place + 1 :])
        try:
            changed = not run.table(name).equals(pa.ipc.open_stream(_kept(before)).read_all())
        except Exception:  # noqa: BLE001 - any fault of the reader is damage
            changed = True
        assert bool(verify_run(run).findings) == changed


def _kept(before: bytes) -> pa.Buffer:
    """Give what a Parquet file says, as a stream that is not touched."""
    sink = pa.BufferOutputStream()
    table = pa.parquet.read_table(pa.BufferReader(before))
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def test_a_table_of_another_run_is_found(run: Run, tmp_path: Path) -> None:
    other = workspace.files(rows=(*workspace.LINES, "2024-01-01,1.00,GBP,IT,A\n"))
    stranger = workspace.built(workspace.write(tmp_path / "other", other))
    for name in ("cells", "lines", "proof"):
        shutil.copy(stranger.folder / f"{name}.parquet", run.folder / f"{name}.parquet")
        assert f"{name}.parquet: hash of the content" in said(run)


def test_a_manifest_of_another_run_is_found(run: Run, tmp_path: Path) -> None:
    other = workspace.files(rows=workspace.LINES[1:])
    stranger = workspace.built(workspace.write(tmp_path / "other", other))
    shutil.rmtree(run.folder)
    shutil.copytree(stranger.folder, run.folder)
    assert "the manifest belongs to another run" in said(again(run.folder.parents[2]))


def test_a_changed_manifest_is_found(run: Run) -> None:
    text = (run.folder / "manifest.json").read_text(encoding="utf-8")
    (run.folder / "manifest.json").write_text(text.replace("A case", "A cask"), encoding="utf-8")
    assert "the manifest was changed" in said(again(run.folder.parents[2]))


def test_changed_inputs_are_found_behind_a_new_seal(run: Run) -> None:
    inputs = {**run.manifest["inputs"], "code_version": "1.0.0"}
    assert "not the hash of its inputs" in said(forge(run, {}, inputs=inputs))


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        ({"lines": grown}, "the proof says"),
        ({"lines": lambda rows: [*rows, rows[0]]}, "the line stands 2 times"),
        ({"lines": moved}, "but it comes to"),
        ({"lines": lambda rows: rows[1:]}, "the proof says"),
        ({"remainders": grown}, "the proof says"),
        ({"proof": grown}, "the proof says"),
        ({"cells": grown}, "the proof says"),
        ({"cells": moved}, "but it comes to"),
        ({"objects": grown}, "objects has"),
        ({"objects": lambda rows: rows[1:]}, "objects has"),
        ({"flows": lambda rows: rows[1:]}, "shares don't add up"),
        ({"lines": grown, "cells": grown, "proof": grown}, "the proof"),
    ],
)  # fmt: skip
def test_a_careful_forger_is_found(
    run: Run, tables: dict[str, Callable[[Rows], Rows]], expected: str
) -> None:
    assert expected in said(forge(run, tables))


def test_forged_shares_are_found(run: Run) -> None:
    def shifted(rows: Rows) -> Rows:
        first, second = next(
            (one, two)
            for one in rows
            for two in rows
            if one is not two
            and all(one[key] == two[key] for key in ("period", "currency", "source_object"))
        )
        first["weight"] = str(int(first["weight"]) + int(second["weight"]))
        second["weight"] = "0"
        return rows

    assert "but it comes to" in said(forge(run, {"flows": shifted}))


@pytest.mark.parametrize("text", ["", "-1", "1.5", "many"])
def test_a_weight_that_is_no_number_is_found(run: Run, text: str) -> None:
    def spoilt(rows: Rows) -> Rows:
        rows[0]["weight"] = text
        return rows

    assert "shares don't add up" in said(forge(run, {"flows": spoilt}))


def test_a_proof_in_the_manifest_that_differs_is_found(run: Run) -> None:
    proof = [dict(row) for row in run.manifest["proof"]]
    proof[0]["amount"] += 100
    assert "the proof in the manifest" in said(forge(run, {}, proof=proof))


def test_a_missing_table_is_found(run: Run) -> None:
    (run.folder / "lines.parquet").unlink()
    assert "lines.parquet: the table is not there" in said(run)
    tables = {name: hashed for name, hashed in run.manifest["tables"].items() if name != "lines"}
    assert "the run has no table lines" in said(forge(run, {}, tables=tables))


def test_other_columns_are_found(run: Run) -> None:
    table = run.table("lines").drop_columns(["consumer"])
    parquet.write(table, run.folder / "lines.parquet")
    hashed = {"sha256": content.hash_table(table), "rows": table.num_rows}
    tables = {**run.manifest["tables"], "lines": hashed}
    assert "lines has other columns" in said(forge(run, {}, tables=tables))

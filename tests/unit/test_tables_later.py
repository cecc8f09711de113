"""What an older run's tables lack is filled in, in one place."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from tests.unit import engine_workspace as workspace

from truecost.engine import tables
from truecost.engine.lineage_lines import cells_of
from truecost.engine.verify import verify_run
from truecost.kernel import digest
from truecost.kernel.periods import Period
from truecost.statements.book import Book
from truecost.store import content, parquet
from truecost.store.runs import Store

if TYPE_CHECKING:
    from pathlib import Path

    from truecost.store.run import Run

_ISSUED = "tests/unit/store_format_1"


@pytest.fixture
def runs(tmp_path: Path) -> tuple[Run, Run]:
    """Give a run, and the same as it was written before some columns and tables were kept."""
    folder = workspace.write(tmp_path / "new", workspace.files())
    run = workspace.built(folder)
    shutil.copytree(folder / "store", tmp_path / "old")
    older = tmp_path / "old" / run.folder.relative_to(folder / "store")
    manifest = json.loads((older / "manifest.json").read_bytes())
    for name in tables.LATER_TABLES:
        (older / f"{name}.parquet").unlink()
        del manifest["tables"][name]
    for name, later in tables.LATER_COLUMNS.items():
        lesser = run.table(name).drop_columns(list(later))
        parquet.write(lesser, older / f"{name}.parquet")
        manifest["tables"][name] = {
            "sha256": content.hash_table(lesser), "rows": lesser.num_rows,
        }  # fmt: skip
    manifest["sha256"] = digest.of({k: v for k, v in manifest.items() if k != "sha256"})
    (older / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return run, Store.open(tmp_path / "old").need()


def test_what_an_older_run_lacks_reads_as_nothing_was_moved(runs: tuple[Run, Run]) -> None:
    new, old = runs
    for name in ("exchange", "schedules"):
        assert tables.read(old, name).equals(tables.SCHEMAS[name].empty_table()), name
    for name in tables.SCHEMAS.keys() - tables.LATER_TABLES:
        assert tables.read(old, name).equals(tables.read(new, name)), name
        assert Book.of(old).table(name).equals(new.table(name)), name


def test_an_older_run_is_verified_and_explained(runs: tuple[Run, Run]) -> None:
    new, old = runs
    assert verify_run(old).findings == ()
    for period in (Period.of(2024, 1), Period.of(2024, 2)):
        assert cells_of(old, period, "GBP") == cells_of(new, period, "GBP")


def test_a_table_of_the_first_format_is_not_touched(tmp_path: Path) -> None:
    shutil.copytree(_ISSUED, tmp_path / "store" / "v1")
    run = Store.open(tmp_path / "store").need()
    assert tables.read(run, "lines").equals(run.table("lines"))
    for name in ("exchange", "schedules"):
        assert tables.read(run, name).num_rows == 0

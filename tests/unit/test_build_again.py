"""A build of what was built before is that run, without computing it; else it is computed."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from tests.unit.engine_workspace import LINES, MAIN, QUANTITIES, RULES, files, table_bytes, write

from truecost.engine import build as building
from truecost.engine.build import Built, build
from truecost.kernel.findings import AllocationError, TruecostError
from truecost.kernel.periods import Period
from truecost.model.load import load
from truecost.store.runs import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "firm", files())


def made(folder: Path, *, full: bool = False, first: Period | None = None) -> Built:
    store = Store.open(folder / "store")
    with store.lock(wait=True):
        return build(load(folder), store, full=full, first=first)


def anew(folder: Path, tmp_path: Path) -> Built:
    """Build a copy of the workspace, which has no store."""
    copy = tmp_path / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("store"))
    return made(copy)


def refuse(*_: object, **__: object) -> None:
    raise AssertionError("nothing is to be computed")


def test_an_untouched_workspace_is_the_same_run_and_is_not_computed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = made(folder)
    assert first.warnings
    assert not first.again
    with monkeypatch.context() as patch:
        patch.setattr(building, "rehearse", refuse)
        second = made(folder)
        assert second.again
        with pytest.raises(AssertionError):
            made(folder, full=True)
    third = made(folder, full=True)
    assert first.run == second.run == third.run
    assert first.warnings == second.warnings == third.warnings
    assert first.sources == second.sources


def line(folder: Path) -> None:
    write(folder, files(rows=(*LINES, "2024-02-28,7.77,GBP,IT,MAIL\n")))


def quantity(folder: Path) -> None:
    write(folder, files(quantities=("2024-01,a,2\n", *QUANTITIES[1:])))


def rule(folder: Path) -> None:
    write(folder, files(rules=(RULES[0].replace("3.33", "3.34"), *RULES[1:])))


def place(folder: Path) -> None:
    write(folder, files(rules=("  # moved by a line\n", *RULES)))


def name(folder: Path) -> None:
    path = folder / "truecost.yaml"
    path.write_text(path.read_text("utf-8").replace("A case", "Another case"), "utf-8")


def damage(folder: Path) -> None:
    (path,) = folder.glob("store/v1/runs/*/lines.parquet")
    path.write_bytes(path.read_bytes()[:-9])


def forget(folder: Path) -> None:
    shutil.rmtree(folder / "store/v1/derived")


@pytest.mark.parametrize("edit", [line, quantity, rule, place, name, damage, forget])
def test_what_was_edited_or_damaged_is_computed(
    folder: Path, tmp_path: Path, edit: Callable[[Path], None]
) -> None:
    made(folder)
    edit(folder)
    second = made(folder)
    assert not second.again
    other = anew(folder, tmp_path)
    assert second.run.manifest == other.run.manifest
    assert table_bytes(second.run) == table_bytes(other.run)
    assert second.warnings == other.warnings
    assert made(folder).again


def test_other_periods_are_another_build(folder: Path) -> None:
    whole = made(folder)
    part = made(folder, first=Period.of(2024, 2))
    assert not part.again
    assert part.run.id != whole.run.id
    back = made(folder)
    assert back.again
    assert back.run.id == whole.run.id
    assert Store.open(folder / "store").need().id == whole.run.id


def test_what_is_wrong_is_told_as_if_nothing_had_been_built(folder: Path, tmp_path: Path) -> None:
    made(folder)
    (folder / "data/drivers.csv").unlink()
    with pytest.raises(TruecostError) as before:
        made(folder)
    with pytest.raises(TruecostError) as alone:
        anew(folder, tmp_path)
    assert before.value.findings == alone.value.findings


def test_a_file_that_changes_while_it_is_read_is_not_remembered(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    computing = building.rehearse

    def late(*given: object, **named: object) -> object:
        quantity(folder)
        return computing(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(building, "rehearse", late)
    made(folder)
    monkeypatch.undo()
    write(folder, files())
    assert not made(folder).again


def test_nothing_is_remembered_of_a_build_that_failed(folder: Path) -> None:
    (folder / "truecost.yaml").write_text(MAIN.replace("unallocated: allowed\n", ""), "utf-8")
    for _ in range(2):
        with pytest.raises(AllocationError):
            made(folder)

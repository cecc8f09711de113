"""A build of what was built before is that run, without computing it; else it is computed."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.engine_workspace import LINES, MAIN, QUANTITIES, RULES, files, table_bytes, write

from truecost.engine import build as building
from truecost.engine import classify
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


def mapping(folder: Path) -> None:
    path = folder / "model/accounts.yaml"
    path.write_text(path.read_text("utf-8").replace("class: grow", "class: transform"), "utf-8")


def name(folder: Path) -> None:
    path = folder / "truecost.yaml"
    path.write_text(path.read_text("utf-8").replace("A case", "Another case"), "utf-8")


def damage(folder: Path) -> None:
    (path,) = folder.glob("store/v1/runs/*/lines.parquet")
    path.write_bytes(path.read_bytes()[:-9])


def forget(folder: Path) -> None:
    shutil.rmtree(folder / "store/v1/derived")


@pytest.mark.parametrize("edit", [line, quantity, rule, place, mapping, name, damage, forget])
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


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b", "c", "help", "mail", "chat"]),
            st.sampled_from(["0", "1", "2.5", "40"]),
            st.sampled_from(["3.33", "12", "0.01"]),
            st.sampled_from(["0.01", "-7.125", "99.99"]),
            st.sampled_from(["grow", "transform"]),
        ),
        min_size=2,
        max_size=3,
    )
)
def test_whatever_is_edited_a_build_is_what_a_full_one_is(
    tmp_path_factory: pytest.TempPathFactory, edits: list[tuple[str, ...]]
) -> None:
    folder = tmp_path_factory.mktemp("firm")
    for target, quantity_, percent, amount, cls in edits:
        texts = files(
            rows=(*LINES, f"2024-02-27,{amount},GBP,IT,MAIL\n"),
            quantities=(*QUANTITIES, f"2024-03,{target},{quantity_}\n"),
            rules=(RULES[0].replace("3.33", percent), *RULES[1:]),
        )
        texts["model/accounts.yaml"] = texts["model/accounts.yaml"].replace("grow", cls)
        write(folder, texts)
        again, full = made(folder), made(folder, full=True)
        assert again.run == full.run  # a run of other tables is refused by the store
        assert again.warnings == full.warnings
        assert again.run.verify() == []


def test_cells_of_unchanged_rules_are_not_classified_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(folder)
    quantity(folder)
    with monkeypatch.context() as patch:
        patch.setattr(classify, "cells", refuse)
        second = made(folder)
    assert not second.again
    assert made(folder, full=True).run == second.run
    path = folder / "model/accounts.yaml"
    path.write_text(path.read_text("utf-8").replace("= 'NEW'", "= 'OLD'"), "utf-8")
    with monkeypatch.context() as patch:
        patch.setattr(classify, "cells", refuse)
        with pytest.raises(AssertionError):
            made(folder)
    assert made(folder).run == made(folder, full=True).run


def test_what_is_closed_is_asked_for_too(folder: Path) -> None:
    first = made(folder).run
    store = Store.open(folder / "store")
    with store.lock(wait=True):
        store.closings.close(Period.of(2024, 1).index, first.id, first.sha256, "2024-01")
    closed = made(folder)
    assert not closed.again
    assert closed.run.manifest["closed"]
    assert made(folder).again
    line(folder)
    assert made(folder).run == made(folder, full=True).run


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

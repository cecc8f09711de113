"""What a run says depends on what its inputs say: not on their order, their files or threads."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from tests.unit import engine_workspace as workspace

from truecost.engine.tables import LATER_TABLES
from truecost.engine.verify import verify_run
from truecost.kernel.periods import Period

if TYPE_CHECKING:
    from pathlib import Path

    from truecost.store.run import Run

JANUARY, FEBRUARY, MARCH = (Period.of(2024, month) for month in (1, 2, 3))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = workspace.write(tmp_path_factory.mktemp("plain"), workspace.files())
    return workspace.built(folder)


def test_the_workspace_has_everything(plain: Run) -> None:
    assert not verify_run(plain).findings
    assert all(
        plain.table(name).num_rows for name in plain.manifest["tables"] if name not in LATER_TABLES
    )
    assert {row["class"] for row in plain.table("lines").to_pylist()} == {"run", "grow"}
    assert set(plain.table("lines")["currency"].to_pylist()) == {"GBP", "JPY", "KWD"}


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_threads_do_not_matter(plain: Run, threads: int, tmp_path: Path) -> None:
    run = workspace.built(workspace.write(tmp_path, workspace.files()), threads=threads)
    assert workspace.table_bytes(run) == workspace.table_bytes(plain)
    assert run.manifest == plain.manifest


@pytest.mark.parametrize("seed", range(4))
def test_order_and_files_of_rows_do_not_matter(plain: Run, seed: int, tmp_path: Path) -> None:
    shuffled = random.Random(seed)
    rows = shuffled.sample(workspace.LINES, len(workspace.LINES))
    quantities = shuffled.sample(workspace.QUANTITIES, len(workspace.QUANTITIES))
    texts = workspace.files(quantities=tuple(quantities))
    del texts["data/ledger/ledger.csv"]
    # Equal rows count once across files, so equal rows stay together.
    number = {row: shuffled.randrange(seed + 1) for row in rows}
    for part in range(seed + 1):
        name = f"data/ledger/{shuffled.random()}.csv"
        texts[name] = workspace.HEAD + "".join(row for row in rows if number[row] == part)
    run = workspace.built(workspace.write(tmp_path, texts))
    assert run.id != plain.id
    assert run.manifest["tables"] == plain.manifest["tables"]
    assert workspace.table_bytes(run) == workspace.table_bytes(plain)


def test_order_of_rules_and_services_does_not_matter(plain: Run, tmp_path: Path) -> None:
    texts = workspace.files(rules=workspace.RULES[::-1], services=workspace.SERVICES[::-1])
    run = workspace.built(workspace.write(tmp_path, texts))
    # these cite where a rule is written
    cite = {"flows", "model", "capacity"}
    same = [name for name in plain.manifest["tables"] if name not in cite]
    assert [run.manifest["tables"][name] for name in same] == [
        plain.manifest["tables"][name] for name in same
    ]
    columns = [name for name in plain.table("flows").column_names if name != "rule"]
    assert run.table("flows").select(columns) == plain.table("flows").select(columns)


@pytest.mark.parametrize("period", [JANUARY, FEBRUARY, MARCH])
def test_a_period_alone_is_what_it_is_among_others(
    plain: Run, period: Period, tmp_path: Path
) -> None:
    folder = workspace.write(tmp_path, workspace.files())
    run = workspace.built(folder, first=period, last=period)
    for name in set(plain.manifest["tables"]) - {"model"}:
        rows = [row for row in plain.table(name).to_pylist() if row["period"] == period.index]
        assert run.table(name).to_pylist() == rows


def test_the_same_inputs_are_the_same_run(plain: Run, tmp_path: Path) -> None:
    folder = workspace.write(tmp_path, workspace.files())
    first = workspace.built(folder)
    assert first.id == plain.id
    assert first.manifest == plain.manifest
    assert workspace.built(folder).manifest == plain.manifest


def test_a_comment_in_the_model_makes_another_run_of_the_same_figures(
    plain: Run, tmp_path: Path
) -> None:
    texts = workspace.files()
    folder = workspace.write(tmp_path, texts)
    workspace.built(folder)
    texts["model/allocations.yaml"] = "# agreed in May\n" + texts["model/allocations.yaml"]
    run = workspace.built(workspace.write(folder, texts))
    assert run.id != plain.id
    assert run.manifest["inputs"]["model"] == plain.manifest["inputs"]["model"]
    assert run.manifest["tables"]["lines"] == plain.manifest["tables"]["lines"]
    assert run.table("flows")["rule"] != plain.table("flows")["rule"]

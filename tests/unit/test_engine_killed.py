"""Builds that are killed, and builds that meet."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from truecost.engine.build import build
from truecost.engine.verify import verify_run
from truecost.model.load import load
from truecost.store import sources
from truecost.store.layout import Layout
from truecost.store.runs import Store

_ROOT = Path(__file__).parents[2]
_TIMES = 40
_POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL and no fork")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(
        _ROOT / "examples" / "starter", tmp_path / "work", ignore=shutil.ignore_patterns("store")
    )
    return tmp_path / "work"


@_POSIX
@pytest.mark.slow
def test_a_killed_build_leaves_the_last_run_whole(folder: Path) -> None:
    store = Store.open(folder / "store")
    layout = Layout(folder / "store" / "v1")
    seen: set[str] = set()
    left_behind = 0
    with subprocess.Popen(
        [sys.executable, "-m", "tests.unit.engine_killed", str(folder), "20220407"],
        cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as killer:  # fmt: skip
        assert killer.stdin is not None
        assert killer.stdout is not None
        for _ in range(_TIMES):
            print(file=killer.stdin, flush=True)
            assert killer.stdout.readline() == "dead\n"
            left_behind += any(layout.temporary.iterdir())
            latest = store.latest()
            assert latest is not None
            assert verify_run(latest).findings == ()
            seen.add(latest.id)
            with store.lock(wait=False):
                assert not any(layout.temporary.iterdir())
        killer.stdin.close()
    assert len(seen) == _TIMES, "every child has built once before it is killed"
    assert left_behind, "no kill fell into writing"
    for run in store.runs():
        assert run.verify() == []
    for path in layout.sources.iterdir():
        source = sources.find(layout, path.name)
        assert source is not None
        assert sources.verify(layout, source) == []
    with store.lock(wait=False):
        run = build(load(folder), store).run
    assert verify_run(run).findings == ()
    assert not any(layout.temporary.iterdir())


@_POSIX
@pytest.mark.slow
def test_builds_wait_for_each_other(folder: Path) -> None:
    store = Store.open(folder / "store")
    command = [sys.executable, "-c", "from truecost.cli.main import main; main()", "build"]
    with store.lock(wait=False):
        waiting = [
            subprocess.Popen(
                command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
            for _ in range(2)
        ]
        for process in waiting:
            assert process.stderr is not None
            assert "another build of this workspace is running" in process.stderr.readline()
        busy = subprocess.run(
            [*command, "--no-wait"], cwd=folder, capture_output=True, text=True, check=False
        )
        assert busy.returncode == 7
    for process in waiting:
        out, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, "")
        assert "run" in out
    latest = store.latest()
    assert latest is not None
    assert [run.id for run in store.runs()] == [latest.id]
    assert verify_run(latest).findings == ()

"""A build killed at any moment leaves the previous run whole and the store usable."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from truecost.store.runs import Store

_ROOT = Path(__file__).parents[2]
_TIMES = 50


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL and no fork")
def test_a_killed_build_leaves_the_previous_run_whole(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    store = Store.open(folder)
    left_behind = 0
    seen: set[str] = set()
    with subprocess.Popen(
        [sys.executable, "-m", "tests.unit.store_killed", str(folder), "20220407"],
        cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as killer:  # fmt: skip
        assert killer.stdin is not None
        assert killer.stdout is not None
        for _ in range(_TIMES):
            print(file=killer.stdin, flush=True)
            assert killer.stdout.readline() == "dead\n"
            left_behind += any((folder / "v1" / "tmp").iterdir())
            latest = store.latest()
            assert latest is not None
            assert latest.verify() == []
            seen.add(latest.id)
            with store.lock(wait=False):
                assert not any((folder / "v1" / "tmp").iterdir())
        killer.stdin.close()
    assert left_behind > _TIMES // 10, "the kills did not fall into saving"
    assert len(seen) > _TIMES // 10, "the kills came before anything was saved"
    saved = store.runs()
    assert seen <= {run.id for run in saved}
    for run in saved:
        assert run.verify() == []
    assert {run.id for run in saved} - set(store.collect(keep=1)) == {
        run.id for run in store.runs()
    }
    assert len(store.runs()) <= 2  # one more where a kill fell between a run and its pointer

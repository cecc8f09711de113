"""Every directory here is a workspace with scenarios, and what is told of each.

A case's files are laid over `tests/cases/base`. `expected/NAME.txt` is what `truecost scenario
NAME` prints, `expected/ranking.txt` what it prints of all of them where there are several,
`expected/error.txt` what it says instead. `TRUECOST_UPDATE=1 pytest tests/scenarios` writes them.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest
from tests.cli.program import truecost

HERE = Path(__file__).parent
BASE = HERE.parent / "cases" / "base"
CASES = sorted(path.name for path in HERE.iterdir() if (path / "scenarios").is_dir())


@pytest.mark.parametrize("case", CASES)
def test_case(case: str, tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    shutil.copytree(BASE, workspace)
    shutil.copytree(HERE / case, workspace, dirs_exist_ok=True)
    built = truecost("build", "-w", workspace)
    assert built.code == 0, built
    names = sorted(path.stem for path in (workspace / "scenarios").glob("*.yaml"))
    got: dict[str, str] = {}
    for asked in (*([name] for name in names), *([[]] if len(names) > 1 else [])):
        ended = truecost("scenario", *asked, "-w", workspace)
        if ended.code:
            got["error.txt"] = ended.err
        else:
            told = re.sub(r"run [0-9a-f]{16}", "run #", ended.out)
            assert max(map(len, ended.out.splitlines())) <= 80
            got[f"{asked[0] if asked else 'ranking'}.txt"] = told
    expected = HERE / case / "expected"
    if os.environ.get("TRUECOST_UPDATE"):
        shutil.rmtree(expected, ignore_errors=True)
        expected.mkdir()
        for name, text in got.items():
            (expected / name).write_text(text, encoding="utf-8")
        return
    assert got == {path.name: path.read_text(encoding="utf-8") for path in expected.iterdir()}

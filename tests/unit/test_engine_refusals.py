"""What a build refuses that no workspace on its own can show."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.unit import engine_workspace as workspace

from truecost.kernel.findings import AllocationError, SourceError
from truecost.kernel.periods import Period

if TYPE_CHECKING:
    from collections.abc import Callable

FEBRUARY = Period.of(2024, 2)


@pytest.mark.parametrize("name", ["consumer c", "service chat"])
def test_cost_never_reaches_what_does_not_exist_then(tmp_path: Path, name: str) -> None:
    texts = workspace.files()
    kind, _, id_ = name.partition(" ")
    january = "periods: { from: 2024-01, to: 2024-01 }\n"
    texts["truecost.yaml"] = texts["truecost.yaml"].replace("sources:", f"{january}sources:")
    path = f"model/{kind}s.yaml"
    ended = [
        line.replace(" }", ", valid: { to: 2024-01 } }") if line.strip().startswith(id_) else line
        for line in texts[path].splitlines()
    ]
    texts[path] = "\n".join(ended)
    mail = f"- {{ from: service mail, to: {{ {name}: 50%, consumer a: rest }} }}\n"
    texts["model/allocations.yaml"] = (
        f"rules:\n{mail}- {{ from: service chat, to: consumer a }}\n"
        "- { from: [tower End User / Help Desk, service help], to: consumer a }\n"
    )
    texts["model/drivers.yaml"] = "{}\n"
    folder = workspace.write(tmp_path, texts)
    workspace.built(folder)
    with pytest.raises(AllocationError, match=f"{name} does not exist in 2024-02") as refused:
        workspace.built(folder, first=FEBRUARY, last=FEBRUARY)
    assert "would go to it" in str(refused.value)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
@pytest.mark.parametrize(
    ("put", "what"),
    [
        (os.mkfifo, "this is neither a file nor a folder"),
        (lambda path: path.symlink_to("gone.csv"), "this is a link to a file that is not there"),
        (Path.mkdir, "this is a folder, not a file"),
    ],
    ids=["pipe", "link", "folder"],
)
def test_a_driver_s_file_must_be_a_file(
    tmp_path: Path, put: Callable[[Path], None], what: str
) -> None:
    folder = workspace.write(tmp_path, workspace.files())
    (folder / "data/drivers.csv").unlink()
    put(folder / "data/drivers.csv")
    with pytest.raises(SourceError, match=f"^data/drivers.csv: {what}"):
        workspace.built(folder)

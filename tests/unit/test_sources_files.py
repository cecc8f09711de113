"""What a pattern finds that is no file, or has a name that is no text, is refused by name."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest
from tests.unit.sources_ledger import load, source

from truecost.kernel.findings import SourceError

if TYPE_CHECKING:
    from pathlib import Path

GOOD = "Date,Amount,Account\n2022-07-01,1.5,a\n"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")


def refused(folder: Path, pattern: str = "*.csv") -> str:
    with pytest.raises(SourceError) as fault:
        load(folder, reads=source(files=(pattern,)), july=GOOD)
    return str(fault.value)


def test_a_link_to_nowhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "june.csv").symlink_to("gone.csv")
    assert refused(tmp_path) == (
        "june.csv: this is a link to a file that is not there\n"
        "   put the file there, or remove the link"
    )


@pytest.mark.parametrize("pattern", ["*.csv", "june.csv", "**/*.csv"])
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path, pattern: str) -> None:
    os.mkfifo(tmp_path / "june.csv")
    assert refused(tmp_path, pattern) == (
        "june.csv: this is neither a file nor a folder\n   put a file there, or remove it"
    )


def test_folders_and_links_to_files_are_no_fault(tmp_path: Path) -> None:
    (tmp_path / "june.csv").mkdir()
    (tmp_path / "may").write_text(GOOD.replace("1.5", "2"))
    (tmp_path / "may.csv").symlink_to("may")
    (tmp_path / "~$open.csv").symlink_to("nobody@nowhere")
    assert [file.name for file in load(tmp_path, july=GOOD).files] == ["july.csv", "may.csv"]


def test_a_name_that_is_no_utf_8_is_refused_and_shown(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"mai\xff.csv")).write_text(GOOD)
    assert refused(tmp_path) == (
        "mai\\xff.csv: the file's name is not in UTF-8\n   give the file another name"
    )

"""Whatever a workspace's files hold, a person is told so in words."""

from __future__ import annotations

import os
import random
import resource
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.cli.program import PROGRAM, replace, truecost

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FILES = (
    "truecost.yaml", "data/drivers.csv", "data/ledger/2026-01.csv", "model/accounts.yaml",
    "model/allocations.yaml", "model/consumers.yaml", "model/cost_centres.yaml",
    "model/drivers.yaml", "model/services.yaml", "model/towers.yaml",
)  # fmt: skip


def garbage(path: Path) -> None:
    path.write_bytes(random.Random(path.name).randbytes(5000))


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def nulls(path: Path) -> None:
    path.write_bytes(b"\0" * 4096)


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def removed(path: Path) -> None:
    path.unlink()


def in_utf_16(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8"), encoding="utf-16")


def cut_short(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 2 // 3])


def doubled(path: Path) -> None:
    path.write_bytes(path.read_bytes() * 2)


def deep(path: Path) -> None:
    path.write_text("[" * 5000)


def quotes(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b",", b'"').replace(b":", b"'"))


def brackets(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"{", b"[").replace(b"a", b"}"))


SPOILT = [
    garbage, emptied, nulls, a_folder, removed, in_utf_16, cut_short, doubled, deep, quotes,
    brackets,
]  # fmt: skip


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("spoil", SPOILT)
def test_a_spoilt_file_is_told_in_words(
    fresh: Path, spoil: Callable[[Path], None], name: str
) -> None:
    spoil(fresh / name)
    ended = truecost("build", "-w", fresh)
    if ended.code == 0:
        assert "difference" in ended.out
        return
    assert ended.code in {3, 4, 5}
    assert ended.err.strip()
    assert len(ended.err) < 20_000
    assert "0x7f" not in ended.err.lower()


def test_letters_changed_anywhere_are_told_in_words(fresh: Path) -> None:
    chance = random.Random(20260101)
    original = {name: (fresh / name).read_bytes() for name in FILES}
    for _ in range(150):
        name = chance.choice(FILES)
        content = bytearray(original[name])
        for _ in range(chance.randint(1, 6)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        (fresh / name).write_bytes(content)
        ended = truecost("build", "-w", fresh)
        assert ended.code in {0, 3, 4, 5}, (name, bytes(content), ended)
        (fresh / name).write_bytes(original[name])


@pytest.mark.parametrize("table", ["cells", "lines", "proof", "consumers", "flows"])
@pytest.mark.parametrize("command", ["show", "verify", "statement", "runs", "build"])
def test_a_spoilt_run_is_told_in_words(built: Path, command: str, table: str) -> None:
    (path,) = built.glob(f"store/v1/runs/*/{table}.parquet")
    content = path.read_bytes()
    path.write_bytes(content[:100] + bytes(50) + content[150:])
    named = ("sales",) if command == "statement" else ()
    ended = truecost(command, *named, "-w", built)
    assert ended.code in ({8} if command == "verify" else {0, 6, 8}), ended
    if command == "build":
        assert truecost("verify", "-w", built).code == 0


@pytest.mark.parametrize("content", [b"", b"nonsense", b"../../../etc\n", bytes(range(256))])
def test_a_spoilt_pointer_to_the_latest_run_is_told_in_words(built: Path, content: bytes) -> None:
    (built / "store/v1/runs/latest").write_bytes(content)
    ended = truecost("show", "-w", built)
    assert ended.code == 6, ended
    assert truecost("build", "-w", built).code == 0
    assert truecost("show", "-w", built).code == 0


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"null", b'{"format": "1"}', b"\xff"])
def test_a_spoilt_manifest_is_told_in_words(built: Path, content: bytes) -> None:
    (path,) = built.glob("store/v1/runs/*/manifest.json")
    path.write_bytes(content)
    for command in ("show", "runs"):
        assert truecost(command, "-w", built).code == 6
    assert truecost("build", "-w", built).code == 0
    assert truecost("verify", "-w", built).code == 0


def test_a_store_that_was_removed_in_part_is_built_again(built: Path) -> None:
    shutil.rmtree(built / "store/v1/sources")
    shutil.rmtree(built / "store/v1/pins")
    assert truecost("build", "-w", built).code == 0
    assert truecost("verify", "-w", built).code == 0


@pytest.mark.skipif(sys.platform == "win32", reason="no limits on the size of files")
@pytest.mark.parametrize("limit", [0, 100, 1500, 4000])
def test_a_full_disk_is_told_in_words_and_leaves_the_run_before(built: Path, limit: int) -> None:
    before = truecost("runs", "-w", built).out
    replace(built / "data/ledger/2026-01.csv", "7,315.75", "7,315.76")
    ended = subprocess.run(
        [PROGRAM, "build", "-w", built],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 6, ended
    assert "Traceback" not in ended.stderr
    assert ended.stderr.startswith("store/v1/"), ended
    assert truecost("runs", "-w", built).out == before
    assert truecost("verify", "-w", built).code == 0
    assert truecost("build", "-w", built).code == 0


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write all")
def test_a_store_that_may_not_be_written_is_told_in_words_and_can_be_read(built: Path) -> None:
    folders = [path for path in (built / "store").rglob("*") if path.is_dir()]
    try:
        for folder in folders:
            folder.chmod(0o555)
        replace(built / "data/ledger/2026-01.csv", "7,315.75", "7,315.76")
        ended = truecost("build", "-w", built)
        assert ended.code in {1, 6}
        assert "ermission denied" in ended.err
        assert truecost("show", "-w", built).code == 0
    finally:
        for folder in folders:
            folder.chmod(0o755)

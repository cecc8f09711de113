"""Run `truecost` as a person would: in this process, where that is enough, or in one of its own."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from truecost.cli.main import main

ROOT = Path(__file__).parents[2]
PROGRAM = Path(sys.executable).with_name("truecost")
STARTER = ROOT / "examples" / "starter"


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


def truecost(*arguments: str | Path) -> Done:
    """Run a command in this process, through the program's own entry point."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="") for _ in range(2))
    code = 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
    return Done(code, _text(out), _text(err))


def done(*arguments: str | Path) -> str:
    """Run a command that must succeed and say nothing on standard error; give what it prints."""
    ended = truecost(*arguments)
    assert (ended.code, ended.err) == (0, "")
    return ended.out


def process(
    *arguments: str | Path, folder: Path | None = None, **environment: str
) -> subprocess.Popen[str]:
    """Start a command as a process of its own."""
    return subprocess.Popen(
        [PROGRAM, *map(str, arguments)],
        cwd=folder,
        env={**os.environ, "PYTHONWARNINGS": "error", **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def starter(folder: Path) -> Path:
    """Make a workspace like the starter."""
    shutil.copytree(STARTER, folder, ignore=shutil.ignore_patterns("store"))
    return folder


def replace(path: Path, old: str, new: str) -> None:
    """Change a text that stands in a file."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode()

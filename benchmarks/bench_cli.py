"""How soon the program answers: cold starts, against a Python that does nothing.

A start is a process of its own; the note gives its peak memory and how many modules it imports.
The memory in the table is the harness's.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from harness import Work, main

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROGRAM = str(Path(sys.executable).with_name("truecost"))
_EXAMPLE = Path(__file__).parent.parent / "examples" / "starter"
_IDLE = {"python -c pass": [sys.executable, "-c", "pass"]}
_MODULES = "modules.json"
_ANSWERS = ("--version", "--help", "build --help")
_WORK = ("check", "build", "show", "statement sales", "verify")


def commands(*lines: str) -> dict[str, list[str]]:
    return _IDLE | {f"truecost {line}": [_PROGRAM, *line.split()] for line in lines}


def imported(command: list[str], folder: Path) -> int:
    """Count the modules that a command imports."""
    traced = [sys.executable, "-X", "importtime", *command[command[0] == sys.executable :]]
    done = subprocess.run(traced, cwd=folder, check=True, capture_output=True, text=True)
    return len(re.findall(r"^import time: +\d", done.stderr, re.MULTILINE))


def filled(folder: Path, named: dict[str, list[str]]) -> None:
    """Put a small workspace that has been built into the folder, and what commands import."""
    shutil.copytree(_EXAMPLE, folder, ignore=shutil.ignore_patterns("store"), dirs_exist_ok=True)
    subprocess.run([_PROGRAM, "build"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    modules = {name: imported(command, folder) for name, command in named.items()}
    (folder / _MODULES).write_text(json.dumps(modules), encoding="utf-8")


def prepared(folder: Path) -> tuple[Path, dict[str, int]]:
    return folder, json.loads((folder / _MODULES).read_text(encoding="utf-8"))


def start(data: tuple[Path, dict[str, int]], name: str, command: list[str]) -> str:
    folder, modules = data
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{name} ended with {process.returncode}")
    return f"{usage.ru_maxrss >> 10} MB, {modules[name]} modules"


def works(_: str) -> Iterator[Work]:
    for title, lines in (("cold start", _ANSWERS), ("cold start, small workspace", _WORK)):
        named = commands(*lines)
        yield Work(
            title,
            prepared,
            {name: partial(start, name=name, command=command) for name, command in named.items()},
            files=partial(filled, named=named),
        )


if __name__ == "__main__":
    main(works)

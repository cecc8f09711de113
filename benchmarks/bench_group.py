"""A whole synthetic organisation: made, checked, built for two years, verified, stated.

Each is a process of its own, as a person calls it; the note gives its processor time.
"""

from __future__ import annotations

import os
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
_MADE, _BUILT = "made", "built"
_BUILDS = {"init": "init new --example group", "build, 24 months": f"build -w {_MADE}"}
_READS = {
    "verify": f"verify -w {_BUILT}",
    "summary": f"summary -w {_BUILT}",
    "statement": f"statement customer-care -w {_BUILT}",
    "statements of a month, JSON": f"statement --all --format json -w {_BUILT} -o out",
    "explain": f"explain customer-care order-hub -w {_BUILT}",
    "journal": f"journal --period 2026-03 -w {_BUILT}",
    "scenarios": f"scenario -w {_BUILT}",
}


def filled(folder: Path) -> None:
    """Put the organisation into the folder, as it is made and as it is built."""
    for line in (f"init {_MADE} --example group", f"init {_BUILT} --example group"):
        subprocess.run([_PROGRAM, *line.split()], cwd=folder, check=True, capture_output=True)
    build = [_PROGRAM, "build", "-w", _BUILT]
    subprocess.run(build, cwd=folder, check=True, capture_output=True)


def fresh(folder: Path) -> Path:
    """Take away what an earlier contender left."""
    for path in (folder / "new", folder / _MADE / "store", folder / "out"):
        shutil.rmtree(path, ignore_errors=True)
    return folder


def called(folder: Path, line: str) -> str:
    command, quiet = [_PROGRAM, *line.split()], subprocess.DEVNULL
    process = subprocess.Popen(command, cwd=folder, stdout=quiet, stderr=quiet)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"truecost {line} ended with {process.returncode}")
    cpu = usage.ru_utime + usage.ru_stime
    return f"{cpu:.1f} s of processor, {usage.ru_maxrss >> 10} MB"


def works(_: str) -> Iterator[Work]:
    for title, lines in (("whole organisation", _BUILDS), ("whole organisation, built", _READS)):
        contenders = {name: partial(called, line=line) for name, line in lines.items()}
        yield Work(title, fresh, contenders, files=filled)


if __name__ == "__main__":
    main(works)

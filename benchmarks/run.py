"""Run every bench and print one table; the usual and the full run also go into the docs.

python benchmarks/run.py [--quick | --full]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from harness import SIZES, Row, table

_HERE = Path(__file__).parent
_PAGE = _HERE.parent / "docs" / "reference" / "performance.md"
_PACKAGES = ("numpy", "scipy", "duckdb", "pyarrow")


def machine() -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), {platform.system()},"
        f" Python {platform.python_version()}, {packages}"
    )


def rows(script: Path, size: str) -> list[Row]:
    command = [sys.executable, str(script), "--json"]
    command += [] if size == "usual" else [f"--{size}"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return [Row(**{**row, "range": tuple(row["range"])}) for row in json.loads(done.stdout)]


_HEAD = """# Performance

Written by `python benchmarks/run.py`; do not edit. Every contender runs in a process of its own, in
interleaved rounds, after its data are made. Seconds are the median, the range goes from the fastest
to the slowest; memory is the whole process's peak, with its data; the ratio is to the first
contender of the same work.
"""


def page(lines: list[str]) -> str:
    return "\n".join([_HEAD, f"Measured on {machine()}.", "", *lines, ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for size in SIZES:
        parser.add_argument(f"--{size}", dest="size", action="store_const", const=size)
    size = parser.parse_args().size or "usual"
    found: list[Row] = []
    for script in sorted(_HERE.glob("bench_*.py")):
        print(f"{script.name} …", file=sys.stderr, flush=True)
        found += rows(script, size)
    lines = table(found)
    print(machine(), *lines, sep="\n")
    if size != "quick":
        _PAGE.write_text(page(lines), encoding="utf-8")


if __name__ == "__main__":
    main()

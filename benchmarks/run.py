"""Run benches and write what they come to into the docs, with the bars that were set.

    python benchmarks/run.py [--quick | --full | --page] [NAME …]

NAME is that of a bench (`classify` for `bench_classify.py`); without one all are run. What the
usual and the full size come to is kept in `benchmarks/measured/`, a file per bench, and the page is
made of all of them, so that benches can be run one at a time.
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

from bars import BARS, bar_table, limits
from harness import SIZES, Row, table

_HERE = Path(__file__).parent
_MEASURED = _HERE / "measured"
_PAGE = _HERE.parent / "docs" / "reference" / "performance.md"
_PACKAGES = ("numpy", "scipy", "duckdb", "pyarrow")
_HEAD = """# Performance

Written by `python benchmarks/run.py`; do not edit. Every contender runs in a process of its own, in
interleaved rounds, after its data are made. Seconds are the median, the range goes from the fastest
to the slowest; memory is the whole process's peak, with its data; the ratio is to the first
contender of the same work.
"""


def machine() -> str:
    """Say what was measured on."""
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    return (
        f"{os.cpu_count()} cores ({_processor() or platform.machine()}), {platform.system()},"
        f" Python {platform.python_version()}, {packages}"
    )


def _processor() -> str:
    """Give the processor's name, where Linux tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), "")


def measure(script: Path, size: str) -> list[Row]:
    """Run a bench, and keep what it comes to unless it was a quick look."""
    command = [sys.executable, str(script), "--json"]
    command += [] if size == "usual" else [f"--{size}"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    rows = json.loads(done.stdout)
    if size != "quick":
        _MEASURED.mkdir(exist_ok=True)
        kept = {"machine": machine(), "size": size, "rows": rows}
        text = json.dumps(kept, indent=1, ensure_ascii=False)
        (_MEASURED / f"{_name(script)}.json").write_text(f"{text}\n", encoding="utf-8")
    return [_row(row) for row in rows]


def page() -> str:
    """Draw the page of all that was kept."""
    found = {path.stem: json.loads(path.read_bytes()) for path in sorted(_MEASURED.glob("*.json"))}
    rows = [_row(row) for each in found.values() for row in each["rows"]]
    lines = [_HEAD, "## The bars that were set", "", *bar_table(BARS, rows), ""]
    if missed := limits(BARS, rows):
        lines += ["What limits those that are not met, or not reached:", "", *missed, ""]
    for name, each in found.items():
        lines += [f"## {name}", "", f"Size {each['size']}. {each['machine']}.", ""]
        lines += [*table(map(_row, each["rows"])), ""]
    return "\n".join(lines)


def _name(script: Path) -> str:
    return script.stem.removeprefix("bench_")


def _row(row: dict[str, object]) -> Row:
    return Row(**{**row, "range": tuple(row["range"])})  # type: ignore[arg-type]


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    for size in SIZES:
        parser.add_argument(f"--{size}", dest="size", action="store_const", const=size)
    parser.add_argument("--page", action="store_true", help="only draw the page of what is kept")
    parser.add_argument("names", nargs="*", metavar="NAME")
    asked = parser.parse_args()
    size = asked.size or "usual"
    scripts = {_name(script): script for script in sorted(_HERE.glob("bench_*.py"))}
    if unknown := set(asked.names) - set(scripts):
        parser.error(f"no bench {', '.join(sorted(unknown))}; there are {', '.join(scripts)}")
    for name in () if asked.page else asked.names or scripts:
        print(f"{name} …", file=sys.stderr, flush=True)
        print(*table(measure(scripts[name], size)), sep="\n", flush=True)
    if size != "quick":
        _PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()

"""Contenders against each other: a fresh process each, in interleaved rounds.

A bench is a script `bench_<area>.py` with a function `works(size)`, where size is "quick", "usual"
or "full". It ends with `main(works)` and prints its rows; `python benchmarks/run.py` runs all.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

SIZES = ("quick", "usual", "full")
_ROUNDS = {"quick": 1, "usual": 3, "full": 3}
_LIMIT = 600
_NO_BYTECODE = "PYTHONDONTWRITEBYTECODE"


def _nothing(folder: Path) -> None:
    """Leave the folder empty."""


def _itself(data: Any) -> Any:
    return data


@dataclass(frozen=True)
class Work:
    """Something to do, and who does it, by name; the first is what the others are measured against.

    `files` fills a folder once, in a process of its own. Every contender's process then calls
    `prepare` with the folder, outside the time, and the contender with what that returns, or with
    what its own entry of `ready` makes of that, outside the time too. It returns a note for the
    table, or, where all must `agree`, what they come to (None: nothing).
    """

    name: str
    prepare: Callable[[Path], Any]
    contenders: Mapping[str, Callable[[Any], str | None]]
    files: Callable[[Path], None] = _nothing
    agree: bool = False
    ready: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """One contender: median and range of its seconds, its process's peak memory, the ratio."""

    work: str
    contender: str
    seconds: float
    range: tuple[float, float]
    peak_mb: int
    ratio: float
    note: str


def main(works: Callable[[str], Iterable[Work]]) -> None:
    """Run a bench as a script: all of it, or, called by the harness itself, one contender once."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", dest="size", action="store_const", const="quick")
    parser.add_argument("--full", dest="size", action="store_const", const="full")
    parser.add_argument("--json", action="store_true", help="print rows as JSON")
    parser.add_argument("--once", nargs=3, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    size = chosen.size or "usual"
    if chosen.once:
        name, contender, folder = chosen.once
        (work,) = (work for work in works(size) if work.name == name)
        _once(work, contender, Path(folder))
        return
    rows = [row for work in works(size) for row in _raced(work, size)]
    print(json.dumps([asdict(row) for row in rows]) if chosen.json else "\n".join(table(rows)))


def table(rows: Iterable[Row]) -> list[str]:
    """Give rows as lines of a Markdown table."""
    lines = [
        "| work | contender | seconds | range | peak MB | ratio | |",
        "|---|---|---:|---:|---:|---:|---|",
    ]
    for row in rows:
        low, high = row.range
        lines.append(
            f"| {row.work} | {row.contender} | {row.seconds:.3g} | {low:.3g} – {high:.3g}"
            f" | {row.peak_mb} | {row.ratio:.2g} | {row.note} |"
        )
    return lines


def _once(work: Work, contender: str, folder: Path) -> None:
    if not contender:
        work.files(folder)
        return
    data = work.ready.get(contender, _itself)(work.prepare(folder))
    begun = time.perf_counter()
    note = work.contenders[contender](data)
    seconds = time.perf_counter() - begun
    print(json.dumps({"seconds": seconds, "peak_mb": round(_peak_mb()), "note": note}))


def _peak_mb() -> float:
    """Give this process's peak memory. On Linux `getrusage` would count the parent's in too."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text(encoding="ascii").partition("VmHWM:")[2].split()[0]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def _raced(work: Work, size: str) -> list[Row]:
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in work.contenders}
    with tempfile.TemporaryDirectory() as folder:
        _run(work, "", folder, size)
        for _ in range(_ROUNDS[size]):
            for name, taken in runs.items():
                taken.append(json.loads(_run(work, name, folder, size)))
    notes = {run["note"] for taken in runs.values() for run in taken} - {None}
    if work.agree and len(notes) != 1:
        raise SystemExit(f"{work.name}: the contenders disagree: {notes}")
    rows: list[Row] = []
    for name, taken in runs.items():
        seconds = [run["seconds"] for run in taken]
        middle = statistics.median(seconds)
        first = rows[0].seconds if rows else middle
        peak = max(run["peak_mb"] for run in taken)
        span = (min(seconds), max(seconds))
        note = "" if work.agree else taken[0]["note"] or ""
        rows.append(Row(work.name, name, middle, span, peak, middle / first, note))
    return rows


def _run(work: Work, contender: str, folder: str, size: str) -> str:
    # As an installed program has them: modules are compiled once, not by each process.
    environment = {key: each for key, each in os.environ.items() if key != _NO_BYTECODE}
    command = [sys.executable, sys.argv[0], "--once", work.name, contender, folder]
    command += [] if size == "usual" else [f"--{size}"]
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, timeout=_LIMIT, env=environment
    )
    return done.stdout

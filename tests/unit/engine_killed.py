"""Builds until it is killed, again and again: `python -m tests.unit.engine_killed FOLDER SEED`.

Each line on standard input asks for one child that builds a workspace, its ledger grown each time,
and is killed at a random moment; each line on standard output says that it is dead. Children are
forked, so that none of them spends its life on imports.
"""

from __future__ import annotations

import itertools
import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from truecost.engine.build import build
from truecost.model.load import load
from truecost.store.runs import Store

if TYPE_CHECKING:
    from collections.abc import Iterable

_BUILDS = 2
_LINES = 400


def grow(folder: Path, number: int) -> None:
    """Put another ledger file in the place of the last one, at once."""
    head = (folder / "data" / "ledger" / "2026-01.csv").read_text(encoding="utf-8").splitlines()[0]
    rows = [f"2026-02-01,{number}.{cent % 100:02},6400,IT-100,{cent},x" for cent in range(_LINES)]
    made = folder / "data" / "made"
    made.write_text("\n".join([head, *rows, ""]), encoding="utf-8")
    made.replace(folder / "data" / "ledger" / "grown.csv")


def builds(folder: Path, numbers: Iterable[int]) -> None:
    """Build once for each number."""
    model = load(folder)
    store = Store.open(folder / "store")
    for number in numbers:
        with store.lock(wait=True):
            grow(folder, number)
            build(model, store)


def seconds_for(folder: Path) -> float:
    """Measure how long a few builds take on this machine, now."""
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        builds(folder, range(_BUILDS))
        os._exit(0)
    os.waitpid(child, 0)
    return time.monotonic() - began


def main(folder: Path, seed: int) -> None:
    chance = random.Random(seed)
    longest = seconds_for(folder)
    for round_, _ in enumerate(sys.stdin):
        child = os.fork()
        if child == 0:
            builds(folder, itertools.count((round_ + 1) * 1000))
        time.sleep(chance.uniform(0, longest))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        print("dead", flush=True)  # noqa: T201 (its parent listens)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))

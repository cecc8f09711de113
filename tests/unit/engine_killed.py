"""Builds until it is killed, again and again: `python -m tests.unit.engine_killed FOLDER SEED`.

Each line on standard input asks for one child that builds a workspace, its ledger grown each time,
and is killed at a random moment of its second build, whose length the first one tells, every other
one soon after it has begun to write; each line on standard output says that it is dead. Children
are forked, so that none of them spends its life on imports.
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
from truecost.store.arrow import without_pandas
from truecost.store.runs import Store

if TYPE_CHECKING:
    from collections.abc import Iterable

_LINES = 400


def grow(folder: Path, number: int) -> None:
    """Put another ledger file in the place of the last one, at once."""
    head = (folder / "data" / "ledger" / "2026-01.csv").read_text(encoding="utf-8").splitlines()[0]
    rows = [f"2026-02-01,{number}.{cent % 100:02},6400,IT-100,{cent},x" for cent in range(_LINES)]
    made = folder / "data" / "made"
    made.write_text("\n".join([head, *rows, ""]), encoding="utf-8")
    made.replace(folder / "data" / "ledger" / "grown.csv")


def builds(folder: Path, numbers: Iterable[int], told: int) -> None:
    """Build once for each number; write a byte before each."""
    model = load(folder)
    store = Store.open(folder / "store")
    for number in numbers:
        os.write(told, b".")
        with store.lock(wait=True):
            grow(folder, number)
            build(model, store)


def main(folder: Path, seed: int) -> None:
    without_pandas()  # else every child would import it
    chance = random.Random(seed)
    for round_, _ in enumerate(sys.stdin):
        begun, told = os.pipe()
        child = os.fork()
        if child == 0:
            builds(folder, itertools.count(round_ * 1000), told)
        os.read(begun, 1)
        began = time.monotonic()
        os.read(begun, 1)
        length = time.monotonic() - began
        if round_ % 2:
            while not any((folder / "store" / "v1" / "tmp").iterdir()):
                pass  # it is not writing yet
            length /= 20
        time.sleep(chance.uniform(0, length))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(begun)
        os.close(told)
        print("dead", flush=True)  # noqa: T201 (its parent listens)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))

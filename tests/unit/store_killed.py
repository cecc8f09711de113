"""Saves runs until it is killed, again and again: `python -m tests.unit.store_killed FOLDER SEED`.

Each line on standard input asks for one child that saves run after run and is killed at a random
moment; each line on standard output says that it is dead. Children are forked, so that none of
them spends its life on imports.
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

import numpy as np
import pyarrow as pa

from truecost.store.runs import Store

if TYPE_CHECKING:
    from collections.abc import Iterable

_SAVES = 4  # about as many are begun, at most, before a child is killed
Tables = dict[str, pa.Table]


def save(folder: Path, tables: Tables, version: str, times: Iterable[int]) -> None:
    store = Store.open(folder)
    for number in times:
        inputs = {"code_version": f"{version}.{number}", "sources": {}}
        store.save_run(tables, {"inputs": inputs})


def seconds_for(folder: Path, tables: Tables) -> float:
    """Measure how long a few saves take on this machine, now."""
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        save(folder, tables, "first", range(_SAVES))
        os._exit(0)
    os.waitpid(child, 0)
    return time.monotonic() - began


def main(folder: Path, seed: int) -> None:
    chance = random.Random(seed)
    values = np.arange(5_000)
    table = pa.table({"key": values, "text": values.astype(str)})
    tables = {f"table{number}": table.slice(number) for number in range(3)}
    longest = seconds_for(folder, tables)
    for round_, _ in enumerate(sys.stdin):
        child = os.fork()
        if child == 0:
            save(folder, tables, str(round_), itertools.count())
        time.sleep(chance.uniform(0, longest))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        print("dead", flush=True)  # noqa: T201 (its parent listens)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))

"""Progress bars on a terminal, and silence elsewhere."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from truecost.engine.build import silent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from truecost.engine.build import Progress


@contextmanager
def progress() -> Iterator[Progress]:
    """Give a function that draws progress on standard error while it is a terminal."""
    if not sys.stderr.isatty():
        yield silent
        return
    from rich.console import Console
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    with Bars(console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def show(stage: str, done: int, of: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=of)
            bars.update(tasks[stage], completed=done, total=of)

        yield show

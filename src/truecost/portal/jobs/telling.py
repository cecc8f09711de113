"""What a child process tells the worker: line by line as JSON on its standard output.

It says how far it is, and at last what came of it. At the end of its standard input it ends: so it
never outlives the worker that started it. It knows nothing of Django and of the record.
"""

from __future__ import annotations

import json
import os
import threading
import time
from typing import TYPE_CHECKING, Any, TextIO

from truecost.kernel.findings import TruecostError

if TYPE_CHECKING:
    from collections.abc import Callable

_PAUSE = 0.5  # seconds between two words on how far a stage is
_ENDED = 3


class Telling:
    """What the worker reads."""

    def __init__(self, to: TextIO) -> None:
        self._to = to
        self._stage, self._told = "", 0.0

    def progress(self, stage: str, done: int, of: int) -> None:
        """Tell how far a stage is: its beginning, and then now and again."""
        now = time.monotonic()
        if stage == self._stage and now - self._told < _PAUSE:
            return
        self._stage, self._told = stage, now
        self.write({"progress": [stage, done, of]})

    def write(self, said: dict[str, Any]) -> None:
        """Write a line."""
        print(json.dumps(said), file=self._to, flush=True)


def tell(work: Callable[[Telling], dict[str, Any]]) -> None:
    """Do work, and say what came of it: what it gives, or `faults` where it is refused."""
    telling = Telling(_own_output())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        result = work(telling)
    except TruecostError as error:
        faults = [
            {"place": str(each.place or ""), "what": each.what, "detail": each.detail,
             "hint": each.hint}
            for each in error.findings
        ]  # fmt: skip
        result = {"faults": faults}
    telling.write({"result": result})


def _own_output() -> TextIO:
    """Keep standard output for what the worker reads; what else is printed goes to the errors."""
    own = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return own


def _end_with_parent() -> None:
    while os.read(0, 1):
        pass
    os._exit(_ENDED)

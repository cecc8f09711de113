"""The worker's side of work that a child process does: progress, result, and its end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from truecost.kernel.findings import Finding
from truecost.record.services.jobs import failed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_AGAIN = "nothing is half done: start it again"


def done_in_a_child(
    module: str, arguments: list[str], tell: Callable[[str, int, int], None]
) -> dict[str, Any]:
    """Let a module do work in a child, tell how far it is, and give what came of it.

    A child that ends without a result gives a fault that says how it ended. The child ends when
    its standard input does, so with the process that started it.
    """
    with subprocess.Popen(  # noqa: S603  our own module, and no shell
        [sys.executable, "-P", "-m", module, *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8",
        env=dict(os.environ),
    ) as process:  # fmt: skip
        assert process.stdout is not None  # noqa: S101  it is a pipe
        try:
            result = _read(process.stdout, tell)
        except BaseException:
            process.kill()
            raise
    if result is not None:
        return result
    return failed(Finding(None, _ended(process.returncode), _AGAIN))


def _read(lines: Iterable[str], tell: Callable[[str, int, int], None]) -> dict[str, Any] | None:
    result: dict[str, Any] | None = None
    for line in lines:
        said = json.loads(line)
        if "progress" in said:
            tell(*said["progress"])
        else:
            result = said["result"]
    return result


def _ended(code: int) -> str:
    if code < 0:
        name = signal.Signals(-code).name
        return f"the process was killed ({name}); where memory is short, the system does that"
    return f"the process broke off with code {code}: whoever runs the portal finds why in its log"

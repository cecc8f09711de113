"""Does an act and is killed at its nth step: `python -m tests.record.killed FOLDER ADDRESS ACT`.

Each line on standard input is a number: a child does the act and is killed (SIGKILL) before that
step, where a step is every statement to the database, every commit, before and after, and every
file that the store writes, before and after. Each line on standard output says how the child ended:
`killed`, `done`, or `failed`. Children are forked, so that none spends its life on imports.
"""

from __future__ import annotations

import datetime as dt
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django

if TYPE_CHECKING:
    from collections.abc import Callable

os.environ["DJANGO_SETTINGS_MODULE"] = "truecost.portal.settings"
django.setup()

from django.db import connection  # noqa: E402
from tests.record.workshop import NOW, point  # noqa: E402

from truecost.model.load import load  # noqa: E402
from truecost.record.database import database  # noqa: E402
from truecost.record.place import RecordPlace  # noqa: E402
from truecost.record.services import disputes, issuing, journals, people, periods  # noqa: E402
from truecost.record.services.acts import By  # noqa: E402
from truecost.store import durable  # noqa: E402
from truecost.store.arrow import without_pandas  # noqa: E402

LABEL = "2026-01"


class Steps:
    """Counts the steps of an act, and kills the process before one of them."""

    def __init__(self, last: int) -> None:
        self._left = last

    def step(self) -> None:
        self._left -= 1
        if not self._left:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self) -> None:
        connection.ensure_connection()
        connection.execute_wrappers.append(self._executed)
        for where, name in ((connection, "_commit"), (durable, "write_file")):
            setattr(where, name, self._around(getattr(where, name)))

    def _executed(self, execute: Callable[..., Any], *said: Any) -> Any:
        self.step()
        return execute(*said)

    def _around(self, act: Callable[..., Any]) -> Callable[..., Any]:
        def around(*said: Any, **named: Any) -> Any:
            self.step()
            done = act(*said, **named)
            self.step()
            return done

        return around


def by(name: str) -> By:
    return By(people.find(f"{name}@example.org"), "test", NOW + dt.timedelta(days=1))


def act(folder: Path, kind: str) -> None:
    """Do an act; each is done by who may."""
    row = periods.get(LABEL)
    if kind == "close":
        periods.close(by("analyst"), row)
    elif kind == "reopen":
        periods.reopen(by("analyst"), row, "an invoice came late")
    elif kind == "accept":
        found = disputes.case(by("analyst"), "D-2026-00001")
        assert found is not None
        disputes.accept(by("analyst"), found.row, "counted twice")
    elif kind == "issue":
        issuing.issue(by("leader"), row)
    else:
        model = load(folder)
        assert model.journal is not None
        journals.post(by("analyst"), row, model.journal, model.currency)


def main(folder: Path, address: str, kind: str) -> None:
    without_pandas()  # else every child would import it
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            code = 3
            try:
                point(folder, database(RecordPlace(folder).database, address))
                Steps(int(line)).watch()
                act(folder, kind)
                code = 0
            except BaseException:  # noqa: BLE001  told, and the child ends
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(code)
        _, status = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(status)
        print("killed" if killed else "done" if not status else "failed", flush=True)  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])

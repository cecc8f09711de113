"""A run is checked in a process of its own: `python -m truecost.portal.jobs.checking STORE RUN N`.

N is the index of the period. It reads and adds up every table of the run, as
`truecost verify` does; it writes nothing.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from truecost.portal.jobs.telling import tell

if TYPE_CHECKING:
    from truecost.portal.jobs.telling import Telling


def checked(store: Path, run: str, index: str, said: Telling) -> dict[str, Any]:
    """Check a run of a store, for the period of an index. Raise as `closing.check_run` does."""
    said.progress("opening the run", 0, 1)  # before what takes a while to import
    from truecost.statements.closing import check_run  # noqa: PLC0415
    from truecost.store.arrow import without_pandas  # noqa: PLC0415
    from truecost.store.runs import Store  # noqa: PLC0415

    without_pandas()
    found = Store.open(store).run(run)
    check_run(found, found.calendar.period(int(index)), said.progress)
    return {"sha256": found.sha256}


if __name__ == "__main__":
    tell(partial(checked, Path(sys.argv[1]), sys.argv[2], sys.argv[3]))

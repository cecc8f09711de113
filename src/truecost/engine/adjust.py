"""A closed period computed anew with the lines that came later: an adjustment run.

What it bills otherwise than what was closed is a *supplement*, per consumer and service. The run
that was closed stays as it is; from then on the period stands by the adjustment.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from truecost.engine import tables
from truecost.engine.build import Progress, load_sources, rehearse, silent
from truecost.engine.closed import ClosedPeriods
from truecost.kernel.findings import Finding, UsageError
from truecost.sources.late import LATE_FOR

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from truecost.kernel.periods import Period
    from truecost.model.types import Model
    from truecost.store.closings import Closing
    from truecost.store.run import Run
    from truecost.store.runs import Store

#: (currency, consumer, service, kind)
_Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Adjusted:
    """An adjustment run, and the act by which its period stood before."""

    period: Period
    run: Run
    before: Closing


def adjust(
    model: Model, store: Store, period: Period, *, progress: Progress = silent
) -> Adjusted | None:
    """Compute a closed period anew and let it stand so; None where it comes to the same.

    The caller holds the store's lock. Raise UsageError where the period is open, or where its late
    lines are in another closed period already; else what a build raises.
    """
    before = store.closings.standing().get(period.index)
    if before is None:
        raise UsageError(f"{period} is not closed: a build computes it")
    stood = store.run(before.run)
    _refuse_placed(store, period)
    closed = ClosedPeriods.of(store, without=period.index)
    made = rehearse(
        model, load_sources(model, store, progress=progress), closed=closed,
        first=period, last=period, progress=progress,
    )  # fmt: skip
    was, now = _billed(stood, period), _of_tables(made.tables, period)
    rows = [
        (period.index, *key, was.get(key, 0), now.get(key, 0), now.get(key, 0) - was.get(key, 0))
        for key in sorted(was.keys() | now.keys())
        if was.get(key, 0) != now.get(key, 0)
    ]
    if not rows:
        return None
    said = dict(made.manifest)
    said["adjusts"] = {"period": str(period), "run": stood.id}
    said["inputs"] = said["inputs"] | {"adjusts": stood.id}
    kept = {**made.tables, "supplements": tables.table("supplements", rows)}
    run = store.save_run(kept, said, latest=False)
    store.pin(run.id, f"adjusts {period}")
    store.closings.adjust(period.index, run.id, str(run.manifest["sha256"]))
    return Adjusted(period, run, before)


def _refuse_placed(store: Store, period: Period) -> None:
    """Raise where lines for the period were placed in a later one that is closed."""
    closed = ClosedPeriods.of(store)
    for at, act in closed.acts.items():
        for load in closed.run(at).manifest["inputs"]["sources"].values():
            source = store.source(load)
            if source is None or LATE_FOR not in source.columns or at == period.index:
                continue
            told = closed.run(at).manifest.get("late", ())
            if any(each["period"] == period.index and each["into"] == at for each in told):
                later = period.calendar.period(at)
                what = f"late lines of {period} were placed in {later}, closed {act.day}"
                hint = f"reopen {later} first, or leave them there"
                raise UsageError(Finding(None, what, hint))


def _billed(run: Run, period: Period) -> dict[_Key, int]:
    there = run.manifest["tables"]
    read = {name: tables.read(run, name) for name in ("charges", "lines") if name in there}
    return _of_tables(read, period)


def _of_tables(made: Mapping[str, pa.Table], period: Period) -> dict[_Key, int]:
    """Give what is billed in a period: charges, or of a run without them its lines."""
    sums: dict[_Key, int] = defaultdict(int)
    found = made.get("charges")
    if found is None:
        found = made["lines"]
    rows = found.filter(pc.equal(found["period"], period.index)).to_pylist()
    for row in rows:
        if row.get("treatment", "charge") == "charge":
            key = (row["currency"], row["consumer"], row["service"], row.get("kind", "cost"))
            sums[key] += row["amount"]
    return sums

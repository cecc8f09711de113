"""Periods that were closed, each with the run that it stands by; and those that were reopened.

Closing pins the run. What was closed is changed by nothing but a recorded reopening, or by an
adjustment: another run of the same period, whose difference is a supplement.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from truecost.kernel.findings import Finding, UsageError
from truecost.store.log import Log

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from truecost.store.layout import Layout


class Act(StrEnum):
    """What was done to a period."""

    CLOSED = "closed"
    ADJUSTED = "adjusted"
    REOPENED = "reopened"


@dataclass(frozen=True, slots=True)
class Closing:
    """An act. `run` and `manifest` say by what the period stands since; `done` is the moment.

    `period` is its index (`Period.index`).
    """

    sequence: int
    act: Act
    period: int
    run: str
    manifest: str
    reason: str
    done: str

    @property
    def day(self) -> str:
        """The day of the act, as `2022-03-04`."""
        return self.done[:10]


class Closings:
    """What was closed in a store. Whoever closes holds the store's lock."""

    def __init__(self, layout: Layout, clock: Callable[[], datetime]) -> None:
        self._log = Log(layout, layout.closings, "closing", clock)

    def read(self) -> list[Closing]:
        """Give every act in order. Raise StoreError for a damaged or missing one."""
        return [_closing(content) for content in self._log.read()]

    def standing(self) -> dict[int, Closing]:
        """Give, for every closed period, the last act: what it stands by now."""
        stands: dict[int, Closing] = {}
        for each in self.read():
            stands[each.period] = each
        return {
            period: stands[period]
            for period in sorted(stands)
            if stands[period].act is not Act.REOPENED
        }

    def close(self, period: int, run: str, manifest: str, shown: str) -> Closing:
        """Close an open period by a run. Raise UsageError where it is closed already."""
        stands = self.standing().get(period)
        if stands is not None:
            what = f"{shown} is closed since {stands.day}, by run {stands.run}"
            hint = "lines that came later are posted in the open period by the next build"
            raise UsageError(Finding(None, what, hint))
        return self._append(Act.CLOSED, period, run, manifest, "")

    def adjust(self, period: int, run: str, manifest: str) -> Closing:
        """Let a closed period stand by an adjustment run from now on."""
        return self._append(Act.ADJUSTED, period, run, manifest, "")

    def reopen(self, period: int, reason: str, shown: str) -> Closing:
        """Open a closed period again, for a reason. Raise UsageError where it is open."""
        stands = self.standing().get(period)
        if stands is None:
            raise UsageError(f"{shown} is not closed")
        return self._append(Act.REOPENED, period, stands.run, stands.manifest, reason)

    def _append(self, act: Act, period: int, run: str, manifest: str, reason: str) -> Closing:
        content = {
            "act": str(act), "period": period, "run": run, "manifest": manifest, "reason": reason,
        }  # fmt: skip
        return _closing(self._log.append(content))


def _closing(content: Mapping[str, Any]) -> Closing:
    return Closing(
        content["sequence"], Act(content["act"]), content["period"], content["run"],
        content["manifest"], content["reason"], content["done"],
    )  # fmt: skip

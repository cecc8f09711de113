"""The organisation's own tests, carried out: which hold, and what differs in those that don't.

Enters: tests as `truecost.model.expectations` reads them, the model, and the latest run or None.
Leaves: a `Verdict` per test, with a finding for each difference: what was expected, what is there,
by how much, at the place of the expectation.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from truecost.engine.expectations_costs import CostTests
from truecost.engine.expectations_lines import line_differences
from truecost.engine.expectations_run import RunTests, not_current
from truecost.model.expectations import CostTest, LineTest, RunTest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from truecost.kernel.findings import Finding
    from truecost.model.expectations import Test
    from truecost.model.types import Model
    from truecost.store.run import Run


class Outcome(StrEnum):
    """What came of a test."""

    HOLDS = "holds"
    FAILS = "fails"
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A test with what came of it; `findings` are its differences, or why it could not be run."""

    test: Test
    outcome: Outcome
    findings: tuple[Finding, ...] = ()


def judge(model: Model, tests: Sequence[Test], run: Run | None) -> tuple[Verdict, ...]:
    """Carry out tests, in their order. Raise SourceError where a cleaning can't be evaluated.

    Only tests about the latest run read it; they are not run where it is missing or was built from
    another model.
    """
    costs = CostTests(model)
    by_line = line_differences(model, [test for test in tests if isinstance(test, LineTest)])
    about_run = [test for test in tests if isinstance(test, RunTest)]
    stale = not_current(model, run) if about_run else None
    figures = RunTests(run) if run is not None and stale is None and about_run else None
    verdicts = []
    for test in tests:
        if isinstance(test, CostTest):
            verdicts.append(_verdict(test, costs.differences(test)))
        elif isinstance(test, LineTest):
            verdicts.append(_verdict(test, by_line.pop(0)))
        elif figures is not None:
            verdicts.append(_verdict(test, figures.differences(test)))
        elif stale is not None:
            verdicts.append(Verdict(test, Outcome.NOT_RUN, (stale,)))
    return tuple(verdicts)


def _verdict(test: Test, findings: list[Finding]) -> Verdict:
    return Verdict(test, Outcome.FAILS if findings else Outcome.HOLDS, tuple(findings))

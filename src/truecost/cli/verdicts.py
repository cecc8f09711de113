"""What `test` prints: a line per test, or data."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING

from truecost.cli.wording import WIDTH
from truecost.engine.expectations import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from truecost.engine.expectations import Verdict

SCHEMA = "truecost.test/1"
_MARK = 11
_MARKS = {Outcome.HOLDS: "holds", Outcome.FAILS: "FAILS", Outcome.NOT_RUN: "not run"}


def as_text(verdicts: Sequence[Verdict], seconds: float) -> str:
    """Give a line per test under its file, and how many hold."""
    lines: list[str] = []
    file = ""
    for verdict in verdicts:
        if verdict.test.place.file != file:
            file = verdict.test.place.file
            lines += ["", file] if lines else [file]
        lines += textwrap.wrap(
            verdict.test.name,
            WIDTH,
            initial_indent=f"{'  ' + _MARKS[verdict.outcome]:<{_MARK}}",
            subsequent_indent=" " * _MARK,
            break_on_hyphens=False,
        )
    return "\n".join([*lines, "", f"{_counted(verdicts)}, in {seconds:.2f} s"])


def _counted(verdicts: Sequence[Verdict]) -> str:
    counts = {
        outcome: sum(verdict.outcome is outcome for verdict in verdicts) for outcome in Outcome
    }
    held, failed, unrun = (counts[outcome] for outcome in Outcome)
    parts = [
        *([f"{held:,} {'holds' if held == 1 else 'hold'}"] if held else []),
        *([f"{failed:,} {'fails' if failed == 1 else 'fail'}"] if failed else []),
        *([f"{unrun:,} not run"] if unrun else []),
    ]
    return f"{len(verdicts):,} {'test' if len(verdicts) == 1 else 'tests'}: {', '.join(parts)}"


def as_json(verdicts: Sequence[Verdict]) -> str:
    """Write verdicts as `{schema, counts, tests: [{name, file, line, outcome, findings}]}`."""
    tests = [
        {
            "name": verdict.test.name,
            "file": verdict.test.place.file,
            "line": verdict.test.place.line,
            "outcome": verdict.outcome.value,
            "findings": [
                {
                    "file": finding.place.file if finding.place else None,
                    "line": finding.place.line if finding.place else None,
                    "column": finding.place.column if finding.place else None,
                    "what": finding.what,
                    "detail": finding.detail,
                    "hint": finding.hint,
                }
                for finding in verdict.findings
            ],
        }
        for verdict in verdicts
    ]
    counts = {
        outcome.value: sum(verdict.outcome is outcome for verdict in verdicts)
        for outcome in Outcome
    }
    document = {"schema": SCHEMA, "counts": counts, "tests": tests}
    return json.dumps(document, ensure_ascii=False, indent=2)

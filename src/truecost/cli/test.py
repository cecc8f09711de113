"""`truecost test`: the organisation's own expectations of its model and of the latest run."""

from __future__ import annotations

import json
import textwrap
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from truecost.cli import options
from truecost.engine.expectations import Outcome, judge
from truecost.kernel.findings import ExpectationError, ModelError, UsageError
from truecost.model.expectations import RunTest
from truecost.model.expectations_reading import expectation_files, read_expectations
from truecost.store.runs import Store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from truecost.engine.expectations import Verdict
    from truecost.model.expectations import Test
    from truecost.model.types import Model
    from truecost.store.runs import Run

SCHEMA = "truecost.test/1"
_WIDTH = 80
_MARK = 11
_MARKS = {Outcome.HOLDS: "holds", Outcome.FAILS: "FAILS", Outcome.NOT_RUN: "not run"}


@click.command("test")
@click.argument(
    "files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE"
)
@options.workspace
@click.option("-k", "name", default="", help="Only tests whose name contains this.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="A line per test for reading, or data.",
)
def command(workspace: Path, files: tuple[Path, ...], name: str, form: str) -> None:
    """Run your own expectations of the model and of the latest run.

    Without FILE: all in the workspace's tests/*.yaml. Tests of rules read no data; tests of the
    latest run read what the last build stored. Exit code 9 where one does not hold or could not be
    run, with every difference: what was expected, what is there, by how much.
    """
    model = options.read_model(workspace)
    began = time.perf_counter()
    tests = _tests(model, files or tuple(expectation_files(workspace)), name)
    verdicts = judge(model, tests, _latest(workspace, tests))
    seconds = time.perf_counter() - began
    click.echo(_as_json(verdicts) if form == "json" else _as_text(verdicts, seconds))
    findings = dict.fromkeys(finding for verdict in verdicts for finding in verdict.findings)
    if findings:
        raise ExpectationError(findings)


def _tests(model: Model, files: Sequence[Path], name: str) -> list[Test]:
    """Read the tests that are asked for. Raise where there are none, or one can't be read."""
    if not files:
        raise UsageError("there are no tests: write what you expect into tests/*.yaml")
    tests, findings = read_expectations(model, files)
    if findings:
        raise ModelError(findings)
    chosen = [test for test in tests if name.casefold() in test.name.casefold()]
    if not chosen:
        some = f'no test has "{name}" in its name' if name else "the files hold no test"
        raise UsageError(some)
    return chosen


def _latest(workspace: Path, tests: Sequence[Test]) -> Run | None:
    """Give the latest run if a test asks for it; a store is not begun for that."""
    folder = workspace / "store"
    if not folder.is_dir() or not any(isinstance(test, RunTest) for test in tests):
        return None
    return Store.open(folder).latest()


def _as_text(verdicts: Sequence[Verdict], seconds: float) -> str:
    """Give a line per test under its file, and how many hold."""
    lines: list[str] = []
    file = ""
    for verdict in verdicts:
        if verdict.test.place.file != file:
            file = verdict.test.place.file
            lines += ["", file] if lines else [file]
        lines += textwrap.wrap(
            verdict.test.name,
            _WIDTH,
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


def _as_json(verdicts: Sequence[Verdict]) -> str:
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

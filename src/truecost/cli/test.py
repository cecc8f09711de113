"""`truecost test`: the organisation's own expectations of its model and of the latest run."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from truecost.cli import options
from truecost.kernel.findings import ExpectationError, ModelError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from truecost.model.expectations import Test
    from truecost.model.types import Model
    from truecost.store.run import Run


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
    from truecost.cli.verdicts import as_json, as_text
    from truecost.engine.expectations import judge
    from truecost.model.expectations_reading import expectation_files

    model = options.read_model(workspace)
    began = time.perf_counter()
    tests = _tests(model, files or tuple(expectation_files(workspace)), name)
    verdicts = judge(model, tests, _latest(workspace, tests))
    seconds = time.perf_counter() - began
    click.echo(as_json(verdicts) if form == "json" else as_text(verdicts, seconds))
    findings = dict.fromkeys(finding for verdict in verdicts for finding in verdict.findings)
    if findings:
        raise ExpectationError(findings)


def _tests(model: Model, files: Sequence[Path], name: str) -> list[Test]:
    """Read the tests that are asked for. Raise where there are none, or one can't be read."""
    if not files:
        raise UsageError("there are no tests: write what you expect into tests/*.yaml")
    from truecost.model.expectations_reading import read_expectations

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
    from truecost.model.expectations import RunTest

    if not (workspace / "store").is_dir() or not any(isinstance(test, RunTest) for test in tests):
        return None
    return options.store_to_read(workspace).latest()

"""Options and arguments that several commands share."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from truecost.kernel.findings import Finding, ModelError, StoreError
from truecost.kernel.periods import Period

if TYPE_CHECKING:
    from collections.abc import Callable

    from truecost.model.types import Model
    from truecost.store.runs import Run, Store

_STORE = "store"


class _PeriodType(click.ParamType[Period]):
    """A month, written `2022-02`."""

    name = "YYYY-MM"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Period:
        if isinstance(value, Period):
            return value
        try:
            return Period.parse(value)
        except ValueError as fault:
            self.fail(str(fault), param, ctx)


PERIOD = _PeriodType()

workspace = click.option(
    "-w",
    "--workspace",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=".",
    metavar="FOLDER",
    help="The folder with truecost.yaml; by default the current one.",
)

run = click.option(
    "--run",
    "run_id",
    metavar="ID",
    help="A run by its id, or the beginning of it; by default the latest.",
)

data = click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="A folder that stands in for the folder of the source's files.",
)


def periods(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add --period, --from and --to; see `span_of`."""
    for option in (
        click.option("--to", "last", type=PERIOD, help="The last month."),
        click.option("--from", "first", type=PERIOD, help="The first month."),
        click.option("--period", type=PERIOD, help="One month, such as 2022-02."),
    ):
        function = option(function)
    return function


def span_of(
    period: Period | None, first: Period | None, last: Period | None
) -> tuple[Period | None, Period | None]:
    """Bring the three period options to a first and a last.

    Raise UsageError for both kinds at once, and for a last month before the first.
    """
    if period is not None and (first is not None or last is not None):
        raise click.UsageError("give --period, or --from and --to, not both")
    if first is not None and last is not None and last < first:
        raise click.UsageError(f"--to {last} lies before --from {first}")
    return (period, period) if period is not None else (first, last)


def store_to_read(folder: Path) -> Store:
    """Open a workspace's store, making nothing.

    Raise ModelError where the folder is no workspace, StoreError where nothing has been built.
    """
    from truecost.store.runs import Store

    if not (folder / _STORE).exists():
        if not (folder / "truecost.yaml").exists():
            read_model(folder)
        where = "" if folder == Path() else f" -w {shlex.quote(str(folder))}"
        hint = f"build it first: truecost build{where}"
        raise StoreError(Finding(None, "nothing has been built yet", hint))
    return Store.open(folder / _STORE)


def store_to_write(folder: Path) -> Store:
    """Open a workspace's store, or begin it. Raise StoreError where it can't be."""
    from truecost.store.runs import Store

    return Store.open(folder / _STORE)


def latest(store: Store) -> Run | None:
    """Give the latest run to compare with, or None where there is none that can be read."""
    try:
        return store.latest()
    except StoreError:
        return None


def waiting() -> None:
    """Say that another holds the workspace."""
    click.echo("another build of this workspace is running: waiting for it to end", err=True)


def read_model(folder: Path) -> Model:
    """Read a workspace's model and print its warnings. Raise ModelError with all findings."""
    from truecost.model.load import load_with_findings

    model, findings = load_with_findings(folder)
    if model is None:
        raise ModelError(findings)
    for finding in findings:
        click.echo(str(finding), err=True)
    return model

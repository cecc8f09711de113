"""Options and arguments that several commands share."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from truecost.kernel.calendars import CALENDAR_MONTHS
from truecost.kernel.findings import Finding, ModelError, StoreError
from truecost.model.engine import KINDS, chosen

if TYPE_CHECKING:
    from collections.abc import Callable

    from truecost.kernel.calendars import Calendar, Period
    from truecost.model.types import Model
    from truecost.store.run import Run
    from truecost.store.runs import Store

_STORE = "store"


_PERIOD = re.compile(r"\s*\d{4}-P?\d{2}\s*", re.ASCII)


class _PeriodType(click.ParamType[str]):
    """A period as analysts write it, `2022-02` or `2024-P03`; `period_in` says which it is."""

    name = "YYYY-MM"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not _PERIOD.fullmatch(value):
            try:
                CALENDAR_MONTHS.parse(value)
            except ValueError as fault:
                self.fail(str(fault), param, ctx)
        return str(value)


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

engine = click.option(
    "--engine",
    type=click.Choice(KINDS),
    help="What computes line by line; by default what truecost.yaml says, or else duckdb.",
)


def periods(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add --period, --from and --to; see `span_of`."""
    for option in (
        click.option("--to", "last", type=PERIOD, help="The last period."),
        click.option("--from", "first", type=PERIOD, help="The first period."),
        click.option("--period", type=PERIOD, help="One period, such as 2022-02 or 2024-P03."),
    ):
        function = option(function)
    return function


def period_in(calendar: Calendar, written: str | None, option: str) -> Period | None:
    """Give the period that an option names in a calendar. Raise UsageError where it is none."""
    if written is None:
        return None
    try:
        return calendar.parse(written)
    except ValueError as fault:
        raise click.BadParameter(str(fault), param_hint=f"'{option}'") from None


def span_of(
    calendar: Calendar, period: str | None, first: str | None, last: str | None
) -> tuple[Period | None, Period | None]:
    """Bring the three period options to a first and a last.

    Raise UsageError for both kinds at once, and for a last period before the first.
    """
    if period is not None and (first is not None or last is not None):
        raise click.UsageError("give --period, or --from and --to, not both")
    if period is not None:
        only = period_in(calendar, period, "--period")
        return only, only
    begins = period_in(calendar, first, "--from")
    ends = period_in(calendar, last, "--to")
    if begins is not None and ends is not None and ends < begins:
        raise click.UsageError(f"--to {ends} lies before --from {begins}")
    return begins, ends


def store_to_read(folder: Path) -> Store:
    """Open a workspace's store, making nothing.

    Raise ModelError where the folder is no workspace, StoreError where nothing has been built.
    """
    from truecost.store.arrow import without_pandas
    from truecost.store.runs import Store

    without_pandas()

    if not (folder / _STORE).exists():
        if not (folder / "truecost.yaml").exists():
            read_model(folder)
        where = "" if folder == Path() else f" -w {shlex.quote(str(folder))}"
        hint = f"build it first: truecost build{where}"
        raise StoreError(Finding(None, "nothing has been built yet", hint))
    return Store.open(folder / _STORE)


def store_to_write(folder: Path) -> Store:
    """Open a workspace's store, or begin it. Raise StoreError where it can't be."""
    from truecost.store.arrow import without_pandas
    from truecost.store.runs import Store

    without_pandas()

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


def with_engine(model: Model, name: str | None) -> Model:
    """Give a model with another engine, where one is named."""
    return model if name is None else replace(model, engine=chosen(model.engine, name))


def read_model(folder: Path) -> Model:
    """Read a workspace's model and print its warnings. Raise ModelError with all findings."""
    from truecost.model.load import load_with_findings

    model, findings = load_with_findings(folder)
    if model is None:
        raise ModelError(findings)
    for finding in findings:
        click.echo(str(finding), err=True)
    return model

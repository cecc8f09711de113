"""Runs: what was computed, its tables, and what is otherwise in another run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from ninja import Query, Router
from pyarrow import parquet
from pydantic import Field

from truecost.api import texts
from truecost.api.answers import AbsentError
from truecost.api.endpoints import get
from truecost.api.shapes import Body, Listed, Money, Said, Shape, money
from truecost.api.tables import CSV, PARQUET, Column, streamed, table
from truecost.portal.period.runs import Difference, compared
from truecost.record.services.acts import store
from truecost.record.services.permissions import Act
from truecost.record.services.tokens import Scope
from truecost.statements import explain_model
from truecost.statements.book import Book

if TYPE_CHECKING:
    from truecost.kernel.periods import Period
    from truecost.store.run import Run

router = Router(tags=["runs"])
_MANY = 50_000
_COLUMNS = (
    Column("period", str), Column("consumer", str), Column("name", str), Column("currency", str),
    Column("was_minor", int), Column("now_minor", int), Column("by_minor", int),
)  # fmt: skip


class RunOut(Shape):
    """A run of the store; `pinned` says why it is kept for good."""

    id: str
    manifest_sha256: str
    currency: str
    first: str
    last: str
    latest: bool
    pinned: str | None


class TableOut(Shape):
    """A table of a run."""

    name: str
    rows: int
    columns: list[str]


class DifferenceOut(Shape):
    """What two runs charge a consumer, "" for all together."""

    consumer: str
    name: str
    was: Money
    now: Money
    by: Money


class ComparisonOut(Shape):
    """What differs between two runs in a period; `sums` are of each currency."""

    period: str
    sums: list[DifferenceOut]
    differences: list[DifferenceOut]


class Compared(Body):
    """With which run to compare, and in which period."""

    against: Annotated[str, Field(max_length=16, description="The id of the other run.")]
    period: Annotated[str, Field(max_length=10)]


@get(
    router, "runs", "runs", does="list_runs", scope=Scope.RUNS, act=Act.READ_PERIODS,
    response=Listed[RunOut],
)  # fmt: skip
def listed(request: HttpRequest) -> Listed[RunOut]:  # noqa: ARG001
    """List the runs of the store, the newest first."""
    opened = store()
    return Listed[RunOut](items=[_shape(each) for each in opened.readable()])


@get(
    router, "runs/{run}", "run", does="get_run", scope=Scope.RUNS, act=Act.READ_PERIODS,
    response=RunOut,
)  # fmt: skip
def one(request: HttpRequest, run: str) -> RunOut:  # noqa: ARG001
    """Give a run."""
    return _shape(found(run))


@get(
    router, "runs/{run}/tables", "tables", does="list_run_tables", scope=Scope.RUNS,
    act=Act.READ_PERIODS, response=Listed[TableOut],
)  # fmt: skip
def tables(request: HttpRequest, run: str) -> Listed[TableOut]:  # noqa: ARG001
    """List the tables of a run."""
    row = found(run)
    made = []
    for name in sorted(row.manifest["tables"]):
        with parquet.ParquetFile(row.folder / f"{name}.parquet") as file:
            made.append(
                TableOut(name=name, rows=file.metadata.num_rows, columns=file.schema_arrow.names)
            )
    return Listed[TableOut](items=made)


@get(
    router, "runs/{run}/tables/{name}", "table", does="get_run_table", scope=Scope.RUNS,
    act=Act.READ_PERIODS, response=None, media=(PARQUET, CSV),
    problems=("absent", "conflict", "form"),
)  # fmt: skip
def one_table(request: HttpRequest, run: str, name: str) -> StreamingHttpResponse:
    """Give a table of a run as Parquet, or as CSV: by `Accept`, or by `.csv` after its name."""
    base, _, ending = name.rpartition(".")
    forms = {"csv": CSV, "parquet": PARQUET}
    if ending in forms and base:
        name, form = base, forms[ending]
    else:
        form = texts.wanted(request, PARQUET, CSV)
    row = found(run)
    if name not in row.manifest["tables"]:
        raise AbsentError
    file = parquet.ParquetFile(row.folder / f"{name}.parquet")
    return streamed(file.iter_batches(_MANY), file.schema_arrow, form, f"{row.id}-{name}")


@get(
    router, "runs/{run}/models", "models", does="get_model_changes", scope=Scope.RUNS,
    act=Act.READ_PERIODS, response=Said,
)  # fmt: skip
def models(
    request: HttpRequest,  # noqa: ARG001
    run: str,
    period: Annotated[str, Field(max_length=10)],
    against: Annotated[str, Field(max_length=10)],
    against_run: Annotated[str, Field(max_length=16)] = "",
) -> HttpResponse:
    """Say what changed in the model between two periods, or two runs, and what that did."""
    opened, row = store(), found(run)
    calendar = row.calendar
    now = texts.period(calendar, period, "query/period")
    than = texts.period(calendar, against, "query/against")
    earlier = found(against_run) if against_run else None
    book = Book.of(row, opened)
    book.check_period(now)
    told = explain_model.model_view(opened, row, book, now, than, earlier=earlier)
    return texts.json(explain_model.model_json(told))


@get(
    router, "runs/{run}/comparison", "comparison", does="get_run_comparison", scope=Scope.RUNS,
    act=Act.READ_PERIODS, response=ComparisonOut,
)  # fmt: skip
def comparison(request: HttpRequest, run: str, said: Query[Compared]) -> ComparisonOut:  # noqa: ARG001
    """Say what a run charges otherwise than another, by consumer, the most first."""
    rows, sums, period = _compared(run, said)
    return ComparisonOut(
        period=str(period), sums=[_difference(each) for each in sums],
        differences=[_difference(each) for each in rows],
    )  # fmt: skip


@get(
    router, "runs/{run}/comparison.csv", "comparison-csv", does="get_run_comparison_csv",
    scope=Scope.RUNS, act=Act.READ_PERIODS, response=None, media=(CSV,),
)  # fmt: skip
def comparison_csv(request: HttpRequest, run: str, said: Query[Compared]) -> StreamingHttpResponse:  # noqa: ARG001
    """Give what differs by consumer as a table."""
    return _differences(run, said, CSV)


@get(
    router, "runs/{run}/comparison.parquet", "comparison-parquet",
    does="get_run_comparison_parquet", scope=Scope.RUNS, act=Act.READ_PERIODS, response=None,
    media=(PARQUET,),
)  # fmt: skip
def comparison_parquet(
    request: HttpRequest,  # noqa: ARG001
    run: str,
    said: Query[Compared],
) -> StreamingHttpResponse:
    """Give what differs by consumer as a table."""
    return _differences(run, said, PARQUET)


def found(run: str) -> Run:
    """Give a run by its id, whole. Raise AbsentError where there is none."""
    opened = store()
    if run not in opened.ids():
        raise AbsentError
    return opened.run(run)


def _shape(run: Run) -> RunOut:
    opened = store()
    book = Book.of(run)
    latest = opened.latest()
    return RunOut(
        id=run.id, manifest_sha256=run.sha256, currency=book.currency, first=str(book.periods[0]),
        last=str(book.periods[-1]), latest=latest is not None and latest.id == run.id,
        pinned=opened.pins().get(run.id),
    )  # fmt: skip


def _compared(
    run: str, said: Compared
) -> tuple[tuple[Difference, ...], tuple[Difference, ...], Period]:
    now, was = found(run), found(said.against)
    period = texts.period(now.calendar, said.period, "query/period")
    opened = store()
    return *compared(Book.of(was, opened), Book.of(now, opened), period), period


def _difference(each: Difference) -> DifferenceOut:
    return DifferenceOut(
        consumer=each.consumer, name=each.name, was=money(each.was, each.unit),
        now=money(each.now, each.unit), by=money(each.by, each.unit),
    )  # fmt: skip


def _differences(run: str, said: Compared, form: str) -> StreamingHttpResponse:
    rows, _, period = _compared(run, said)
    made = (
        {
            "period": str(period), "consumer": each.consumer, "name": each.name,
            "currency": each.unit, "was_minor": each.was, "now_minor": each.now,
            "by_minor": each.by,
        }
        for each in rows
    )  # fmt: skip
    return table(made, _COLUMNS, form, f"{run}-{said.against}")

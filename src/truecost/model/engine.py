"""Engines: what computes that which is done for every single ledger line.

No figure, table or run id depends on which one does. Addresses may hold `${NAME}`, an environment
variable; they are filled in where a session begins, so that no secret is in a model.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from truecost.kernel.findings import Finding, ModelError, Place

if TYPE_CHECKING:
    from truecost.model.schema.engine import EngineShape
    from truecost.model.schema.workspace import WorkspaceShape

DUCKDB, SPARK, POSTGRESQL = KINDS = ("duckdb", "spark", "postgresql")
_MAIN = "truecost.yaml"


@dataclass(frozen=True, slots=True)
class DuckdbEngine:
    """DuckDB in this process."""


@dataclass(frozen=True, slots=True)
class SparkEngine:
    """A Spark session: by its `master`, or by the address of a Spark Connect server, `remote`.

    `folder` is where ledger lines are kept for it, empty for the store. `settings` are Spark's own.
    """

    place: Place = field(compare=False)
    master: str = "local[*]"
    remote: str = ""
    folder: str = ""
    settings: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class PostgresqlEngine:
    """A database by its `url`, and the schema in which ledger lines are kept."""

    place: Place = field(compare=False)
    url: str
    schema: str = "truecost"


Engine: TypeAlias = DuckdbEngine | SparkEngine | PostgresqlEngine


def engine_of(workspace: WorkspaceShape, found: list[Finding]) -> Engine:
    """Give the engine that a workspace chooses, noting in `found` what is wrong with it."""
    said = workspace.engine
    place = workspace.place_of("engine")
    if not isinstance(said, str):
        return _with_settings(said, found)
    try:
        return chosen(DuckdbEngine(), said, place)
    except ModelError as fault:
        found += fault.findings
        return DuckdbEngine()


def chosen(of_workspace: Engine, name: str | None, place: Place | None = None) -> Engine:
    """Give the engine called so, or the workspace's where none is named.

    One that the workspace has settings of keeps them. Raise ModelError for one that needs some.
    """
    kind = {DUCKDB: DuckdbEngine, SPARK: SparkEngine, POSTGRESQL: PostgresqlEngine}
    if name is None or isinstance(of_workspace, kind[name]):
        return of_workspace
    if name == SPARK:
        return SparkEngine(place or Place(_MAIN))
    if name == POSTGRESQL:
        what = "the engine postgresql has no address"
        hint = "write in truecost.yaml:  engine: { postgresql: { url: '${LEDGER}' } }"
        raise ModelError(Finding(place or Place(_MAIN), what, hint))
    return DuckdbEngine()


def _with_settings(shape: EngineShape, found: list[Finding]) -> Engine:
    if (shape.spark is None) == (shape.postgresql is None):
        what = "engine says nothing" if shape.spark is None else "engine names two engines"
        found.append(Finding(shape.place, what, "write spark or postgresql, with its settings"))
        return DuckdbEngine()
    if shape.postgresql is not None:
        url, schema = shape.postgresql.url, shape.postgresql.in_schema
        return PostgresqlEngine(shape.postgresql.place, str(url), str(schema))
    if shape.spark is None:
        raise AssertionError("one of the two is there")
    spark = shape.spark
    if spark.master and spark.remote:
        what = "spark has both a master and the address of a Spark Connect server"
        found.append(Finding(spark.place_of("remote"), what, "keep one of the two"))
    return SparkEngine(
        spark.place,
        master=str(spark.master or SparkEngine(spark.place).master),
        remote=str(spark.remote or ""),
        folder=str(spark.folder or "").rstrip("/"),
        settings=tuple((str(name), str(value)) for name, value in spark.settings.items()),
    )

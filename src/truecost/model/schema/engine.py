"""The shape of `engine:` in `truecost.yaml`."""

from typing import Annotated

from pydantic import Tag

from truecost.model.engine import KINDS
from truecost.model.schema.shape import BY_FORM, TABLE, TEXT, Shape, key
from truecost.model.schema.word import choice, matching
from truecost.model.schema.words import ColumnName, Exact, Line
from truecost.model.tree import Text

EngineName = Annotated[str, choice({name: name for name in KINDS})]
SettingName = Annotated[
    Text, matching("a setting of Spark, as in spark.executor.memory", r"spark\.[A-Za-z0-9._-]+")
]


class SparkShape(Shape):
    """Spark: by the address of a cluster or, by Spark Connect, of a server."""

    master: Line | None = key(
        "The master: spark://host:7077, yarn, k8s://…, or local[2] for two threads of this machine."
        " ${NAME} stands for an environment variable, here and below.",
        None,
        shown="local[*]",
    )
    remote: Line | None = key(
        "In place of master: the address of a Spark Connect server, as in sc://host:15002.",
        None,
        shown="none",
    )
    folder: Line | None = key(
        "Where ledger lines are kept for Spark: a folder that this machine and all workers see"
        " under the same path, or an object store such as s3a://bucket/truecost.",
        None,
        shown="the store, which all workers must see then",
    )
    settings: dict[SettingName, Exact] = key("Further settings of Spark.", {}, shown="none")


class PostgresqlShape(Shape):
    """PostgreSQL."""

    url: Line = key(
        "The address of the database. ${NAME} stands for an environment variable; a password is"
        " given in no other way."
    )
    in_schema: ColumnName = key(
        "The schema in which tables are kept.", "truecost", alias="schema", shown="truecost"
    )


class EngineShape(Shape):
    """An engine with its settings: one of them."""

    spark: SparkShape | None = key(
        "A Spark session, where ledger lines are too many for this machine.", None, shown="none"
    )
    postgresql: PostgresqlShape | None = key(
        "A PostgreSQL in which ledger lines are kept.", None, shown="none"
    )


EngineWords = Annotated[
    Annotated[EngineName, Tag(TEXT)] | Annotated[EngineShape, Tag(TABLE)], BY_FORM
]

"""Rules on amounts and quantities, in Spark: DuckDB evaluates them on the workers, batch by batch.

So they mean there what they mean everywhere. Workers need Python with duckdb and pyarrow, and no
Truecost: what they are sent says everything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyspark.sql import functions as F  # noqa: N812  as everybody calls it
from pyspark.sql import types

from truecost.engine.classify_session import name
from truecost.engine.classify_signatures import NONE, NUMBERS, PERIOD, first_match
from truecost.rules.predicate import binding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pyspark.sql import DataFrame, SparkSession

    from truecost.engine.plan import Plan
    from truecost.store.sources import CodedSource

#: Texts of a column that each worker gets whole; of more, each gets those of its lines.
_SENT_WHOLE = 1_000_000
_LOCKED = (
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)


def by_line(
    session: SparkSession,
    source: CodedSource,
    frame: DataFrame,
    plan: Plan,
    fetched: Sequence[str],
) -> DataFrame:
    """Evaluate a plan's rules by line.

    `frame` has what is `fetched`, all that the rules see as codes, and `#least_…`. Give it without
    the codes, with `#direct_<list>` where a list has such rules: the least of them, NULL for none.
    """
    passed = [*fetched, *(each for each in frame.columns if each.startswith("#least_"))]
    seen = sorted(frozenset[str]().union(*(rule.columns for rule in plan.by_line)))
    values = []
    for at, column in enumerate(seen):
        if column in NUMBERS or column == PERIOD:
            values.append(F.col(f"`{column}`"))
        elif column not in frame.columns:
            values.append(F.lit(""))
        else:
            table = _texts(source, column, at)
            texts = session.createDataFrame(table)
            if table.num_rows <= _SENT_WHOLE:
                texts = F.broadcast(texts)
            frame = frame.join(texts, F.col(f"`#code_of_{at}`") == F.col(f"`{column}`"), "inner")
            values.append(F.col(f"`#value_of_{at}`"))
    frame = frame.select(
        *(F.col(f"`{each}`").alias(f"#{at}") for at, each in enumerate(passed)),
        *(value.alias(column) for column, value in zip(seen, values, strict=True)),
    )
    direct = {
        which: found
        for which in range(len(plan.lists))
        if (found := first_match(plan.by_line, which))
    }
    whole = [f'"#{at}" AS {name(each)}' for at, each in enumerate(passed)]
    whole += [
        f'CAST(nullif({sql}, {NONE}) AS INTEGER) AS "#direct_{which}"'
        for which, sql in direct.items()
    ]
    schema = types.StructType(
        [
            *(
                types.StructField(each, frame.schema[f"#{at}"].dataType)
                for at, each in enumerate(passed)
            ),
            *(types.StructField(f"#direct_{which}", types.IntegerType()) for which in direct),
        ]
    )
    evaluate = _evaluation([binding(source.name), *_LOCKED], f"SELECT {', '.join(whole)} FROM rows")
    return frame.mapInArrow(evaluate, schema)


def _evaluation(statements: Sequence[str], query: str) -> Any:
    """Give what workers do. It refers to nothing outside it, so that it can be sent whole."""

    def evaluate(batches: Iterable[Any]) -> Iterator[Any]:
        import duckdb  # noqa: PLC0415  on the worker
        import pyarrow  # noqa: ICN001, PLC0415  on the worker

        connection = duckdb.connect(":memory:", config={"threads": "1"})
        for statement in statements:
            connection.execute(statement)
        for batch in batches:
            connection.register("rows", pyarrow.Table.from_batches([batch]))
            yield from connection.sql(query).to_arrow_table().to_batches()

    return evaluate


def _texts(source: CodedSource, column: str, at: int) -> pa.Table:
    """Give the codes and texts of a column."""
    table = pq.read_table(source.dictionary, filters=pc.field("column") == column)
    return pa.table({f"#code_of_{at}": table["code"], f"#value_of_{at}": table["value"]})

"""The tables of a run: names, columns, types and the order of rows.

Money is int64 minor units; a period is its index (`Period.index`); exact numbers that are not money
(driver quantities, weights) are text. Rows are sorted by all columns in the order given here, so
that a table's bytes depend on its content only. `docs/reference/run.md` describes each column.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_TEXT = pa.string()
_PERIOD = pa.int32()
_MONEY = pa.int64()
_KEY = [("period", _PERIOD), ("currency", _TEXT)]

SCHEMAS: Mapping[str, pa.Schema] = {
    "cells": pa.schema(
        [
            *_KEY,
            ("source", _TEXT),
            ("outcome", _TEXT),
            ("label", _TEXT),
            ("pool", _TEXT),
            ("object", _TEXT),
            ("class", _TEXT),
            ("consumer", _TEXT),
            ("rule", _TEXT),
            ("centre_rule", _TEXT),
            ("lines", pa.int64()),
            ("amount", _MONEY),
            ("posted", _PERIOD),
            ("nature", _TEXT),
            ("service_period", _PERIOD),
            ("ledger_currency", _TEXT),
            ("ledger_amount", _MONEY),
        ]
    ),
    "flows": pa.schema(
        [
            *_KEY,
            ("source_object", _TEXT),
            ("target_object", _TEXT),
            ("weight", _TEXT),
            ("whole", _TEXT),
            ("driver", _TEXT),
            ("quantity", _TEXT),
            ("driver_total", _TEXT),
            ("unit", _TEXT),
            ("rule", _TEXT),
        ]
    ),
    "objects": pa.schema([*_KEY, ("object", _TEXT), ("class", _TEXT), ("amount", _MONEY)]),
    "lines": pa.schema(
        [*_KEY, ("class", _TEXT), ("service", _TEXT), ("consumer", _TEXT), ("amount", _MONEY)]
    ),
    "remainders": pa.schema(
        [
            *_KEY,
            ("class", _TEXT),
            ("name", _TEXT),
            ("object", _TEXT),
            ("consumer", _TEXT),
            ("amount", _MONEY),
        ]
    ),
    "proof": pa.schema(
        [*_KEY, ("class", _TEXT), ("side", _TEXT), ("label", _TEXT), ("amount", _MONEY)]
    ),
    "schedules": pa.schema(
        [
            *_KEY,
            ("source", _TEXT),
            ("way", _TEXT),
            ("rule", _TEXT),
            ("asset", _TEXT),
            ("label", _TEXT),
            ("pool", _TEXT),
            ("object", _TEXT),
            ("class", _TEXT),
            ("consumer", _TEXT),
            ("entered", _PERIOD),
            ("in_ledger", pa.bool_()),
            ("begins", _TEXT),
            ("ends", _TEXT),
            ("by_days", pa.bool_()),
            ("disposed", _PERIOD),
            ("until", _PERIOD),
            ("total", _MONEY),
            ("residual", _MONEY),
            ("sale", _MONEY),
            ("opening", _MONEY),
            ("posted", _MONEY),
            ("released", _MONEY),
            ("lost", _MONEY),
            ("proceeds", _MONEY),
            ("closing", _MONEY),
        ]
    ),
    "charges": pa.schema(
        [
            *_KEY,
            ("consumer", _TEXT),
            ("service", _TEXT),
            ("treatment", _TEXT),
            ("kind", _TEXT),
            ("item", _TEXT),
            ("rate", _TEXT),
            ("quantity", _TEXT),
            ("unit", _TEXT),
            ("price", _TEXT),
            ("amount", _MONEY),
        ]
    ),
    "recovery": pa.schema(
        [
            *_KEY,
            ("service", _TEXT),
            ("cost", _MONEY),
            ("charged", _MONEY),
            ("true_up", _MONEY),
            ("recovery", _MONEY),
            ("volume", _MONEY),
            ("spending", _MONEY),
            ("price", _MONEY),
        ]
    ),
    "exchange": pa.schema(
        [
            ("period", _PERIOD),
            ("from_currency", _TEXT),
            ("to_currency", _TEXT),
            ("type", _TEXT),
            ("rate", _TEXT),
            ("of_date", _TEXT),
            ("days", pa.int32()),
            ("source", _TEXT),
            ("shown", pa.bool_()),
            ("booked", pa.bool_()),
        ]
    ),
    "supplements": pa.schema(
        [
            *_KEY,
            ("consumer", _TEXT),
            ("service", _TEXT),
            ("kind", _TEXT),
            ("was", _MONEY),
            ("now", _MONEY),
            ("amount", _MONEY),
        ]
    ),
    "services": pa.schema(
        [
            ("period", _PERIOD),
            ("id", _TEXT),
            ("name", _TEXT),
            ("owner", _TEXT),
            ("tower", _TEXT),
            ("unit", _TEXT),
            ("behaviour", _TEXT),
            ("step_size", pa.int64()),
            ("notice_months", pa.int32()),
            ("description", _TEXT),
        ]
    ),
    "consumers": pa.schema(
        [
            ("period", _PERIOD),
            ("id", _TEXT),
            ("name", _TEXT),
            ("parent", _TEXT),
            ("head", _TEXT),
            ("leaf", pa.bool_()),
            ("depth", pa.int32()),
            ("position", pa.int32()),
        ]
    ),
    "drivers": pa.schema(
        [
            ("period", _PERIOD),
            ("name", _TEXT),
            ("unit", _TEXT),
            ("stands_for", _TEXT),
            ("shares_only", pa.bool_()),
            ("total", _TEXT),
            ("as_of", _PERIOD),
        ]
    ),
    "capacity": pa.schema(
        [
            *_KEY,
            ("object", _TEXT),
            ("driver", _TEXT),
            ("unit", _TEXT),
            ("practical", _TEXT),
            ("used", _TEXT),
            ("unused", _TEXT),
            ("over", _TEXT),
            ("over_use", _TEXT),
            ("share", _TEXT),
            ("cost", _MONEY),
            ("line", _TEXT),
            ("line_cost", _MONEY),
            ("owner", _TEXT),
            ("target", _TEXT),
            ("rule", _TEXT),
        ]
    ),
    "quantities": pa.schema(
        [("period", _PERIOD), ("driver", _TEXT), ("object", _TEXT), ("quantity", _TEXT)]
    ),
    "model": pa.schema(
        [
            ("kind", _TEXT),
            ("position", pa.int32()),
            ("name", _TEXT),
            ("place", _TEXT),
            ("first", _PERIOD),
            ("last", _PERIOD),
            ("content", _TEXT),
            ("condition", _TEXT),
        ]
    ),
}

#: Tables that runs did not always have: a run without one had nothing to say there.
LATER_TABLES: frozenset[str] = frozenset(
    {"capacity", "charges", "recovery", "exchange", "schedules", "supplements"}
)


class Same(NamedTuple):
    """Stands for the value of another column of the row."""

    column: str


#: Columns that runs did not always have, by table, and what they would have said then.
LATER_COLUMNS: Mapping[str, Mapping[str, Same | str | int]] = {
    "cells": {
        "posted": Same("period"),
        "nature": "",
        "service_period": Same("period"),
        "ledger_currency": Same("currency"),
        "ledger_amount": Same("amount"),
    },
}


class Tables(Protocol):
    """What has tables by name: `truecost.store.runs.Run`, or anything like it."""

    @property
    def manifest(self) -> Mapping[str, Any]:
        """The run's manifest."""

    def table(self, name: str) -> Any:
        """Give one of the run's Arrow tables."""


def read(run: Tables, name: str) -> pa.Table:
    """Read a table of a run of any age: what its time did not know is filled in.

    Raise what `run.table` raises.
    """
    if name in LATER_TABLES and name not in run.manifest.get("tables", {name}):
        return _at_cost(run) if name == "charges" else SCHEMAS[name].empty_table()
    return completed(name, run.table(name))


def _at_cost(run: Tables) -> pa.Table:
    """Give the charges of a run that kept none: each line at what it costs, over all classes."""
    columns = ("period", "currency", "consumer", "service", "amount")
    lines = run.table("lines")
    if not set(columns) <= set(lines.column_names):
        return SCHEMAS["charges"].empty_table()
    sums: dict[tuple[int, str, str, str], int] = {}
    for *key, amount in zip(*(lines[name].to_pylist() for name in columns), strict=True):
        at = (key[0], key[1], key[2], key[3])
        sums[at] = sums.get(at, 0) + amount
    rest = ("charge", "cost", "", "", "", "", "")
    return table("charges", ((*key, *rest, amount) for key, amount in sums.items()))


def values(run: Tables, table: str, columns: str) -> Iterator[tuple[Any, ...]]:
    """Give some columns of a table, row by row."""
    found = read(run, table)
    return zip(*(found[name].to_pylist() for name in columns.split()), strict=True)


def completed(name: str, found: pa.Table) -> pa.Table:
    """Add the columns that were not kept when a table, or a part of it, was written."""
    for column, said in LATER_COLUMNS.get(name, {}).items():
        if column not in found.column_names and (
            not isinstance(said, Same) or said.column in found.column_names
        ):
            kind = SCHEMAS[name].field(column)
            values = (
                found[said.column].cast(kind.type)
                if isinstance(said, Same)
                else pa.repeat(pa.scalar(said, kind.type), found.num_rows)
            )
            found = found.append_column(kind, values)
    return found


def table(name: str, rows: Iterable[tuple[Any, ...]]) -> pa.Table:
    """Lay rows (tuples in the schema's order) out as the table of that name, sorted."""
    schema = SCHEMAS[name]
    rows = list(rows)
    try:
        ordered = sorted(rows)
    except TypeError:  # a value that is absent stands last
        ordered = sorted(rows, key=lambda row: tuple((value is None, value) for value in row))
    columns = list(zip(*ordered, strict=True)) if ordered else [() for _ in schema]
    arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)

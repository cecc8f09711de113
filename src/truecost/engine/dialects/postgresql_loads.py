"""Coded sources in a schema of PostgreSQL: sent once, whole or not there.

The table `loads` has a row for each, and each has a table of its own, `rows_<load id>`: period,
currency, amount and quantity in whole numbers of their smallest place, the codes of text columns as
`c0`, `c1`, …, and which row it is. A load is sent in one transaction, together with its row in
`loads`: whatever ends a session, nothing half-made is seen by anybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pv
import pyarrow.parquet as pq
from psycopg import errors

from truecost.engine.classify_session import name
from truecost.kernel.findings import Finding, SourceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import psycopg

    from truecost.engine.dialects.postgresql_session import Connection
    from truecost.kernel.findings import Place
    from truecost.store.sources import CodedSource

#: Raised whenever tables of a load would be laid out otherwise than before.
FORMAT = 1
#: So many loads of a source stay; older ones go when another has been sent.
KEPT = 3
NUMBERS = ("amount", "quantity")
_FIXED = ("period", "currency", *NUMBERS, "ordinal", "row_hash")
_BATCH = 1 << 16
#: PostgreSQL cuts longer names.
_LONGEST = 63
#: What fits a bigint whatever its digits, sums apart.
_SMALL = 10**18
_LOADS = """
CREATE TABLE {loads} (
    load text PRIMARY KEY,
    format integer NOT NULL,
    source text NOT NULL,
    columns text[] NOT NULL,
    row_count bigint NOT NULL,
    first_period integer,
    last_period integer,
    largest integer[] NOT NULL,
    digits integer[] NOT NULL,
    greatest numeric[] NOT NULL,
    sent bigint GENERATED ALWAYS AS IDENTITY
)
"""


@dataclass(frozen=True, slots=True)
class Load:
    """A load in the database. `columns` gives each text column's column there, and largest code.

    `digits` and `greatest` give of amount and quantity all digits, those after the point, and the
    largest value, either sign, without its point.
    """

    table: str
    columns: dict[str, tuple[str, int]]
    rows: int
    span: tuple[int, int] | None
    digits: dict[str, tuple[int, int]]
    greatest: dict[str, int]


class Loads:
    """The loads of a schema."""

    def __init__(self, connection: Connection, schema: str, place: Place) -> None:
        self._connection = connection
        self._schema = schema[:_LONGEST]
        self._place = place
        self._loads = f"{name(self._schema)}.loads"

    def found(self, source: CodedSource) -> Load | None:
        """Give a source's load, None where it has not been sent.

        Inside a transaction it can't be removed until the transaction ends. Raise SourceError where
        the table `loads` is not ours, or of a later version.
        """
        if not self._is_there():
            return None
        found = self._connection.execute(
            "SELECT format, columns, row_count, first_period, last_period, largest, digits,"
            f" greatest FROM {self._loads} WHERE load = %s".encode(),
            (source.load_id,),
        ).fetchone()
        if found is None:
            return None
        version, columns, rows, first, last, largest, digits, greatest = found
        if version != FORMAT:
            what = f'the schema "{self._schema}" was written by another version of Truecost'
            hint = f"DROP SCHEMA {name(self._schema)} CASCADE; loads are sent again"
            raise SourceError(Finding(self._place, what, hint))
        coded = zip(["currency", *(f"c{at}" for at in range(len(columns)))], largest, strict=True)
        load = Load(
            self._table(source.load_id),
            dict(zip(["currency", *columns], coded, strict=True)),
            rows,
            None if first is None else (first, last),
            dict(zip(NUMBERS, [tuple(digits[:2]), tuple(digits[2:])], strict=True)),
            dict(zip(NUMBERS, map(int, greatest), strict=True)),
        )
        if tuple(columns) != source.columns or rows != pq.read_metadata(source.rows).num_rows:
            what = f'the load {source.load_id} in schema "{self._schema}" is not what was sent'
            hint = f"DROP SCHEMA {name(self._schema)} CASCADE; loads are sent again"
            raise SourceError(Finding(self._place, what, hint))
        self._connection.execute(f"LOCK TABLE {load.table} IN ACCESS SHARE MODE".encode())
        return load

    def _is_there(self) -> bool:
        """Say whether there is a table of loads. Raise SourceError for one that somebody else has.

        What another role owns may run that role's code as ours.
        """
        found = self._connection.execute(
            b"SELECT pg_has_role(c.relowner, 'USAGE') FROM pg_class AS c"
            b" JOIN pg_namespace AS n ON n.oid = c.relnamespace"
            b" WHERE n.nspname = %s AND c.relname = 'loads'",
            (self._schema,),
        ).fetchone()
        if found is not None and not found[0]:
            what = f'the table loads in schema "{self._schema}" is another role\'s'
            raise SourceError(Finding(self._place, what, "name another schema, or give it to ours"))
        return found is not None

    def send(self, source: CodedSource) -> None:
        """Send a source, whole, unless it is there; then remove old loads of its name."""
        with self._connection.transaction():
            # whoever sends the same at the same time waits, and finds it
            asked = (f"truecost {self._schema}",)
            self._connection.execute(b"SELECT pg_advisory_xact_lock(hashtext(%s))", asked)
            self._begin()
            if self.found(source) is None:
                self._send(source)
        self._collect(source.name)

    def _begin(self) -> None:
        """Make the schema and the table of loads, where they are not there."""
        query = b"SELECT 1 FROM pg_namespace WHERE nspname = %s"
        if self._connection.execute(query, (self._schema,)).fetchone() is None:
            self._connection.execute(f"CREATE SCHEMA {name(self._schema)}".encode())
        if not self._is_there():
            self._connection.execute(_LOADS.format(loads=self._loads).encode())

    def _send(self, source: CodedSource) -> None:
        with pq.ParquetFile(source.rows) as file:
            greatest = [_greatest(file, column) for column in NUMBERS]
            types = [file.schema_arrow.field(column).type for column in NUMBERS]
            amount, quantity = (
                "bigint" if most < _SMALL else "numeric(38, 0)" for most in greatest
            )
            codes = [f"c{at}" for at in range(len(source.columns))]
            table = self._table(source.load_id)
            made = ", ".join(
                (
                    "period integer NOT NULL, currency integer NOT NULL",
                    f"amount {amount} NOT NULL, quantity {quantity} NOT NULL",
                    "ordinal integer NOT NULL, row_hash uuid NOT NULL",
                    *(f"{code} integer NOT NULL" for code in codes),
                )
            )
            self._connection.execute(f"CREATE TABLE {table} ({made})".encode())
            sums = self._copy(file, table, source.columns)
        self._connection.execute(f"ANALYZE {table}".encode())
        coded = ["currency", *codes]
        asked = [
            "count(*), min(period), max(period)",
            f"ARRAY[{', '.join(f'coalesce(max({code}), -1)' for code in coded)}]",
            *(f"coalesce(sum({column}), 0)::text" for column in ("period", *NUMBERS, *coded)),
        ]
        found = self._connection.execute(f"SELECT {', '.join(asked)} FROM {table}".encode())
        rows, first, last, largest, *there = found.fetchall()[0]
        if [rows, *map(int, there)] != sums:
            raise SourceError(Finding(self._place, "the database has not kept what was sent"))
        self._connection.execute(
            f"INSERT INTO {self._loads} (load, format, source, columns, row_count, first_period,"
            " last_period, largest, digits, greatest)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)".encode(),
            (
                source.load_id, FORMAT, source.name, list(source.columns), rows, first, last,
                largest, [each for of in types for each in (of.precision, of.scale)],
                [str(most) for most in greatest],
            ),
        )  # fmt: skip

    def _copy(self, file: pq.ParquetFile, table: str, columns: Sequence[str]) -> list[int]:
        """Send rows as text. Give their number, and the sums of all that are numbers."""
        sums = [0] * (len(columns) + 5)
        options = pv.WriteOptions(include_header=False, quoting_style="none")
        with (
            self._connection.cursor() as cursor,
            cursor.copy(f"COPY {table} FROM STDIN (FORMAT csv)".encode()) as copying,
        ):
            for batch in file.iter_batches(_BATCH, columns=[*_FIXED, *columns]):
                sent = _as_integers(batch, columns)
                numbers = [column for column in sent.column_names if column not in _FIXED[4:]]
                found = [sent.num_rows, *(_sum(sent[column]) for column in numbers)]
                sums = [before + more for before, more in zip(sums, found, strict=True)]
                # the order of the sums is that of the query in _send
                pv.write_csv(sent, _Sink(copying), options)
        rows, period, currency, amount, quantity, *codes = sums
        return [rows, period, amount, quantity, currency, *codes]

    def _collect(self, source: str) -> None:
        """Remove a source's loads but the last; those in use stay until the next time."""
        query = f"SELECT load FROM {self._loads} WHERE source = %s ORDER BY sent DESC OFFSET {KEPT}"
        for (load,) in self._connection.execute(query.encode(), (source,)).fetchall():
            table = self._table(load)
            try:
                with self._connection.transaction():
                    self._connection.execute(
                        f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE NOWAIT".encode()
                    )
                    gone = f"DELETE FROM {self._loads} WHERE load = %s"
                    self._connection.execute(gone.encode(), (load,))
                    self._connection.execute(f"DROP TABLE {table}".encode())
            except (errors.LockNotAvailable, errors.UndefinedTable):
                continue

    def _table(self, load: str) -> str:
        return f"{name(self._schema)}.{name(f'rows_{load}')}"


class _Sink:
    """What takes written text and passes it on as it comes."""

    closed = False

    def __init__(self, copying: psycopg.Copy) -> None:
        self._copying = copying

    def write(self, text: bytes) -> int:
        self._copying.write(bytes(text))
        return len(text)

    def flush(self) -> None:
        """Leave it to the connection."""

    def close(self) -> None:
        """Leave it open: more is to come."""

    def writable(self) -> bool:
        return True


def _greatest(file: pq.ParquetFile, column: str) -> int:
    """Give the largest value of a decimal, either sign, without its point."""
    found = 0
    for batch in file.iter_batches(_BATCH * 16, columns=[column]):
        ends = pc.min_max(_whole(batch.column(0))).as_py().values()
        found = max(found, *(abs(int(end)) for end in ends if end is not None))
    return found


def _as_integers(batch: pa.RecordBatch, columns: Sequence[str]) -> pa.Table:
    """Give rows as whole numbers, and their hashes in hexadecimal."""
    made = {column: batch[column] for column in ("period", "currency")}
    made |= {column: _whole(batch[column]) for column in NUMBERS}
    made |= {"ordinal": batch["ordinal"], "row_hash": _hexadecimal(batch["row_hash"])}
    made |= {f"c{at}": batch[column] for at, column in enumerate(columns)}
    return pa.table(made)


def _whole(column: pa.Array) -> pa.Array:
    """Take the point out of decimals."""
    return pa.Array.from_buffers(
        pa.decimal128(38, 0), len(column), column.buffers(), offset=column.offset
    )


def _hexadecimal(column: pa.Array) -> pa.Array:
    start, count = column.offset * 16, len(column)
    text = column.buffers()[1][start : start + count * 16].hex()
    ends = pa.array(range(0, 32 * count + 1, 32), pa.int32())
    return pa.StringArray.from_buffers(count, ends.buffers()[1], pa.py_buffer(text))


def _sum(column: pa.ChunkedArray) -> int:
    wide = column.cast(pa.decimal256(76, 0)) if pa.types.is_decimal(column.type) else column
    found: Any = pc.sum(wide).as_py()
    return int(found or 0)

"""Whatever bytes a file holds, it is read, rejected or refused by name, in bounded memory."""

from __future__ import annotations

import gzip
import io
import os
import resource
import sqlite3
import sys
import tempfile
from datetime import date, datetime
from functools import cache
from pathlib import Path
from subprocess import run

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.unit.sources_ledger import PLACE, layout, source

from truecost.kernel.findings import SourceError
from truecost.model.source_types import Database
from truecost.sources.ledger import load_ledger
from truecost.store.runs import Store

ROWS = 40
DAY = date(2022, 4, 7)
LAYOUT = layout(date="Date", amount="Amount", account="Account?")
SUFFIXES = ("xlsx", "xls", "ods", "parquet", "csv.gz", "csv.zst", "csv", "db")
#: A file in a binary format costs a process; TRUECOST_FUZZ=200 looks further.
FEW = settings(
    max_examples=int(os.environ.get("TRUECOST_FUZZ", "6")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@cache
def real(suffix: str) -> bytes:
    """Make a file as it should be."""
    data = io.BytesIO()
    if suffix in {"xlsx", "ods", "xls"}:
        with xlsxwriter.Workbook(data, {"in_memory": True}) as book:
            days = book.add_format({"num_format": "dd/mm/yyyy"})
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, ["Date", "Amount", "Account"])
            for row in range(1, ROWS):
                sheet.write_datetime(row, 0, datetime(2022, 4, 7), days)  # noqa: DTZ001  has none
                sheet.write_row(row, 1, [row / 4, "travel"])
    elif suffix == "parquet":
        numbers = pa.array([number / 4 for number in range(ROWS)])
        table = {"Date": [DAY] * ROWS, "Amount": numbers, "Account": ["travel"] * ROWS}
        pq.write_table(pa.table(table), data)
    elif suffix == "db":
        connection = sqlite3.connect(":memory:")
        connection.execute("CREATE TABLE ledger (Date, Amount, Account)")
        connection.executemany("INSERT INTO ledger VALUES ('2022-04-07', ?, 'x')", [(1,)] * ROWS)
        connection.commit()
        return bytes(connection.serialize())
    else:
        text = "Date,Amount,Account\n" + "2022-04-07,1.25,travel\n" * ROWS
        if suffix == "csv.zst":
            return bytes(pa.compress(text.encode(), "zstd", asbytes=True))
        return gzip.compress(text.encode()) if suffix == "csv.gz" else text.encode()
    return data.getvalue()


def attempt(data: bytes, suffix: str) -> None:
    """Load a file: all its rows are accounted for, or SourceError names it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / f"ledger.{suffix}").write_bytes(data)
        reads = source(LAYOUT, files=(f"ledger.{suffix}",))
        if suffix == "db":
            asked = Database(PLACE, "sqlite", "ledger.db", "SELECT * FROM ledger")
            reads = source(LAYOUT, files=(), database=asked)
        try:
            counts = load_ledger(reads, folder, Store.open(folder / "store")).statistics
        except SourceError as refused:
            place = refused.findings[0].place
            assert place
            assert place.file.startswith(("ledger.", "truecost.yaml", "query"))
        else:
            found = counts.loaded + counts.rejected + counts.repeated + counts.blank
            assert counts.rows == found


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_files_as_they_should_be_are_read(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"ledger.{suffix}").write_bytes(real(suffix))
    reads = source(LAYOUT, files=("ledger.*",))
    if suffix != "db":
        coded = load_ledger(reads, tmp_path, Store.open(tmp_path / "store"))
        assert coded.statistics.loaded in {ROWS - 1, ROWS}


@pytest.mark.parametrize("suffix", SUFFIXES)
@FEW
@given(data=st.binary(max_size=400))
@example(data=b"")
@example(data=b"PK\x03\x04")
@example(data=b"PK\x05\x06" + bytes(18))
@example(data=b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(700))
@example(data=b"PAR1\xff\xff\xff\x7fPAR1")
@example(data=b"SQLite format 3\x00" + bytes(100))
def test_any_bytes(suffix: str, data: bytes) -> None:
    attempt(data, suffix)


@pytest.mark.parametrize("suffix", SUFFIXES)
@FEW
@given(cut=st.floats(0, 1))
def test_files_cut_short(suffix: str, cut: float) -> None:
    data = real(suffix)
    attempt(data[: int(len(data) * cut)], suffix)


@pytest.mark.parametrize("suffix", SUFFIXES)
@FEW
@given(changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_files_with_other_bytes(suffix: str, changes: list[tuple[float, int]]) -> None:
    data = bytearray(real(suffix))
    for where, byte in changes:
        data[int((len(data) - 1) * where)] = byte
    attempt(bytes(data), suffix)


# The peak of the process itself: getrusage's has the parent's in it, as far as it has grown.
BOUNDED = """
import pathlib, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
from tests.unit.test_sources_fuzz import attempt
attempt(open(sys.argv[1], "rb").read(), sys.argv[2])
print(pathlib.Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
"""


def bombs() -> dict[str, bytes]:
    """Make small files that would become large."""
    page = io.BytesIO()
    wide = pa.table({"Date": ["2022-04-07"], "Amount": ["1"], "Account": ["x" * (200 << 20)]})
    pq.write_table(wide, page, compression="gzip", use_dictionary=False, write_statistics=False)
    return {
        "parquet": page.getvalue(),
        "csv.gz": gzip.compress(bytes(300 << 20)),
        "csv.zst": bytes(pa.compress(bytes(300 << 20), "zstd", asbytes=True)),
    }


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["parquet", "csv.gz", "csv.zst"])
def test_bombs_take_bounded_memory(tmp_path: Path, suffix: str) -> None:
    bomb = tmp_path / "bomb"
    bomb.write_bytes(bombs()[suffix])
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", BOUNDED, str(bomb), suffix]
    done = run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < (1500 << 10)
    assert resource.getrusage(resource.RUSAGE_SELF)

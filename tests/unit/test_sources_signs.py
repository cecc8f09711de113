"""Which sign a cost has: flipped, in two columns; and which delimiter parts the columns."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from tests.unit.sources_ledger import layout, load, rejects, rows, source

from truecost.kernel.findings import SourceError
from truecost.sources import streams

if TYPE_CHECKING:
    from pathlib import Path

    from truecost.model.source_types import Source

DAY = "2022-04-07"
SIDES = layout(date="Date", debit="Debit", credit="Credit", account="Account?")


def sided(**fields: object) -> Source:
    return source(SIDES, **fields)


def test_costs_may_be_negative(tmp_path: Path) -> None:
    text = f'Date,Amount,Account\n{DAY},-5,a\n{DAY},"(1,000.50)",b\n{DAY},2.50,c\n{DAY},0,d\n'
    coded = load(tmp_path, july=text, reads=source(costs_are_negative=True))
    assert [str(amount) for (amount,) in rows(coded, "amount")] == ["5.0", "1000.5", "-2.5", "0.0"]


def test_a_credit_is_minus(tmp_path: Path) -> None:
    text = f"Date,Debit,Credit\n{DAY},5,\n{DAY},,3\n{DAY},0.00,2\n{DAY},4,0\n{DAY},,-1\n{DAY},0,0\n"
    coded = load(tmp_path, july=text, reads=sided())
    assert [int(amount) for (amount,) in rows(coded, "amount")] == [5, -3, -2, 4, 1, 0]
    flipped = load(tmp_path, july=text, reads=sided(costs_are_negative=True))
    assert [int(amount) for (amount,) in rows(flipped, "amount")] == [-5, 3, 2, -4, -1, 0]


def test_exactly_one_side_is_filled(tmp_path: Path) -> None:
    text = f"Date,Debit,Credit\n{DAY},5,3\n{DAY},,\n{DAY},x,\n,,\n{DAY},1,x\n"
    coded = load(tmp_path, july=text, reads=sided())
    both = 'the row has both debit "5" and credit "3": which one counts can\'t be guessed'
    assert rejects(coded) == [
        ("july.csv", 2, both),
        ("july.csv", 3, "the amount is missing"),
        ("july.csv", 4, '"x" is not an amount'),
        ("july.csv", 6, '"x" is not an amount'),
    ]
    assert coded.statistics.blank == 1


def test_a_side_in_another_currency_is_told(tmp_path: Path) -> None:
    coded = load(tmp_path, july=f"Date,Debit,Credit\n{DAY},,$3\n{DAY},£2,\n", reads=sided())
    assert rejects(coded) == [("july.csv", 2, '"$3" is not in GBP, the currency of the row')]


@pytest.mark.parametrize(
    ("sign", "word"), [(";", "semicolon"), ("\t", "tab"), ("|", "bar"), (",", "")]
)
def test_the_delimiter_is_found_by_the_header(tmp_path: Path, sign: str, word: str) -> None:
    lines = (f"Ledger{sign}April", "Date,Amount,Account", f"{DAY},5,a")
    coded = load(tmp_path, july="\n".join(line.replace(",", sign) for line in lines))
    assert rows(coded, "amount", "account") == [(5, "a")]
    told = (f"columns parted by: {word}",) if word else ()
    assert coded.files[0].notes == ("lines above the header, passed over: 1", *told)


def test_files_of_a_source_may_differ_in_delimiter(tmp_path: Path) -> None:
    files = {"a": f"Date;Amount;Account\n{DAY};5;a\n", "b": f"Date,Amount,Account\n{DAY},6,a\n"}
    assert rows(load(tmp_path, files), "amount") == [(5,), (6,)]


def test_a_header_that_fits_in_two_ways_is_refused(tmp_path: Path) -> None:
    text = f"Date,Amount,Account\nDate;Amount;Account\n{DAY};5;a\n"
    with pytest.raises(SourceError, match="parted by comma and semicolon"):
        load(tmp_path, july=text)
    assert rows(load(tmp_path, july=text, reads=source(delimiter=";")), "amount") == [(5,)]


def test_a_file_that_fits_no_layout_is_shown_by_its_own_delimiter(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="the file has: Date, Sum, Account"):
        load(tmp_path, july=f"Date;Sum;Account\n{DAY};5;a\n")


def test_gzip_is_unpacked(tmp_path: Path) -> None:
    text = f"Date;Amount;Account\n{DAY};5;a\n".encode()
    (tmp_path / "july.csv.gz").write_bytes(gzip.compress(text[:9]) + gzip.compress(text[9:]))
    assert rows(load(tmp_path, reads=source(files=("*.gz",))), "amount", "account") == [(5, "a")]


@pytest.mark.parametrize(
    "data", [b"", b"Date,Amount\n", gzip.compress(b"Date,Amount\n", mtime=0)[:-9], b"\x1f\x8b\x08"]
)
def test_what_is_no_gzip_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "july.csv.gz").write_bytes(data)
    with pytest.raises(SourceError, match="this is no gzip file, or it is cut short"):
        load(tmp_path, reads=source(files=("*.gz",)))


def test_a_gzip_bomb_is_refused_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "LARGE", 4 << 20)
    (tmp_path / "july.csv.gz").write_bytes(gzip.compress(bytes(64 << 20)))
    with pytest.raises(SourceError, match="unpacks to more than"):
        load(tmp_path, reads=source(files=("*.gz",)))


def zstd(data: bytes) -> bytes:
    return bytes(pa.compress(data, "zstd", asbytes=True))


def test_zstandard_is_unpacked(tmp_path: Path) -> None:
    text = f"Date;Amount;Account\n{DAY};5;a\n".encode()
    (tmp_path / "july.csv.zst").write_bytes(zstd(text[:9]) + zstd(text[9:]))
    assert rows(load(tmp_path, reads=source(files=("*.zst",))), "amount", "account") == [(5, "a")]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"Date,Amount\n",
        zstd(b"Date,Amount\n")[:-3],
        zstd(b"Date\n") + b"x",
        b"\x28\xb5\x2f\xfd",
    ],
)
def test_what_is_no_zstandard_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "july.csv.zst").write_bytes(data)
    with pytest.raises(SourceError, match="this is no zstd file, or it is cut short"):
        load(tmp_path, reads=source(files=("*.zst",)))


def test_a_zstandard_bomb_is_refused_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "LARGE", 4 << 20)
    (tmp_path / "july.csv.zst").write_bytes(zstd(bytes(64 << 20)))
    with pytest.raises(SourceError, match="unpacks to more than"):
        load(tmp_path, reads=source(files=("*.zst",)))


def test_zstandard_under_another_name_is_named(tmp_path: Path) -> None:
    (tmp_path / "july.csv").write_bytes(zstd(b"Date,Amount\n"))
    with pytest.raises(SourceError, match=r"its name must end in \.csv\.zst"):
        load(tmp_path, reads=source(files=("*.csv",)))


def test_patterns_may_be_several_and_kinds_mixed(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "june.csv.gz").write_bytes(
        gzip.compress(f"Date,Amount,Account\n{DAY},6,b\n".encode())
    )
    (tmp_path / "more" / "~$june.xlsx").write_bytes(b"open elsewhere")
    reads = source(files=("*.csv", "more/**/*"))
    coded = load(tmp_path, july=f"Date,Amount,Account\n{DAY},5,a\n", reads=reads)
    assert [file.name for file in coded.files] == ["july.csv", "more/june.csv.gz"]
    with pytest.raises(SourceError, match="no file matches"):
        load(tmp_path, reads=source(files=("*.csv", "none/*")))

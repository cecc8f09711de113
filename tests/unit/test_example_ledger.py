"""The command that turns published monthly files into the ledger of the example."""

from __future__ import annotations

import csv
import importlib.util
import io
import os
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from truecost.engine.build import build
from truecost.kernel.calendars import Calendar
from truecost.kernel.money import shown
from truecost.kernel.periods import Period
from truecost.kernel.year_turns import Turn
from truecost.model.load import load
from truecost.store.runs import Store

if TYPE_CHECKING:
    from types import ModuleType

    import pyarrow as pa

    from truecost.store.run import Run

_ROOT = Path(__file__).parents[2]
_EXAMPLE = _ROOT / "examples" / "cabinet-office"
_APRIL_2021 = Period.of(2021, 4).index
_LEDGER = _EXAMPLE / "data" / "ledger" / "ledger.csv"
_RAW = Path(os.environ.get("TRUECOST_DATA", _ROOT.parent / "shared" / "data")) / "cabinet-office"
_HEADER = (
    "Departmental Family,Entity,Date,Expense Type,Expense Area,Supplier,Transaction number,Amount"
)
_WRITTEN = "month,entity,expense area,expense type,number of payments,amount"


@pytest.fixture(scope="module")
def make_ledger() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_ledger", _EXAMPLE / "make_ledger.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _made(make_ledger: ModuleType, tmp_path: Path, files: dict[str, list[str]]) -> list[str]:
    """Write monthly files, run the command over them, give the lines of the ledger."""
    folder = tmp_path / "published"
    folder.mkdir()
    for name, rows in files.items():
        text = "\r\n".join([_HEADER, *rows]) + "\r\n"
        (folder / name).write_text(text, encoding="cp1252", newline="")
    ledger = tmp_path / "made" / "ledger.csv"
    assert make_ledger.main([str(folder), "-o", str(ledger)]) == 0
    return ledger.read_bytes().decode("utf-8").split("\n")


def test_payments_of_a_month_area_and_type_are_added_up_without_supplier(
    make_ledger: ModuleType, tmp_path: Path
) -> None:
    rows = [
        "CAB,CABINET OFFICE,2021-04-06,SOFTWARE,CDIO DATA,FIRST SUPPLIER,100,30000.10",
        "CAB,CABINET OFFICE,2021-04-28,SOFTWARE,CDIO DATA,SECOND SUPPLIER,101,40000.20",
        "CAB,CABINET OFFICE,2021-04-28,HARDWARE,CDIO DATA,SECOND SUPPLIER,102,25000",
    ]
    assert _made(make_ledger, tmp_path, {"2021-04.csv": rows}) == [
        _WRITTEN,
        "2021-04,CABINET OFFICE,CDIO DATA,HARDWARE,1,25000.00",
        "2021-04,CABINET OFFICE,CDIO DATA,SOFTWARE,2,70000.30",
        "",
    ]


def test_rows_that_a_later_file_repeats_count_once_and_equal_rows_of_a_file_stay(
    make_ledger: ModuleType, tmp_path: Path
) -> None:
    twice = "CAB,CABINET OFFICE,2021-07-06,SOFTWARE,CDIO DATA,SUPPLIER,100,30000.00"
    other = "CAB,CABINET OFFICE,2021-08-06,SOFTWARE,CDIO DATA,SUPPLIER,200,26000.00"
    files = {"2021-07.csv": [twice, twice], "2021-08.csv": [twice, other]}
    assert _made(make_ledger, tmp_path, files)[1:] == [
        "2021-07,CABINET OFFICE,CDIO DATA,SOFTWARE,2,60000.00",
        "2021-08,CABINET OFFICE,CDIO DATA,SOFTWARE,1,26000.00",
        "",
    ]


def test_payments_that_differ_only_in_supplier_or_number_are_two(
    make_ledger: ModuleType, tmp_path: Path
) -> None:
    start = "CAB,CABINET OFFICE,2021-07-06,SOFTWARE,CDIO DATA"
    files = {
        "2021-07.csv": [f"{start},ONE,100,30000.00", f"{start},ONE,101,30000.00"],
        "2021-08.csv": [f"{start},TWO,100,30000.00"],
    }
    assert _made(make_ledger, tmp_path, files)[1:-1] == [
        "2021-07,CABINET OFFICE,CDIO DATA,SOFTWARE,3,90000.00"
    ]


def test_only_the_months_that_the_example_needs_are_kept(
    make_ledger: ModuleType, tmp_path: Path
) -> None:
    rows = [
        f"CAB,CABINET OFFICE,{day},SOFTWARE,CDIO DATA,SUPPLIER,{number},30000.00"
        for number, day in enumerate(
            ("2019-10-31", "2019-11-01", '"Thursday, March 31, 2022"', "2022-04-01")
        )
    ]
    made = _made(make_ledger, tmp_path, {"all.csv": rows})
    assert [line[:7] for line in made[1:-1]] == ["2019-11", "2022-03"]


def test_spellings_stay_as_published(make_ledger: ModuleType, tmp_path: Path) -> None:
    rows = [
        "GPA,GPA,2021-07-06,Rent,Situation Centre,SUPPLIER,1,30000.00",
        "GPA,GOVERNMENT PROPERTY AGENCY,2021-07-06,RENT,OGP\xa0- DATA\xff,SUPPLIER,2,30000.00",
    ]
    made = _made(make_ledger, tmp_path, {"2021-07.csv": rows})
    assert made[1:-1] == [
        "2021-07,GOVERNMENT PROPERTY AGENCY,OGP\xa0- DATA\xff,RENT,1,30000.00",
        "2021-07,GPA,Situation Centre,Rent,1,30000.00",
    ]


def test_the_same_bytes_whatever_the_order_of_rows(make_ledger: ModuleType, tmp_path: Path) -> None:
    rows = [
        f"CAB,CABINET OFFICE,2021-07-0{day},SOFTWARE,AREA {10 - day},SUPPLIER,{day},3000{day}.00"
        for day in range(1, 10)
    ]
    there, back = tmp_path / "there", tmp_path / "back"
    there.mkdir()
    back.mkdir()
    one = _made(make_ledger, there, {"2021-07.csv": rows})
    assert one == _made(make_ledger, back, {"2021-07.csv": rows[::-1]})


def test_a_line_that_cannot_be_read_is_told_with_its_place(
    make_ledger: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        "CAB,CABINET OFFICE,sometime,SOFTWARE,CDIO DATA,SUPPLIER,1,30000.00",
        "CAB,CABINET OFFICE,2021-07-06,SOFTWARE,CDIO DATA,SUPPLIER,2,30000.00",
    ]
    (tmp_path / "2021-07.csv").write_text("\n".join([_HEADER, *rows]), encoding="utf-8")
    ledger = tmp_path / "ledger.csv"
    assert make_ledger.main([str(tmp_path), "-o", str(ledger)]) != 0
    assert "2021-07.csv:2" in capsys.readouterr().err
    assert not ledger.exists()


def test_a_payment_that_two_files_name_differently_counts_once_as_the_first_spells_it(
    make_ledger: ModuleType, tmp_path: Path
) -> None:
    rest = "2021-07-06,RENT,Head Lease Rent,SUPPLIER,100,30000.00"
    files = {
        "2021-07.csv": [f"CAB,GOVERNMENT PROPERTY AGENCY,{rest}"],
        "2021-08.csv": [f"CAB,GPA,{rest}"],
    }
    assert _made(make_ledger, tmp_path, files)[1:-1] == [
        "2021-07,GOVERNMENT PROPERTY AGENCY,Head Lease Rent,RENT,1,30000.00"
    ]


def _rows_of(path: Path) -> list[dict[str, Any]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))


def test_the_ledger_that_ships_is_an_aggregate_of_the_months_needed() -> None:
    rows = _rows_of(_LEDGER)
    assert ",".join(rows[0]) == _WRITTEN
    assert min(row["month"] for row in rows) == "2019-11"
    assert max(row["month"] for row in rows) == "2022-03"
    assert len({tuple(row.values())[:4] for row in rows}) == len(rows)
    assert all(int(row["number of payments"]) > 0 and Decimal(row["amount"]) for row in rows)


@pytest.mark.realdata
@pytest.mark.skipif(not _RAW.is_dir(), reason=f"the monthly files are not in {_RAW}")
def test_the_ledger_that_ships_is_what_the_command_makes_of_the_published_files(
    make_ledger: ModuleType, tmp_path: Path
) -> None:
    made = tmp_path / "ledger.csv"
    assert make_ledger.main([str(_RAW), "-o", str(made)]) == 0
    assert made.read_bytes() == _LEDGER.read_bytes()


@pytest.mark.realdata
@pytest.mark.skipif(not _RAW.is_dir(), reason=f"the monthly files are not in {_RAW}")
def test_no_supplier_but_public_bodies_is_named_in_the_ledger_that_ships() -> None:
    names = {
        row[key].upper() for row in _rows_of(_LEDGER) for key in ("expense area", "expense type")
    }
    suppliers = set()
    for path in sorted(_RAW.glob("*.csv")):
        text = path.read_bytes().decode("utf-8", errors="replace")
        suppliers |= {row["Supplier"].strip().upper() for row in csv.DictReader(io.StringIO(text))}
    named = {one for one in suppliers for name in names if one and f" {one} " in f" {name} "}
    assert named <= {"CABINET OFFICE", "CROWN COMMERCIAL SERVICE", "SCOTLAND OFFICE"}


def _build(tmp_path: Path, name: str, data: Path | None = None) -> Run:
    model = load(_EXAMPLE)
    return build(model, Store.open(tmp_path / name), data=data).run


@pytest.mark.realdata
@pytest.mark.skipif(not _RAW.is_dir(), reason=f"the monthly files are not in {_RAW}")
def test_single_payments_and_the_aggregate_come_to_the_same_tables(tmp_path: Path) -> None:
    aggregate, payments = _build(tmp_path, "aggregate"), _build(tmp_path, "payments", _RAW)
    for name in aggregate.manifest["tables"]:
        one, other = (run.table(name) for run in (aggregate, payments))
        if name == "cells":  # the aggregate has fewer lines, and nothing else differs
            one, other = (_sorted(table.drop_columns(["lines"])) for table in (one, other))
        assert one.equals(other), name


def _sorted(table: pa.Table) -> pa.Table:
    return table.sort_by([(name, "ascending") for name in table.column_names])


def test_the_figures_in_the_readme_are_those_of_a_build(tmp_path: Path) -> None:
    sums: dict[str, list[int]] = {}
    run = _build(tmp_path, "store")
    for cell in run.table("cells").to_pylist():
        if cell["nature"]:
            continue
        year = Calendar(Turn(month=4)).label(Period(cell["period"]))
        for label in ("all payments", cell["label"] or "central IT"):
            sums.setdefault(label, [0, 0])[("2020-21", "2021-22").index(year)] += cell["amount"]
    charged, before, after = [0, 0], [0, 0], [0, 0]
    for line in run.table("lines").to_pylist():
        charged[line["period"] >= _APRIL_2021] += line["amount"]
    for row in run.table("schedules").to_pylist():
        for number, april in enumerate((_APRIL_2021 - 12, _APRIL_2021)):
            before[number] += row["opening"] * (row["period"] == april)
            after[number] += row["closing"] * (row["period"] == april + 11)
    sums |= {"paid": sums["central IT"], "charged on": charged}
    sums |= {"+ paid before": before, "− paid until now": after}
    readme = (_EXAMPLE / "README.md").read_text(encoding="utf-8").replace("*", "")
    told = [line.strip("| ").split(" | ") for line in readme.splitlines() if line.count("| £") > 1]
    assert len(told) == len(sums)
    for label, *amounts in told:
        (found,) = (sums[key] for key in sums if key.startswith(label.split(",")[0]))
        assert amounts == [shown(amount, "GBP") for amount in found], label

"""Stores of every format ever issued are read for ever.

`store_format_1` is a store as format 1 was first issued. If a test here fails, it is not the store
that is wrong: what was issued cites these hashes.

Its coded source was made again, under the name that its run cites, when rows came to be sorted by
period (READER 2). Nothing had been issued then.
"""

from __future__ import annotations

import json
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from tests.unit.sources_ledger import layout, load, replacing, rows, source

from truecost.store.runs import Store

_ISSUED = Path(__file__).with_name("store_format_1")
_LOAD = "b50bcc51a152b671250d220e5e546bd2"
_RUN = "a208a0a74f5b6254"
_MANIFEST = "0b622dd57dc9e2b9ae3db4f161d83eea64a67431a9ba950f8949fe3b2c65f70a"
_JUNE = b'Date,Amount,Account,Supplier\n2022-06-30,"1,000.50",software,Caf\xe9\n2022-06-31,1,x,y\n'
_JULY = (
    "\ufeffPaid on;Net;Account;Paid in\n7 July 2022;£20.25;Hardware;GBP\n"
    "30 June 2022;5;SOFTWARE;EUR\n7 July 2022;£20.25;Hardware;GBP\n;;;\n"
)


def make(folder: Path) -> Store:
    """Make the store that was issued, as this version makes it."""
    older = layout(date="Date", amount="Amount", account="Account", vendor="Supplier?")
    newer = layout(date="Paid on", amount="Net", account="Account", currency="Paid in")
    reads = source(
        older, newer, clean=(replacing("account", SOFTWARE="software", Hardware="hardware"),)
    )
    june, july = _JUNE, _JULY.replace(";", ",")
    load(folder, {"2022-06": june, "2022-07": july}, reads=reads)
    store = Store.open(folder / "store")
    lines = pa.table(
        {
            "period": pa.array([24270, 24271], pa.int32()),
            "class": ["run", None],
            "amount": pa.array([100050, -3], pa.int64()),
            "leaf": [True, False],
        }
    )
    inputs = {"code_version": "0.1.0", "sources": {"ledger": _LOAD}}
    run = store.save_run({"lines": lines}, {"inputs": inputs, "workspace": {"currency": "GBP"}})
    store.pin(run.id, "issued 9 August 2022")
    return store


@pytest.fixture
def issued(tmp_path: Path) -> Store:
    shutil.copytree(_ISSUED, tmp_path / "store" / "v1")
    return Store.open(tmp_path / "store")


def test_a_run_of_format_1_is_read_and_holds(issued: Store) -> None:
    run = issued.need()
    assert (run.id, run.sha256) == (_RUN, _MANIFEST)
    assert run.verify() == []
    assert run.table("lines").to_pylist() == [
        {"period": 24270, "class": "run", "amount": 100050, "leaf": True},
        {"period": 24271, "class": None, "amount": -3, "leaf": False},
    ]
    assert issued.pins() == {_RUN: "issued 9 August 2022"}
    assert issued.collect(keep=0) == ()


def test_a_coded_source_of_format_1_is_read_and_holds(issued: Store) -> None:
    coded = issued.source(_LOAD)
    assert coded is not None
    assert issued.verify_source(coded) == []
    assert rows(coded, "day", "amount", "currency", "account", "vendor", "ordinal") == [
        (date(2022, 6, 30), Decimal("1000.50"), "GBP", "software", "Café", 0),
        (date(2022, 7, 7), Decimal("20.25"), "GBP", "hardware", "", 0),
        (date(2022, 6, 30), Decimal(5), "EUR", "software", "", 0),
        (date(2022, 7, 7), Decimal("20.25"), "GBP", "hardware", "", 1),
    ]
    assert (coded.statistics.rejected, coded.statistics.overlaps) == (1, ())


def test_this_version_still_makes_what_was_issued(tmp_path: Path) -> None:
    made = make(tmp_path).need()
    assert (made.id, made.sha256) == (_RUN, _MANIFEST)
    # the load's own name follows the recipe, which new options of reading lengthen; what it holds
    # must stay, or READER in sources/ledger.py be raised
    (load_json,) = (tmp_path / "store" / "v1" / "sources").glob("*/load.json")
    issued = json.loads((_ISSUED / "sources" / _LOAD / "load.json").read_bytes())
    assert json.loads(load_json.read_bytes())["tables"] == issued["tables"]

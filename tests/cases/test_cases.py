"""Every directory here is a workspace and what it must come to, on every engine.

`base/` holds what most cases share; a case's own files are laid over it. `expected/*.csv` are
tables of the run (only those that are there are compared), `expected/sources.txt` is what is said
of the sources, `expected/warnings.txt` what a build warns of, `expected/error.txt` what is said
instead of a run.
`TRUECOST_UPDATE=1 pytest tests/cases` writes them again.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from truecost.cli.report_sources import sources_report
from truecost.engine.build import build
from truecost.engine.verify import verify_run
from truecost.kernel.findings import TruecostError
from truecost.kernel.money import plain
from truecost.model.load import load
from truecost.statements.book import Book
from truecost.statements.csv import statement_csv
from truecost.statements.json import statement_json
from truecost.statements.summary import summary_view
from truecost.statements.summary_json import summary_json
from truecost.statements.text import statement_text, summary_text
from truecost.statements.views import index_view, statement_view
from truecost.store.runs import Store

if TYPE_CHECKING:
    from truecost.store.run import Run

HERE = Path(__file__).parent
CASES = sorted(
    path.name
    for path in HERE.iterdir()
    if path.is_dir() and path.name != "base" and not path.name.startswith("_")
)
ENGINES = ["duckdb"]
DEFAULT_TABLES = ("lines", "remainders")
#: Columns that are periods, and money with the column of its currency.
_PERIODS = ("period", "as_of", "posted", "service_period", "entered", "disposed", "until")
_OF_CHARGES = ("cost", "line_cost", "charged", "true_up", "recovery", "volume", "spending", "price")
_OF_SCHEDULES = ("total", "residual", "sale", "opening", "released", "lost", "proceeds", "closing")
_MONEY = {
    "amount": "currency",
    "ledger_amount": "ledger_currency",
    **dict.fromkeys((*_OF_CHARGES, *_OF_SCHEDULES), "currency"),
}


def rendered(run: Run, name: str) -> str:
    """Give a table as CSV that people can read: periods by their labels, money in major units."""
    table = run.table(name)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.column_names)
    for row in table.to_pylist():
        money = _MONEY | ({"posted": "currency"} if name == "schedules" else {})
        for key in _PERIODS:
            if key in row and key not in money:
                row[key] = str(run.calendar.period(row[key])) if row[key] >= 0 else ""
        for key, currency in money.items():
            if isinstance(row.get(key), int) and currency in row:
                row[key] = plain(row[key], row[currency])
        writer.writerow(row.values())
    return text.getvalue()


def _draw(book: Book) -> None:
    """Draw all statements and summaries, each with its proof, in every form that is cheap."""
    currencies = sorted(set(book.run.table("lines")["currency"].to_pylist()))
    for period in book.periods:
        for currency in currencies:
            summary = summary_view(book, period, currency)
            assert summary_text(summary)
            assert summary_json(summary)
            for entry in index_view(book, period, currency).entries:
                view = statement_view(book, entry.id, period, currency)
                for draw in (statement_text, statement_json, statement_csv):
                    assert draw(view)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", CASES)
def test_case(case: str, engine: str, tmp_path: Path) -> None:
    assert engine == "duckdb"
    workspace = tmp_path / "workspace"
    shutil.copytree(HERE / "base", workspace)
    shutil.copytree(HERE / case, workspace, dirs_exist_ok=True)
    expected = HERE / case / "expected"
    got: dict[str, str] = {}
    names = sorted(path.stem for path in expected.glob("*.csv")) or list(DEFAULT_TABLES)
    try:
        model = load(workspace)
        store = Store.open(workspace / "store")
        with store.lock(wait=False):
            built = build(model, store)
            run = built.run
    except TruecostError as fault:
        got["error.txt"] = str(fault).replace(f"{workspace}/", "") + "\n"
    else:
        assert not verify_run(run).findings
        _draw(Book.of(run, store))
        got = {f"{name}.csv": rendered(run, name) for name in names}
        if built.warnings:
            got["warnings.txt"] = "".join(f"{warning}\n" for warning in built.warnings)
        if (expected / "sources.txt").exists():
            distinct = [source.name for source in model.sources if source.distinct]
            report = sources_report(built.sources, distinct, calendar=model.calendar)
            got["sources.txt"] = f"{report}\n"
    if os.environ.get("TRUECOST_UPDATE"):
        shutil.rmtree(expected, ignore_errors=True)
        expected.mkdir()
        for name, text in got.items():
            if text.count("\n") > 1 or name == "error.txt":
                (expected / name).write_text(text, encoding="utf-8")
        return
    there = {path.name: path.read_text(encoding="utf-8") for path in expected.iterdir()}
    assert there, "the case says nothing of what is expected"
    assert {name: got.get(name, "") for name in there} == there
    for name in ("error.txt", "warnings.txt"):
        assert name in there or name not in got, got[name]

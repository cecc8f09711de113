"""Documents by the commands that people type, from a workspace that was just built."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import shutil
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from tests.e2e.test_example import built
from tests.unit.documents_reading import needs_poppler, pdf_facts, pdf_text, pressed, sheets

from truecost.cli.init import examples
from truecost.cli.main import group, main
from truecost.kernel.periods import Period
from truecost.statements import locale
from truecost.statements.book import Book
from truecost.statements.pdf import statement_pdf
from truecost.statements.summary import summary_view
from truecost.statements.views import index_view, statement_view
from truecost.store.runs import Store

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result


def run(*arguments: object) -> Result:
    found = CliRunner().invoke(group, [str(argument) for argument in arguments])
    assert not found.exception, (found.exception, found.output)
    return found


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("documents") / "starter"
    shutil.copytree(examples() / "starter", folder, ignore=shutil.ignore_patterns("store"))
    text = (folder / "truecost.yaml").read_text(encoding="utf-8")
    (folder / "truecost.yaml").write_text(f"{text}\nlocale: de_DE\n", encoding="utf-8")
    run("build", "-w", folder)
    return folder


@needs_poppler
def test_all_statements_as_pdf(workspace: Path, tmp_path: Path) -> None:
    run("statement", "--all", "-w", workspace, "--format", "pdf", "-o", tmp_path)
    drawn = sorted(tmp_path.glob("*.pdf"))
    assert len(drawn) > 2
    for path in drawn:
        assert pdf_facts(path.read_bytes())["Tagged"] == "yes"


@needs_poppler
@pytest.mark.parametrize("consumer", ["sales", "company"])
def test_why_it_changed_is_the_bridge_in_every_document(
    workspace: Path, tmp_path: Path, consumer: str
) -> None:
    ask = (consumer, "-w", workspace)
    bridge = json.loads(run("explain", *ask, "--against", "2026-01", "--format", "json").stdout)
    wanted = {part: each["minor"] for part, each in bridge["parts"].items() if each["minor"]}
    said = json.loads(run("statement", *ask, "--format", "json").stdout)
    assert said["previous"]["change"]["minor"] == sum(wanted.values()) != 0
    reasons = said["sentences"]["reasons"]
    assert {each["part"]: each["amount"]["minor"] for each in reasons} == wanted
    rows = list(csv.DictReader(io.StringIO(run("statement", *ask, "--format", "csv").stdout)))
    found = {row["object"]: row for row in rows if row["kind"] == "why it changed"}
    assert {part: Decimal(row["change"]) * 100 for part, row in found.items()} == wanted
    assert not any(row["amount"] for row in found.values())  # amounts still add up to the bill
    for form in ("html", "pdf", "xlsx"):
        run("statement", *ask, "-o", tmp_path / f"it.{form}")
    page = re.sub("<[^>]*>", "", (tmp_path / "it.html").read_text(encoding="utf-8"))
    texts = {
        "html": html.unescape(page),
        "pdf": pdf_text((tmp_path / "it.pdf").read_bytes(), "-layout"),
        "text": run("statement", *ask, "--format", "text").stdout,
    }
    sheet = sheets((tmp_path / "it.xlsx").read_bytes())["Statement"]
    cells = [cell for row in sheet for cell in row]
    for reason in reasons:
        assert reason["text"] in cells
        assert reason["amount"]["minor"] / 100 in cells
        with locale.speaking("de_DE"):
            figure = locale.shown(reason["amount"]["minor"], "EUR", sign=True)
        for form, text in texts.items():
            for wanted_text in (figure, reason["text"]):
                assert pressed(wanted_text) in pressed(text), form


def test_a_statement_as_workbook(workspace: Path, tmp_path: Path) -> None:
    run("statement", "--all", "-w", workspace, "--format", "xlsx", "-o", tmp_path)
    for path in tmp_path.glob("*.xlsx"):
        assert list(sheets(path.read_bytes())) == ["Statement", "Lines", "Proof"]


@needs_poppler
def test_a_document_goes_into_a_pipe(workspace: Path) -> None:
    consumer = json.loads(
        run("show", "-w", workspace, "--by", "consumer", "--format", "json").stdout
    )
    leaf = next(row["key"] for row in consumer["rows"] if row["kind"] == "line")
    found = run("statement", leaf, "-w", workspace, "--format", "pdf")
    assert "DRAFT" in pdf_text(found.stdout_bytes)


def test_a_statement_takes_its_format_from_the_name(workspace: Path, tmp_path: Path) -> None:
    shown = run("show", "-w", workspace, "--by", "consumer", "--format", "json").stdout
    leaf = next(row["key"] for row in json.loads(shown)["rows"] if row["kind"] == "line")
    run("statement", leaf, "-w", workspace, "-o", tmp_path / "it.PDF")
    assert (tmp_path / "it.PDF").read_bytes().startswith(b"%PDF")
    run("statement", leaf, "-w", workspace, "-o", tmp_path / "it")
    assert "DRAFT" in (tmp_path / "it").read_text(encoding="utf-8")


@pytest.mark.parametrize("form", ["text", "html", "pdf", "xlsx", "json"])
def test_the_summary_takes_its_format_from_the_name(
    workspace: Path, tmp_path: Path, form: str
) -> None:
    path = tmp_path / f"summary.{form}"
    assert run("summary", "-w", workspace, "-o", path).stdout.strip() == str(path)
    begins = {"html": b"<!doctype", "pdf": b"%PDF", "xlsx": b"PK", "json": b"{", "text": b"  "}
    assert path.read_bytes().startswith(begins[form])


def test_the_locale_of_the_workspace_reaches_the_documents(workspace: Path) -> None:
    summary = run("summary", "-w", workspace).stdout
    assert re.search(r",\d\d\s€", summary)
    assert not re.search(r"€\d|\d\.\d\d\b", summary)


def test_where_it_cannot_be_written_is_said(
    workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "nowhere" / "summary.pdf"
    with pytest.raises(SystemExit) as ending:
        main(["summary", "-w", str(workspace), "-o", str(path)])
    assert ending.value.code == 1
    assert "nowhere/summary.pdf: No such file" in capsys.readouterr().err


@needs_poppler
def test_every_department_of_the_example_takes_one_page(tmp_path: Path) -> None:
    run = Book(built(tmp_path), Store.open(tmp_path / "cabinet-office/store"))
    month = Period.of(2022, 2)
    pages = {
        entry.id: pdf_facts(statement_pdf(statement_view(run, entry.id, month)))["Pages"]
        for entry in index_view(run, month).entries
        if entry.leaf
    }
    assert len(pages) > 30
    assert set(pages.values()) == {"1"}


def test_the_summary_of_the_example_is_its_ledger(tmp_path: Path) -> None:
    run = Book(built(tmp_path))
    for month in run.periods:
        view = summary_view(run, month)
        assert sum(cost.total for cost in view.services) == view.total
        assert sum(cost.total for cost in view.towers) == view.total
        assert sum(cost.change or 0 for cost in view.moved) == (
            view.previous.change if view.previous else 0
        )

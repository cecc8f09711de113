"""Each command does what it says, and says the same in every form."""

from __future__ import annotations

import csv
import io
import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from tests.cli.program import done, replace, truecost

from truecost import __version__
from truecost.statements.show import BY

if TYPE_CHECKING:
    from pathlib import Path

LEAVES = ("sales", "factory", "office")


def test_init_makes_a_workspace_that_checks_and_builds(tmp_path: Path) -> None:
    folder = tmp_path / "my organisation"
    said = done("init", folder)
    assert f"truecost check -w '{folder}'" in said
    assert "the model holds" in done("check", "-w", folder)
    assert "whole and saved" in done("build", "-w", folder)


def test_init_lists_its_examples() -> None:
    assert done("init", "--list").split() == ["cabinet-office", "cloud-bill", "group", "starter"]


def test_init_leaves_a_folder_that_is_not_empty_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    ended = truecost("init", tmp_path)
    assert ended.code == 2
    assert "is not empty" in ended.err
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_init_fills_a_folder_that_is_empty(tmp_path: Path) -> None:
    done("init", tmp_path)
    assert (tmp_path / "truecost.yaml").is_file()


def test_a_service_charged_from_a_month_on_is_no_change_of_the_model(fresh: Path) -> None:
    """What changes from month to month inside an entry is not a model that changed since."""
    charging = "  charging: [{ how: show, valid: { to: 2026-01 } }]\n  owner: Head of Workplace\n"
    replace(fresh / "model/services.yaml", "  owner: Head of Workplace\n", charging)
    days = "valid: { from: 2026-01-15, to: 2026-02-10 }"
    (fresh / "model/rates.yaml").write_text(
        f"rates:\n  orders: {{ service: shop, price: 7.00, {days} }}\n"
    )
    done("build", "-w", fresh)
    assert "not run" not in truecost("test", "-w", fresh).out


def test_idle_capacity_that_has_a_name_is_not_unallocated(fresh: Path) -> None:
    idle = "    by: orders\n    capacity: 9,000\n    unused: { keep_apart: idle, owner: Jo }\n"
    replace(fresh / "model/allocations.yaml", "    by: orders\n", idle)
    (fresh / "tests/more.yaml").write_text(
        "- name: nothing is left over\n  given: latest run\n  in: each month\n"
        "  expect: { unallocated: 0.00 }\n"
    )
    done("build", "-w", fresh)
    assert "holds    nothing is left over" in truecost("test", "-w", fresh).out


def test_check_counts_what_it_read(fresh: Path) -> None:
    said = done("check", "-w", fresh)
    assert "5 account rules, 4 cost centre rules, 3 services, 3 consumers," in said
    assert re.search(r"rows +13\n +\S loaded +13 +€82,786.86\n", said)


def test_check_says_that_nothing_stands_in_the_way_and_saves_no_run(fresh: Path) -> None:
    said = done("check", "-w", fresh)
    assert said.endswith("\nNothing stands in the way of a build of 2026-01 to 2026-02\n")
    assert "no runs" in done("runs", "-w", fresh) or not list((fresh / "store/v1/runs").iterdir())


def test_check_and_build_warn_of_a_driver_row_that_is_missing(fresh: Path) -> None:
    replace(fresh / "data/drivers.csv", "2026-02,sales,42,2100\n", "")
    for command in ("check", "build"):
        ended = truecost(command, "-w", fresh)
        assert ended.code == 0
        assert ended.err.splitlines() == [
            "warning: data/drivers.csv: 2026-02 has no row for consumer sales",
            "   it had a row in 2026-01: people 40, orders 1,800",
            "   without one nothing that these split is charged to it",
            "   give the row; write 0 if it used nothing",
        ]


def test_a_driver_row_of_nothing_is_said_on_purpose(fresh: Path) -> None:
    replace(fresh / "data/drivers.csv", "2026-02,sales,42,2100\n", "2026-02,sales,0,\n")
    done("build", "-w", fresh)


def test_values_of_the_previous_month_are_warned_of_and_told_on_the_statement(fresh: Path) -> None:
    replace(fresh / "data/drivers.csv", ",2100\n", ",\n")
    replace(fresh / "data/drivers.csv", "25,160", "25,")
    replace(fresh / "model/drivers.yaml", "column: orders", "when_missing: previous month")
    said = truecost("build", "-w", fresh)
    assert 'driver "orders" gives no value for 2026-02: those of 2026-01 are used\n' in said.err
    statement = done("statement", "sales", "-w", fresh)
    assert "1,800 of 1,950 orders, as of January 2026" in " ".join(statement.split())


def test_check_of_the_model_alone_reads_no_source_and_makes_no_store(fresh: Path) -> None:
    assert "Source" not in done("check", "-w", fresh, "--model-only")
    assert not (fresh / "store").exists()


def test_words_are_singular_where_there_is_one(fresh: Path) -> None:
    (fresh / "data/ledger/2026-01.csv").unlink()
    assert "Source ledger: 1 file, 2026-02-04 to 2026-02-25\n" in done("check", "-w", fresh)


def test_a_build_ends_with_the_reconciliation(fresh: Path) -> None:
    said = done("build", "-w", fresh)
    for label, amount in (
        ("source ledger", "€46,386.86"),
        ("= statements", "€45,688.86"),
        ("+ technology bought by departments", "€698.00"),
        ("difference", "€0.00"),
        ("ignored: 2, not technology", "€36,400.00"),
    ):
        assert re.search(rf"^  {re.escape(label)} +{amount}$", said, re.MULTILINE), label


def test_a_build_of_the_same_inputs_is_the_same_run_and_says_so(fresh: Path) -> None:
    first, second = done("build", "-w", fresh), done("build", "-w", fresh)
    assert "whole and saved" in first
    assert "as before: nothing has changed" in second
    ids = [re.findall(r"^Run ([0-9a-f]{16}),", said, re.MULTILINE) for said in (first, second)]
    assert ids[0] == ids[1] != []


def test_a_build_of_one_period_has_that_period_only(fresh: Path) -> None:
    done("build", "-w", fresh, "--period", "2026-02")
    assert "2026-02, EUR" in done("show", "-w", fresh)
    done("build", "-w", fresh, "--from", "2026-01", "--to", "2026-02")
    assert "2026-01 to 2026-02, EUR" in done("show", "-w", fresh)


def test_another_folder_stands_in_for_the_data(fresh: Path, tmp_path: Path) -> None:
    (fresh / "data/ledger").rename(tmp_path / "elsewhere")
    assert truecost("build", "-w", fresh).code == 4
    assert "whole and saved" in done("build", "-w", fresh, "--data", tmp_path / "elsewhere")


@pytest.mark.parametrize("by", BY)
def test_a_table_says_the_same_as_json_and_csv(built_once: Path, by: str) -> None:
    table = _amounts_of_table(done("show", "-w", built_once, "--by", by))
    document = json.loads(done("show", "-w", built_once, "--by", by, "--format", "json"))
    width = len(document["columns"]) - (by == "service")
    from_json = [[row["label"], *row["amounts"][:width]] for row in document["rows"]]
    assert table == [[label, *map(Decimal, amounts)] for label, *amounts in from_json]
    head, *rows = csv.reader(
        io.StringIO(done("show", "-w", built_once, "--by", by, "--format", "csv"))
    )
    start = head.index("depth") + 1
    from_csv = [[row[1], *map(Decimal, row[start : start + width])] for row in rows]
    assert from_csv == table


def _amounts_of_table(text: str) -> list[list[Any]]:
    """Read a table as a person does: label, then amounts, at least two columns apart."""
    rows = []
    for line in text.splitlines()[3:]:
        label, *amounts = re.split(r"  +", line.strip().removeprefix("+ "))
        if amounts and "─" not in line:
            rows.append([label, *(Decimal(amount.replace(",", "")) for amount in amounts)])
    return rows


def test_every_table_ends_in_the_same_total(built_once: Path) -> None:
    ends = {done("show", "-w", built_once, "--by", by).split()[-1] for by in BY}
    assert ends == {"46,386.86"}


def test_currencies_have_a_table_each_and_json_takes_one(fresh: Path) -> None:
    replace(fresh / "data/ledger/2026-02.csv", "Text\n", "Text,Ccy\n")
    replace(fresh / "data/ledger/2026-02.csv", "Line rental\n", "Line rental,USD\n")
    for text in ("Office licences", "Hosting", "outage", "checkout", "subscription", "Rent"):
        replace(fresh / "data/ledger/2026-02.csv", f"{text}\n", f"{text},EUR\n")
    replace(fresh / "truecost.yaml", "description: Text?", 'description: Text?, currency: "Ccy?"')
    said = done("build", "-w", fresh)
    assert said.count("Reconciliation,") == 2
    euros, dollars = done("show", "-w", fresh).split("\n\nExample")
    assert "EUR" in euros
    assert "USD" in dollars
    assert done("show", "-w", fresh, "--currency", "usd").split()[-1] == "1,980.40"
    ended = truecost("show", "-w", fresh, "--format", "json")
    assert ended.code == 2
    assert "EUR, USD" in ended.err
    json.loads(done("show", "-w", fresh, "--format", "json", "--currency", "USD"))
    rows = list(csv.DictReader(io.StringIO(done("show", "-w", fresh, "--format", "csv"))))
    assert [row["total"] for row in rows if row["kind"] == "total"] == ["44406.46", "1980.40"]


@pytest.mark.parametrize("consumer", [*LEAVES, "company"])
def test_a_statement_says_the_same_in_every_format(built_once: Path, consumer: str) -> None:
    ask = ("statement", consumer, "-w", built_once, "--period", "2026-02")
    text = done(*ask)
    document = json.loads(done(*ask, "--format", "json"))
    rows = list(csv.DictReader(io.StringIO(done(*ask, "--format", "csv"))))
    page = done(*ask, "--format", "html")
    lines = [row for row in rows if row["kind"] == "line"]
    total = Decimal(document["total"]["text"])
    assert sum(Decimal(row["amount"]) for row in lines) == total
    assert [row["amount"] for row in lines] == [
        line["amount"]["text"] for line in document["lines"]
    ]
    for amount in [total, *(Decimal(row["amount"]) for row in lines)]:
        assert f"€{amount:,}" in text
        assert f"€{amount:,}" in page or f"{amount:,}" in page
    for document_text in (text, page):
        assert "DRAFT" in document_text.upper()


def test_a_statement_is_of_the_last_period_unless_one_is_named(built_once: Path) -> None:
    assert "February 2026" in done("statement", "sales", "-w", built_once)
    assert "January 2026" in done("statement", "sales", "-w", built_once, "--period", "2026-01")


def test_a_statement_goes_to_a_file(built_once: Path, tmp_path: Path) -> None:
    path = tmp_path / "sales.html"
    said = done("statement", "sales", "-w", built_once, "--format", "html", "-o", path)
    assert said == f"{path}\n"
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize(("form", "suffix"), [("html", "html"), ("text", "txt"), ("csv", "csv")])
def test_all_statements_are_written_with_an_index(
    built_once: Path, tmp_path: Path, form: str, suffix: str
) -> None:
    folder = tmp_path / "statements"
    done("statement", "--all", "-w", built_once, "--format", form, "-o", folder)
    names = {path.name for path in folder.iterdir()}
    assert {f"2026-02-{leaf}.{suffix}" for leaf in LEAVES} <= names
    assert ("index.html" in names) == (form == "html")
    if form == "html":
        index = (folder / "index.html").read_text(encoding="utf-8")
        assert all(f'href="2026-02-{leaf}.html"' in index for leaf in LEAVES)


def test_verify_says_what_held(built_once: Path) -> None:
    said = done("verify", "-w", built_once)
    assert ": whole\n" in said
    assert "ledger = statements + named remainders, to the cent" in said


def test_runs_are_listed_pinned_and_cleared(fresh: Path) -> None:
    done("build", "-w", fresh, "--period", "2026-01")
    old = done("runs", "-w", fresh).split()[0]
    done("build", "-w", fresh)
    listed = done("runs", "-w", fresh).splitlines()
    assert listed[0].endswith("2026-01 to 2026-02  latest")
    assert listed[1] == f"{old}  2026-01"
    said = done("runs", "-w", fresh, "--pin", old[:8], "--reason", "the auditor asked")
    assert f"{old}  2026-01  pinned: the auditor asked" in said
    done("build", "-w", fresh, "--period", "2026-02")
    said = done("runs", "-w", fresh, "--clear", "1")
    assert said.startswith("cleared 1 run\n")
    assert [line.split()[1] for line in said.splitlines()[1:]] == ["2026-02", "2026-01"]
    assert "2026-01, EUR" in done("show", "-w", fresh, "--run", old)


def test_the_version_is_the_packages() -> None:
    assert done("--version") == f"truecost, version {__version__}\n"

"""A new user with a ledger in a workbook and a cloud bill in FOCUS, in one workspace.

Neither was ever seen by the program, and only what the tutorial, the how-to guides and the
references of the workspace and of FOCUS say is done with them.
"""

from __future__ import annotations

import csv
import html
import io
import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from tests.cli.program import done, replace, truecost
from tests.e2e.two_sources import (
    PEOPLE,
    Month,
    expected,
    write_bill,
    write_ledger,
)
from tests.unit.documents_reading import needs_poppler, pdf_text, pressed, sheets

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    "truecost.yaml": """
truecost: 1
organisation: Kettle & Crane
currency: GBP
fiscal_year: { begins: 1 April }
default_class: run
sources:
  ledger:
    kind: ledger
    basis: accrual
    files: data/ledger.xlsx
    layouts:
      - { date: Posted, debit: Dr, credit: Cr, account: Nominal, cost_centre: Dept, vendor: Payee }
    clean:
      cost_centre: upper(trim(cost_centre))
  cloud:
    kind: focus
    basis: accrual
    files: data/bill/*.csv
    tags:
      team: [team, Team]
      env: env
    clean:
      owner: lower(trim(tag_team))
""",
    "model/accounts.yaml": """
- name: cloud charges that make something
  where: provider <> '' AND tag_env = 'dev'
  pool: Cloud Services / Cloud Service Provider
  class: grow
- name: cloud charges
  where: provider <> ''
  pool: Cloud Services / Cloud Service Provider
- name: what the ledger paid for the cloud
  where: account = '6450'
  ignore: counted by the cloud bill
- { name: software, where: "account IN ('6400', '6410')", pool: Software & SaaS / Licensing }
- { name: telecoms, where: account LIKE '66%', pool: Telecom / Maintenance & Support }
- { name: advice, where: account = '6700', pool: Outside Services / Consulting, class: transform }
- { name: everything else, where: "TRUE", ignore: not technology }
""",
    "model/cost_centres.yaml": """
- { name: the platform team, where: owner = 'platform', to: service platform }
- { name: charges with an owner, where: owner <> '', to: own consumer }
- name: charges without
  where: provider <> ''
  keep_apart: cloud cost without an owner
- { name: the workplace team, where: cost_centre = 'IT-10', to: tower End User / Workspace }
- name: the network team
  where: cost_centre = 'IT-20'
  to: tower Network / LAN
- name: bought by departments themselves
  where: cost_centre LIKE '_-__'
  keep_apart: technology bought by departments
""",
    "model/towers.yaml": "- End User / Workspace\n- Network / LAN\n",
    "model/services.yaml": """
workplace: { name: A working place, unit: person, behaviour: "variable, notice 1 month" }
network: { name: Networks, behaviour: "fixed, notice 12 months" }
platform: { name: Cloud platform, owner: Head of Platform, behaviour: variable }
""",
    "model/consumers.yaml": """
firm:
  name: Kettle & Crane
  consumers:
    sales: { name: Sales, where: cost_centre LIKE 'S-%' OR owner = 'sales' }
    works: { name: Works, where: cost_centre LIKE 'W-%' OR owner = 'works' }
    office: { name: Office, where: cost_centre LIKE 'O-%' OR owner = 'office' }
""",
    "model/drivers.yaml": """
people: { unit: person, file: data/drivers.csv }
tagged cost:
  unit: pound
  source: cloud
  measure: sum(amount)
  where: owner <> '' AND owner <> 'platform' AND amount > 0
  show: shares
""",
    "model/allocations.yaml": """
rules:
  - { from: tower End User / Workspace, to: workplace }
  - { from: tower Network / LAN, to: network }
  - from: service network
    to: { workplace: 30%, platform: 20%, consumers: rest }
    by: people
  - from: service workplace
    to: { network: 5%, consumers: rest }
    by: people
  - from: service platform
    to: consumers
    by: tagged cost
""",
    "tests/model.yaml": """
- name: a charge is its team's, however the tag is spelt
  given:
    period: 2026-04
    source: cloud
    lines:
      - { provider_name: Stratus Cloud, tag_team: Sales, tag_env: dev, amount: 3.00 }
  expect: { to: consumer sales, class: grow, consumer: sales }
- name: what nobody tagged is shown, and small
  given: latest run
  in: each month
  expect:
    unallocated: 0.00
    remainder cloud cost without an owner: less than 1%
""",
}
APRIL = ("--period", "2026-04")
FOUND_IN = {
    "network": {"data/ledger.xlsx:Postings"},
    "platform": {"data/ledger.xlsx:Postings", "data/bill/2026-q2.csv"},
    "directly": {"data/bill/2026-q2.csv"},
}


def begin(folder: Path) -> None:
    """Make a workspace of the starter, and change it as step 9 of the tutorial says."""
    done("init", folder)
    for path in (*(folder / "data").rglob("*.csv"), *(folder / "tests").iterdir()):
        path.unlink()
    (folder / "data/ledger").rmdir()
    (folder / "data/bill").mkdir()
    write_ledger(folder / "data/ledger.xlsx")
    write_bill(folder / "data/bill/2026-q2.csv")
    rows = [f"2026-0{month},{unit},{n}" for month in (4, 5) for unit, n in PEOPLE.items()]
    drivers = "\n".join(("period,target,people", *rows, ""))
    (folder / "data/drivers.csv").write_text(drivers, encoding="utf-8")
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")


def pounds(pence: int) -> str:
    return f"{'−' if pence < 0 else ''}£{Decimal(abs(pence)) / 100:,.2f}"


def bill(month: Month, consumer: str) -> dict[tuple[str, str], int]:
    """Give a statement's lines: (object, class) → pence."""
    return {
        (f"service {service}" if service else "", cls): pence
        for (cls, service, unit), pence in month.lines.items()
        if unit == consumer
    }


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the workspace, past the cost centre that nobody thought of."""
    folder = tmp_path_factory.mktemp("new") / "kettle-and-crane"
    begin(folder)
    for command in ("check", "build"):
        refused = truecost(command, "-w", folder)
        assert refused.code == 5
        assert "IT-99" in refused.err
        assert "777.77" in refused.err
    replace(folder / "model/cost_centres.yaml", "= 'IT-20'", "IN ('IT-20', 'IT-99')")
    said = done("check", "-w", folder)
    assert [line.split()[2] for line in said.splitlines() if "= loaded" in line] == ["9", "13"]
    assert "FOCUS 1.2" in said
    assert "rows above the header, passed over: 3" in said
    said = " ".join(done("build", "-w", folder).split())
    assert "difference £0.00" in said
    return folder


@pytest.fixture(scope="module")
def april() -> Month:
    month = expected(4)
    # rounded twice, where cost enters and on the bill: each time by less than a penny
    assert all(abs(month.lines.get(key, 0) - exact) < 2 for key, exact in month.exact.items())
    everything = sum(month.lines.values()) + sum(month.remainders.values())
    assert everything == sum(month.sources.values())
    return month


def test_the_bill_keeps_to_the_specification(workspace: Path) -> None:
    file = workspace / "data/bill/2026-q2.csv"
    report = json.loads(done("check", "--focus", file, "--strict", "--format", "json"))
    assert (report["version"], report["rows"], report["broken"]) == ("1.2", 13, [])


@pytest.mark.parametrize("consumer", PEOPLE)
def test_every_line_of_a_statement(workspace: Path, april: Month, consumer: str) -> None:
    ask = ("statement", consumer, "-w", workspace, *APRIL)
    document = json.loads(done(*ask, "--format", "json"))
    found = {
        (line["object"], cls): line[cls]["minor"]
        for line in document["lines"]
        for cls in ("run", "grow", "transform")
        if line[cls]["minor"]
    }
    assert found == bill(april, consumer)
    assert document["total"]["minor"] == sum(found.values())
    proof = document["proof"]
    assert minors(proof["ledger"]) == april.sources
    assert minors(proof["remainders"]) == april.remainders


def minors(entries: list[dict[str, Any]]) -> dict[str, int]:
    return {each["name"]: each["amount"]["minor"] for each in entries}


def test_each_document_has_the_same_lines(workspace: Path, april: Month, tmp_path: Path) -> None:
    wanted = bill(april, "sales")
    figures = [sum(wanted.values()), april.remainders["cloud cost without an owner"]]
    figures += [sum(wanted[key] for key in wanted if key[0] == name) for name, _ in wanted]
    for end in ("html", "xlsx"):
        done("statement", "sales", "-w", workspace, *APRIL, "-o", tmp_path / f"sales.{end}")
    page = re.sub("<[^>]*>", " ", (tmp_path / "sales.html").read_text(encoding="utf-8"))
    page = html.unescape(page)
    assert [figure for figure in figures if pounds(figure) not in page] == []
    assert "cloud cost without an owner" in page

    head, *rows = sheets((tmp_path / "sales.xlsx").read_bytes())["Lines"]
    lines = [dict(zip(head, row, strict=True)) for row in rows]
    assert wanted == {
        (each["object"], each["class"]): round(100 * each["amount"])
        for each in lines
        if each["kind"] == "line"
    }


@needs_poppler
def test_the_pdf_says_every_line(workspace: Path, april: Month, tmp_path: Path) -> None:
    done("statement", "sales", "-w", workspace, *APRIL, "-o", tmp_path / "sales.pdf")
    text = pdf_text((tmp_path / "sales.pdf").read_bytes(), "-layout")
    lines = [pressed(line) for line in text.splitlines()]
    wanted = bill(april, "sales")
    names = {
        "service workplace": "A working place",
        "service network": "Networks",
        "service platform": "Cloud platform",
        "": "Bought for you directly",
    }
    for service, name in names.items():
        amount = pounds(sum(pence for (of, _), pence in wanted.items() if of == service))
        assert [line for line in lines if pressed(name) in line and pressed(amount) in line], name
    assert pressed(pounds(sum(wanted.values()))) in "".join(lines)


def test_the_explanation_adds_up(workspace: Path, april: Month) -> None:
    wanted = bill(april, "sales")
    for service in ("network", "platform", "directly"):
        ask = ("explain", "sales", service, "-w", workspace, *APRIL, "--all")
        found = json.loads(done(*ask, "--format", "json"))
        of = "" if service == "directly" else f"service {service}"
        amount = sum(pence for (each, _), pence in wanted.items() if each == of)
        assert found["amount"]["minor"] == amount
        parts = [Decimal(each["portion"]) for each in found["ledger_lines"]]
        assert 100 * (sum(parts) + Decimal(found["rounding"])) == amount
        assert abs(Decimal(found["rounding"])) < Decimal("0.03")
        files = {each["file"] for each in found["ledger_lines"]}
        assert files == FOUND_IN[service]
        closing = done(*ask).rstrip().splitlines()[-1].split()
        assert closing == [pounds(amount), "together"]


def test_what_nobody_tagged_is_a_remainder_with_its_price(workspace: Path, april: Month) -> None:
    name = "cloud cost without an owner"
    amount = april.remainders[name]
    assert amount == 1535
    table = done("show", "-w", workspace, *APRIL, "--format", "csv")
    rows = {row["name"]: row for row in csv.DictReader(io.StringIO(table))}
    assert rows[name]["kind"] == "remainder"
    assert Decimal(rows[name]["total"]) * 100 == amount
    assert Decimal(rows["Total"]["total"]) * 100 == sum(april.sources.values())
    told = done("statement", "works", "-w", workspace, *APRIL)
    assert f"{pounds(amount)}  not charged: {name}" in told
    opened = done("explain", "--remainder", name, "-w", workspace, *APRIL)
    assert [f"data/bill/2026-q2.csv:{line}" in opened for line in (8, 9, 10, 11)] == [
        False, True, True, False,
    ]  # fmt: skip
    assert opened.rstrip().splitlines()[-1].split() == [pounds(amount), "together"]


def test_the_tests_hold_and_the_run_is_whole(workspace: Path) -> None:
    assert "2 tests: 2 hold" in done("test", "-w", workspace)
    assert "whole" in done("verify", "-w", workspace)


def test_may_too(workspace: Path) -> None:
    may = expected(5)
    for consumer in PEOPLE:
        ask = ("statement", consumer, "-w", workspace, "--format", "json")
        total = json.loads(done(*ask))["total"]["minor"]
        assert total == sum(bill(may, consumer).values())

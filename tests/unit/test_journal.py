"""The journal balances in every scheme, is what was charged, and is posted once."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truecost.engine.build import build
from truecost.engine.tables import table
from truecost.kernel.findings import ModelError, Place, StoreError, UsageError
from truecost.kernel.periods import Period
from truecost.model.journal import (
    CsvForm,
    JournalModel,
    PostingDate,
    PostingRule,
    Scheme,
    Seat,
    Tax,
)
from truecost.model.load import load, load_with_findings
from truecost.statements.book import Book
from truecost.statements.journal import Journal, check, journal, reversed_journal
from truecost.statements.journal_focus import billing_period, invoice_detail
from truecost.statements.journal_ledger import journal_beancount, journal_hledger
from truecost.statements.journal_record import recorded, restored
from truecost.statements.journal_rows import journal_csv, journal_json
from truecost.statements.text import statement_text
from truecost.statements.views import statement_view
from truecost.store.runs import Store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from truecost.store.journals import Posted


STARTER = Path(__file__).parents[2] / "examples/starter"
FEBRUARY = Period.of(2026, 2)
GROUP = """\
entities: { co: { name: Example & Sons }, works: { name: Example Works Ltd } }
provider: { entity: co, cost_centre: IT-100 }
consumers:
  company: { entity: co, cost_centre: C-1 }
  factory: { entity: works, cost_centre: F-100 }
rules:
  - name: works
    where: entity <> provider_entity
    scheme: intercompany
    expense: "6110"
    recovery: "4800"
    receivable: "1400"
    payable: "2400"
    tax: { code: S20, rate: 17.5%, output: "2200", input: "1250" }
  - name: laptops
    where: service = 'workplace'
    scheme: paired accounts
    expense: "7812"
    recovery: "4812"
  - { name: the rest, where: "TRUE", scheme: same account, account: "5412" }
"""


@pytest.fixture(scope="module")
def group(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = shutil.copytree(
        STARTER, tmp_path_factory.mktemp("group") / "shop", ignore=shutil.ignore_patterns("store")
    )
    (folder / "model/journal.yaml").write_text(GROUP, encoding="utf-8")
    build(load(folder), Store.open(folder / "store"))
    return folder


@pytest.fixture(scope="module")
def book(group: Path) -> Book:
    return Book.of(Store.open(group / "store").need())


@pytest.fixture(scope="module")
def made(group: Path, book: Book) -> Journal:
    model = load(group).journal
    assert model
    return journal(book, model, FEBRUARY)


def sums(made: Journal, *, elimination: bool = False) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for one, posting in made.postings():
        if one.elimination is elimination:
            key = (one.entity, posting.account)
            found[key] = found.get(key, 0) + posting.amount
    return found


def test_expenses_are_what_the_bills_come_to(made: Journal, book: Book) -> None:
    billed = sum(row["amount"] for row in book.table("lines").to_pylist() if row["period"] == 24313)
    assert billed == made.charged == 2014271
    expenses = sum(
        posting.amount
        for one, posting in made.postings()
        if posting.role == "expense" and not one.elimination
    )
    assert expenses == billed


def test_an_account_that_moves_nets_to_zero(made: Journal) -> None:
    assert sums(made)["co", "5412"] == 0


def test_companies_owe_each_other_the_same_and_the_group_keeps_only_tax(made: Journal) -> None:
    books = sums(made)
    assert books["co", "1400"] == -books["works", "2400"] == 430990
    assert books["co", "2200"] == -64190 == -books["works", "1250"]  # 17.5 % of 3,668.00
    group: dict[str, int] = {}
    for (_, account), amount in [*books.items(), *sums(made, elimination=True).items()]:
        group[account] = group.get(account, 0) + amount
    left = {account: amount for account, amount in group.items() if amount}
    assert left == {"1250": 64190, "2200": -64190, "4812": -184779, "7812": 184779}


def test_a_reversal_takes_everything_back(made: Journal) -> None:
    back = reversed_journal(made)
    check(back)
    both = sums(made)
    assert {key: both[key] + amount for key, amount in sums(back).items()} == dict.fromkeys(both, 0)


def test_what_is_kept_is_made_whole_again(made: Journal) -> None:
    assert restored(json.loads(json.dumps(recorded(made)))) == made


def test_csv_has_every_posting(made: Journal) -> None:
    rows = list(csv.DictReader(io.StringIO(journal_csv(made, CsvForm()))))
    assert len(rows) == sum(len(one.postings) for one in made.transactions)
    assert sum(Decimal(row["amount"]) for row in rows) == 0
    assert sum(Decimal(row["debit"] or 0) for row in rows) == sum(
        Decimal(row["credit"] or 0) for row in rows
    )
    assert json.loads(journal_json(made))["postings"][0]["account"] == rows[0]["account"]


def test_bean_check_accepts_it(made: Journal, tmp_path: Path) -> None:
    path = tmp_path / "journal.beancount"
    path.write_text(journal_beancount(made), encoding="utf-8")
    program = Path(sys.executable).with_name("bean-check")
    ended = subprocess.run([program, path], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_hledger_accepts_it_strictly_and_reads_the_same_sums(made: Journal, tmp_path: Path) -> None:
    if not shutil.which("hledger"):
        pytest.skip("hledger is not installed")
    path = tmp_path / "journal.hledger"
    path.write_text(journal_hledger(made), encoding="utf-8")
    run = ["hledger", "-f", str(path)]
    checked = subprocess.run(
        [*run, "check", "--strict"], capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stderr) == (0, "")
    said = subprocess.run(
        [*run, "balance", "-O", "csv", "Expenses:Works"], capture_output=True, text=True, check=True
    )
    assert ["Expenses:Works:A6110:CF-100", "3668.00 EUR"] in list(
        csv.reader(io.StringIO(said.stdout))
    )


def test_names_that_are_hostile_to_the_formats_pass(made: Journal, tmp_path: Path) -> None:
    hostile = recorded(made)
    hostile["organisation"] = 'A"; B\n2026-01-01 open Assets:X'
    for one in hostile["transactions"]:
        one["consumer_name"] = 'Sales (x) "y" | \\ ; z\n'
        one["text"] = "=1+1 ; comment \u202e"
        for posting in one["postings"]:
            posting["account"] = f"#{posting['account']} é/£"
            posting["text"] = '\t"'
    path = tmp_path / "hostile"
    path.write_text(journal_beancount(restored(hostile)), encoding="utf-8")
    program = Path(sys.executable).with_name("bean-check")
    subprocess.run([program, path], check=True)
    if shutil.which("hledger"):
        path.write_text(journal_hledger(restored(hostile)), encoding="utf-8")
        subprocess.run(["hledger", "-f", path, "check", "--strict"], check=True)


@pytest.mark.realdata
def test_focus_has_the_columns_of_the_specification(made: Journal, real_data: Path) -> None:
    published = json.loads((real_data / "focus/focus_1.4_columns.json").read_text())
    for name, text in (
        ("Invoice Detail", invoice_detail(made, None)),
        ("Billing Period", billing_period(made, None)),
    ):
        head = text.splitlines()[0].split(",")
        known = published["datasets"][name]["columns"]
        assert [column for column in head if column not in known] == []
    rows = list(csv.DictReader(io.StringIO(invoice_detail(made, None))))
    assert sum(Decimal(row["BilledCost"]) for row in rows) == Decimal("20784.61")  # with tax 641.90
    assert {row["InvoiceIssueStatus"] for row in rows} == {"Open"}
    assert len({row["InvoiceDetailId"] for row in rows}) == len(rows)


def test_a_month_is_posted_once(made: Journal, tmp_path: Path) -> None:
    store = Store.open(tmp_path / "store")

    def post(run: str, reverses: Posted | None = None) -> Posted:
        return store.journals.post(
            recorded(made), period="2026-02", currency="EUR", number="1", run=run, reverses=reverses
        )

    with store.lock(wait=False):
        first = post("one")
        with pytest.raises(UsageError, match="export it again without --post"):
            post("one")
        with pytest.raises(UsageError, match="take that back first"):
            post("another")
        post("one", first)
        with pytest.raises(UsageError, match="does not stand any more"):
            post("one", first)
        again = post("one")
    assert again.sequence == 3
    assert store.journals.standing("2026-02", "EUR") == again
    assert store.journals.standing("2026-01", "EUR") is None


def test_a_posted_journal_that_was_changed_or_lost_is_found(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "store")
    with store.lock(wait=False):
        for month in ("2026-01", "2026-02"):
            store.journals.post({}, period=month, currency="EUR", number="1", run="r")
    first = tmp_path / "store/v1/journals/000001.json"
    kept = first.read_text()
    first.write_text(kept.replace('"run": "r"', '"run": "s"'))
    with pytest.raises(StoreError, match="not as it was written"):
        store.journals.read()
    first.unlink()
    with pytest.raises(StoreError, match="one before it is missing"):
        store.journals.read()


def test_a_statement_says_where_it_was_posted(group: Path, made: Journal, tmp_path: Path) -> None:
    folder = shutil.copytree(group, tmp_path / "shop")
    store = Store.open(folder / "store")
    before = statement_view(Book.of(store.need(), store), "factory", FEBRUARY)
    assert before.posted == ()
    with store.lock(wait=False):
        store.journals.post(
            recorded(made), period="2026-02", currency="EUR", number=made.number, run=made.run_id
        )
    view = statement_view(Book.of(store.need(), store), "factory", FEBRUARY)
    (where,) = view.posted
    assert (where.account, where.cost_centre, where.amount) == ("6110", "F-100", view.total)
    assert "in journal TC-2026-02: company works, cost centre F-100" in statement_text(view)
    whole = statement_view(Book.of(store.need(), store), "company", FEBRUARY)
    assert sum(each.amount for each in whole.posted) == whole.total


def faults(folder: Path, journal_file: str) -> list[str]:
    (folder / "model/journal.yaml").write_text(journal_file, encoding="utf-8")
    _, findings = load_with_findings(folder)
    return [str(finding) for finding in findings]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("entity: works", "entity: work", 'model/journal.yaml:5:22: entity "work" is not defined'),
        ("factory:", "factoy:", 'consumer "factoy" is not defined'),
        ('    payable: "2400"\n', "", "does not say which account is the payable"),
        ("same account, account", "same account, expense", "which account is the account"),
        ("scheme: paired accounts", "scheme: paired", "is not one of: same account"),
        ("service = 'workplace'", "servce = 'workplace'", 'did you mean "service"?'),
        ("name: laptops", "name: works", 'a rule "works" is here twice'),
        (GROUP.splitlines()[0], "", "there are no entities"),
    ],
)  # fmt: skip
def test_faults_have_their_place(
    group: Path, tmp_path: Path, old: str, new: str, says: str
) -> None:
    folder = shutil.copytree(group, tmp_path / "shop")
    assert old in GROUP
    assert any(says in fault for fault in faults(folder, GROUP.replace(old, new)))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('where: "TRUE"', "where: \"consumer = 'nobody'\"", "no rule posts 4 charges"),
        ("cost_centre: C-1", "cost_centre: ", "no value stands here"),
        (", cost_centre: C-1", "", 'which cost centre consumer "sales" is posted'),
        ("where: entity <> provider_entity", 'where: "FALSE"', "put a rule before it"),
        ("where: entity <> provider_entity", 'where: "TRUE"', "are both in co"),
    ],
)
def test_what_can_t_be_posted_stops_the_journal(
    group: Path, book: Book, tmp_path: Path, old: str, new: str, says: str
) -> None:
    folder = shutil.copytree(group, tmp_path / "shop")
    (folder / "model/journal.yaml").write_text(GROUP.replace(old, new), encoding="utf-8")
    with pytest.raises(ModelError, match=says):
        journal(book, load(folder).journal, FEBRUARY)  # type: ignore[arg-type]


class Paper:
    """A run that charges what a test says."""

    id = "0" * 16
    manifest = {"sha256": "0", "workspace": {"currency": "EUR", "organisation": "Test"}}  # noqa: RUF012

    def __init__(self, amounts: Sequence[int]) -> None:
        self._amounts = amounts

    def table(self, name: str) -> object:
        month = FEBRUARY.index
        rows: dict[str, list[tuple[object, ...]]] = {
            "lines": [
                (month, "EUR", "run", f"service s{number}", "abc"[number % 3], amount)
                for number, amount in enumerate(self._amounts)
            ],
            "consumers": [
                (month, each, each, "", "", True, 0, place) for place, each in enumerate("abc")
            ],
            "services": [],
            "proof": [],
        }
        return table(name, rows[name])


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(-(10**14), 10**14), min_size=1, max_size=12), st.integers(0, 9999))
def test_every_journal_balances_whatever_is_charged(amounts: list[int], rate: int) -> None:
    between = {"expense": "1", "recovery": "2", "receivable": "3", "payable": "4"}
    paired = {"expense": "8", "recovery": "9"}
    place = Place("j")
    model = JournalModel(
        place,
        "J-{period}",
        PostingDate.NEXT,
        {"x": "X", "y": "Y"},
        Seat("x", "IT"),
        {"a": Seat("x", "1"), "b": Seat("x", "2"), "c": Seat("y", "3")},
        (
            PostingRule(
                place, "between", "entity <> provider_entity", Scheme.INTERCOMPANY, between,
                Tax("T", Fraction(rate, 10000), "5", "6"), Seat(),
            ),
            PostingRule(place, "even", "amount > 100", Scheme.SAME, {"account": "7"}, None, Seat()),
            PostingRule(place, "rest", "TRUE", Scheme.PAIRED, paired, None, Seat()),
        ),
        CsvForm(),
    )  # fmt: skip
    made = journal(Book(Paper(amounts)), model, FEBRUARY)
    check(made)
    assert made.charged == sum(amounts)
    assert str(made.dated) == "2026-03-01"
    group: dict[str, int] = {}
    for _, posting in made.postings():
        group[posting.role] = group.get(posting.role, 0) + posting.amount
    assert group.get("receivable", 0) == group.get("payable", 0) == 0
    assert group.get("input tax", 0) == -group.get("output tax", 0)

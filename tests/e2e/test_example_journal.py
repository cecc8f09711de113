"""The example's journal: what its statements charge, balanced, and read by programs not ours."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from truecost.engine.build import build
from truecost.model.load import load
from truecost.statements.book import Book
from truecost.statements.journal import journal
from truecost.statements.journal_ledger import journal_beancount, journal_hledger
from truecost.statements.views import index_view
from truecost.store.runs import Store

EXAMPLE = Path(__file__).parents[2] / "examples/cabinet-office"


@pytest.mark.slow
def test_every_month_of_the_example_is_posted_to_the_penny(tmp_path: Path) -> None:
    folder = shutil.copytree(
        EXAMPLE, tmp_path / "co", ignore=shutil.ignore_patterns("store", "out")
    )
    model = load(folder)
    assert model.journal
    store = Store.open(folder / "store")
    with store.lock(wait=False):
        book = Book.of(build(model, store).run)
    whole = []
    for period in book.periods:
        made = journal(book, model.journal, period)
        assert made.charged == index_view(book, period).total
        whole.append(made)
        assert {one.entity for one in made.transactions} <= {"", "co", "gpa", "ccs"}
    text = "\n".join(journal_hledger(made) for made in whole)
    (folder / "all.journal").write_text(text, encoding="utf-8")
    if shutil.which("hledger"):
        subprocess.run(["hledger", "-f", folder / "all.journal", "check", "--strict"], check=True)
    path = folder / "last.beancount"
    path.write_text(journal_beancount(whole[-1]), encoding="utf-8")
    program = Path(sys.executable).with_name("bean-check")
    subprocess.run([program, path], check=True)

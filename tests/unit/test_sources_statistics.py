"""Which months a load covers, and what changed since the one before."""

from __future__ import annotations

import shutil
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.sources_ledger import cleaning, layout, load, source

from truecost.cli.report_sources import sources_report
from truecost.kernel.periods import Period
from truecost.sources.statistics import change, coverage
from truecost.store.run import Run
from truecost.store.runs import Store

if TYPE_CHECKING:
    from truecost.store.sources import CodedSource

HEAD = "Date,Amount,Account,Document\n"
READS = source(layout(date="Date", amount="Amount", account="Account", document="Document?"))


def loaded(folder: Path, **files: str) -> CodedSource:
    """Load files that stand alone in a folder, into a store that is kept."""
    for path in folder.glob("*.csv"):
        path.unlink()
    return load(folder, {name: HEAD + text for name, text in files.items()}, reads=READS)


def said(folder: Path, before: CodedSource, now: CodedSource) -> list[str]:
    """Give what is said of what changed."""
    run = Run("0123456789abcdef", folder, {"inputs": {"sources": {"ledger": before.load_id}}})
    text = sources_report([now], (), run, Store.open(folder / "store"))
    assert all(len(line) <= 80 for line in text.splitlines())
    return text[text.index("  since run") :].splitlines()


def test_months_without_lines_are_named(tmp_path: Path) -> None:
    now = loaded(tmp_path, a="2021-01-05,1,A,\n2021-03-05,1,A,\n2021-07-31,1,A,\n")
    covered = coverage(now)
    assert covered.months == tuple(Period.of(2021, month) for month in (1, 3, 7))
    assert covered.gaps == tuple(Period.of(2021, month) for month in (2, 4, 5, 6))
    assert "3 months have lines; WITHOUT LINES: 2021-02, 2021-04 to 2021-06" in (
        sources_report([now])
    )


def test_a_load_without_rows_covers_nothing(tmp_path: Path) -> None:
    assert coverage(loaded(tmp_path, a="")).months == ()


def test_nothing_changed(tmp_path: Path) -> None:
    before = loaded(tmp_path, a="2021-01-05,1,A,\n")
    assert said(tmp_path, before, before) == ["  since run 0123456789abcdef: unchanged"]


def test_a_new_source_and_one_whose_load_is_gone(tmp_path: Path) -> None:
    now = loaded(tmp_path, a="2021-01-05,1,A,\n")
    store = Store.open(tmp_path / "store")
    for sources, words in (({}, "a new source"), ({"ledger": "0" * 32}, "are not kept any more")):
        run = Run("0123456789abcdef", tmp_path, {"inputs": {"sources": sources}})
        assert sources_report([now], (), run, store).endswith(words)


def test_a_renamed_file_brings_the_same_rows(tmp_path: Path) -> None:
    before = loaded(tmp_path, jan="2021-01-05,1,A,\n2021-01-05,1,A,\n")
    now = loaded(tmp_path, january="2021-01-05,1,A,\n2021-01-05,1,A,\n")
    assert said(tmp_path, before, now) == [
        "  since run 0123456789abcdef: the same rows",
        "    jan.csv is called january.csv now",
    ]


def test_the_order_of_rows_and_columns_changes_nothing(tmp_path: Path) -> None:
    before = loaded(tmp_path, a="2021-01-05,1,A,\n2021-01-06,2.50,B,7\n")
    (tmp_path / "a.csv").write_text(
        "Account,Document,Amount,Date\nB,7,2.5,6 January 2021\nA,,1.00,2021-01-05\n"
    )
    now = load(tmp_path, reads=READS)
    assert said(tmp_path, before, now) == [
        "  since run 0123456789abcdef: the same rows",
        "    a.csv has changed",
    ]


def test_rows_that_came_went_and_were_corrected(tmp_path: Path) -> None:
    before = loaded(
        tmp_path,
        a="2021-01-05,100.00,A,\n2021-01-06,2.50,B,7\n2021-01-07,3.00,C,\n2021-01-07,3.00,C,\n",
        b="2021-02-01,1.00,A,\n",
    )
    now = loaded(
        tmp_path,
        a="2021-01-05,10.00,A,\n2021-01-09,2.50,X,7\n2021-01-07,3.00,C,\n",
        c="2021-03-01,1200.00,A,\n",
    )
    assert said(tmp_path, before, now) == [
        "  since run 0123456789abcdef:",
        "    c.csv is new",
        "    b.csv is gone",
        "    a.csv has changed",
        "    + 1 row added                                                    £1,200.00",
        "    − 2 rows taken out                                                   £4.00",
        "    ± 2 rows corrected, which makes                                    −£90.00",
    ]


def test_a_document_of_several_rows_does_not_tell_them_apart(tmp_path: Path) -> None:
    before = loaded(tmp_path, a="2021-01-05,1,A,7\n2021-01-05,2,B,7\n")
    now = loaded(tmp_path, a="2021-01-05,1,A,7\n2021-01-06,5,C,7\n")
    found = change(before, now)
    assert (found.added.rows, found.removed.rows, found.corrected.rows) == (1, 1, 0)


def test_another_cleaning_changes_no_row(tmp_path: Path) -> None:
    text = HEAD + "2021-01-05,1,a,\n"
    before = load(tmp_path, {"x": text}, reads=READS)
    upper = source(*READS.layouts, clean=(cleaning("account", "upper(account)"),))
    now = load(tmp_path, {"x": text}, reads=upper)
    assert now.load_id != before.load_id
    assert said(tmp_path, before, now) == ["  since run 0123456789abcdef: the same rows"]


def test_another_layout_does_not_make_all_rows_new(tmp_path: Path) -> None:
    text = HEAD + "2021-01-05,1,a,7\n2021-01-05,1,a,8\n2021-01-06,5,b,9\n"
    fewer = source(layout(date="Date", amount="Amount", account="Account"))
    before = load(tmp_path, {"x": text}, reads=fewer)
    now = load(tmp_path, {"x": text}, reads=READS)
    assert said(tmp_path, before, now) == ["  since run 0123456789abcdef: the same rows"]


ROW = st.tuples(
    st.sampled_from(["2021-01-05", "2021-02-06"]),
    st.sampled_from(["1.00", "2.00", "-3.25"]),
    st.sampled_from(["A", "B"]),
    st.sampled_from(["", "7", "8"]),
)
ROWS = st.lists(ROW, max_size=6)


@settings(max_examples=25, deadline=None)
@given(ROWS, ROWS)
def test_what_changed_adds_up(one: list[tuple[str, ...]], other: list[tuple[str, ...]]) -> None:
    """Before + added − removed + corrections = now, in rows and to the cent."""
    folder = Path(tempfile.mkdtemp())
    try:
        before, now = (
            loaded(folder, a="".join(",".join(row) + "\n" for row in rows)) for rows in (one, other)
        )
        found = change(before, now)
        assert len(one) + found.added.rows - found.removed.rows == len(other)
        sums = [
            sum((tally.amounts.get("GBP", Decimal(0)) for tally in tallies), Decimal(0))
            for tallies in ((found.added, found.corrected), (found.removed,))
        ]
        totals = [sum((Decimal(row[1]) for row in rows), Decimal(0)) for rows in (one, other)]
        assert totals[0] + sums[0] - sums[1] == totals[1]
        back = change(now, before)
        assert (back.added, back.removed) == (found.removed, found.added)
        assert back.corrected.rows == found.corrected.rows
    finally:
        shutil.rmtree(folder)

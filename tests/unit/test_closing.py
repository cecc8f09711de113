"""What is closed stands; what comes late is placed once; adjustments give supplements."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from truecost.engine import tables
from truecost.engine.adjust import adjust
from truecost.engine.bridge import Bridges
from truecost.engine.build import build
from truecost.engine.verify import verify_run
from truecost.kernel.findings import AllocationError, StoreError, UsageError
from truecost.kernel.periods import Period
from truecost.model.load import load
from truecost.statements.book import Book
from truecost.statements.journal import journal
from truecost.statements.text import statement_text
from truecost.statements.views import statement_view
from truecost.store.closings import Act
from truecost.store.runs import Store

if TYPE_CHECKING:
    from collections.abc import Iterable

    from truecost.store.run import Run

STARTER = Path(__file__).parents[2] / "examples/starter"
JANUARY, FEBRUARY, MARCH = (Period.of(2026, month) for month in (1, 2, 3))
LEAVES = ("sales", "factory", "office")
LATE = '2026-01-20,"1,000.00",6400,IT-100,Late Ltd,Late invoice\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made: Path = shutil.copytree(STARTER, tmp_path / "shop", ignore=shutil.ignore_patterns("store"))
    return made


def built(folder: Path) -> Run:
    store = Store.open(folder / "store")
    with store.lock(wait=False):
        run = build(load(folder), store).run
    assert verify_run(run).findings == ()
    return run


def close(folder: Path, *periods: Period) -> None:
    store = Store.open(folder / "store")
    run = store.need()
    with store.lock(wait=False):
        for period in periods:
            store.closings.close(period.index, run.id, run.manifest["sha256"], str(period))
        store.pin(run.id, "closed")


def add(folder: Path, line: str, file: str = "data/ledger/2026-01.csv") -> None:
    with (folder / file).open("a", encoding="utf-8") as ledger:
        ledger.write(line)


def total(run: Run, period: Period, name: str = "lines") -> int:
    rows = run.table(name).to_pylist()
    return sum(row["amount"] for row in rows if row["period"] == period.index)


def rows_of(run: Run, period: Period) -> dict[str, list[dict[str, object]]]:
    found = {}
    for name, schema in tables.SCHEMAS.items():
        if "period" in schema.names:
            rows = tables.read(run, name).to_pylist()
            found[name] = [row for row in rows if row["period"] == period.index]
    return found


def test_a_late_line_is_placed_in_the_open_month_and_the_closed_one_stands(folder: Path) -> None:
    before = built(folder)
    close(folder, JANUARY)
    add(folder, LATE)
    after = built(folder)
    assert rows_of(after, JANUARY) == rows_of(before, JANUARY)
    assert total(after, FEBRUARY) == total(before, FEBRUARY) + 100000
    (told,) = after.manifest["late"]
    assert told == {
        "source": "ledger", "period": JANUARY.index, "into": FEBRUARY.index, "came": 1, "gone": 0,
        "amounts": {"EUR": "1000.00"},
    }  # fmt: skip
    assert after.manifest["closed"]["2026-01"]["run"] == before.id
    (cell,) = (row for row in after.table("cells").to_pylist() if row["nature"] == "late")
    assert (cell["amount"], cell["lines"], cell["service_period"]) == (100000, 1, JANUARY.index)
    bridge = Bridges(Store.open(folder / "store"), after, FEBRUARY, JANUARY, "EUR", before)
    found = bridge.of("company", LEAVES, LEAVES)
    assert sum(line.one_off for line in found.lines) == 100000
    said = statement_text(statement_view(after, "sales", FEBRUARY))
    assert "Of the ledger came too late for the month that it is for: €1,000.00 for" in said
    assert "The month stands since" in statement_text(statement_view(after, "sales", JANUARY))


def test_a_line_that_is_corrected_or_gone_is_taken_back_in_the_open_month(folder: Path) -> None:
    before = built(folder)
    close(folder, JANUARY)
    ledger = folder / "data/ledger/2026-01.csv"
    text = ledger.read_text(encoding="utf-8")
    assert '"1,980.40"' in text
    ledger.write_text(text.replace('"1,980.40"', '"1,990.40"'), encoding="utf-8")
    after = built(folder)
    assert rows_of(after, JANUARY) == rows_of(before, JANUARY)
    assert total(after, FEBRUARY) == total(before, FEBRUARY) + 1000
    ledger.write_text(
        "".join(line for line in text.splitlines(keepends=True) if "1,980.40" not in line),
        encoding="utf-8",
    )
    assert total(built(folder), FEBRUARY) == total(before, FEBRUARY) - 198040


def test_a_late_line_is_placed_once_over_several_closings(folder: Path) -> None:
    before = built(folder)
    close(folder, JANUARY)
    add(folder, LATE)
    second = built(folder)
    close(folder, FEBRUARY)
    march = (folder / "data/ledger/2026-02.csv").read_text(encoding="utf-8")
    (folder / "data/ledger/2026-03.csv").write_text(march.replace("2026-02-", "2026-03-"))
    drivers = (folder / "data/drivers.csv").read_text(encoding="utf-8")
    more = [line for line in drivers.splitlines(keepends=True) if line.startswith("2026-02")]
    add(folder, "".join(more).replace("2026-02", "2026-03"), "data/drivers.csv")
    third = built(folder)
    assert rows_of(third, FEBRUARY) == rows_of(second, FEBRUARY)
    assert total(third, MARCH) == total(before, FEBRUARY)
    add(folder, '2026-01-21,"5.00",6400,IT-100,Late Ltd,Another\n')
    add(folder, '2026-02-21,"0.50",6400,IT-100,Late Ltd,Another\n', "data/ledger/2026-02.csv")
    fourth = built(folder)
    assert rows_of(fourth, JANUARY) == rows_of(before, JANUARY)
    assert rows_of(fourth, FEBRUARY) == rows_of(second, FEBRUARY)
    assert total(fourth, MARCH) == total(before, FEBRUARY) + 550


def test_late_lines_without_an_open_month_are_warned_of(folder: Path) -> None:
    built(folder)
    close(folder, JANUARY, FEBRUARY)
    add(folder, LATE)
    store = Store.open(folder / "store")
    with store.lock(wait=False):
        made = build(load(folder), store)
    (warning,) = made.warnings
    assert "1 lines for 2026-01, which is closed" in str(warning)
    assert "€1,000.00" in str(warning)


def test_a_model_that_would_move_a_closed_month_is_refused(folder: Path) -> None:
    built(folder)
    close(folder, JANUARY)
    rules = folder / "model/allocations.yaml"
    text = rules.read_text(encoding="utf-8")
    assert "shop: 20%" in text
    rules.write_text(text.replace("shop: 20%", "shop: 30%"), encoding="utf-8")
    with pytest.raises(AllocationError) as refused:
        built(folder)
    said = str(refused.value)
    assert "2026-01 is closed since" in said
    assert "would be now" in said
    assert "truecost close 2026-01 --reopen" in said
    store = Store.open(folder / "store")
    with store.lock(wait=False):
        store.closings.reopen(JANUARY.index, "the rule was wrong", "2026-01")
    built(folder)


def test_words_may_change_and_the_closed_month_keeps_its_own(folder: Path) -> None:
    before = built(folder)
    close(folder, JANUARY)
    services = folder / "model/services.yaml"
    text = services.read_text(encoding="utf-8")
    services.write_text(text.replace("A working place", "Workplace"), encoding="utf-8")
    after = built(folder)
    assert rows_of(after, JANUARY) == rows_of(before, JANUARY)
    names = {row["name"] for row in rows_of(after, FEBRUARY)["services"]}
    assert "Workplace" in names


def test_an_adjustment_gives_supplements_and_leaves_what_was_closed(folder: Path) -> None:
    before = built(folder)
    close(folder, JANUARY)
    add(folder, LATE)
    model = load(folder)
    store = Store.open(folder / "store")
    with store.lock(wait=False):
        made = adjust(model, store, JANUARY)
        assert made
        assert adjust(model, store, JANUARY) is None
    assert verify_run(made.run).findings == ()
    assert total(made.run, JANUARY, "supplements") == 100000
    assert store.latest() == before  # the adjustment is not what statements are drawn from
    assert rows_of(store.run(before.id), JANUARY) == rows_of(before, JANUARY)
    after = built(folder)
    assert total(after, JANUARY) == total(before, JANUARY) + 100000
    assert total(after, FEBRUARY) == total(before, FEBRUARY)
    assert [act.act for act in store.closings.read()] == [Act.CLOSED, Act.ADJUSTED]


def test_where_months_are_restated_late_lines_wait(folder: Path) -> None:
    built(folder)
    close(folder, JANUARY)
    add(folder, LATE)
    with (folder / "truecost.yaml").open("a", encoding="utf-8") as file:
        file.write("late_lines: restated\n")
    store = Store.open(folder / "store")
    with store.lock(wait=False):
        made = build(load(folder), store)
    (warning,) = made.warnings
    assert warning.hint == "truecost close 2026-01 --adjust"


def test_late_lines_in_a_closed_month_are_not_restated_too(folder: Path) -> None:
    built(folder)
    close(folder, JANUARY)
    add(folder, LATE)
    built(folder)
    close(folder, FEBRUARY)
    store = Store.open(folder / "store")
    with store.lock(wait=False), pytest.raises(UsageError, match="were placed in 2026-02"):
        adjust(load(folder), store, JANUARY)


def test_a_closed_month_is_closed_once_and_needs_its_run(folder: Path) -> None:
    run = built(folder)
    close(folder, JANUARY)
    store = Store.open(folder / "store")
    with store.lock(wait=False), pytest.raises(UsageError, match="is closed since"):
        store.closings.close(JANUARY.index, run.id, run.manifest["sha256"], "2026-01")
    assert store.collect(keep=1) == ()
    shutil.rmtree(folder / f"store/v1/runs/{run.id}")
    with pytest.raises(StoreError):
        built(folder)


AMOUNTS = st.integers(-(10**7), 10**7)


@settings(
    deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(first=st.lists(AMOUNTS, max_size=4), then=st.lists(AMOUNTS, max_size=4))
def test_whatever_comes_and_goes_all_months_together_have_the_whole_ledger(
    tmp_path_factory: pytest.TempPathFactory, first: list[int], then: list[int]
) -> None:
    folder = shutil.copytree(
        STARTER, tmp_path_factory.mktemp("any") / "shop", ignore=shutil.ignore_patterns("store")
    )
    ledger = folder / "data/ledger/2026-01.csv"
    own = ledger.read_text(encoding="utf-8")
    ledger.write_text(own + "".join(_lines(first)), encoding="utf-8")
    before = built(folder)
    close(folder, JANUARY)
    ledger.write_text(own + "".join(_lines(then)), encoding="utf-8")
    after = built(folder)
    assert total(after, JANUARY) == total(before, JANUARY)
    everything = total(after, JANUARY) + total(after, FEBRUARY)
    assert everything == 4568886 + sum(then)


def _lines(amounts: Iterable[int]) -> list[str]:
    return [
        f'2026-01-2{number},"{amount / 100:,.2f}",6400,IT-100,Any,{number}\n'
        for number, amount in enumerate(amounts)
    ]


def test_the_journal_of_an_adjustment_posts_the_supplements_only(folder: Path) -> None:
    (folder / "model/journal.yaml").write_text(
        "provider: { cost_centre: IT-100 }\n"
        "consumers: { company: { cost_centre: C-1 } }\n"
        'rules: [{ name: all, where: "TRUE", scheme: same account, account: "5412" }]\n',
        encoding="utf-8",
    )
    built(folder)
    close(folder, JANUARY)
    add(folder, LATE)
    model = load(folder)
    store = Store.open(folder / "store")
    with store.lock(wait=False):
        made = adjust(model, store, JANUARY)
    assert made
    assert model.journal
    posted = journal(Book.of(made.run), model.journal, JANUARY)
    assert posted.charged == 100000
    assert posted.number == "TC-2026-01-S"
    assert posted.posted_for == f"2026-01 supplement {made.run.id[:8]}"

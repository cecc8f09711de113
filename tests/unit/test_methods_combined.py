"""Whatever methods are switched on together: no money is lost, and all documents agree."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st
from tests.unit.combined_workspace import CONSUMERS, Firm, firms, rows
from tests.unit.engine_workspace import built, table_bytes, write

from truecost.engine import tables
from truecost.engine.adjust import adjust
from truecost.engine.bridge import Bridges
from truecost.engine.bridge_sides import need
from truecost.engine.proof import SIGNS
from truecost.engine.verify import verify_run
from truecost.kernel.findings import TruecostError
from truecost.kernel.money import digits
from truecost.model.load import load
from truecost.model.scenario_reading import parse_scenario
from truecost.scenarios.base import Base
from truecost.scenarios.compute import compute
from truecost.scenarios.further import Further
from truecost.statements.book import Book
from truecost.statements.explain import explained
from truecost.statements.explain_figures import statement_figure
from truecost.statements.journal import check, journal
from truecost.statements.text import statement_text
from truecost.statements.views import index_view, statement_view
from truecost.store.runs import Store

if TYPE_CHECKING:
    from pathlib import Path

    from truecost.kernel.periods import Period
    from truecost.model.journal import JournalModel
    from truecost.store.run import Run

Sums = Counter[tuple[Any, ...]]

FEW = settings(
    max_examples=5,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)
#: To draw many: TRUECOST_EXAMPLES=150 pytest tests/unit/test_methods_combined.py
EXAMPLES = int(os.environ.get("TRUECOST_EXAMPLES", "0"))
MANY = settings(FEW, max_examples=max(EXAMPLES, 1))
RESTATED = "late_lines: restated\n"
#: What rounding of an explanation may come to, in minor units.
LEAST = 3
EVERYBODY = ("firm", "trade", *CONSUMERS)


def made(folder: Path, firm: Firm, *, anew: bool = True) -> Run | None:
    """Write a firm and build it, in a new store or `anew`; None where it is cleanly refused."""
    shutil.rmtree(folder if anew else folder / "data", ignore_errors=True)
    try:
        run: Run | None = built(write(folder, firm.files()))
    except TruecostError as fault:
        findings = fault.findings
        run = None
    if run is None:
        assert all(each.what and (each.place or each.hint) for each in findings)
        event(f"refused: {findings[0].what[:60]}")
        return None
    event("built")
    assert [str(each) for each in verify_run(run).findings] == []
    return run


def sums(run: Run, table: str, *columns: str, amount: str = "amount") -> Sums:
    found: Sums = Counter()
    for row in run.table(table).to_pylist():
        found[tuple(row[column] for column in columns)] += row[amount]
    return found


def nothing_is_lost(run: Run, firm: Firm) -> None:
    """Add up what a run has, as its proof says it and as its schedules and its ledger have it."""
    proved = sums(run, "proof", "period", "currency", "class", "side")
    open_ends: Sums = Counter()
    together: Sums = Counter()
    for (period, currency, cls, side), amount in proved.items():
        open_ends[period, currency, cls] += SIGNS.get(side, 0) * amount
        together[currency, side] += amount
    assert not any(open_ends.values())
    lines = sums(run, "lines", "period", "currency")
    charges = sums(run, "charges", "period", "currency")
    recovery = sums(run, "recovery", "period", "currency", amount="recovery")
    for at in lines | charges | recovery:
        assert lines[at] == charges[at] - recovery[at], at
    balances: Sums = Counter()
    for row in run.table("schedules").to_pylist():
        balances[row["currency"]] += row["opening"] * (row["period"] == firm.periods[0].index)
        balances[row["currency"]] += row["posted"] * (not row["in_ledger"])
        balances[row["currency"]] -= row["closing"] * (row["period"] == firm.periods[-1].index)
        balances[row["currency"]] -= row["proceeds"]
    for unit in {currency for currency, _ in together}:
        came = together[unit, "ledger"] + together[unit, "exchanged in"]
        came += balances[unit] - together[unit, "exchanged out"]
        assert came == together[unit, "statements"] + together[unit, "remainder"]
    as_files_have_it(run, firm)


def as_files_have_it(run: Run, firm: Firm) -> None:
    """Hold the ledger of the proof against the lines of the files; each month is rounded once."""
    of_files: dict[str, Fraction] = {}
    for row in firm.rows:
        _, text, unit, *_ = row.split(",")
        of_files[unit] = of_files.get(unit, Fraction(0)) + Fraction(Decimal(text))
    proved = sums(run, "proof", "currency", "side", "label")
    for unit, amount in of_files.items():
        minor = proved[unit, "ledger", "ledger"] + proved[unit, "ignored", "not technology"]
        assert abs(minor - amount * 10 ** digits(unit)) <= len(firm.periods)


def bills(run: Run) -> Sums:
    """Give what consumers are charged: (period, currency, consumer) → minor units."""
    found: Sums = Counter()
    for row in run.table("charges").to_pylist():
        if row["treatment"] == "charge":
            found[row["period"], row["currency"], row["consumer"]] += row["amount"]
    return found


def statements_agree(book: Book, model: JournalModel, billed: Sums, at: Period, unit: str) -> None:
    """Hold statements, index and journal of a period against the bills."""
    index = index_view(book, at, unit)
    assert index.total == sum(v for k, v in billed.items() if k[:2] == (at.index, unit))
    totals = {entry.id: entry.total for entry in index.entries}
    for who in EVERYBODY:
        due = sum(billed[at.index, unit, each] for each in book.leaves(who, at))
        view = statement_view(book, who, at, unit)
        assert view.total == due == totals[who]
        assert sum(line.amount for line in view.lines if not line.ended) == due
        assert statement_text(view)
    posted = journal(book, model, at, unit)
    check(posted)
    expenses = (
        each.amount
        for one, each in posted.postings()
        if each.role == "expense" and not one.elimination
    )
    assert sum(expenses) == posted.charged == index.total


def bridges_close(bridges: Bridges, book: Book, billed: Sums) -> None:
    """Hold the bridges of all consumers against the two bills that they lead from and to."""
    then, now, unit = bridges.against, bridges.period, bridges.currency
    for who in EVERYBODY:
        leaves = book.leaves(who, now)
        bridge = bridges.of(who, leaves, leaves)
        assert bridge.before == sum(billed[then.index, unit, one] for one in leaves)
        assert bridge.after == sum(billed[now.index, unit, one] for one in leaves)
        for line in bridge.lines:
            assert line.before + sum(line.parts) == line.after


def explanations_close(store: Store, run: Run, firm: Firm) -> None:
    """Explain some bills down to ledger lines: what is left over is rounding."""
    lines = sums(run, "lines", "period", "currency", "consumer")
    for (at, unit, who), amount in sorted(lines.items())[-3:]:
        book = Book.of(run, store)
        figure = statement_figure(run, book, who, run.calendar.period(at), currency=unit)
        told = explained(store, run, book, figure, None)
        assert told.amount == amount
        assert told.lines is not None
        assert abs(told.entries_rounding) * 10 ** digits(unit) <= LEAST
        if "exchange" not in firm.methods:  # a coarse currency's rounding is much in a fine one
            assert abs(told.rounding) * 10 ** digits(unit) <= LEAST


@FEW
@given(firms())
def test_nothing_is_lost(tmp_path: Path, firm: Firm) -> None:
    run = made(tmp_path / "firm", firm)
    if run is not None:
        nothing_is_lost(run, firm)


@FEW
@given(firms())
def test_documents_agree(tmp_path: Path, firm: Firm) -> None:
    folder = tmp_path / "firm"
    run = made(folder, firm)
    if run is None:
        return
    store, model = Store.open(folder / "store"), load(folder)
    assert model.journal is not None
    book, billed = Book.of(run, store), bills(run)
    units = sorted({unit for _, unit, _ in billed} | {firm.home})
    for period, unit in product(firm.periods, units):
        statements_agree(book, model.journal, billed, period, unit)
    for (then, now), unit in product(pairwise(firm.periods), units):
        bridges_close(Bridges(store, run, now, then, unit), book, billed)
    explanations_close(store, run, firm)


@FEW
@given(firms(), st.randoms(use_true_random=False))
def test_the_order_of_lines_and_files_does_not_matter(
    tmp_path: Path, firm: Firm, shuffler: Any
) -> None:
    run = made(tmp_path / "firm", firm)
    if run is None:
        return
    first = table_bytes(run)
    again = made(tmp_path / "firm", firm, anew=False)
    assert again is not None
    assert (again.id, table_bytes(again)) == (run.id, first)
    mixed = list(firm.rows)
    shuffler.shuffle(mixed)
    other = made(tmp_path / "other", firm.having(tuple(mixed)))
    assert other is not None
    assert table_bytes(other) == first


def rows_of(run: Run, periods: tuple[Period, ...]) -> dict[str, list[dict[str, object]]]:
    """Give the rows that a run has of some periods, by table."""
    chosen = {period.index for period in periods}
    return {
        name: [row for row in tables.read(run, name).to_pylist() if row["period"] in chosen]
        for name, schema in tables.SCHEMAS.items()
        if "period" in schema.names
    }


@FEW
@given(firms(), st.data())
def test_what_is_closed_stands(tmp_path: Path, firm: Firm, data: st.DataObject) -> None:
    folder = tmp_path / "firm"
    before = made(folder, firm)
    if before is None:
        return
    closed = firm.periods[: data.draw(st.integers(1, len(firm.periods) - 1), label="closed")]
    store = Store.open(folder / "store")
    with store.lock(wait=False):
        for period in closed:
            store.closings.close(
                period.index, before.id, str(before.manifest["sha256"]), str(period)
            )
    gone = data.draw(st.sets(st.sampled_from(range(1, len(firm.rows)))), label="gone")
    fresh = rows(firm.methods, firm.home, firm.periods).filter(lambda row: row not in firm.rows)
    some = st.lists(fresh, max_size=4, unique=True)
    came = data.draw(some, label="came")
    kept = [row for at, row in enumerate(firm.rows) if at not in gone]
    late = firm.having((*kept, *came))
    restated = replace(
        late, texts={**late.texts, "truecost.yaml": late.texts["truecost.yaml"] + RESTATED}
    )
    after = made(folder, late, anew=False)
    if after is None:
        return
    assert rows_of(after, closed) == rows_of(before, closed)
    nothing_is_lost(after, late)
    if len(closed) == 1:
        write(folder, restated.files())
        try:
            with store.lock(wait=False):
                adjusted = adjust(load(folder), store, closed[0])
        except TruecostError as fault:
            event(f"not adjusted: {fault.findings[0].what[:60]}")
            return
        if adjusted is not None:
            assert [str(each) for each in verify_run(adjusted.run).findings] == []
            supplements = sums(adjusted.run, "supplements", "currency", "consumer")
            billed = sums(adjusted.run, "charges", "period", "currency", "consumer", "treatment")
            was = sums(before, "charges", "period", "currency", "consumer", "treatment")
            for (unit, who), amount in supplements.items():
                at = (closed[0].index, unit, who, "charge")
                assert amount == billed[at] - was[at]
            final = made(folder, restated, anew=False)
            assert final is not None
            nothing_is_lost(final, restated)


@FEW
@given(firms(), st.data())
def test_a_scenario_is_a_full_build(tmp_path: Path, firm: Firm, data: st.DataObject) -> None:
    folder = tmp_path / "firm"
    run = made(folder, firm)
    if run is None:
        return
    base = Base(need(run).model, run, Further(load(folder), Store.open(folder / "store")))
    begins = data.draw(st.sampled_from(firm.periods), label="begins")
    who = data.draw(st.sampled_from(CONSUMERS), label="who")
    use = data.draw(st.sampled_from(["0", "5", "17.25"]), label="use")
    text = f"description: a trial\nfrom: {begins}\ndrivers:\n  use: {{ {who}: = {use} }}\n"
    found: list[Any] = []
    scenario = parse_scenario(base.model, text.encode(), "trial", "scenarios/trial.yaml", found)
    if scenario is None:
        event(f"no scenario: {found[0].what[:60]}")
        return
    changed = {
        (day, target): {**each, "use": use}
        if target == who and day >= str(begins.first_day)
        else each
        for (day, target), each in firm.use.items()
    }
    full = made(tmp_path / "changed", replace(firm, use=changed))
    try:
        computed = compute(base, scenario, base.periods, detail=True)
    except TruecostError as fault:
        event(f"scenario refused: {fault.findings[0].what[:60]}")
        assert full is None
        return
    if full is None:
        event("only the build is refused")
        return
    lines = sums(full, "lines", "period", "currency", "class", "service", "consumer")
    rest = sums(full, "remainders", "period", "currency", "class", "object", "name", "consumer")
    for each in computed:
        for month in each.months:
            at = (month.period.index, each.currency)
            assert month.lines == {k[2:]: v for k, v in lines.items() if k[:2] == at and v}
            named: Sums = Counter()
            for (cls, name, object_, consumer), amount in month.remainders.items():
                named[cls, object_, name, consumer] += amount
            assert {k: v for k, v in named.items() if v} == {
                k[2:]: v for k, v in rest.items() if k[:2] == at and v
            }


def at_length(test: Any, *drawn: st.SearchStrategy[Any]) -> Any:
    """Give the same test with many more examples, for runs that may take minutes."""
    asked = pytest.mark.skipif(not EXAMPLES, reason="TRUECOST_EXAMPLES says how many to draw")
    return asked(pytest.mark.slow(MANY(given(*drawn)(test.hypothesis.inner_test))))


test_nothing_is_lost_at_length = at_length(test_nothing_is_lost, firms())
test_documents_agree_at_length = at_length(test_documents_agree, firms())
test_what_is_closed_stands_at_length = at_length(test_what_is_closed_stands, firms(), st.data())
test_a_scenario_at_length = at_length(test_a_scenario_is_a_full_build, firms(), st.data())

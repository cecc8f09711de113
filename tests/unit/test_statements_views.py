"""A statement view says what the run's tables hold, to the penny."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from tests.unit.statements_fixture import (
    APART,
    FIRST,
    LAST,
    LEAVES,
    VOICE,
    Rows,
    council,
    devices,
)

from truecost.engine import tables
from truecost.kernel.findings import UsageError, VerifyError
from truecost.kernel.periods import Period, span
from truecost.statements import sentences
from truecost.statements.book import Book
from truecost.statements.savings import SavingKind
from truecost.statements.views import StatementView, index_view, statement_view

if TYPE_CHECKING:
    from collections.abc import Callable

    from truecost.statements.lines import StatementLine


@pytest.fixture(scope="module")
def book() -> Book:
    return Book(council())


def line(view: StatementView, name: str) -> StatementLine:
    return next(entry for entry in view.lines if entry.object == name)


def billed(book: Book, consumer: str, period: Period) -> int:
    return sum(row["amount"] for row in book.rows("lines", period, consumer=consumer))


def test_total_is_the_sum_of_the_lines_of_the_run(book: Book) -> None:
    for leaf in LEAVES:
        view = statement_view(book, leaf, LAST)
        assert view.total == billed(book, leaf, LAST)
        assert view.total == sum(entry.amount for entry in view.lines)
        assert view.total == sum(part.amount for part in view.classes)


def test_comparisons_and_year_to_date(book: Book) -> None:
    view = statement_view(book, "housing", LAST)
    assert view.previous is not None
    assert view.last_year is not None
    assert view.previous.total == billed(book, "housing", LAST - 1)
    assert view.last_year.total == billed(book, "housing", FIRST)
    april = Period.of(2021, 4)
    assert view.year_first == april
    assert view.year_to_date == sum(billed(book, "housing", month) for month in span(april, LAST))
    assert [month for month, _ in view.history] == list(span(FIRST, LAST))


def test_what_the_run_does_not_have_is_none_and_said(book: Book) -> None:
    view = statement_view(book, "housing", FIRST)
    assert view.previous is None
    assert view.last_year is None
    assert view.year_to_date is None
    assert view.reasons == ()
    assert all(entry.change is None for entry in view.lines)
    assert "There is no earlier statement" in sentences.headline(view)[0]


def test_reasons_and_line_changes_add_up_to_the_change(book: Book) -> None:
    for leaf in (*LEAVES, "people", "council"):
        for period in span(FIRST + 1, LAST):
            view = statement_view(book, leaf, period)
            assert view.previous is not None
            assert sum(reason.amount for reason in view.reasons) == view.previous.change
            assert sum(entry.change or 0 for entry in view.lines) == view.previous.change


def test_many_changes_end_in_the_rest_together() -> None:
    def more(rows: Rows) -> None:
        _bill(rows, LAST, {f"tower T{i} / X": 100 - i for i in range(9)})

    view = statement_view(council(more), "care", LAST)
    assert view.previous is not None
    assert view.reasons[-1].text.endswith("other lines together")
    assert sum(reason.amount for reason in view.reasons) == view.previous.change


def test_quantities_are_shown_with_unit_and_unit_cost(book: Book) -> None:
    workplace = line(statement_view(book, "libraries", LAST), "service workplace")
    have, all_of_them = devices(12)[2], sum(devices(12))
    assert workplace.use.text == f"{have} of {all_of_them} devices"
    assert workplace.use.share == Fraction(have, all_of_them)
    assert workplace.each == round(Decimal(workplace.amount) / 100 / have, 2)
    assert workplace.saving.text == "saved in steps of 25 devices, from June 2022"


def test_shares_only_drivers_keep_their_quantities_from_readers(book: Book) -> None:
    cyber = line(statement_view(book, "libraries", LAST), "service cyber")
    assert cyber.use.text == "11.2\u00a0% by payments, standing in for headcount"
    assert cyber.use.quantity is None
    assert cyber.use.driver_total is None
    assert cyber.use.unit == ""
    assert cyber.each is None
    assert cyber.saving.text == "not before March 2024: fixed, and shared by all"


def test_shares_of_what_stands_for_itself_name_its_unit() -> None:
    def itself(rows: Rows) -> None:
        at = tables.SCHEMAS["drivers"].names.index("stands_for")
        rows["drivers"] = [(*row[:at], "", *row[at + 1 :]) for row in rows["drivers"]]

    view = statement_view(council(itself), "libraries", LAST)
    assert line(view, "service cyber").use.text == "11.2\u00a0% of all payments"


def test_values_of_an_earlier_month_are_said_to_be() -> None:
    def carried(rows: Rows) -> None:
        rows["drivers"] = [(*row[:-1], min(row[0], LAST.index - 2)) for row in rows["drivers"]]

    view = statement_view(council(carried), "libraries", LAST)
    assert line(view, "service workplace").use.text.endswith(" devices, as of December 2021")
    said = "11.2\u00a0% by payments, standing in for headcount, as of December 2021"
    assert line(view, "service cyber").use.text == said


def test_credits_and_direct_costs(book: Book) -> None:
    credit = line(statement_view(book, "planning", LAST), VOICE)
    assert credit.amount == -41_250
    assert credit.saving.kind is SavingKind.NONE
    direct = line(statement_view(book, "libraries", LAST), "")
    assert direct.amount == 18_499
    assert direct.saving.kind is SavingKind.OWN


def test_a_line_that_ended_stays_until_its_change_is_told() -> None:
    def ended(rows: Rows) -> None:
        _bill(rows, LAST - 1, {"tower Old / Thing": 700})

    view = statement_view(council(ended), "care", LAST)
    old = line(view, "tower Old / Thing")
    assert old.ended
    assert (old.amount, old.change) == (0, -700)
    assert view.line_count == len(view.lines) - 1
    assert "Old / Thing: no longer charged to you" in [reason.text for reason in view.reasons]


def test_a_branch_is_the_sum_of_its_members(book: Book) -> None:
    view = statement_view(book, "people", LAST)
    assert [member.id for member in view.members] == ["housing", "care"]
    assert view.total == sum(member.total for member in view.members)
    use = line(view, "service workplace").use
    assert use.quantity == sum(devices(12)[:2])
    root = statement_view(book, "council", LAST)
    assert root.total == root.proof.statements


def test_technology_bought_apart_is_beside_the_bill(book: Book) -> None:
    view = statement_view(book, "libraries", LAST)
    assert [(entry.name, entry.amount, entry.ledger_lines) for entry in view.apart] == [
        (APART, 960_012, 14)
    ]
    assert view.together == view.total + 960_012
    assert "shadow" not in " ".join(sentences.apart(view)).lower()
    assert statement_view(book, "care", LAST).apart == ()


def test_the_proof_balances_and_counts_its_lines(book: Book) -> None:
    view = statement_view(book, "libraries", LAST)
    proof = view.proof
    assert proof.ledger_total == sum(entry.amount for entry in proof.ledger)
    assert proof.ledger_total == proof.statements + sum(rest.amount for rest in proof.remainders)
    assert [entry.name for entry in proof.ledger] == ["ledger", "purchase cards"]
    # cells of 52 lines each: run, grow and transform of workplace, two of hosting, two of cyber
    assert view.ledger_lines == 7 * 52 + 3


def test_ledger_lines_follow_flows_of_positive_weight_only(book: Book) -> None:
    # nobody in planning used hosting before the last month, but the workplace did
    period = LAST - 1
    used = {row["target_object"] for row in book.rows("flows", period) if row["weight"] == "0"}
    assert used == {"consumer planning"}
    assert statement_view(book, "planning", period).ledger_lines == 7 * 51


def test_a_proof_that_does_not_hold_is_refused() -> None:
    def damage(rows: Rows) -> None:
        first = rows["lines"][-1]
        rows["lines"][-1] = (*first[:-1], first[-1] + 1)

    with pytest.raises(VerifyError, match="the proof of 2022-02 does not hold for run in GBP"):
        statement_view(council(damage), "care", LAST)


def test_unknown_consumers_and_periods_come_with_a_suggestion(book: Book) -> None:
    with pytest.raises(UsageError, match='did you mean "housing"') as wrong:
        statement_view(book, "hosing", LAST)
    assert "libraries" in str(wrong.value)
    with pytest.raises(UsageError, match='did you mean "2022-02"'):
        statement_view(book, "housing", LAST + 5)


def test_a_consumer_that_is_new_has_nothing_to_compare_with() -> None:
    def late(rows: Rows) -> None:
        rows["consumers"] = [
            row for row in rows["consumers"] if row[1] != "care" or row[0] >= LAST.index
        ]

    view = statement_view(council(late), "care", LAST)
    assert view.previous is None
    assert len(view.history) == 1


def test_percents_of_classes_make_a_hundred_or_are_left_out(book: Book) -> None:
    for leaf in LEAVES:
        assert sum(part.percent or 0 for part in statement_view(book, leaf, LAST).classes) == 100

    def credit(rows: Rows) -> None:
        _bill(rows, LAST, {"service hosting": -99_000_000}, cls="grow")

    view = statement_view(council(credit), "care", LAST)
    assert [part.percent for part in view.classes] == [None, None, None]


def test_other_currencies_have_statements_of_their_own() -> None:
    def dollars(rows: Rows) -> None:
        _bill(rows, LAST, {"": 12_345}, currency="USD")

    run = council(dollars)
    view = statement_view(run, "care", LAST)
    assert [(other.name, other.amount) for other in view.others] == [("USD", 12_345)]
    assert "$123.45, on a statement in USD" in sentences.headline(view)[-1]
    other = statement_view(run, "care", LAST, "USD")
    assert (other.total, other.proof.ledger_total) == (12_345, 12_345)


def test_the_index_lists_everybody_in_tree_order(book: Book) -> None:
    view = index_view(book, LAST)
    assert [entry.id for entry in view.entries] == [
        "council", "people", "housing", "care", "place", "libraries", "planning",
    ]  # fmt: skip
    assert view.total == view.entries[0].total == view.proof.statements
    assert view.previous is not None
    assert view.previous.total == index_view(book, LAST - 1).total


def test_a_view_is_frozen_and_comes_out_the_same(book: Book) -> None:
    view = statement_view(book, "care", LAST)
    assert view == statement_view(council(), "care", LAST)
    with pytest.raises(dataclasses.FrozenInstanceError):
        view.total = 0  # type: ignore[misc]


def _bill(
    rows: Rows, period: Period, amounts: dict[str, int], cls: str = "run", currency: str = "GBP"
) -> None:
    """Charge amounts to care by source object, with the proof to match."""
    key = (period.index, currency, cls)
    rows["lines"] += [(*key, source, "care", amount) for source, amount in amounts.items()]
    total = sum(amounts.values())
    rows["proof"] += [(*key, "ledger", "extra", total), (*key, "statements", "", total)]


def test_advice_sorts_the_bill_by_what_the_reader_can_do(book: Book) -> None:
    view = statement_view(book, "libraries", LAST)
    found = sentences.advice(view)
    starts: list[Callable[[str], bool]] = [
        lambda text: "falls as soon as you use less" in text,
        lambda text: "in whole steps: Workplace, 25 devices at a time, from June 2022" in text,
        lambda text: "bought for you alone" in text,
        lambda text: "is fixed" in text and "Cyber security until March 2024" in text,
        lambda text: text == "Check the counts: 84 devices and 720 server hours. Are they yours?",
        lambda text: "Workplace: Amira Haddad, workplace services" in text,
    ]
    assert len(found) == len(starts)
    assert all(test(text) for test, text in zip(starts, found, strict=True))


def test_a_quantity_counts_once_where_two_parts_use_the_same_driver() -> None:
    def two_parts(rows: Rows) -> None:
        found = [
            row
            for row in rows["flows"]
            if row[:4] == (LAST.index, "GBP", "service workplace", "consumer care")
        ]
        assert len(found) == 1
        rows["flows"].append((*found[0][:8], "400", *found[0][9:]))

    workplace = line(statement_view(council(two_parts), "care", LAST), "service workplace")
    assert workplace.use.quantity == devices(12)[1]
    assert workplace.use.text == f"{devices(12)[1]} devices"


def test_fixed_and_mixed_shares_are_said() -> None:
    def mixed(rows: Rows) -> None:
        key = (LAST.index, "GBP")
        rows["flows"].append(
            (*key, "service workplace", "consumer care", "1", "20", "", "", "", "", "x:1")
        )
        rows["flows"].append(
            (*key, "tower Old / Thing", "consumer care", "1", "4", "", "", "", "", "x:2")
        )
        _bill(rows, LAST, {"tower Old / Thing": 700})

    view = statement_view(council(mixed), "care", LAST)
    assert line(view, "tower Old / Thing").use.text == "25.0\u00a0%, a fixed share"
    workplace = line(view, "service workplace")
    assert workplace.use.text == "222 of 719 devices, and 5.0\u00a0%, a fixed share"
    assert workplace.each is None

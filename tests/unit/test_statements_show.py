"""Tables of true cost: whatever the rows, the same total, and it is the ledger's."""

from __future__ import annotations

import pytest
from tests.unit.statements_fixture import FIRST, LAST, Rows, council

from truecost.kernel.findings import UsageError, VerifyError
from truecost.kernel.periods import span
from truecost.statements.book import Book, Node
from truecost.statements.proof import proof
from truecost.statements.show import BY, RowKind, ShowRow, ShowTable, _place, currencies, show_table


@pytest.fixture(scope="module")
def book() -> Book:
    return Book(council())


def row(table: ShowTable, key: str) -> ShowRow:
    return next(entry for entry in table.rows if entry.key == key)


@pytest.mark.parametrize("by", BY)
def test_every_table_ends_in_the_ledger(book: Book, by: str) -> None:
    periods = tuple(span(FIRST, LAST))
    table = show_table(book, by, periods)
    total = table.rows[-1]
    assert total.kind is RowKind.TOTAL
    assert total.amounts[table.columns.index("total")] == table.proof.ledger_total
    assert table.proof == proof(book, periods, "GBP")
    added = [entry for entry in table.rows if entry.kind in {RowKind.LINE, RowKind.REMAINDER}]
    for i, column in enumerate(table.columns):
        if column != table.derived:
            assert total.amounts[i] == sum(entry.amounts[i] or 0 for entry in added)


@pytest.mark.parametrize("by", ["service", "tower", "pool", "consumer"])
def test_classes_agree_between_tables(book: Book, by: str) -> None:
    by_class = show_table(book, "class", [LAST])
    totals = show_table(book, by, [LAST]).rows[-1].amounts
    assert totals[:3] == tuple(entry.amounts[2] for entry in by_class.rows[:3])


def test_a_service_shows_what_consumers_pay_and_its_gross_cost(book: Book) -> None:
    table = show_table(book, "service", [LAST])
    hosting = row(table, "service hosting")
    charged, gross = hosting.amounts[3], hosting.amounts[4]
    assert gross == sum(
        entry["amount"] for entry in book.rows("objects", LAST, object="service hosting")
    )
    assert charged is not None
    assert gross is not None
    assert gross > charged
    assert table.rows[-1].amounts[4] is None


def test_the_tree_of_consumers_rolls_up(book: Book) -> None:
    table = show_table(book, "consumer", [LAST])
    people = row(table, "people")
    leaves = [row(table, key).amounts[3] or 0 for key in ("housing", "care")]
    assert people.kind is RowKind.ROLL_UP
    assert people.amounts[3] == sum(leaves)
    assert people.depth == 1


def test_a_service_that_only_serves_services_is_listed() -> None:
    def idle(rows: Rows) -> None:
        rows["objects"].append((LAST.index, "GBP", "service cables", "run", 900))

    table = show_table(council(idle), "service", [LAST])
    assert row(table, "service cables").amounts == (0, 0, 0, 0, 900)


def test_unknown_tables_and_periods_are_refused(book: Book) -> None:
    with pytest.raises(UsageError, match='no table by "colour"'):
        show_table(book, "colour", [LAST])
    with pytest.raises(UsageError, match="has no period"):
        show_table(book, "service", [LAST + 1])


def test_a_table_that_would_not_reconcile_is_refused() -> None:
    def lose(rows: Rows) -> None:
        rows["cells"].pop()
        rows["cells"].pop()

    with pytest.raises(VerifyError, match="the table by tower ends in"):
        show_table(council(lose), "tower", [LAST])


def test_currencies_begin_with_the_workspace_s_own(book: Book) -> None:
    def more(rows: Rows) -> None:
        rows["proof"] += [(LAST.index, other, "run", "ledger", "x", 0) for other in ("CHF", "EUR")]

    assert currencies(book, [LAST]) == ("GBP",)
    assert currencies(council(more), [LAST]) == ("GBP", "CHF", "EUR")


def test_a_consumer_that_ended_stands_in_its_own_branch() -> None:
    def node(name: str, parent: str, depth: int) -> Node:
        return Node(name, name, parent, "", leaf=True, depth=depth)

    nodes = [node("all", "", 0), node("a", "all", 1), node("a1", "a", 2), node("b", "all", 1)]
    places = {name: _place(nodes, node(name, parent, 9)) for name, parent in
              (("a2", "a"), ("b1", "b"), ("c", "all"), ("stray", "gone"))}  # fmt: skip
    assert places == {"a2": 3, "b1": 4, "c": 4, "stray": 4}

"""Whatever is built, what is pulled from it closes: parts and rounding row are the figure."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.lineage_workspace import UNITS, drawn

from truecost.engine.lineage import Edge, Paths
from truecost.engine.lineage_lines import cells_of, find
from truecost.engine.lineage_search import behind
from truecost.engine.lineage_session import Session
from truecost.engine.lineage_system import System, solved
from truecost.engine.lineage_texts import Numbers
from truecost.kernel.money import digits, to_major
from truecost.kernel.periods import Period
from truecost.statements.book import Book
from truecost.statements.explain import explained, with_parts
from truecost.statements.explain_figures import (
    pool_figure,
    remainder_figure,
    service_figure,
    statement_figure,
    tower_figure,
)
from truecost.statements.explain_line import line_explained

if TYPE_CHECKING:
    from truecost.engine.lineage_lines import Placed
    from truecost.store.run import Run
    from truecost.store.runs import Store

Built = tuple["Store", "Run"]
JANUARY, FEBRUARY = Period.of(2026, 1), Period.of(2026, 2)


@given(
    st.lists(
        st.decimals(-(10**25), 10**25, places=6).map("{:f}".format)
        | st.integers(0, 2**62).map(str)
        | st.just(""),
        min_size=1,
    ),
    st.data(),
)
def test_numbers_add_up_exactly(values: list[str], data: st.DataObject) -> None:
    codes = data.draw(st.lists(st.integers(0, len(values) - 1), max_size=50))
    taken = [values[code] for code in codes]
    expected = sum(map(Fraction, taken), Fraction(0)) if all(taken) else None
    assert Numbers.of(values).total(np.array(codes, np.int64)) == expected


def test_a_book_reads_one_period_as_it_reads_all(built: Built) -> None:
    run = built[1]
    whole = Book(run)
    for name in ("lines", "charges", "objects", "consumers"):
        whole.table(name)
        for period in (JANUARY, FEBRUARY):
            alone = Book(run)
            assert alone.slice(name, period).equals(whole.slice(name, period))
            assert Book(run).rows(name, period) == whole.rows(name, period)
            assert alone.periods == whole.periods


@pytest.fixture(scope="module", params=range(4))
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Built:
    return drawn(tmp_path_factory.mktemp("drawn") / "workspace", request.param)


def _slack(run: Run, period: Period, currency: str) -> Fraction:
    """Give how far, in minor units, a figure may be from its parts.

    1 by settling, and less than 1 for each cell whose rest below the unit was rounded away.
    """
    rests = any(rest["period"] == period.index for rest in run.manifest["below_minor_unit"])
    return Fraction(1) + (len(cells_of(run, period, currency)) if rests else 0)


def test_pulled_parts_of_every_bill_line_come_to_its_settled_amount(built: Built) -> None:
    _, run = built
    for row in run.table("lines").to_pylist():
        period = Period(row["period"])
        paths = Paths.of(run, period, row["currency"])
        target = f"consumer {row['consumer']}"
        edges = paths.into([target], [row["service"]])
        direct = [] if row["service"] else [target]
        pulled = paths.pull([(edge.source, edge.share) for edge in edges], direct)
        assert pulled.bound == 0
        cells = with_parts(cells_of(run, period, row["currency"]), pulled, row["class"])
        exact = sum((cell.portion for cell in cells), Fraction(0))
        assert abs(exact - row["amount"]) < 1


def test_ledger_lines_behind_every_line_close_with_a_rounding_row(built: Built) -> None:
    store, run = built
    book = Book.of(run)
    seen = 0
    for row in run.table("lines").to_pylist():
        period = Period(row["period"])
        figure = statement_figure(
            run, book, row["consumer"], period, service=row["service"] or "directly",
            cls=row["class"], currency=row["currency"],
        )  # fmt: skip
        assert figure.amount == row["amount"]
        slack = _slack(run, period, row["currency"])
        for top in (3, None):
            found = explained(store, run, book, figure, top)
            assert found.lines is not None
            rest = found.rest.portion if found.rest else Decimal(0)
            parts = sum((line.portion for line in found.lines), rest)
            settled = to_major(row["amount"], row["currency"])
            assert parts + found.rounding == settled
            entries = sum((entry.portion for entry in found.entries), found.entries_rounding)
            assert entries == settled
            rows = len(found.lines) + 1
            allowed = slack + Fraction(rows, 200)
            assert abs(Fraction(found.rounding)) * 10 ** digits(row["currency"]) <= allowed
            seen += len(found.lines)
            if top is None:
                assert found.rest is None
    assert seen


def test_top_lines_are_the_first_of_all_lines(built: Built) -> None:
    store, run = built
    for period in (JANUARY, FEBRUARY):
        cells = cells_of(run, period, "EUR")
        everything = behind(store, run, cells, None)
        assert len(everything) == sum(cell.lines for cell in cells)
        assert behind(store, run, cells, 5) == everything[:5]
        sums: dict[tuple[str, str, str], Fraction] = {}
        for each in everything:
            key = (each.cell.rule, each.cell.centre_rule, each.cell.consumer)
            sums[key] = sums.get(key, Fraction(0)) + Fraction(each.line.amount) * 100
        for cell in cells:
            assert abs(sums[cell.rule, cell.centre_rule, cell.consumer] - cell.amount) < 2


def _found(store: Store, run: Run, where: str) -> list[Placed]:
    with Session(store, run) as session:
        return find(run, where, session)


def test_a_ledger_line_goes_out_to_statements_and_remainders_whole(built: Built) -> None:
    store, run = built
    book = Book.of(run)
    carried: dict[tuple[int, str, str, str, str], Fraction] = {}
    landed = 0
    number = 1
    while found := _found(store, run, f"ledger.csv:{number + 1}"):
        number += 1
        (told,) = line_explained(store, run, book, f"data/ledger.csv:{number}")
        assert told.identity == found[0].line.identity
        if told.outcome != "allocated":
            assert not told.landings
            continue
        landed += 1
        assert told.bound == 0
        assert sum((landing.part for landing in told.landings), Fraction(0)) == 1
        parts = sum((landing.portion for landing in told.landings), Decimal(0))
        assert parts + told.rounding == told.amount
        for landing in told.landings:
            key = (told.period.index, told.currency, told.cls, landing.service, landing.consumer)
            exact = Fraction(told.amount) * landing.part * 10 ** digits(told.currency)
            carried[key] = carried.get(key, Fraction(0)) + exact
    assert number > 20
    assert landed
    for row in run.table("lines").to_pylist():
        key = (row["period"], row["currency"], row["class"], row["service"], row["consumer"])
        slack = _slack(run, Period(row["period"]), row["currency"])
        assert abs(carried[key] - row["amount"]) <= slack


def test_figures_of_show_close_too(built: Built) -> None:
    store, run = built
    book = Book.of(run)
    months = (JANUARY, FEBRUARY)
    services = {row["service"] for row in run.table("lines").to_pylist() if row["service"]}
    names = {row["name"] for row in run.table("remainders").to_pylist()}
    figures = [
        *(service_figure(run, book, name, months, "EUR", "") for name in sorted(services)),
        *(remainder_figure(run, book, name, months, "EUR", "") for name in sorted(names)),
        tower_figure(run, book, "Compute / Servers", months, "EUR", ""),
        pool_figure(run, book, "Cloud Services", months, "EUR", ""),
    ]
    for figure in figures:
        found = explained(store, run, book, figure, 4)
        assert found.lines is not None
        rest = found.rest.portion if found.rest else Decimal(0)
        parts = sum((line.portion for line in found.lines), rest)
        assert parts + found.rounding == to_major(figure.amount, "EUR")
        assert abs(found.rounding) < 2


def test_the_total_of_a_branch_is_that_of_its_leaves(built: Built) -> None:
    _, run = built
    book = Book.of(run)
    whole = statement_figure(run, book, "all", FEBRUARY)
    leaves = (*UNITS, "head-office")
    assert whole.amount == sum(
        statement_figure(run, book, leaf, FEBRUARY).amount for leaf in leaves
    )


def test_doubles_stay_within_their_bound() -> None:
    rows = [[(1, 3), (2, 5)], [(0, 2)], [(1, 1)]]
    system = System([10, 7, 4], rows, [Fraction(2), Fraction(0), Fraction(3)])
    exact, none = solved(system)
    quick, bound = solved(system, few=0)
    assert none == 0 < bound < 1e-9
    assert all(abs(a - b) <= Fraction(bound) for a, b in zip(exact, quick, strict=True))


def edge(source: str, target: str, weight: int, whole: int) -> Edge:
    return Edge(source, target, weight, whole, "", "", "", "", "")


def test_two_services_that_use_each_other_by_hand() -> None:
    """Bhimani's shape: IS passes 20 % to HR and HR 25 % to IS; A gets 30 % of IS and 45 % of HR.

    y(IS) = 0.3 + 0.2 y(HR), y(HR) = 0.45 + 0.25 y(IS): y(IS) = 0.39/0.95, y(HR) = 0.525/0.95.
    """
    paths = Paths(_flows(
        ("IS", "HR", 20, 100), ("IS", "consumer a", 30, 100), ("IS", "consumer b", 50, 100),
        ("HR", "IS", 25, 100), ("HR", "consumer a", 45, 100), ("HR", "consumer b", 30, 100),
    ))  # fmt: skip
    pulled = paths.pull((e.source, e.share) for e in paths.into(["consumer a"]))
    assert pulled.parts == {"IS": Fraction(39, 95), "HR": Fraction(525, 950)}
    landed, _ = paths.push("IS")
    parts = {(each.source, each.target): each.part for each in landed}
    # x(IS) = 1 + 0.25 x(HR), x(HR) = 0.2 x(IS): x(IS) = 1/0.95
    assert parts["IS", "consumer a"] == Fraction(30, 95)
    assert parts["HR", "consumer a"] == Fraction(20, 95) * Fraction(45, 100)
    assert sum(parts.values()) == 1
    assert paths.loops == (frozenset({"HR", "IS"}),)


def _flows(*rows: tuple[str, str, int, int]) -> object:
    from truecost.engine.tables import table  # noqa: PLC0415

    return table(
        "flows",
        [
            (0, "EUR", a, b, str(weight), str(whole), "", "", "", "", "")
            for a, b, weight, whole in rows
        ],
    )

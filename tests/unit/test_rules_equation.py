"""Equations over the columns of a row: exact, and nothing but what is allowed."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truecost.rules.equation import parse_equation
from truecost.rules.errors import PredicateError

Row = dict[str, Decimal | str]
Drawn = tuple[str, Fraction]
ROW: Row = {"orders": Decimal("9800.25"), "lines": Decimal(3), "new": Decimal(-2)}


def _leaves() -> st.SearchStrategy[Drawn]:
    numbers = st.decimals(0, 1000, places=3).map(lambda each: (f"{each:f}", Fraction(each)))
    columns = st.sampled_from(sorted(ROW)).map(lambda name: (name, Fraction(ROW[name])))
    return numbers | columns


def _joined(inner: st.SearchStrategy[Drawn]) -> st.SearchStrategy[Drawn]:
    def join(one: Drawn, sign: str, other: Drawn) -> Drawn:
        value = {
            "+": one[1] + other[1],
            "-": one[1] - other[1],
            "*": one[1] * other[1],
        }[sign]
        return f"({one[0]} {sign} {other[0]})", value

    def case(one: Drawn, then: Drawn, other: Drawn) -> Drawn:
        text = f"CASE WHEN {one[0]} > {other[0]} THEN {then[0]} ELSE {other[0]} END"
        return text, then[1] if one[1] > other[1] else other[1]

    return st.builds(join, inner, st.sampled_from("+-*"), inner) | st.builds(
        case, inner, inner, inner
    )


@settings(deadline=None)
@given(st.recursive(_leaves(), _joined, max_leaves=8))
def test_the_value_is_exact(drawn: Drawn) -> None:
    text, expected = drawn
    equation = parse_equation(text)
    assert equation.numbers <= ROW.keys()
    assert equation.texts == frozenset()
    assert Fraction(equation.value(ROW)) == expected


def test_products_go_before_sums_and_conditions_compare_texts() -> None:
    equation = parse_equation(
        "2 + 3 * Lines - CASE WHEN channel IN ('web', 'app') AND NOT kind = 'new'"
        " OR lines >= 4 THEN 0.5 ELSE -1 END"
    )
    assert equation.numbers == {"lines"}
    assert equation.texts == {"channel", "kind"}
    assert equation.value({"lines": Decimal(3), "channel": "web", "kind": "old"}) == Decimal("10.5")
    assert equation.value({"lines": Decimal(3), "channel": "web", "kind": "new"}) == Decimal(12)
    assert equation.value({"lines": Decimal(4), "channel": "", "kind": "new"}) == Decimal("13.5")


@pytest.mark.parametrize(
    "text",
    [
        "", "orders /", "orders / 2", "orders % 2", "orders ** 2", "(SELECT 1)", "sum(orders)",
        "read_csv('x')", "orders; DROP TABLE x", "orders -- more", "'text'", "orders || 'x'",
        "CASE WHEN orders THEN 1 ELSE 0 END", "CASE orders WHEN 1 THEN 2 ELSE 3 END",
        "CASE WHEN orders = 'a' THEN 1 ELSE orders END", "orders = 1", "a.b * 2", "1e9", "NULL",
        "CAST(orders AS int)", "orders IS NULL", "x IN (SELECT 1)", "CASE WHEN a = 'b' THEN 1 END",
        "(" * 30 + "1" + ")" * 30, "1" + " + 1" * 9000, "orders BETWEEN 1 AND 2",
    ],
)  # fmt: skip
def test_what_is_no_equation_is_refused(text: str) -> None:
    with pytest.raises(PredicateError):
        parse_equation(text)

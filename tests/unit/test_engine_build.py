"""Whole builds of arbitrary workspaces: from text to the cent."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from tests.unit import engine_workspace as workspace
from tests.unit.engine_cases import CLASSES, MONTHS, Drawn, drawn, texts
from tests.unit.engine_reference import Case, RefusedError, gross_costs

from truecost.engine.proof import differences
from truecost.engine.verify import verify_run
from truecost.kernel.findings import AllocationError
from truecost.kernel.money import digits
from truecost.kernel.periods import Period

if TYPE_CHECKING:
    from collections.abc import Mapping

    from truecost.store.run import Run

SOURCES = ("cards", "ledger")
Row = tuple[str, int, str, str, str, str]
Key = tuple[int, str, str, str, str]
Entries = dict[str, dict[str, int]]
_SOURCE = """  {name}:
    kind: ledger
    files: data/{name}.csv
    layouts:
      - {{ date: Date, amount: Amount, currency: Currency, account: Account, cost_centre: Centre }}
"""
_MANY = st.one_of(
    st.sampled_from(["0.00", "0.01", "-0.01", "0.005", "-0.5", "1"]),
    st.decimals(-(10**7), 10**7, places=2).map(str),
    st.decimals(-(10**4), 10**4, places=4).map(str),
)


@st.composite
def ledgers(draw: st.DrawFn) -> tuple[Drawn, list[Row]]:
    """Draw a case and the lines of two ledgers: source, month, amount, currency, class, object."""
    case = draw(drawn(("GBP",)))
    line = st.tuples(
        st.sampled_from(SOURCES),
        st.sampled_from(MONTHS),
        _MANY,
        st.sampled_from(["GBP", "GBP", "JPY", "KWD"]),
        st.sampled_from(CLASSES),
        st.sampled_from(sorted(case.case.entries)),
    )
    return case, draw(st.lists(line, min_size=2, max_size=40))


def write(folder: Path, case: Drawn, rows: list[Row]) -> Path:
    allowed = "allowed" if case.case.allowed else "refused"
    main = f"truecost: 1\norganisation: A case\ncurrency: GBP\nunallocated: {allowed}\nsources:\n"
    made = texts(case)
    made["truecost.yaml"] = main + "".join(_SOURCE.format(name=name) for name in SOURCES)
    for name in SOURCES:
        made[f"data/{name}.csv"] = "Date,Amount,Currency,Account,Centre\n" + "".join(
            f"2024-{month:02}-01,{amount},{currency},{cls},{centre}\n"
            for source, month, amount, currency, cls, centre in rows
            if source == name
        )
    return workspace.write(folder, made)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(ledgers())
def test_a_build_is_exact_from_the_ledger_to_the_bill(given_: tuple[Drawn, list[Row]]) -> None:
    case, rows = given_
    with tempfile.TemporaryDirectory() as name:
        folder = write(Path(name), case, rows)
        try:
            run = workspace.built(folder)
        except AllocationError:
            event("refused")
            sums = exact_sums(rows)
            if all(amount.denominator == 1 for amount in sums.values()):
                whole = {key: int(amount) for key, amount in sums.items()}
                assert any(refused(case, at[1], each) for at, each in entered(whole).items())
            return
        event("settled")
        check(run, case, rows)


def refused(case: Drawn, currency: str, entries: Entries) -> bool:
    try:
        gross_costs(_with(case, currency, entries))
    except RefusedError:
        return True
    return False


def exact_sums(rows: list[Row]) -> dict[Key, Fraction]:
    """Give the exact minor units of each (period, currency, source, class, object)."""
    sums: dict[Key, Fraction] = defaultdict(Fraction)
    for source, month, amount, currency, cls, centre in rows:
        key = (Period.of(2024, month).index, currency, source, cls, centre)
        sums[key] += Fraction(Decimal(amount).scaleb(digits(currency)))
    return sums


def entered(cells: Mapping[Key, int]) -> dict[tuple[int, str], Entries]:
    """Add up what enters each object, over all sources."""
    entries: dict[tuple[int, str], Entries] = {}
    for (period, currency, _, cls, name), amount in cells.items():
        of_name = entries.setdefault((period, currency), {}).setdefault(name, {})
        of_name[cls] = of_name.get(cls, 0) + amount
    return entries


def check(run: Run, case: Drawn, rows: list[Row]) -> None:
    assert verify_run(run).findings == ()
    proof = [tuple(row.values()) for row in run.table("proof").to_pylist()]
    assert set(differences(proof).values()) <= {0}
    cells: dict[Key, int] = defaultdict(int)
    for row in run.table("cells").to_pylist():
        key = (row["period"], row["currency"], row["source"], row["class"], row["object"])
        cells[key] += row["amount"]
    totals: dict[tuple[int, str, str], Fraction] = defaultdict(Fraction)
    sums = exact_sums(rows)
    assert cells.keys() == sums.keys()
    for key, exact in sums.items():
        assert abs(cells[key] - exact) < 1
        totals[key[:3]] += exact
    for at, total in totals.items():
        assert sum(amount for key, amount in cells.items() if key[:3] == at) == round(total)
    bound_lines(run, case, cells)


def bound_lines(run: Run, case: Drawn, cells: dict[Key, int]) -> None:
    """Hold every line to its exact share of what entered."""
    lines: dict[tuple[int, str], dict[tuple[str, str, str], int]] = defaultdict(dict)
    for row in run.table("lines").to_pylist():
        line = (row["class"], row["service"], f"consumer {row['consumer']}")
        lines[row["period"], row["currency"]][line] = row["amount"]
    for at, entries in entered(cells).items():
        shares, costs = gross_costs(_with(case, at[1], entries))
        for cls in CLASSES:
            for source, targets in shares.items():
                for target, share in targets.items():
                    if target.startswith("consumer"):
                        exact = costs.get(cls, {}).get(source, Fraction(0)) * share
                        assert abs(lines[at].get((cls, source, target), 0) - exact) < 1


def _with(case: Drawn, currency: str, entries: Entries) -> Case:
    plain = case.case
    return Case(currency, plain.rules, plain.quantities, entries, plain.order, plain.allowed)

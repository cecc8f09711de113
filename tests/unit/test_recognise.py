"""What is recognised does not depend on which periods are computed, and nothing is lost."""

from __future__ import annotations

import shutil
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit import engine_workspace as workspace

from truecost.engine.verify import verify_run
from truecost.kernel.periods import Period

if TYPE_CHECKING:
    from truecost.store.run import Run

_CASES = Path(__file__).parents[1] / "cases"
_BUILT = sorted(
    path.name
    for path in _CASES.glob("recognise_*")
    if not (path / "expected" / "error.txt").exists()
)
_TABLES = ("cells", "schedules", "lines", "remainders", "proof")
_MAIN = """truecost: 1
organisation: A case
currency: GBP
default_class: run
sources:
  ledger:
    kind: ledger
    files: data/ledger/*.csv
    layouts:
      - { date: Date, amount: Amount, account: Account, cost_centre: Centre,
          service_from: From, service_to: To, disposed: Disposed, proceeds: Proceeds }
"""
_ACCOUNTS = """- { name: over, where: account = 'OVER',
    pool: Telecom / Lease, recognise: over 5 months }
- name: service
  where: account = 'SERVICE'
  pool: Software & SaaS / Licensing
  recognise: over service period by days
- name: laptops
  where: account = 'LAPTOPS'
  pool: Hardware / Depreciation & Amortization
  recognise: depreciate over 7 months
- { name: rest, where: "TRUE", pool: Misc Costs / Other Operating }
"""
_ALLOCATIONS = """rules:
  - { from: tower End User / Help Desk, to: { help: "3.33", chat: rest } }
  - { from: service help, to: { mail: 7%, consumers: rest }, split: evenly }
  - { from: service mail, to: { help: 1%, consumers: rest }, split: evenly }
  - { from: service chat, to: consumers, split: evenly }
"""
_FIRST, _LAST = Period.of(2024, 1), Period.of(2024, 12)
_DAYS = st.dates(min_value=date(2024, 1, 1), max_value=date(2024, 12, 31))
_CENTS = st.integers(-10_000_000, 10_000_000).map(lambda cents: f"{Decimal(cents) / 100:f}")


@st.composite
def lines(draw: st.DrawFn) -> str:
    begins, ends = sorted((draw(_DAYS), draw(_DAYS)))
    disposed = draw(st.just("") | _DAYS.map(str))
    posted = min(draw(_DAYS), date.fromisoformat(disposed) if disposed else date.max)
    return ",".join(
        (
            str(posted),
            draw(_CENTS),
            draw(st.sampled_from(("OVER", "SERVICE", "LAPTOPS", "RENT"))),
            draw(st.sampled_from(("MAIL", "DESK"))),
            str(begins),
            str(ends),
            disposed,
            draw(_CENTS) if disposed else "",
        )
    )


def of(run: Run, name: str, first: Period, last: Period) -> list[dict[str, object]]:
    """Give the rows of a table in some periods."""
    rows: list[dict[str, object]] = run.table(name).to_pylist()
    return [row for row in rows if first.index <= int(str(row["period"])) <= last.index]


@pytest.mark.parametrize("case", _BUILT)
def test_a_later_beginning_changes_nothing(case: str, tmp_path: Path) -> None:
    folder = tmp_path / "workspace"
    shutil.copytree(_CASES / "base", folder)
    shutil.copytree(_CASES / case, folder, dirs_exist_ok=True)
    whole = workspace.built(folder)
    periods = sorted(Period.parse(text) for text in whole.manifest["inputs"]["model"])
    first, last = periods[1], periods[-2] if len(periods) > 2 else periods[-1]
    part = workspace.built(folder, first=first, last=last)
    for name in _TABLES:
        assert of(part, name, first, last) == of(whole, name, first, last), name


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=st.lists(lines(), min_size=1, max_size=12), start=st.integers(1, 11))
def test_nothing_is_lost_under_any_mix(rows: list[str], start: int) -> None:
    """Over years enough, what is posted is what counts, less what sales brought."""
    with TemporaryDirectory() as made:
        folder = workspace.write(Path(made), files(rows))
        run = workspace.built(folder, first=_FIRST, last=Period.of(2025, 12))
        assert verify_run(run).findings == ()
        sums: dict[str, int] = defaultdict(int)
        for row in run.table("proof").to_pylist():
            sums[row["side"]] += row["amount"]
        sales = sum(row["proceeds"] for row in run.table("schedules").to_pylist())
        assert sums["statements"] + sums["remainder"] == sums["ledger"] - sales
        assert sums["deferred"] == sums["released"] + sales
        first = _FIRST + start
        part = workspace.built(folder, first=first, last=_LAST)
        assert verify_run(part).findings == ()
        for name in _TABLES:
            assert of(part, name, first, _LAST) == of(run, name, first, _LAST), name


def files(rows: list[str]) -> dict[str, str]:
    """Give a workspace with these ledger lines."""
    made = workspace.files()
    del made["data/ledger/ledger.csv"]
    return {
        **made,
        "truecost.yaml": _MAIN.replace("default_class", "unallocated: allowed\ndefault_class"),
        "model/accounts.yaml": _ACCOUNTS,
        "model/allocations.yaml": _ALLOCATIONS,
        "data/ledger/lines.csv": "Date,Amount,Account,Centre,From,To,Disposed,Proceeds\n"
        "2024-01-01,10.00,RENT,MAIL,,,,\n" + "".join(f"{row}\n" for row in rows),
    }

"""Ledger lines are ranked exactly: amounts that no double can tell apart stand in their order."""

from __future__ import annotations

import dataclasses
import itertools
import random
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from truecost.engine import lineage_search
from truecost.engine.build import build
from truecost.engine.lineage_lines import cells_of
from truecost.engine.lineage_search import behind
from truecost.kernel.periods import Period
from truecost.model.load import load
from truecost.store.runs import Store

if TYPE_CHECKING:
    from pathlib import Path

    from truecost.store.run import Run

#: Doubles near it are an eighth apart: those of amounts that differ by a few cents are the same.
LARGE = 2**53 // 10
PERIOD = Period.of(2026, 1)
FILES = {
    "truecost.yaml": """
truecost: 1
organisation: Large
currency: EUR
default_class: run
sources:
  ledger:
    kind: ledger
    files: data/ledger.csv
    layouts:
      - { date: Date, amount: Amount, account: Account, cost_centre: Centre }
    rejects: stop
""",
    "model/accounts.yaml": '- { name: all, where: "TRUE", pool: Hardware / Lease }',
    "model/cost_centres.yaml": "- { name: a, where: cost_centre = 'A', to: service a }\n"
    '- { name: b, where: "TRUE", to: service b }',
    "model/services.yaml": "a: { name: A, owner: Somebody, behaviour: fixed }\n"
    "b: { name: B, owner: Somebody, behaviour: fixed }",
    "model/consumers.yaml": "all:\n  name: All\n  consumers:\n    one: { name: One }",
    "model/allocations.yaml": "rules:\n- { from: service a, to: consumers, split: evenly }\n"
    "- { from: service b, to: consumers, split: evenly }",
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, Run]:
    folder: Path = tmp_path_factory.mktemp("large")
    cents = [*range(12)] * 2
    random.Random(53).shuffle(cents)
    rows = ["Date,Amount,Account,Centre"]
    for number, cent in enumerate(cents):
        sign = "-" if number % 3 == 0 else ""
        rows.append(f"2026-01-{number + 1:02},{sign}{LARGE}.{cent:02},4000,{'AB'[number % 2]}")
    for name, text in {**FILES, "data/ledger.csv": "\n".join(rows)}.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(f"{text.strip()}\n", encoding="utf-8")
    store = Store.open(folder / "store")
    with store.lock(wait=False):
        return store, build(load(folder), store).run


def test_equal_amounts_of_several_periods_have_one_order(tmp_path: Path) -> None:
    days = [f"2026-0{1 + number % 3}-{number + 1:02}" for number in range(24)]
    random.Random(7).shuffle(days)
    rows = ["Date,Amount,Account,Centre", *(f"{day},100.00,4000,A" for day in days)]
    for name, text in {**FILES, "data/ledger.csv": "\n".join(rows)}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"{text.strip()}\n", encoding="utf-8")
    store = Store.open(tmp_path / "store")
    with store.lock(wait=False):
        run = build(load(tmp_path), store).run
    periods = [Period.of(2026, month) for month in (1, 2, 3)]
    cells = [cell for period in periods for cell in cells_of(run, period, "EUR")]

    every = [each.line.identity for each in behind(store, run, cells, None)]
    assert len(every) == 24
    for top in (1, 5, 11, 23):
        assert [each.line.identity for each in behind(store, run, cells, top)] == every[:top]


@pytest.mark.parametrize("tries", [(8, 16), (1000,), ()], ids=["some", "many", "all"])
@pytest.mark.parametrize(
    "parts",
    [
        (Fraction(1), Fraction(1)),
        (Fraction(1, 3), Fraction(2**60, 3 * 2**60 + 1)),
        (Fraction(1, 7), Fraction(LARGE * 100, (LARGE * 100 + 5) * 7)),
    ],
    ids=["whole", "hardly less", "five cents less"],
)
def test_amounts_that_doubles_can_not_tell_apart_keep_their_order(
    built: tuple[Store, Run],
    tries: tuple[int, ...],
    parts: tuple[Fraction, Fraction],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lineage_search, "TRIES", tries)
    store, run = built
    by_object = dict(zip(("service a", "service b"), parts, strict=True))
    cells = [
        dataclasses.replace(cell, part=by_object[cell.object])
        for cell in cells_of(run, PERIOD, "EUR")
    ]
    everything = behind(store, run, cells, None)
    assert len(everything) == 24
    assert len({abs(float(each.line.amount)) for each in everything}) == 2
    portions = [abs(Fraction(each.line.amount) * each.part) for each in everything]
    assert all(one >= other for one, other in itertools.pairwise(portions))
    for top in (1, 2, 5, 9):
        found = behind(store, run, cells, top)
        assert [abs(Fraction(each.line.amount) * each.part) for each in found] == portions[:top]
        assert found == everything[:top]

"""Savings of commitments move without a cent lost; what bills say of commitments and tokens."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.focus_bill import MODEL, WORKSPACE, bill, charge

from truecost.engine import savings
from truecost.engine.bill_charges import Charges
from truecost.engine.build import build
from truecost.engine.cells import Key, Outcome
from truecost.engine.verify import verify_run
from truecost.kernel.findings import Place, UsageError
from truecost.kernel.periods import Period
from truecost.model.load import load
from truecost.model.money_types import Commitments, Savings
from truecost.model.types import CostObject, Kind
from truecost.statements.book import Book
from truecost.statements.commitments import BillView, bills
from truecost.statements.commitments_text import commitments_document, commitments_text
from truecost.store.runs import Store

if TYPE_CHECKING:
    from pathlib import Path

OWNER = CostObject(Kind.SERVICE, "cloud")
COSTS = st.integers(-(10**6), 10**8).map(lambda n: Fraction(n, 1000))


class _Mapper:
    """Puts charges on a cost object by their consumer; one is ignored."""

    def key(
        self, period: int, currency: str, source: str, account: int, centre: int, owner: int
    ) -> tuple[Key, str, str, str]:
        outcome = Outcome.IGNORED if owner == 0 else Outcome.ALLOCATED
        cls = "grow" if account else "run"
        key = Key(period, currency, source, outcome, "", f"consumer c{owner}", cls, f"c{owner}")
        return key, "pool", f"account {account}", f"centre {centre}"


@st.composite
def alike(draw: st.DrawFn) -> Charges:
    counted = draw(COSTS)
    contracted = draw(st.one_of(COSTS, st.just(counted)))
    return Charges(
        period=Period.of(2024, draw(st.integers(1, 2))).index,
        currency=draw(st.sampled_from(["USD", "JPY", "KWD"])),
        account=draw(st.integers(0, 1)),
        centre=0,
        consumer=draw(st.integers(0, 3)),
        month="2024-01",
        category=draw(st.sampled_from(["Usage", "Usage", "Usage", "Purchase", "Credit"])),
        correction=draw(st.booleans()) and draw(st.booleans()),
        commitment="plan",
        called="plan",
        status=draw(st.sampled_from(["Used", "Unused", ""])),
        unit_of_price="",
        unit="",
        scope=(draw(st.sampled_from(["Compute", "Storage"])),),
        lines=1,
        priced=1,
        counted=counted,
        billed=Fraction(0),
        effective=counted,
        contracted=contracted,
        listed=contracted,
        tokens=Fraction(0),
        quantity=Fraction(0),
    )


@pytest.mark.parametrize("kind", [Savings.SHARED, Savings.KEPT])
@settings(deadline=None)
@given(st.lists(alike(), max_size=12))
def test_what_moves_comes_to_nothing(kind: Savings, found: list[Charges]) -> None:
    chosen = Commitments(Place(""), "bill", kind, OWNER if kind is Savings.KEPT else None)
    moving: Any = savings._shared if kind is Savings.SHARED else savings._kept
    moves = moving(found, "bill", chosen, _Mapper())
    sums: dict[tuple[int, str], int] = {}
    for cell in savings._cells(moves):
        assert cell.key.outcome is Outcome.ALLOCATED
        assert cell.lines == 0
        at = cell.key.period, cell.key.currency
        exact = moves[at][cell.key, (cell.pool, cell.rule, cell.centre_rule)]
        assert abs(cell.amount - exact) < 2
        sums[at] = sums.get(at, 0) + cell.amount
    assert not any(sums.values())
    for of_month in moves.values():
        assert not sum(of_month.values())


def test_shared_use_has_one_effective_rate() -> None:
    used = _charges(consumer=1, status="Used", counted=Fraction(60), contracted=Fraction(100))
    plain = _charges(consumer=2, status="", counted=Fraction(100), contracted=Fraction(100))
    chosen = Commitments(Place(""), "bill", Savings.SHARED)
    moves = savings._shared([used, plain], "bill", chosen, _Mapper())  # type: ignore[arg-type]
    assert [cell.amount for cell in savings._cells(moves)] == [2000, -2000]


def _charges(**fields: Any) -> Charges:
    usual = {
        "period": Period.of(2024, 1).index, "currency": "USD", "account": 0, "centre": 0,
        "month": "2024-01", "category": "Usage", "correction": False, "commitment": "",
        "called": "", "unit_of_price": "", "unit": "", "scope": ("Compute",), "lines": 1,
        "priced": 1, "billed": Fraction(0), "effective": fields["counted"],
        "listed": Fraction(0), "tokens": Fraction(0), "quantity": Fraction(0),
    }  # fmt: skip
    return Charges(**(usual | fields))


def view(folder: Path, text: str, says: str = "", data: Path | None = None) -> tuple[BillView, ...]:
    (folder / "model").mkdir()
    (folder / "data").mkdir()
    (folder / "truecost.yaml").write_text(WORKSPACE + says, encoding="utf-8")
    for name, model in MODEL.items():
        (folder / "model" / f"{name}.yaml").write_text(model, encoding="utf-8")
    if data is None:
        (folder / "data/bill.csv").write_text(text, encoding="utf-8")
    store = Store.open(folder / "store")
    with store.lock(wait=False):
        run = build(load(folder), store, data=data).run
    assert not verify_run(run).findings
    book = Book.of(run)
    return bills(store, run, book, book.periods)


def test_billed_and_amortised_differ_by_named_steps(tmp_path: Path) -> None:
    plan = {"CommitmentDiscountId": "plan", "CommitmentDiscountStatus": "Used"}
    (found,) = view(
        tmp_path,
        bill(
            charge(ChargeCategory="Purchase", BilledCost="100.005", EffectiveCost="0"),
            charge(BilledCost="0", EffectiveCost="60.001", ContractedCost="90", **plan),
            charge(BilledCost="0", EffectiveCost="20", ListCost="45", **plan),
            charge(BilledCost="0", EffectiveCost="1", **plan),
            charge(BilledCost="7", EffectiveCost="6.5"),
            charge(ChargeCategory="Credit", BilledCost="-3", EffectiveCost="-3"),
        ),
    )
    (month,) = found.months
    assert (month.billed, month.amortised) == (10400, 8450)
    assert month.steps == (-10000, 8100, 0, 0, -50)
    (plan_,) = found.commitments
    assert (plan_.used, plan_.without, plan_.saved) == (8100, 13600, 5500)
    assert found.unpriced == 1
    assert [(each.object, each.saved) for each in found.consumers] == [("consumer one", 5500)]
    assert [(each.kind, each.counted) for each in found.returned] == [("credit", -300)]
    assert "Of 1 charges the bill does not say it" in commitments_text([found])


def test_a_ledger_says_nothing_of_commitments(tmp_path: Path) -> None:
    text = "Date,Amount\n2024-01-01,5\n"
    says = "    layouts: [{ date: Date, amount: Amount }]\n"
    with pytest.raises(UsageError, match="no source of this run is a cloud bill"):
        _ledger(tmp_path, text, says)


def _ledger(folder: Path, text: str, says: str) -> None:
    ledger = WORKSPACE.replace("kind: focus", "kind: ledger")
    (folder / "model").mkdir()
    (folder / "data").mkdir()
    (folder / "truecost.yaml").write_text(ledger + says, encoding="utf-8")
    (folder / "data/bill.csv").write_text(text, encoding="utf-8")
    for name, model in MODEL.items():
        (folder / "model" / f"{name}.yaml").write_text(model, encoding="utf-8")
    store = Store.open(folder / "store")
    with store.lock(wait=False):
        run = build(load(folder), store).run
    book = Book.of(run)
    bills(store, run, book, book.periods)


@pytest.fixture(scope="session")
def scenarios(real_data: Path) -> Path:
    """Give the specification's scenarios of version 1.2."""
    folder = real_data / "focus" / "spec_1.2"
    if not folder.is_dir():
        pytest.skip("the scenarios of FOCUS 1.2 are not in focus/spec_1.2 of TRUECOST_DATA")
    return folder


@pytest.mark.realdata
def test_the_specifications_tokens(scenarios: Path, tmp_path: Path) -> None:
    says = "    date_order: month day year\n"
    (found,) = view(tmp_path, "", says, scenarios / "saas_examples")
    (tokens,) = found.tokens
    assert tokens.unit == "Token"
    # three contracts bought 100,000 tokens for 200,000 and 100,000; later 1,500 and 25,000 at 2
    assert (tokens.bought, tokens.paid) == (Fraction(226500), 35300000)
    # 245 + 10 + 360 of a, the same of b; of the third file two rows stand in b too, and count once
    assert (tokens.used, tokens.cost) == (Fraction(2 * 615 + 240), 123000 + 61500 + 24000)
    assert commitments_document([found])["bills"][0]["tokens"][0]["used"] == "1470"


@pytest.mark.realdata
def test_the_specifications_commitments(scenarios: Path, tmp_path: Path) -> None:
    (found,) = view(tmp_path, "", "", scenarios / "commitment_discount_scenarios")
    assert sum(each.amortised - each.billed - sum(each.steps) for each in found.months) == 0
    (plan,) = found.commitments
    # of scenarios 1 and 4 one row is the same, and counts once
    assert (plan.bought, plan.used, plan.unused) == (1314450, 175, 125)
    assert found.months[0].amortised == 350

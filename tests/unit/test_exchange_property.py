"""Whole builds in several currencies: whatever comes in, each run proves and verifies itself."""

from __future__ import annotations

import shutil
import tempfile
from fractions import Fraction
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from truecost.engine.build import build
from truecost.engine.verify import verify_run
from truecost.kernel.money import digits
from truecost.model.load import load
from truecost.store.runs import Store

CASES = Path(__file__).parents[1] / "cases"
CURRENCIES = ("GBP", "USD", "JPY", "KWD")
LINE = st.tuples(
    st.sampled_from(["2024-01-05", "2024-02-05"]),
    st.decimals("-99999", "999999", places=3),
    st.sampled_from(CURRENCIES),
    st.sampled_from(["X", "NEW", "LIC", "NOT"]),
)
RATE = st.decimals("0.0001", "500", places=7).map(lambda rate: rate + 1)
ACCOUNTS = """
- name: licences
  where: account = 'LIC'
  pool: Software & SaaS / Licensing
  recognise: over 3 months
- { name: new, where: account = 'NEW', pool: Misc Costs / Other Operating, class: grow }
- { name: not ours, where: account = 'NOT', ignore: not technology }
- { name: all, where: "TRUE", pool: Misc Costs / Other Operating }
"""


@settings(max_examples=12, deadline=None)
@given(
    st.lists(LINE, min_size=1, max_size=9),
    st.lists(RATE, min_size=12, max_size=12),
    st.sampled_from(CURRENCIES[:1] + CURRENCIES[2:]),
    st.sampled_from(["", ", exchange_difference: consumer c"]),
)
def test_every_build_proves_itself(
    lines: list[tuple[str, object, str, str]], rates: list[object], home: str, to: str
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for each in ("base", "exchange_at_budget_rates"):
            shutil.copytree(CASES / each, folder, dirs_exist_ok=True)
        text = (folder / "truecost.yaml").read_text().replace("currency: GBP", f"currency: {home}")
        says = f"rates: data/rates.csv{to} }}"
        text = text.replace("kind: ledger\n", "kind: ledger\n    three_decimals: yes\n")
        (folder / "truecost.yaml").write_text(text.replace("rates: data/rates.csv }", says))
        (folder / "model/accounts.yaml").write_text(ACCOUNTS)
        rows = "".join(
            f"{day},{amount},MAIL,{unit},{account}\n" for day, amount, unit, account in lines
        )
        (folder / "data/ledger.csv").write_text("Date,Amount,Centre,Currency,Account\n" + rows)
        others = [unit for unit in CURRENCIES if unit != home]
        drawn = iter(rates)
        for file in ("budget", "rates"):
            stated = "".join(
                f"{month},{unit},{home},{next(drawn)}\n"
                for month in ("2024-01", "2024-02")
                for unit in others
            )
            (folder / f"data/{file}.csv").write_text(f"period,from,to,rate\n{stated}")
        store = Store.open(folder / "store")
        with store.lock(wait=False):
            run = build(load(folder), store).run
        assert not verify_run(run).findings
        for unit in others:
            counted = sum(
                Fraction(str(amount)) for _, amount, of, account in lines
                if of == unit and account != "NOT"
            )  # fmt: skip
            sums = {"ledger": 0, "exchanged out": 0}
            for row in run.table("proof").to_pylist():
                if row["currency"] == unit and row["side"] in sums:
                    sums[row["side"]] += row["amount"]
            assert sums["ledger"] == sums["exchanged out"]
            assert abs(sums["ledger"] - counted * 10 ** digits(unit)) <= 1 * 2  # months

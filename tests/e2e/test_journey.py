"""A new user, a ledger that the program has never seen, and only the tutorial's commands.

What the statement must say is computed here, from the same lines, with exact fractions and nothing
of the program's own.
"""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from tests.cli.program import done, replace, truecost

if TYPE_CHECKING:
    from pathlib import Path

PEOPLE = {"sales": 40, "factory": 110, "office": 25}
ORDERS = {"sales": 1800, "office": 150}
BUILD_COST_CENTRE = "BÜRO 100"


@dataclass(frozen=True)
class Line:
    """A line of the ledger, as the organisation means it; amounts in cents."""

    day: date
    cents: int
    account: str
    cost_centre: str
    supplier: str


LEDGER = [
    Line(date(2026, 1, 5), 425_001, "6400", BUILD_COST_CENTRE, "Müller & Söhne; Büro"),
    Line(date(2026, 1, 9), 198_040, "6600", "NETZ 200", "Lines, Cables"),
    Line(date(2026, 1, 12), 1_731_575, "6450", "SHOP 300", "Cloud “One”"),
    Line(date(2026, 1, 13), -25_000, "6450", "SHOP 300", "Cloud “One”"),
    Line(date(2026, 1, 20), 1_200_007, "6700", "SHOP 300", "Blue Advice"),
    Line(date(2026, 1, 21), 77_777, "6410", "LAB 999", "New Tools"),
    Line(date(2026, 1, 22), 34_900, "6410", "V 10", "Sunny CRM"),
    Line(date(2026, 1, 28), 1_820_000, "7100", "O 10", "Landlord"),
    Line(date(2026, 2, 3), 99_999, "6400", BUILD_COST_CENTRE, "Müller & Söhne; Büro"),
]


@dataclass(frozen=True)
class Dialect:
    """How an organisation writes its ledger, and what of truecost.yaml says so."""

    encoding: str
    delimiter: str
    heads: tuple[str, ...]
    day: str
    settings: str
    currency: str

    def amount(self, cents: int) -> str:
        plain = f"{Decimal(abs(cents)) / 100:,.2f}"
        if self.delimiter == ";":
            plain = plain.translate(str.maketrans(",.", ".,"))
            return f"-{plain}" if cents < 0 else plain
        return f"(£{plain})" if cents < 0 else f"£{plain}"

    def written(self) -> bytes:
        text = io.StringIO()
        writer = csv.writer(text, delimiter=self.delimiter)
        writer.writerow(self.heads)
        for line in LEDGER:
            day = line.day.strftime(self.day)
            centre = line.cost_centre.lower().capitalize()
            row = (day, line.account, centre, line.supplier, self.amount(line.cents))
            writer.writerow(row)
        return text.getvalue().encode(self.encoding)


DIALECTS = {
    "German, cp1252": Dialect(
        "cp1252",
        ";",
        ("Buchungstag", "Sachkonto", "Kostenstelle", "Lieferant", "Betrag in €"),
        "%d.%m.%Y",
        'encoding: cp1252\n    delimiter: ";"\n    decimal_comma: yes',
        "EUR",
    ),
    "British, with a byte order mark": Dialect(
        "utf-8-sig",
        ",",
        ("Posting date", "GL code", "Cost centre", "Supplier name", "Net amount"),
        "%d/%m/%Y",
        "",
        "GBP",
    ),
}


def expected() -> dict[tuple[str, str, str], int]:
    """Compute the bill of January: (class, service, consumer) → cents, by largest remainder."""
    entered: dict[str, dict[str, Fraction]] = {
        cls: defaultdict(Fraction) for cls in ("run", "transform")
    }
    kept_apart = Fraction(0)
    teams = {
        BUILD_COST_CENTRE: "workplace", "NETZ 200": "network", "SHOP 300": "shop",
        "LAB 999": "shop",
    }  # fmt: skip
    for line in LEDGER:
        if line.day.month != 1 or line.account == "7100":
            continue
        if line.cost_centre in teams:
            cls = "transform" if line.account == "6700" else "run"
            entered[cls][teams[line.cost_centre]] += line.cents
        else:
            kept_apart += line.cents
    bill: dict[tuple[str, str, str], int] = {}
    for cls, costs in entered.items():
        exact = shares(costs)
        if cls == "run":
            exact["kept apart", ""] = kept_apart
        whole = {key: amount.numerator // amount.denominator for key, amount in exact.items()}
        left = int(sum(exact.values())) - sum(whole.values())
        rest = sorted(exact, key=lambda key: whole[key] - exact[key])
        remainders = [exact[key] % 1 for key in rest]
        assert not left or remainders[left - 1] != remainders[left]  # no tie to be broken
        for key in rest[:left]:
            whole[key] += 1
        bill |= {(cls, *key): cents for key, cents in whole.items()}
    return bill


def shares(costs: dict[str, Fraction]) -> dict[tuple[str, str], Fraction]:
    """Share three services, two of which use each other, exactly."""
    # network gives 30 % to workplace and 20 % to the shop; workplace gives 5 % to network
    network = (costs["network"] + Fraction(5, 100) * costs["workplace"]) / (
        1 - Fraction(5, 100) * Fraction(30, 100)
    )
    workplace = costs["workplace"] + Fraction(30, 100) * network
    shop = costs["shop"] + Fraction(20, 100) * network
    people, orders = sum(PEOPLE.values()), sum(ORDERS.values())
    exact: dict[tuple[str, str], Fraction] = {}
    for consumer, count in PEOPLE.items():
        exact["network", consumer] = network * Fraction(50, 100) * Fraction(count, people)
        exact["workplace", consumer] = workplace * Fraction(95, 100) * Fraction(count, people)
        exact["shop", consumer] = shop * Fraction(ORDERS.get(consumer, 0), orders)
    return exact


def adapt(workspace: Path, dialect: Dialect) -> None:
    """Change the starter as step 9 of the tutorial says."""
    for path in (workspace / "data/ledger").iterdir():
        path.unlink()
    (workspace / "data/ledger/export.csv").write_bytes(dialect.written())
    main = workspace / "truecost.yaml"
    heads = dialect.heads
    head, _, rest = main.read_text(encoding="utf-8").partition("    layouts:")
    clean = rest[rest.index("    clean:") :]
    layout = (
        f'      - {{ date: "{heads[0]}", account: "{heads[1]}", cost_centre: "{heads[2]}",'
        f' vendor: "{heads[3]}", amount: "{heads[4]}" }}\n'
    )
    settings = f"    date_order: day month year\n    {dialect.settings}\n"
    main.write_text(f"{head}{settings}    layouts:\n{layout}{clean}", encoding="utf-8")
    replace(main, "currency: EUR", f"currency: {dialect.currency}")
    replace(main, "vendor: trim(vendor)", "cost_centre: upper(trim(cost_centre))")
    centres = workspace / "model/cost_centres.yaml"
    for old, new in (("IT-100", BUILD_COST_CENTRE), ("IT-200", "NETZ 200"), ("IT-300", "SHOP 300")):
        replace(centres, f"cost_centre = '{old}'", f"cost_centre = '{new}'")
    replace(centres, "cost_centre NOT LIKE 'IT-%'", "cost_centre LIKE '_ __'")
    consumers = workspace / "model/consumers.yaml"
    replace(consumers, "'S-%'", "'V %'")
    replace(consumers, "'O-%'", "'O %'")
    rows = ["period,target,people,orders"]
    for month in ("2026-01", "2026-02"):
        rows += [f"{month},{unit},{n},{ORDERS.get(unit, '')}" for unit, n in PEOPLE.items()]
    (workspace / "data/drivers.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS.keys())
def test_from_a_strange_ledger_to_a_statement(tmp_path: Path, dialect: Dialect) -> None:
    workspace = tmp_path / "my-organisation"
    done("init", workspace)
    adapt(workspace, dialect)

    # a cost centre that nobody thought of is named, with its money
    for command in ("check", "build"):
        refused = truecost(command, "-w", workspace)
        assert refused.code == 5
        assert "LAB 999" in refused.err
        assert "777.77" in refused.err
    replace(
        workspace / "model/cost_centres.yaml",
        "where: cost_centre = 'SHOP 300'",
        "where: cost_centre IN ('SHOP 300', 'LAB 999')",
    )

    said = done("check", "-w", workspace)
    assert "9" in said.partition("= loaded")[2].split()[0]
    said = done("build", "-w", workspace)
    symbol = {"EUR": "€", "GBP": "£"}[dialect.currency]
    assert f"difference {symbol}0.00" in " ".join(said.split())
    done("verify", "-w", workspace)

    bill = expected()
    ledger = sum(line.cents for line in LEDGER if line.day.month == 1 and line.account != "7100")
    assert sum(bill.values()) == ledger
    for consumer in PEOPLE:
        ask = ("statement", consumer, "-w", workspace, "--period", "2026-01")
        document = json.loads(done(*ask, "--format", "json"))
        lines = {
            (cls, service): cents
            for (cls, service, unit), cents in bill.items()
            if unit == consumer and cents
        }
        found = {
            (part, line["object"].removeprefix("service ")): line[part]["minor"]
            for line in document["lines"]
            for part in ("run", "transform")
            if line[part]["minor"]
        }
        assert found == lines
        assert document["total"]["minor"] == sum(lines.values())
        text = done(*ask)
        assert f"{symbol}{Decimal(sum(lines.values())) / 100:,.2f}" in text

    rows = csv.DictReader(io.StringIO(done("show", "-w", workspace, "--format", "csv")))
    total = next(Decimal(row["total"]) for row in rows if row["kind"] == "total")
    assert total * 100 == ledger + LEDGER[-1].cents
    apart = done("statement", "sales", "-w", workspace, "--period", "2026-01")
    assert f"You also bought technology yourselves: {symbol}349.00" in apart

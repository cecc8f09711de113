"""Small workspaces drawn at random in which several methods are switched on together.

`Firm` is a workspace as its files, with what tests ask about: its periods, which methods it uses,
and the lines of its ledger, so that some may come late.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from truecost.kernel.calendars import Calendar
from truecost.kernel.money import digits

if TYPE_CHECKING:
    from datetime import date

    from hypothesis.strategies import DrawFn

    from truecost.kernel.periods import Period

#: Everything that can be switched on.
METHODS = (
    "prepaid", "depreciated", "accrued", "registers", "rates", "true-up", "shown", "capacity",
    "dual", "minutes", "labour", "exchange", "commitments", "calendar", "measured", "step down",
)  # fmt: skip
PRICED = {"rates", "true-up"}
SERVICES = ("api", "net", "desk", "batch")
CONSUMERS = ("sales", "shops", "plant", "labs", "treasury")
HEAD = "Date,Amount,Currency,Account,Centre,From,To,In service,Disposed,Proceeds\n"
CALENDARS: dict[str, dict[str, Any]] = {
    "": {"begins": 1},
    "{ begins: 6 April }": {
        "begins": 4, "turns": "begins 6 April", "periods": "months", "extra_week": 0,
        "named": "both years", "quarters": [],
    },
    "{ begins: Monday nearest 1 February, periods: 4-5-4, named: the year it begins in }": {
        "begins": 2, "turns": "begins Monday nearest 1 February", "periods": "4-5-4",
        "extra_week": 0, "named": "the year it begins in", "quarters": [],
    },
    "{ begins: Monday nearest 1 January, periods: 13 periods }": {
        "begins": 1, "turns": "begins Monday nearest 1 January", "periods": "13 periods",
        "extra_week": 0, "named": "both years", "quarters": [],
    },
}  # fmt: skip
OTHER = "Misc Costs / Other Operating"
#: The method that needs an account, the account, and the rest of its rule.
ACCOUNTS = (
    ("prepaid", "OVER", "Telecom / Lease, recognise: over 5 months"),
    ("prepaid", "SERVICE", f"{OTHER}, recognise: over service period by days"),
    (
        "depreciated",
        "LAPTOPS",
        f"{OTHER}, recognise: depreciate over 7 months from in-service date",
    ),
    ("accrued", "ACCRUAL", f"{OTHER}, class: transform, recognise: accrual"),
    ("", "GROW", f"{OTHER}, class: grow"),
)
CONSUMER_FILE = """firm:
  name: The firm
  consumers:
    trade:
      name: Trade
      consumers:
        sales: { name: Sales, where: cost_centre = 'SALES' }
        shops: { name: Shops, where: cost_centre = 'SHOPS' }
    plant: { name: Plant, where: cost_centre = 'PLANT' }
    labs: { name: Labs, where: cost_centre = 'LABS' }
    treasury: { name: Treasury, where: cost_centre = 'TREASURY' }
"""
JOURNAL = """entities: { co: { name: Company }, other: { name: Another company } }
provider: { entity: co, cost_centre: IT }
consumers:
  firm: { entity: co, cost_centre: C }
  plant: { entity: other, cost_centre: P }
rules:
  - name: between
    where: entity <> provider_entity
    scheme: intercompany
    expense: "6110"
    recovery: "4800"
    receivable: "1400"
    payable: "2400"
    tax: { code: T, rate: 20%, output: "2200", input: "1250" }
  - { name: rates, where: kind <> 'cost', scheme: paired accounts, expense: "78", recovery: "48" }
  - { name: rest, where: "TRUE", scheme: same account, account: "54" }
"""
BILL = (
    "ChargePeriodStart,ChargePeriodEnd,BillingPeriodStart,BillingPeriodEnd,EffectiveCost,BilledCost,"
    "ContractedCost,ListCost,BillingCurrency,ChargeCategory,ServiceName,CommitmentDiscountId,"
    "CommitmentDiscountStatus,SubAccountName\n"
)


@dataclass(frozen=True)
class Firm:
    """A workspace. `rows` are lines of the ledger; `use` is (day, target) → column → quantity."""

    methods: frozenset[str]
    home: str
    periods: tuple[Period, ...]
    rows: tuple[str, ...]
    use: dict[tuple[str, str], dict[str, str]]
    texts: dict[str, str] = field(repr=False)

    def files(self) -> dict[str, str]:
        """Give the workspace's files."""
        used = "".join(
            f"{day},{target},{each['use']},{each['seats']},{each['calls']}\n"
            for (day, target), each in self.use.items()
        )
        half = len(self.rows) // 2
        return {
            **self.texts,
            "data/use.csv": f"period,target,use,seats,calls\n{used}",
            "data/ledger/1.csv": HEAD + "".join(self.rows[:half]),
            "data/ledger/2.csv": HEAD + "".join(self.rows[half:]),
        }

    def having(self, rows: tuple[str, ...]) -> Firm:
        """Give the same workspace with another ledger."""
        return replace(self, rows=rows)


def money(home: str) -> st.SearchStrategy[str]:
    """Give amounts as ledgers have them: mostly costs, some credits, some finer than is counted."""
    some = st.integers(1, 900_000) | st.integers(-90_000, 90_000) | st.sampled_from([1, -1, 5])
    return st.tuples(some, st.integers(0, digits(home) + 1)).map(
        lambda drawn: f"{drawn[0] / 10 ** drawn[1]:.{drawn[1]}f}"
    )


@st.composite
def days(draw: DrawFn, periods: tuple[Period, ...]) -> date:
    """Draw a day of some periods."""
    period = draw(st.sampled_from(periods))
    return period.first_day + timedelta(draw(st.integers(0, 27)))


@st.composite
def rows(draw: DrawFn, methods: frozenset[str], home: str, periods: tuple[Period, ...]) -> str:
    """Draw a line of the ledger."""
    accounts = ["RENT", "GROW", "NOT"]
    accounts += ["OVER", "SERVICE"] if "prepaid" in methods else []
    accounts += ["LAPTOPS"] if "depreciated" in methods else []
    accounts += ["ACCRUAL"] if "accrued" in methods else []
    account = draw(st.sampled_from(accounts))
    day = draw(days(periods))
    others = ["USD", "JPY", "KWD"] if "exchange" in methods or not methods & PRICED else []
    unit = draw(st.sampled_from([home, home, *others]))
    centres = ["API", "NET", "DESK", "BATCH", "TOWER", "TOWER", "SALES", "APART", "NOBODY"]
    begins, ends, serves, disposed, proceeds = day, day, day, "", ""
    if account == "SERVICE":
        begins = day + timedelta(draw(st.integers(-60, 90)))
        ends = begins + timedelta(draw(st.integers(0, 200)))
    if account == "LAPTOPS":
        serves = day + timedelta(draw(st.integers(-40, 60)))
        if draw(st.booleans()):
            disposed = str(max(day, serves) + timedelta(draw(st.integers(0, 120))))
            proceeds = draw(st.integers(0, 500).map(str))
    return (
        f"{day},{draw(money(unit))},{unit},{account},{draw(st.sampled_from(centres))},"
        f"{begins},{ends},{serves},{disposed},{proceeds}\n"
    )


@st.composite
def firms(draw: DrawFn, always: frozenset[str] = frozenset()) -> Firm:
    """Draw a workspace; the methods in `always` are switched on."""
    methods = frozenset(draw(st.sets(st.sampled_from(METHODS)))) | always
    home = draw(st.sampled_from(["GBP", "JPY", "KWD"]))
    year = draw(st.sampled_from(tuple(CALENDARS)[1:])) if "calendar" in methods else ""
    calendar = Calendar.made(CALENDARS[year])
    first = calendar.parse(f"2024-{'P' if calendar.cuts.get('periods') else ''}01")
    first += draw(st.integers(0, 2))
    periods = tuple(first + at for at in range(draw(st.integers(3, 6))))
    made = rows(methods, home, periods)
    some = tuple(draw(st.lists(made, min_size=1, max_size=14, unique=True)))
    some = (f"{periods[0].first_day},10.01,{home},RENT,TOWER,,,,,\n", *some)
    number = st.sampled_from(["1", "3", "2.5", "0", "7", "40", "0.125", "333"])
    columns = ("use", "seats", "calls")
    use = {
        (str(period.first_day), target): {column: draw(number) for column in columns}
        for period in periods
        for target in (*CONSUMERS, *SERVICES)
    }
    texts = {
        "model/accounts.yaml": accounts(methods),
        "model/cost_centres.yaml": centres(methods),
        "model/consumers.yaml": CONSUMER_FILE,
        "model/services.yaml": services(draw, methods, periods),
        "model/drivers.yaml": drivers(methods),
        "model/allocations.yaml": allocations(draw, methods, f"{3 / 10 ** digits(home):f}"),
        "model/journal.yaml": JOURNAL,
        "truecost.yaml": workspace(draw, methods, home, year, periods),
    }
    if "labour" in methods:
        texts["data/hours.csv"] = "period,person,target,hours\n" + "".join(
            f"{period.first_day},p{draw(st.integers(1, 2))},{target},{draw(number)}\n"
            for period in periods
            for target in CONSUMERS[:3]
        )
        texts["data/pay.csv"] = "person,rate,from,to\np1,62.00,,\np2,48.5,,\n"
    if "rates" in methods or "true-up" in methods:
        texts["model/rates.yaml"] = rates(draw, methods, periods)
    if "exchange" in methods:
        texts |= exchange_rates(draw, home, periods)
    if "registers" in methods:
        texts |= registers(draw, home, periods)
    if "commitments" in methods:
        texts["data/bill.csv"] = bill(draw, "USD" if "exchange" in methods else home, periods)
    return Firm(methods, home, periods, some, use, texts)


def accounts(methods: frozenset[str]) -> str:
    """Give the rules of accounts."""
    rules = ["- { name: not ours, where: account = 'NOT', ignore: not technology }"]
    for method, account, more in ACCOUNTS:
        if not method or method in methods:
            rules.append(f"- {{ name: {account}, where: account = '{account}', pool: {more} }}")
    return "\n".join([*rules, f'- {{ name: all, where: "TRUE", pool: {OTHER} }}\n'])


def centres(methods: frozenset[str]) -> str:
    """Give the rules of cost centres."""
    rules = "".join(
        f"- {{ name: {each}, where: cost_centre = '{each.upper()}', to: service {each} }}\n"
        for each in SERVICES
    )
    if "commitments" in methods:
        rules = (
            "- { name: idle, where: commitment = 'unused', to: consumer treasury }\n"
            "- { name: credits, where: charge_category = 'Credit', keep_apart: credits }\n"
        ) + rules
    return rules + (
        "- { name: tower, where: cost_centre = 'TOWER', to: tower End User / Help Desk }\n"
        "- { name: apart, where: cost_centre = 'APART', keep_apart: bought elsewhere }\n"
        '- { name: own, where: "TRUE", to: own consumer }\n'
    )


def services(draw: DrawFn, methods: frozenset[str], periods: tuple[Period, ...]) -> str:
    """Draw services, with what becomes of their cost."""
    shown = f"{{ how: show, valid: {{ to: {periods[1]} }} }}"
    funded = f"{{ how: central, funded_by: plant, valid: {{ from: {periods[2]} }} }}"
    ways = ["", ", charging: show", ", charging: central", f", charging: [{shown}, {funded}]"]
    return "".join(
        f"{each}: {{ name: {each.title()}, owner: Head of {each}, unit: unit, behaviour: fixed"
        f"{draw(st.sampled_from(ways)) if 'shown' in methods else ''} }}\n"
        for each in SERVICES
    )


def drivers(methods: frozenset[str]) -> str:
    """Give the drivers."""
    text = (
        "use: { unit: unit, file: data/use.csv, column: use }\n"
        "seats: { unit: seat, file: data/use.csv, column: seats }\n"
        "minutes: { unit: minute, file: data/use.csv, equation: 1.5 * calls + 20 * seats }\n"
    )
    if "labour" in methods:
        text += "time: { unit: pound, file: data/hours.csv, column: hours, rates: data/pay.csv }\n"
    if "measured" in methods:
        text += "lines: { unit: line, source: ledger, measure: count(*), where: amount > 0 }\n"
    return text


def allocations(draw: DrawFn, methods: frozenset[str], least: str) -> str:
    """Draw a rule for each service; `least` is the smallest coin."""
    capacity = st.tuples(
        st.sampled_from(["1", "12", "90", "1000"]),
        st.sampled_from(["to labs", "{ keep_apart: spare, owner: Head of Spare }"]),
        st.sampled_from(["", ", over_use: capped", ", over_use: charged"]),
        st.sampled_from(["", ", fixed: 60%"]),
    ).map(lambda held: f"capacity: {held[0]}, unused: {held[1]}{held[2]}{held[3]}")
    rules = []
    for at, each in enumerate(SERVICES):
        other, third = SERVICES[(at + 1) % 4], SERVICES[(at + 2) % 4]
        ways = [
            "to: consumers, by: use",
            "to: services and consumers, by: use",
            f"to: {{ {other}: 10%, {third}: 3.33%, consumers: rest }}, by: seats",
            f"to: {{ shops: {least}, consumers: rest }}, by: use",
            "to: consumers, split: evenly",
        ]
        if "capacity" in methods:
            ways += [f"to: consumers, by: use, {draw(capacity)}"] * 3
        if "dual" in methods:
            rest = f"{{ share: rest, to: [sales, plant, {other}], by: use, {draw(capacity)} }}"
            ways += [f"to: [{{ share: 40%, to: consumers, by: seats }}, {rest}]"] * 3
        if "minutes" in methods:
            ways += [f"to: consumers, by: minutes, {draw(capacity)}", "to: consumers, by: minutes"]
        if "labour" in methods:
            idle = "unused: { keep_apart: pay, owner: Head of Pay }"
            standard = f"to: consumers, by: time, capacity: its cost, {idle}"
            ways += ["to: consumers, by: time", standard]
        if "measured" in methods:
            ways += ["to: consumers, by: lines"] * 2
        rules.append(f"  - {{ from: service {each}, {draw(st.sampled_from(ways))} }}\n")
    step = "between_services: { step_down: [api, net, desk, batch] }\n"
    return (
        (step if "step down" in methods else "")
        + "rules:\n  - { from: tower End User / Help Desk, to: { api: 40%,"
        f" net: {least}, desk: 33.3%, batch: rest }} }}\n" + "".join(rules)
    )


def rates(draw: DrawFn, methods: frozenset[str], periods: tuple[Period, ...]) -> str:
    """Draw a price list."""
    forms = [
        "price: 1.25", "price: 0.333, planned: { quantity: 90, cost: 100, fixed: 40% }",
        "graduated: [{ up_to: 5, price: 9.5 }, { price: 6, fee: 1.11 }]",
        "volume: [{ up_to: 50, price: 2 }, { price: 0.7 }]",
        "packages: { of: 3, price: 1 }", "by: true cost, percentage: 104.5%", "fee: 12.345",
        "price: 2, free: 3, minimum: 4.01",
    ]  # fmt: skip
    text = "rates:\n"
    day = periods[1].first_day
    for each in draw(st.lists(st.sampled_from(SERVICES), min_size=1, max_size=3, unique=True)):
        form = draw(st.sampled_from(forms))
        by = "" if "by:" in form or form.startswith("fee") else ", by: use"
        valid = draw(st.sampled_from(["", f", valid: {{ from: {day + timedelta(9)} }}"]))
        text += f"  {each}: {{ service: {each}, {form}{by}{valid} }}\n"
        if draw(st.integers(0, 3)) == 0:
            text += (
                f"  {each} pilot: {{ service: {each}, for: [shops], by: use, price: 0.5,"
                f" instead_of: {each}, funded_by: {draw(st.sampled_from(['central', 'plant']))},"
                f" valid: {{ from: {day + timedelta(9)}, to: {periods[2].last_day} }} }}\n"
            )
    if "true-up" in methods:
        over = draw(st.sampled_from(["0%", "3%", "1"]))
        by = draw(st.sampled_from(["what was charged", "true cost"]))
        text += f"true_up:\n  - {{ at: quarter end, over: {over}, in_proportion_to: {by} }}\n"
    return text


def exchange_rates(draw: DrawFn, home: str, periods: tuple[Period, ...]) -> dict[str, str]:
    """Draw rates of exchange."""
    rate = st.integers(3, 3_000_000).map(lambda drawn: f"{drawn / 10_000:.4f}")
    others = [unit for unit in ("GBP", "USD", "JPY", "KWD") if unit != home]
    stated = [
        (str(period), unit, home, draw(rate), draw(rate)) for period in periods for unit in others
    ]
    market = "".join(
        f"{period},{kind},{unit},{to},{one}\n"
        for period, unit, to, one, _ in stated
        for kind in ("average", "closing")
    )
    budget = "".join(f"{period},{unit},{to},{two}\n" for period, unit, to, _, two in stated)
    return {
        "data/rates.csv": f"period,type,from,to,rate\n{market}",
        "data/budget.csv": f"period,from,to,rate\n{budget}",
    }


def registers(draw: DrawFn, home: str, periods: tuple[Period, ...]) -> dict[str, str]:
    """Draw assets and prepayments from before the ledger, and estimates of what is to come."""
    amounts = money(home)
    before = periods[0].first_day - timedelta(200)
    assets = "".join(
        f"A{at},{before + timedelta(draw(st.integers(0, 150)))},{draw(st.integers(1, 90000))},"
        f"{draw(st.integers(1, 30))},{disposed},{'7' if disposed else ''},ASSET,"
        f"{draw(st.sampled_from(['API', 'SALES', 'TOWER']))}\n"
        for at in range(draw(st.integers(1, 3)))
        for disposed in [draw(st.sampled_from(["", str(periods[1].first_day)]))]
    )
    prepaid = "".join(
        f"{before},{draw(amounts)},{before},{draw(days(periods))},PREPAID,NET\n"
        for _ in range(draw(st.integers(1, 2)))
    )
    estimates = "".join(f"{draw(days(periods))},{draw(amounts)},EST,DESK\n" for _ in range(2))
    return {
        "data/assets.csv": "Asset,In service,Cost,Months,Disposed,Proceeds,Account,Centre\n"
        + assets,
        "data/prepaid.csv": f"Paid,Amount,From,To,Account,Centre\n{prepaid}",
        "data/estimates.csv": f"Day,Estimate,Account,Centre\n{estimates}",
    }


def bill(draw: DrawFn, unit: str, periods: tuple[Period, ...]) -> str:
    """Draw a cloud bill with commitments, credits and a refund."""
    centre = st.sampled_from(["API", "SALES", "PLANT", "TOWER"])
    cost = st.integers(1, 90_000).map(lambda minor: f"{minor / 10 ** digits(unit):f}")
    lines = ""
    for period in periods:
        span = f"{period.first_day}T00:00:00Z,{period.last_day}T00:00:00Z"
        head = f"{span},{span}"
        lines += f"{head},0,100,100,100,{unit},Purchase,Compute,plan,,\n"
        for _ in range(draw(st.integers(0, 2))):
            used, full, where = draw(cost), draw(cost), draw(centre)
            lines += f"{head},{used},0,{full},{full},{unit},Usage,Compute,plan,Used,{where}\n"
        lines += f"{head},{draw(cost)},0,0,0,{unit},Usage,Compute,plan,Unused,\n"
        paid = draw(cost)
        lines += f"{head},{paid},{paid},{paid},{paid},{unit},Usage,Compute,,,{draw(centre)}\n"
        lines += f"{head},-5,-5,-5,-5,{unit},Credit,Storage,,,\n"
    return BILL + lines


def workspace(
    draw: DrawFn, methods: frozenset[str], home: str, year: str, periods: tuple[Period, ...]
) -> str:
    """Give truecost.yaml."""
    text = f"""truecost: 1
organisation: A case
currency: {home}
default_class: run
unallocated: allowed
periods: {{ from: {periods[0]}, to: {periods[-1]} }}
"""
    text += f"fiscal_year: {year}\n" if year else ""
    if "exchange" in methods:
        at = draw(st.sampled_from(["average rates", "budget rates", "closing rates"]))
        books = draw(st.sampled_from(["average rates", "closing rates"]))
        booked = "" if at == books else f", booked_at: {books}"
        to = draw(st.sampled_from(["", ", exchange_difference: consumer treasury"]))
        to = to if booked else ""
        budget = ", budget_rates: data/budget.csv" if at == "budget rates" else ""
        text += f"currencies: {{ translate_at: {at}{budget}, rates: data/rates.csv{booked}{to} }}\n"
    text += """sources:
  ledger:
    kind: ledger
    three_decimals: yes
    files: data/ledger/*.csv
    layouts:
      - { date: Date, amount: Amount, currency: Currency, account: Account, cost_centre: Centre,
          service_from: From, service_to: To, in_service: In service, disposed: Disposed,
          proceeds: Proceeds }
"""
    if "registers" in methods:
        text += """  assets:
    kind: assets
    three_decimals: yes
    files: data/assets.csv
    layouts:
      - { asset: Asset, in_service: In service, cost: Cost, life: Months, disposed: Disposed,
          proceeds: Proceeds, account: Account, cost_centre: Centre }
  prepayments:
    kind: prepayments
    three_decimals: yes
    files: data/prepaid.csv
    layouts:
      - { date: Paid, amount: Amount, service_from: From, service_to: To, account: Account,
          cost_centre: Centre }
  estimates:
    kind: accruals
    three_decimals: yes
    files: data/estimates.csv
    layouts: [{ date: Day, amount: Estimate, account: Account, cost_centre: Centre }]
"""
    if "commitments" in methods:
        savings = draw(st.sampled_from(["to who used", "shared", "kept by consumer treasury"]))
        text += f"""  bill:
    kind: focus
    files: data/bill.csv
    commitments: {{ savings: {savings} }}
    clean: {{ cost_centre: sub_account_name, account: service_name }}
"""
    return text

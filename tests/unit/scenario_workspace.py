"""Small workspaces drawn at random, and scenarios over them, each also done by hand to the files.

`Firm` says in plain words what a workspace has; `files` writes it down. `changed` does to a firm
what a scenario says, without asking the code under test.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hypothesis.strategies import DrawFn

MONTHS = ("2024-01", "2024-02")
SERVICES = ("alpha", "beta", "gamma")
CONSUMERS = ("north", "south", "east", "west")
TOWER = "tower End User / Help Desk"
CLASSES = ("run", "grow")
BEHAVIOURS = ("fixed", "variable", "step of 5", "fixed, notice 1 month", "variable, notice 1 month")


@dataclass
class Rule:
    """`to` is what stands there, `by` a driver, "" for even parts, None where nothing is split."""

    to: dict[str, str] | list[str] | str
    by: str | None = None


@dataclass
class Firm:
    """A workspace: lines are (month, cost object, class, minor units)."""

    lines: list[tuple[str, str, str, int]]
    quantities: dict[str, dict[str, dict[str, Decimal]]]
    rules: dict[str, Rule]
    behaviours: dict[str, str]
    consumers: list[str] = field(default_factory=lambda: list(CONSUMERS))


def files(firm: Firm) -> dict[str, str]:
    """Write a workspace down."""
    objects = [TOWER, *(f"service {each}" for each in SERVICES)]
    objects += [f"consumer {each}" for each in firm.consumers]
    rows = [
        f"{month}-03,{Decimal(amount).scaleb(-2)},{name},{cls}\n"
        for month, name, cls, amount in firm.lines
    ]
    services = [
        f'{each}: {{ name: {each}, unit: seat, behaviour: "{firm.behaviours[each]}" }}\n'
        for each in SERVICES
    ]
    targets = [*firm.consumers, *SERVICES]
    drivers = [
        f"{month},{target}," + ",".join(
            f"{firm.quantities[name][month].get(target, Decimal(0)):f}" for name in firm.quantities
        ) + "\n"
        for month in MONTHS for target in targets
    ]  # fmt: skip
    return {
        "truecost.yaml": "truecost: 1\norganisation: A case\ncurrency: GBP\nunallocated: allowed\n"
        "sources:\n  ledger:\n    kind: ledger\n    files: data/ledger.csv\n    layouts:\n"
        "      - { date: Date, amount: Amount, cost_centre: Centre, account: Class }\n",
        "model/accounts.yaml": "".join(
            f"- {{ name: {cls}, where: account = '{cls}', class: {cls},"
            " pool: Misc Costs / Other Operating }\n"
            for cls in CLASSES
        ),
        "model/cost_centres.yaml": "".join(
            f"- {{ name: {name}, where: \"cost_centre = '{name}'\", to: {name} }}\n"
            for name in objects
        ),
        "model/services.yaml": "".join(services),
        "model/consumers.yaml": "firm:\n  name: Firm\n  consumers:\n"
        + "".join(f"    {each}: {{ name: {each} }}\n" for each in firm.consumers),
        "model/drivers.yaml": "".join(
            f"{name}: {{ unit: seat, file: data/drivers.csv, column: {name} }}\n"
            for name in firm.quantities
        ),
        "model/allocations.yaml": "rules:\n" + "".join(
            rule_text(source, rule) for source, rule in firm.rules.items()
        ),
        "data/ledger.csv": "Date,Amount,Centre,Class\n" + "".join(rows),
        "data/drivers.csv": f"period,target,{','.join(firm.quantities)}\n" + "".join(drivers),
    }  # fmt: skip


def rule_text(source: str, rule: Rule) -> str:
    """Write a rule down."""
    how = {None: "", "": ", split: evenly"}.get(rule.by, f", by: {rule.by}")
    to = rule.to
    if isinstance(to, dict):
        to = "{ " + ", ".join(f"{name}: {share}" for name, share in to.items()) + " }"
    elif isinstance(to, list):
        to = f"[{', '.join(to)}]"
    return f"  - {{ from: {source}, to: {to}{how} }}\n"


@st.composite
def firms(draw: DrawFn) -> Firm:
    """Draw a workspace that can be built."""
    objects = [TOWER, *(f"service {each}" for each in SERVICES), "consumer north"]
    amounts = st.integers(1, 10_000_000)
    lines = [
        (month, name, draw(st.sampled_from(CLASSES)), draw(amounts))
        for month in MONTHS
        for name in objects
        if name == TOWER or draw(st.booleans())
    ]
    number = st.integers(1, 40).map(Decimal) | st.sampled_from([Decimal("2.5"), Decimal("0.75")])
    quantities = {
        name: {
            month: {target: draw(number) for target in (*CONSUMERS, *SERVICES)} for month in MONTHS
        }
        for name in ("seats", "calls")
    }
    by = st.sampled_from(["seats", "calls"])
    group = st.sampled_from(["consumers", "services and consumers"])
    rules = {TOWER: Rule({"alpha": "40%", "beta": "35%", "gamma": "rest"})}
    for each in SERVICES:
        others = [other for other in SERVICES if other != each]
        kinds: list[Rule] = [
            Rule(draw(group), draw(by)),
            Rule("consumers", ""),
            Rule({others[0]: "12%", "consumers": "rest"}, draw(by)),
            Rule({"north": "30%", "south": "30%", "east": "40%"}),
            Rule(["north", "east", "west"], draw(by)),
            Rule({"west": "500.00", "consumers": "rest"}, draw(by)),
        ]
        lines += [(month, f"service {each}", "run", 5_000_000) for month in MONTHS]
        rules[f"service {each}"] = kinds[draw(st.integers(0, len(kinds) - 1))]
    behaviours = {each: draw(st.sampled_from(BEHAVIOURS)) for each in SERVICES}
    return Firm(lines, quantities, rules, behaviours)


@st.composite
def scenarios(draw: DrawFn) -> dict[str, Any]:
    """Draw what a scenario says, as its file has it."""
    said: dict[str, Any] = {"description": "a trial"}
    if draw(st.booleans()):
        said["from"] = MONTHS[1]
    if draw(st.booleans()):
        change = draw(st.sampled_from(["+7", "x 0.5", "= 3", "+12.5%", "x 2"]))
        target = draw(st.sampled_from(["north", "east", "beta", "consumers"]))
        said["drivers"] = {draw(st.sampled_from(["seats", "calls"])): {target: change}}
    if draw(st.booleans()):
        object_ = draw(st.sampled_from([TOWER, "service beta", "consumer south"]))
        change = '{ change: "+1,234.56", class: run }'
        said["costs"] = {object_: change if object_ != TOWER else draw(
            st.sampled_from(["+10%", "x 0.25", '"+99.99"', change])
        )}  # fmt: skip
    if draw(st.integers(0, 3)) == 0:
        source = f"service {draw(st.sampled_from(SERVICES))}"
        rule = draw(st.sampled_from([Rule("consumers", "calls"), Rule(["north", "west"], "")]))
        said["rules"] = {source: rule}
    who = draw(st.sampled_from(["", "leaves", "altogether", "merge", "ends"]))
    if who == "leaves":
        some = st.lists(st.sampled_from(SERVICES), min_size=1, max_size=2, unique=True)
        said["leaves"] = {draw(st.sampled_from(CONSUMERS[:3])): draw(some)}
    elif who == "altogether":
        said["leaves"] = {draw(st.sampled_from(CONSUMERS[1:])): "altogether"}
    elif who == "merge":
        said["merge"] = {"east": "into south"}
    elif who == "ends":
        said["ends"] = ["beta"]
    return said


def scenario_text(said: dict[str, Any]) -> str:
    """Write a scenario down."""
    lines = []
    for key, value in said.items():
        if key == "rules":
            lines += ["rules:\n", *(rule_text(source, rule) for source, rule in value.items())]
        elif isinstance(value, dict):
            lines.append(f"{key}:\n")
            for name, inner in value.items():
                if isinstance(inner, dict):
                    inner = "{ " + ", ".join(f"{n}: {c}" for n, c in inner.items()) + " }"  # noqa: PLW2901
                elif isinstance(inner, list):
                    inner = f"[{', '.join(inner)}]"  # noqa: PLW2901
                lines.append(f"  {name}: {inner}\n")
        elif isinstance(value, list):
            lines.append(f"{key}: [{', '.join(value)}]\n")
        else:
            lines.append(f"{key}: {value}\n")
    return "".join(lines)


def after(text: str, before: Decimal) -> Decimal:
    """Give what a quantity becomes."""
    if text.startswith("x"):
        return before * Decimal(text[2:])
    if text.startswith("="):
        return Decimal(text[2:])
    if text.endswith("%"):
        return before * (100 + Decimal(text[:-1])) / 100
    return before + Decimal(text)


def changed(firm: Firm, said: dict[str, Any], gross: dict[str, dict[str, int]]) -> Firm:
    """Do by hand what a scenario says of all months; `gross` is the tower's cost by month, class.

    Services whose last consumer went have no rule any more.
    """
    firm = copy.deepcopy(firm)
    figures(firm, said, gross)
    firm.rules |= said.get("rules", {})
    for consumer, services in said.get("leaves", {}).items():
        leave(firm, consumer, SERVICES if services == "altogether" else services)
        if services == "altogether":
            firm.consumers.remove(consumer)
            firm.lines = [line for line in firm.lines if line[1] != f"consumer {consumer}"]
    for service in said.get("ends", ()):
        for other in SERVICES:
            if other != service and f"service {other}" in firm.rules:
                drop(firm, f"service {other}", [service])
        firm.rules.pop(f"service {service}", None)
    for old, words in said.get("merge", {}).items():
        merge(firm, old, words.removeprefix("into "))
    return firm


def figures(firm: Firm, said: dict[str, Any], gross: dict[str, dict[str, int]]) -> None:
    """Change quantities and costs."""
    for name, changes in said.get("drivers", {}).items():
        for values in firm.quantities[name].values():
            for target, text in changes.items():
                for each in CONSUMERS if target == "consumers" else (target,):
                    values[each] = after(text, values[each])
    for name, text in said.get("costs", {}).items():
        for month in MONTHS:
            parts = [("run", 123_456)] if "class" in text else spread(text, gross[month])
            firm.lines += [(month, name, *part) for part in parts]


def leave(firm: Firm, consumer: str, services: Iterable[str]) -> None:
    """Take a consumer out of services."""
    for service in services:
        drop(firm, f"service {service}", [consumer])


def spread(text: str, costs: dict[str, int]) -> list[tuple[str, int]]:
    """Give what a change of a cost comes to by class: largest remainder, the first class first."""
    costs = {cls: costs[cls] for cls in CLASSES if costs.get(cls)}
    total = sum(costs.values())
    if text.startswith('"'):
        whole = Fraction(text.strip('"')) * 100
    else:
        share = {"+10%": Fraction(1, 10), "x 0.25": Fraction(-3, 4)}[text]
        whole = total * share
    exact = {cls: whole * amount / total for cls, amount in costs.items()}
    parts = {cls: int(amount // 1) for cls, amount in exact.items()}
    left = round(whole) - sum(parts.values())
    for cls in sorted(exact, key=lambda each: parts[each] - exact[each])[:left]:
        parts[cls] += 1
    return list(parts.items())


def drop(firm: Firm, source: str, gone: list[str]) -> None:
    """Take somebody out of a rule: groups are listed, percentages grow."""
    rule = firm.rules[source]
    to = rule.to
    if isinstance(to, str):
        members = listed(firm, to)
        if not set(members) & set(gone):
            return
        left = [each for each in members if each not in gone]
        firm.rules[source] = Rule(left, rule.by if len(left) > 1 else None)
    elif isinstance(to, list):
        left = [each for each in to if each not in gone]
        if left != to:
            firm.rules[source] = Rule(left, rule.by if len(left) > 1 else None)
    else:
        firm.rules[source] = without(firm, rule, to, gone)


def without(firm: Firm, rule: Rule, to: dict[str, str], gone: list[str]) -> Rule:
    """Take somebody out of a table of shares. Not all of it can be written."""
    kept = {name: share for name, share in to.items() if name not in gone}
    if "consumers" in kept:
        if set(listed(firm, "consumers")) & set(gone):
            raise NotWrittenError  # a rest among several that are named can't be written down
        return Rule(kept, rule.by)
    if kept != to and "rest" not in kept.values():
        whole = sum(Fraction(share.rstrip("%")) for share in kept.values())
        shares = {name: Fraction(share.rstrip("%")) / whole for name, share in kept.items()}
        if any((share * 10_000_000).denominator != 1 for share in shares.values()):
            raise NotWrittenError
        kept = {name: f"{float(share * 100):.9f}%" for name, share in shares.items()}
    return Rule(kept, rule.by)


class NotWrittenError(Exception):
    """A change that no workspace can write down."""


def listed(firm: Firm, group: str) -> list[str]:
    """Give the members of a group."""
    return [*(SERVICES if "services" in group else ()), *firm.consumers]


def merge(firm: Firm, old: str, new: str) -> None:
    """Make a consumer a part of another."""
    for months in firm.quantities.values():
        for values in months.values():
            values[new] += values.pop(old)
    firm.consumers.remove(old)
    firm.lines = [
        (month, f"consumer {new}" if name == f"consumer {old}" else name, cls, amount)
        for month, name, cls, amount in firm.lines
    ]
    for source, rule in firm.rules.items():
        to = rule.to
        if isinstance(to, list) and old in to:
            left = list(dict.fromkeys(new if each == old else each for each in to))
            firm.rules[source] = Rule(left, rule.by if len(left) > 1 else None)
        elif isinstance(to, dict) and old in to:
            added = {name: share for name, share in to.items() if name != old}
            whole = Fraction(to[old].rstrip("%")) + Fraction(added.get(new, "0%").rstrip("%"))
            firm.rules[source] = Rule({**added, new: f"{int(whole)}%"}, rule.by)

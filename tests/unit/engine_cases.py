"""Arbitrary small models: towers, services that use each other, consumers in branches.

A drawn case is given twice: as what the reference solves and as what the engine reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from hypothesis import strategies as st
from tests.unit.engine_reference import Case, Part, Rule

from truecost.kernel.calendars import Calendar
from truecost.kernel.findings import Place
from truecost.kernel.periods import Period
from truecost.model import types
from truecost.model.resolve import PeriodModel
from truecost.model.types import CostObject, Group, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

PERIOD = Period.of(2024, 1)
TOWERS = ("tower End User / Help Desk", "tower Network / LAN")
BRANCHES = {"north": ("a", "b"), "south": ("c", "d")}
CLASSES = ("run", "grow", "transform")
MONTHS = (1, 2, 3)
_PLACE = Place("model/allocations.yaml", 1, 1)
_AMOUNTS = st.one_of(
    st.sampled_from([-1, 0, 1, 1, 100, -100]),
    st.integers(-(10**5), 10**7),
    st.integers(-(10**11), 10**11),
)
_QUANTITIES = st.one_of(
    st.sampled_from([Decimal(0), Decimal(1), Decimal(1), Decimal("0.5")]),
    st.decimals(0, 10**4, places=3, allow_nan=False),
)


@dataclass(frozen=True)
class Drawn:
    """A case for the reference, and how the model writes its rules: texts of targets and shares."""

    case: Case
    services: tuple[str, ...]
    consumers: tuple[str, ...]
    written: Mapping[str, tuple[tuple[str, str], ...]]
    between: str


@st.composite
def drawn(draw: st.DrawFn, currencies: tuple[str, ...] = ("GBP", "JPY", "KWD")) -> Drawn:
    """Draw a case."""
    services = tuple(f"s{number}" for number in range(draw(st.integers(1, 4))))
    consumers = tuple("abcd"[: draw(st.integers(1, 4))])
    towers = TOWERS[: draw(st.integers(0, 2))]
    sources = (*towers, *(f"service {service}" for service in services))
    objects = (
        *(f"service {service}" for service in services),
        *(f"consumer {consumer}" for consumer in consumers),
    )
    groups = _groups(services, consumers)
    all_allowed = draw(st.booleans())
    rules = {}
    written = {}
    for source in sources:
        # the model itself refuses a service without a rule
        if draw(st.integers(0, 15)) == 0 and (all_allowed or source in TOWERS):
            continue
        allowed = all_allowed or draw(st.booleans())
        rules[source], written[source] = draw(_rule(objects, groups, allowed=allowed))
    quantities = None
    if draw(st.integers(0, 9)):
        some = draw(st.lists(st.sampled_from(objects), unique=True, min_size=1))
        quantities = {name: draw(_QUANTITIES) for name in some}
        if draw(st.integers(0, 9)) == 0:
            quantities[some[0]] = Decimal(-1)
    entered = draw(st.lists(st.sampled_from([*sources, *objects]), unique=True, min_size=1))
    classes = st.dictionaries(st.sampled_from(CLASSES), _AMOUNTS, min_size=1)
    entries = {name: draw(classes) for name in entered}
    order = draw(st.sampled_from(["reciprocal", "reciprocal", "direct", "step_down"]))
    stepped: tuple[str, ...] | None = None
    if order == "direct":
        stepped = ()
    elif order == "step_down":
        stepped = tuple(f"service {each}" for each in draw(st.permutations(services)))
        names = ", ".join(each.removeprefix("service ") for each in stepped)
        order = f"{{ step_down: [{names}] }}"
    currency = draw(st.sampled_from(currencies))
    case = Case(currency, rules, quantities, entries, stepped, all_allowed)
    return Drawn(case, services, consumers, written, order)


def _groups(services: tuple[str, ...], consumers: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    served = tuple(f"service {service}" for service in services)
    charged = tuple(f"consumer {consumer}" for consumer in consumers)
    groups = {
        "consumers": charged,
        "services": served,
        "services and consumers": (*served, *charged),
    }
    for branch, members in BRANCHES.items():
        inside = tuple(name for name in charged if name.removeprefix("consumer ") in members)
        if inside:
            groups[f"consumers within {branch}"] = inside
    return groups


@st.composite
def _rule(
    draw: st.DrawFn, objects: tuple[str, ...], groups: dict[str, tuple[str, ...]], *, allowed: bool
) -> tuple[Rule, tuple[tuple[str, str], ...]]:
    """Draw a rule that the model's checks let through."""
    even = draw(st.booleans())
    if draw(st.integers(0, 4)) == 0:
        listed = tuple(draw(st.lists(st.sampled_from(objects), unique=True, min_size=1)))
        return Rule((Part(listed),), even, allowed), ((f"[{', '.join(listed)}]", "rest"),)
    names = draw(
        st.lists(st.sampled_from([*objects, *groups]), unique=True, min_size=1, max_size=4)
    )
    how = draw(st.sampled_from(["percent", "rest", "amounts"]))
    tenths = [draw(st.integers(0, 1000 // len(names))) for _ in names]
    if how == "percent" and not (allowed and draw(st.booleans())):
        tenths[-1] += 1000 - sum(tenths)
    shares = [f"{Decimal(each) / 10}%" for each in tenths]
    if how != "percent":
        shares[-1] = "rest"
    if how == "amounts":
        amounts = draw(st.lists(st.sampled_from([0, 1, 7, 100, 12345]), max_size=len(names) - 1))
        shares[: len(amounts)] = [f"{amount}.00" for amount in amounts]
    if how != "percent" and sum(tenths[:-1]) == 1000:
        shares[0] = "0%"
    written = tuple(zip(names, shares, strict=True))
    return Rule(
        tuple(_part(name, share, groups) for name, share in written), even, allowed
    ), written


def _part(name: str, share: str, groups: Mapping[str, tuple[str, ...]]) -> Part:
    targets = groups.get(name, (name,))
    if share == "rest":
        return Part(targets, name in groups)
    if share.endswith("%"):
        return Part(targets, name in groups, percent=Fraction(share[:-1]) / 100)
    return Part(targets, name in groups, amount=int(Decimal(share) * 100))


def period_model(drawn: Drawn) -> PeriodModel:
    """Give a case as the engine's model of one period, put together without any file."""
    consumers = [types.Consumer(_PLACE, "firm", "The firm", None)]
    for branch, members in BRANCHES.items():
        inside = [each for each in members if each in drawn.consumers]
        if inside:
            consumers.append(types.Consumer(_PLACE, branch, branch, "firm"))
            consumers += [types.Consumer(_PLACE, each, each, branch) for each in inside]
    behaviour = types.Behaviour(types.BehaviourKind.FIXED)
    case = drawn.case
    between = types.Between.STEP_DOWN if case.order else types.Between.DIRECT
    return PeriodModel(
        period=PERIOD,
        organisation="A case",
        currency="GBP",
        fiscal_year=Calendar(),
        default_class=types.Class.RUN,
        unallocated=case.allowed,
        about="",
        attribution="",
        locale="en",
        sources=(),
        pools=(),
        own_pools=frozenset(),
        towers=(),
        own_towers=frozenset(),
        accounts=(),
        cost_centres=(),
        services=tuple(
            types.Service(_PLACE, each, each, "", None, None, behaviour) for each in drawn.services
        ),
        consumers=tuple(consumers),
        drivers=(types.Driver(_PLACE, "people", "person", file="data/drivers.csv"),),
        allocations=tuple(_allocation(source, drawn) for source in case.rules),
        between_services=types.Between.RECIPROCAL if case.order is None else between,
        step_order=tuple(each.removeprefix("service ") for each in case.order or ()),
    )


def texts(drawn: Drawn) -> dict[str, str]:
    """Give a case as the files of a model, by path; a column `Centre` names the object."""
    case = drawn.case
    towers = [source for source in TOWERS if source in _objects(drawn)]
    centres = "".join(
        f"- {{ name: {name}, where: cost_centre = '{name}', to: {name} }}\n"
        for name in _objects(drawn)
    )
    services = "".join(f"{each}: {{ name: {each}, behaviour: fixed }}\n" for each in drawn.services)
    consumers = "firm:\n  name: The firm\n  consumers:\n"
    for branch, members in BRANCHES.items():
        inside = [f"{each}: {{ name: {each} }}" for each in members if each in drawn.consumers]
        if inside:
            consumers += f"    {branch}: {{ name: x, consumers: {{ {', '.join(inside)} }} }}\n"
    given = case.quantities or {}
    ids = {name: name.partition(" ")[2] for name in given}
    return {
        "model/towers.yaml": "".join(f"- {each.removeprefix('tower ')}\n" for each in towers)
        or "[]\n",
        "model/accounts.yaml": "".join(
            f"- {{ name: {cls}, where: account = '{cls}', pool: Misc Costs / Other Operating,"
            f" class: {cls} }}\n"
            for cls in CLASSES
        ),
        "model/cost_centres.yaml": centres,
        "model/services.yaml": services,
        "model/consumers.yaml": consumers,
        "model/drivers.yaml": "people: { unit: person, file: data/drivers.csv }\n",
        "model/allocations.yaml": f"between_services: {drawn.between}\nrules:"
        + ("".join(f"\n- {_written(source, drawn)}" for source in case.rules) or " []"),
        "data/drivers.csv": "period,target,people\n"
        + "".join(
            f"2024-{month:02},{ids[name]},{value}\n"
            for month in MONTHS
            for name, value in given.items()
        ),
    }


def _objects(drawn: Drawn) -> list[str]:
    entered = {*drawn.case.entries, *drawn.case.rules}
    return sorted(entered | {f"service {each}" for each in drawn.services})


def _written(source: str, drawn: Drawn) -> str:
    rule = drawn.case.rules[source]
    shares = drawn.written[source]
    if len(shares) == 1 and shares[0][1] == "rest":
        to = shares[0][0]
    else:
        to = f"{{ {', '.join(f'{name}: {share}' for name, share in shares)} }}"
    several = any(part.group or len(part.targets) > 1 for part in rule.parts)
    how = (", split: evenly" if rule.even else ", by: people") if several else ""
    allowed = "allowed" if rule.allowed else "refused"
    return f"{{ from: {source}, to: {to}{how}, unallocated: {allowed} }}"


def quantities(drawn: Drawn) -> dict[CostObject, Decimal] | None:
    """Give the driver's values as the engine asks for them."""
    if drawn.case.quantities is None:
        return None
    return {_object(name): value for name, value in drawn.case.quantities.items()}


def _object(text: str) -> CostObject:
    kind, _, id_ = text.partition(" ")
    return CostObject(Kind(kind), id_)


def _allocation(source: str, drawn: Drawn) -> types.Allocation:
    rule = drawn.case.rules[source]
    parts = []
    for part, (name, _) in zip(rule.parts, drawn.written[source], strict=True):
        if part.group:
            kind, _, within = name.partition(" within ")
            groups = tuple(Group(each) for each in kind.split(" and "))
            target = types.Target(_PLACE, groups=groups, within=within or None)
        else:
            target = types.Target(_PLACE, objects=tuple(_object(each) for each in part.targets))
        rest = part.percent is None and part.amount is None
        amount = None if part.amount is None else Decimal(part.amount).scaleb(-2)
        parts.append(types.Part(target, part.percent, amount, rest))
    by = None if rule.even else "people"
    return types.Allocation(
        _PLACE, (_object(source),), tuple(parts), by, _PLACE, rule.even, rule.allowed
    )

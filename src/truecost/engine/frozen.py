"""The model as a run keeps it: every entry as written, so that no figure needs today's files.

A run's table `model` has a row per entry, with its validity, its place and its whole content as
canonical JSON; rules that recognise ledger lines carry their checked condition too. `thaw` makes
the model again, but for its sources, which a run names by their load ids.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import cache, partial
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

from truecost.kernel import digest
from truecost.kernel.calendars import Calendar, Period
from truecost.kernel.days import Days
from truecost.kernel.findings import Place
from truecost.kernel.periods import ALWAYS
from truecost.model import charging, money_types, recognition, types
from truecost.model.charging_costs import ChargingCosts
from truecost.model.journal import JournalModel
from truecost.model.types import Allocation, Consumer, Model
from truecost.rules.predicate import Leaf, Predicate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from truecost.engine.classify_signatures import Rule

SETTINGS = "settings"
#: The lists of entries that are kept, by their field of `Model`; the kind of a row.
KINDS = (
    "accounts", "cost_centres", "services", "consumers", "drivers", "allocations", "rates",
    "true_ups",
)  # fmt: skip
#: The list of rules that each kind of entry makes for classification.
RULE_LISTS = {"accounts": "account", "cost_centres": "centre", "consumers": "consumer"}
#: Of the settings, what explains no figure: the journal is posted by the workspace of its day.
_LEFT_OUT = {"folder", "sources", "journal", "charging_costs", "restates", *KINDS}

#: (kind, position, name, place, first, last, content, condition)
ModelRow = tuple[str, int, str, str, int | None, int | None, str, str]


@dataclasses.dataclass(frozen=True, slots=True)
class Frozen:
    """A run's model: `model` has no sources; `rules` are the lists that lines are put through."""

    model: Model
    rules: Mapping[str, Sequence[Rule]]

    @property
    def owners(self) -> tuple[Consumer, ...]:
        """The consumers that recognise lines, in the order of the list of rules."""
        return owners(self.model.consumers)

    def rules_of(self, period: Period) -> dict[str, Sequence[Rule]]:
        """Give the lists as they hold in a period, whatever the period of a line.

        Positions stay those of the whole lists: a rule that does not hold then matches nothing.
        """
        never = Predicate("FALSE", "FALSE", frozenset())
        return {
            name: [
                (predicate if validity.holds(period) else never, ALWAYS)
                for predicate, validity in found
            ]
            for name, found in self.rules.items()
        }


def owners(consumers: Iterable[Consumer]) -> tuple[Consumer, ...]:
    """Give the consumers that recognise ledger lines as their own, in the order of asking."""
    return tuple(consumer for consumer in consumers if consumer.where is not None)


def freeze(model: Model, rules: Mapping[str, Sequence[Rule]]) -> list[ModelRow]:
    """Give the rows of a run's table `model`; `rules` are those of `KINDS`, checked."""
    settings = {
        field.name: getattr(model, field.name)
        for field in dataclasses.fields(model)
        if field.name not in _LEFT_OUT
    }
    rows: list[ModelRow] = [
        (SETTINGS, 0, "", "truecost.yaml", None, None, digest.canonical(settings), "")
    ]
    for kind in KINDS:
        conditions = iter(rules.get(RULE_LISTS.get(kind, ""), ()))
        for position, entry in enumerate(getattr(model, kind)):
            asked = kind in RULE_LISTS and entry.where is not None
            condition = _condition(next(conditions)[0]) if asked else ""
            first, last = entry.valid.first, entry.valid.last
            rows.append(
                (
                    kind, position, name_of(entry), str(entry.place),
                    first.index if first else None, last.index if last else None,
                    digest.canonical(entry), condition,
                )
            )  # fmt: skip
    return rows


def name_of(entry: Any) -> str:
    """Give what people call an entry: its id, its name, or what an allocation is from."""
    if isinstance(entry, Allocation):
        return ", ".join(map(str, entry.sources))
    return str(getattr(entry, "id", "") or entry.name)


def thaw(rows: Iterable[Mapping[str, Any]], *, conditions_only: bool = False) -> Frozen:
    """Make the model again from the rows of a run's table `model`, in any order.

    With `conditions_only` only what recognises ledger lines is made, and the settings.
    """
    entries: dict[str, list[Any]] = {kind: [] for kind in KINDS}
    rules: dict[str, list[Rule]] = {name: [] for name in RULE_LISTS.values()}
    hints = _hints(Model)
    rows = sorted(rows, key=lambda row: (row["kind"], row["position"]))
    said: dict[str, Any] = next(
        (json.loads(row["content"]) for row in rows if row["kind"] == SETTINGS), {}
    )
    calendar = Calendar.made(said.get("fiscal_year") or {"begins": 1})
    settings = {name: _made(hints[name], each, calendar) for name, each in said.items()}
    for row in rows:
        if row["kind"] == SETTINGS:
            continue
        if conditions_only and not row["condition"]:
            continue
        (entry_type, _) = get_args(hints[row["kind"]])
        entry = _made(entry_type, json.loads(row["content"]), calendar)
        entries[row["kind"]].append(entry)
        if row["condition"]:
            found = json.loads(row["condition"])
            leaves = tuple(Leaf(sql, frozenset(columns)) for sql, columns in found["leaves"])
            predicate = Predicate(entry.where, found["sql"], frozenset(found["columns"]), leaves)
            rules[RULE_LISTS[row["kind"]]].append((predicate, entry.valid))
    lists: dict[str, Any] = {kind: tuple(found) for kind, found in entries.items()}
    return Frozen(Model(folder=Path(), sources=(), **lists, **settings), rules)


def _condition(predicate: Predicate) -> str:
    leaves = [[leaf.sql, sorted(leaf.columns)] for leaf in predicate.leaves]
    return digest.canonical({"sql": predicate.sql, "columns": predicate.columns, "leaves": leaves})


@cache
def _hints(of: type) -> dict[str, Any]:
    # names that the modules of these types import for checking only
    names: dict[str, Any] = {"Place": Place, "Path": Path, "Decimal": Decimal, "Fraction": Fraction}
    names |= {"Mapping": Mapping, "Iterable": Iterable, "Days": Days, "dt": dt}
    names |= {"JournalModel": JournalModel, "ChargingCosts": ChargingCosts}
    modules = (recognition, charging, money_types, types)
    known = {name: each for module in modules for name, each in vars(module).items()}
    return get_type_hints(of, known | names)


def _made(hint: Any, value: Any, calendar: Calendar) -> Any:
    """Make a value of a type from plain JSON; fields of a later version are left out."""
    if value is None:
        return None
    maker = _maker(hint, calendar)
    return maker(value) if maker else value


@cache
def _maker(hint: Any, calendar: Calendar) -> Callable[[Any], Any] | None:
    """Give what makes a value of a type from JSON that is not null; None where it stays as it is.

    What a type says of itself is asked once, not for every value.
    """
    arguments = get_args(hint)
    if get_origin(hint) is tuple:
        each = arguments[0]
        return lambda value: tuple(_made(each, part, calendar) for part in value)
    if get_origin(hint) is frozenset:
        return frozenset
    if NoneType in arguments:
        return _maker(next(each for each in arguments if each is not NoneType), calendar)
    if hint is Calendar:
        return Calendar.made
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return partial(_entry, hint, calendar)
    if hint is dt.date:
        return dt.date.fromisoformat
    if isinstance(hint, type) and issubclass(hint, Decimal | Fraction | Enum):
        return hint
    return None


def _entry(kind: type, calendar: Calendar, value: Mapping[str, Any]) -> Any:
    makers = _makers(kind, calendar)
    # what is written as an index or as days is read by the calendar
    fields: dict[str, Any] = {"calendar": calendar} if kind in {Period, Days} else {}
    for name, each in value.items():
        if name in makers:
            maker = makers[name]
            fields[name] = maker(each) if maker and each is not None else each
    return kind(**fields)


@cache
def _makers(kind: type, calendar: Calendar) -> dict[str, Callable[[Any], Any] | None]:
    hints = _hints(kind) if kind is not Place else {}
    fields = dataclasses.fields(kind)
    return {field.name: _maker(hints.get(field.name), calendar) for field in fields}

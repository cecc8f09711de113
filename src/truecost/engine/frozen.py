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
from functools import cache, cached_property
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

from truecost.kernel import digest
from truecost.kernel.calendars import Calendar, Period
from truecost.kernel.days import Days
from truecost.kernel.findings import Finding, Place, StoreError
from truecost.kernel.periods import ALWAYS
from truecost.model import charging, money_types, recognition, types
from truecost.model.charging_costs import ChargingCosts
from truecost.model.journal import JournalModel
from truecost.model.resolve import KINDS, PeriodModel, Resolver
from truecost.model.types import Allocation, Consumer, Model
from truecost.rules.predicate import Leaf, Predicate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from truecost.engine.classify_signatures import Rule

SETTINGS = "settings"
#: The list of rules that each kind of entry makes for classification.
RULE_LISTS = {"accounts": "account", "cost_centres": "centre", "consumers": "consumer"}
#: Of the settings, what explains no figure: the journal is posted by the workspace of its day, and
#: all engines come to the same.
_LEFT_OUT = {"folder", "sources", "engine", "journal", "charging_costs", "restates", *KINDS}

#: (kind, position, name, place, first, last, content, condition)
ModelRow = tuple[str, int, str, str, int | None, int | None, str, str]


@dataclasses.dataclass(frozen=True, slots=True)
class Frozen:
    """A run's model: `model` has no sources; `rules` are the lists that lines are put through."""

    model: Model
    rules: Mapping[str, Sequence[Rule]]
    _resolver: Resolver = dataclasses.field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Make what resolves the model."""
        object.__setattr__(self, "_resolver", Resolver(self.model))

    def resolved(self, period: Period) -> PeriodModel:
        """Give the model as it holds in a period, made once."""
        return self._resolver.at(period)

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
    Raise StoreError for a run of a later version that has settings of its own.
    """
    entries: dict[str, list[Any]] = {kind: [] for kind in KINDS}
    rules: dict[str, list[Rule]] = {name: [] for name in RULE_LISTS.values()}
    hints = _hints(Model)
    rows = sorted(rows, key=lambda row: (row["kind"], row["position"]))
    said: dict[str, Any] = next(
        (json.loads(row["content"]) for row in rows if row["kind"] == SETTINGS), {}
    )
    calendar = Calendar.made(said.get("fiscal_year") or {"begins": 1})
    unknown = sorted(said.keys() - hints.keys())
    if unknown:
        what = f"the run's model has settings that this version does not know: {', '.join(unknown)}"
        raise StoreError(Finding(None, what, "use the version of Truecost that built it, or later"))
    settings = {name: _made(hints[name], each, calendar) for name, each in said.items()}
    makers = {kind: _maker(get_args(hints[kind])[0], calendar) or _as_it_is for kind in KINDS}
    for row in rows:
        if row["kind"] == SETTINGS:
            continue
        if conditions_only and not row["condition"]:
            continue
        entry = makers[row["kind"]](json.loads(row["content"]))
        entries[row["kind"]].append(entry)
        if row["condition"]:
            found = json.loads(row["condition"])
            leaves = tuple(Leaf(sql, frozenset(columns)) for sql, columns in found["leaves"])
            predicate = Predicate(entry.where, found["sql"], frozenset(found["columns"]), leaves)
            rules[RULE_LISTS[row["kind"]]].append((predicate, entry.valid))
    lists: dict[str, Any] = {kind: tuple(found) for kind, found in entries.items()}
    return Frozen(Model(folder=Path(), sources=(), **lists, **settings), rules)


def _as_it_is(value: Any) -> Any:
    return value


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
        maker = _maker(arguments[0], calendar)
        if maker is None:
            return tuple
        return lambda value: tuple(None if part is None else maker(part) for part in value)
    if get_origin(hint) is frozenset:
        return frozenset
    if NoneType in arguments:
        return _maker(next(each for each in arguments if each is not NoneType), calendar)
    if hint is Calendar:
        return Calendar.made
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return _Entries(hint, calendar).made
    if hint is dt.date:
        return dt.date.fromisoformat
    if isinstance(hint, type) and issubclass(hint, Decimal | Fraction | Enum):
        return hint
    return None


class _Entries:
    """What makes entries of one type; what is asked of the type is asked once."""

    def __init__(self, kind: type, calendar: Calendar) -> None:
        self._kind = kind
        self._calendar = calendar

    @cached_property
    def _makers(self) -> dict[str, Callable[[Any], Any] | None]:
        hints = _hints(self._kind) if self._kind is not Place else {}
        names = [field.name for field in dataclasses.fields(self._kind)]
        return {name: _maker(hints.get(name), self._calendar) for name in names}

    def made(self, value: Mapping[str, Any]) -> Any:
        """Make an entry from plain JSON; fields of a later version are left out."""
        makers = self._makers
        # what is written as an index or as days is read by the calendar
        fields: dict[str, Any] = (
            {"calendar": self._calendar} if self._kind in {Period, Days} else {}
        )
        for name, each in value.items():
            if name in makers:
                maker = makers[name]
                fields[name] = maker(each) if maker and each is not None else each
        return self._kind(**fields)

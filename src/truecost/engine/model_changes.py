"""What changed in the model between two periods: entries added, removed, changed, with places."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from truecost.engine.frozen import name_of
from truecost.model.resolve import KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from truecost.engine.frozen import Frozen
    from truecost.kernel.periods import Period
    from truecost.model.resolve import PeriodModel

_SETTINGS = ("currency", "default_class", "unallocated", "towers", "pools", "between_services",
             "step_order")  # fmt: skip


@dataclass(frozen=True, slots=True)
class ModelChange:
    """One entry that differs. `kind` is the file it stands in, `what` added, removed or changed.

    `place` is where it stands (stood, if removed), `fields` what of it differs; `reason` is what
    its author wrote about it.
    """

    kind: str
    name: str
    what: str
    place: str
    fields: tuple[str, ...] = ()
    reason: str = ""


def model_changes(
    after: Frozen, period: Period, before: Frozen, against: Period
) -> tuple[ModelChange, ...]:
    """Compare the model of a period with that of an earlier one, entry by entry.

    Validity and places do not count. Entries are one and the same if they are called the same; of
    rules that recognise ledger lines it counts too whether others now go before them.
    """
    now, then = after.resolved(period), before.resolved(against)
    found = [
        ModelChange("settings", name, "changed", "truecost.yaml", (name,))
        for name in _SETTINGS
        if getattr(now, name) != getattr(then, name)
    ]
    for kind in KINDS:
        found += _of_kind(kind, now, then)
    return tuple(found)


def _of_kind(kind: str, now: PeriodModel, then: PeriodModel) -> list[ModelChange]:
    if getattr(now, kind) is getattr(then, kind):
        return []
    new = {name_of(entry): entry for entry in getattr(now, kind)}
    old = {name_of(entry): entry for entry in getattr(then, kind)}
    found = []
    fields: tuple[str, ...]
    for name in {**old, **new}:
        if name not in old:
            entry, what, fields = new[name], "added", ()
        elif name not in new:
            entry, what, fields = old[name], "removed", ()
        elif new[name] != old[name]:
            entry, what, fields = new[name], "changed", _fields(new[name], old[name])
        else:
            continue
        reason = getattr(entry, "reason", "")
        found.append(ModelChange(kind, name, what, str(entry.place), fields, reason))
    if kind in {"accounts", "cost_centres"}:
        found += _moved(kind, list(new), list(old), new)
    return found


def _fields(new: Any, old: Any) -> tuple[str, ...]:
    return tuple(
        field.name
        for field in dataclasses.fields(new)
        if field.compare and getattr(new, field.name) != getattr(old, field.name)
    )


def _moved(
    kind: str, new: Sequence[str], old: Sequence[str], entries: dict[str, Any]
) -> list[ModelChange]:
    """Tell rules that stand elsewhere among those that both have: the first match wins."""
    order = [name for name in new if name in old]
    was = [name for name in old if name in entries]
    return [
        ModelChange(kind, name, "changed", str(entries[name].place), ("order",))
        for name, other in zip(order, was, strict=True)
        if name != other
    ]

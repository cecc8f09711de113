"""Sources of `kind: focus`: what the model chooses of a cloud bill, and whether it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.kernel.findings import Finding, Place
from truecost.model.focus import cleanings, layout, own_name, specification
from truecost.model.focus.layout import TAG
from truecost.model.names import RESERVED
from truecost.model.source_types import Deliveries, Focus
from truecost.model.tree import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from truecost.model.draft import Entry
    from truecost.model.schema.workspace import SourceShape

FOCUS = "focus"
_OF_FOCUS = (
    "cost", "period", "quantity", "tags", "columns", "deliveries", "invoices", "commitments",
)  # fmt: skip
_OF_LEDGER = ("layouts",)
_NOWHERE = Place("")


def focus_of(shape: SourceShape) -> Focus | None:
    """Give what a source chooses of a cloud bill; None for a ledger."""
    if shape.kind != FOCUS:
        return None
    return Focus(
        cost=shape.cost or "EffectiveCost",
        period=shape.period or "charge",
        quantity=shape.quantity or "",
        tags=tuple((str(name), _keys(keys)) for name, keys in shape.tags.items()),
        columns=tuple((own_name(header), str(header)) for header in shape.columns),
        deliveries=shape.deliveries or Deliveries.ADD,
        invoices=str(shape.invoices or ""),
        invoices_place=shape.invoices.place if shape.invoices else None,
    )


def bill_names(focus: Focus) -> Sequence[str]:
    """Give the names that the columns of a bill have before the model cleans them."""
    short = (cleaning.column for cleaning in cleanings(focus, _NOWHERE))
    return tuple(dict.fromkeys((*layout(focus, _NOWHERE).columns, *short)))


def check_kind(entry: Entry[SourceShape], found: list[Finding]) -> None:
    """Check that a source has the keys of its kind, and that its columns have names of theirs."""
    shape = entry.shape
    other = _OF_LEDGER if shape.kind == FOCUS else _OF_FOCUS
    for word in other:
        if getattr(shape, word):
            what = f'source "{entry.id}": {word} can\'t stand with kind: {shape.kind}'
            hint = "the columns of a bill in FOCUS are known by their names: take layouts: away"
            if shape.kind != FOCUS:
                hint = f"take {word}: away, or write kind: focus"
            found.append(Finding(entry.place, what, hint))
    if shape.kind != FOCUS:
        return
    known = {column.own for column in specification().columns.values()}
    for header in shape.columns:
        own = own_name(header)
        if own in known or own.startswith(TAG):
            what = f'"{header}" would be {own}, a column that a bill has anyway'
            found.append(Finding(header.place, what, "take it away"))
        if own in RESERVED:
            what = f'"{header}" would be {own}, a name that Truecost uses itself'
            found.append(Finding(header.place, what, "take it away, or rename it in the export"))
        known.add(own)
    for name, keys in shape.tags.items():
        if not _keys(keys):
            what = f"tags: {name} names no key"
            found.append(Finding(name.place, what, "write one or more, as in [team, Team]"))


def _keys(keys: Text | list[Text]) -> tuple[str, ...]:
    return (str(keys).strip(),) if isinstance(keys, Text) else tuple(str(k).strip() for k in keys)

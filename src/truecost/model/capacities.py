"""The capacity of a rule or a part: how much there is, and whose what is not used is."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol

from truecost.kernel.findings import Finding
from truecost.model.entries import plain
from truecost.model.tree import Text
from truecost.model.types import Capacity, Kind, OverUse

if TYPE_CHECKING:
    from truecost.kernel.findings import Place
    from truecost.model.references import References
    from truecost.model.schema.allocation import UnusedShape

ITS_COST = "its cost"
_BESIDE = ("unused", "fixed", "over_use")


class Split(Protocol):
    """What a rule and a part of one say alike of how they split."""

    @property
    def by(self) -> Text | None:
        """The driver."""

    @property
    def capacity(self) -> Decimal | Text | None:
        """The practical capacity, or a driver that says it."""

    @property
    def unused(self) -> Text | UnusedShape | None:
        """Where the cost of what is not used goes."""

    @property
    def fixed(self) -> Fraction | None:
        """What share of the cost the capacity stands for."""

    @property
    def over_use(self) -> OverUse | None:
        """What happens beyond the capacity."""

    def place_of(self, key: str) -> Place:
        """Give where a key stands."""


Note = Callable[[str, str, str], None]


def _share(shape: Split, note: Note) -> Fraction:
    """Give what share of the cost a capacity stands for, checking what it is measured by."""
    if shape.by is None:
        note("capacity", "a capacity is in the unit of a driver, and none is named", "write by:")
    if isinstance(shape.capacity, Decimal) and not shape.capacity:
        note("capacity", "a capacity of nothing can't carry a cost", "write what can be done")
    fixed = Fraction(1) if shape.fixed is None else shape.fixed
    if not 0 < fixed <= 1:
        note("fixed", "the fixed share is more than nothing and at most 100%", "write such a share")
    return fixed


def capacity_of(shape: Split, refer: References, found: list[Finding]) -> Capacity | None:
    """Make the capacity that a rule or part speaks of; what is wrong with it goes to `found`."""

    def note(key: str, what: str, hint: str) -> None:
        found.append(Finding(shape.place_of(key), what, hint))

    said = shape.capacity
    if said is None:
        for word in _BESIDE:
            if getattr(shape, word) is not None:
                note(word, f"{word} says nothing without a capacity", "write capacity: too")
        return None
    fixed = _share(shape, note)
    unused = shape.unused
    if unused is None:
        what = "nothing says whose the cost of unused capacity is"
        note("capacity", what, "write unused: to a consumer, or keep_apart with an owner")
    apart = unused if unused is not None and not isinstance(unused, Text) else None
    to = refer.leaf(unused) if isinstance(unused, Text) else None
    if to is not None and to.kind is not Kind.CONSUMER:
        note("unused", f"{to} can't own unused capacity", "name a consumer, or keep it apart")
    own_cost = said == ITS_COST
    driver = refer.name("driver", said) if isinstance(said, Text) and not own_cost else None
    for word in ("fixed", "over_use") if own_cost else ():
        if getattr(shape, word) is not None:
            what = f"standard rates are held against the whole cost, so {word} says nothing"
            note(word, what, f"take {word} out")
    return Capacity(
        shape.place_of("capacity"),
        figure=said if isinstance(said, Decimal) else None,
        driver=driver,
        fixed=fixed,
        unused_to=to,
        keep_apart=plain(apart.keep_apart) if apart else "",
        owner=plain(apart.owner) if apart else "",
        over_use=shape.over_use or OverUse.CHARGED,
        own_cost=own_cost,
    )

"""Whose the savings of commitments are: what a source's `commitments:` says, checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.kernel.findings import Finding
from truecost.model.bill import FOCUS
from truecost.model.columns import laid_out_names
from truecost.model.money_types import Commitments, Savings
from truecost.model.names import suggestion
from truecost.model.tree import Text

if TYPE_CHECKING:
    from truecost.model.draft import Draft, Entry
    from truecost.model.references import References
    from truecost.model.schema.workspace import CommitmentsShape, SourceShape

_KEPT = "kept by "
_EFFECTIVE = "EffectiveCost"


def commitments_of(read: Draft, refer: References, found: list[Finding]) -> tuple[Commitments, ...]:
    """Give what sources say of commitments; those that say nothing are not among them."""
    return tuple(
        _made(entry, entry.shape.commitments, refer, found)
        for entry in read.sources
        if entry.shape.commitments is not None and entry.shape.kind == FOCUS
    )


def _made(
    entry: Entry[SourceShape], shape: CommitmentsShape, refer: References, found: list[Finding]
) -> Commitments:
    said = shape.savings
    owner = None
    savings = Savings.KEPT
    if said.startswith(_KEPT):
        owner = refer.leaf(Text(said.removeprefix(_KEPT).strip(), said.place))
    else:
        savings = Savings(str(said))
    if savings is not Savings.USED and entry.shape.cost not in {None, _EFFECTIVE}:
        what = f"{entry.shape.cost} of a charge has no savings of commitments in it"
        found.append(Finding(said.place, what, f"write  cost: {_EFFECTIVE},  or take this away"))
    within = shape.shared_within
    if within is not None and savings is not Savings.SHARED:
        what = f"shared_within is for  savings: shared,  and these are {said}"
        found.append(Finding(shape.place_of("shared_within"), what, "take it away"))
    known = [*laid_out_names(entry.shape), *entry.shape.clean]
    for column in within or ():
        if column not in known:
            hint = suggestion(column, known)
            found.append(Finding(column.place, f'there is no column "{column}"', hint))
    return Commitments(
        shape.place,
        entry.id,
        savings,
        owner,
        shape.compared_with,
        tuple(map(str, within or ("service_name",))),
    )

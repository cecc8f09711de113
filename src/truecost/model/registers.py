"""Sources of kind assets, prepayments and accruals: what the ledger does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.kernel.findings import Finding
from truecost.model.recognition import ASSET, FROM, IN_SERVICE, LIFE, TO, Register

if TYPE_CHECKING:
    from truecost.model.draft import Entry
    from truecost.model.schema.workspace import SourceShape

COST = "cost"
#: The columns that a register must have, by its kind, in the analyst's words.
REGISTER_COLUMNS = {
    str(Register.ASSETS): (ASSET, IN_SERVICE, COST, LIFE),
    str(Register.PREPAYMENTS): ("date", "amount", FROM, TO),
}
#: How the columns of an asset are read: when it is put to use is its date, its cost its amount.
_OF_ASSETS = {IN_SERVICE: "date", COST: "amount"}


def register_of(shape: SourceShape) -> Register | None:
    """Give which register a source is; None for a ledger or a bill."""
    kinds = {str(each): each for each in Register}
    return kinds.get(shape.kind)


def own_name(name: str, kind: str) -> str:
    """Give the name under which a layout's column is read."""
    return _OF_ASSETS.get(name, name) if kind == Register.ASSETS else name


def check_register(entry: Entry[SourceShape], found: list[Finding]) -> None:
    """Check that a source has what only registers have only where it is one."""
    shape = entry.shape
    if shape.beside_ledger is not None and shape.kind not in REGISTER_COLUMNS:
        what = f'source "{entry.id}": beside_ledger can\'t stand with kind: {shape.kind}'
        hint = "take it away: only registers of assets and prepayments stand beside the ledger"
        found.append(Finding(shape.beside_ledger.place, what, hint))

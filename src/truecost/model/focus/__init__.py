"""FOCUS as data: the columns of the FinOps Open Cost and Usage Specification, and how we name them.

Enters: `columns.json`, facts of versions 1.0 to 1.4 of the dataset Cost and Usage, with their
source. Leaves: what a column of a cloud bill is (`specification`), which version a header is of
(`version_of`), and the layout and cleanings by which a bill is read as a ledger is (`layout`,
`cleanings`). Each column keeps its name in our spelling: `BilledCost` is `billed_cost`.
"""

from truecost.model.focus.layout import cleanings, layout
from truecost.model.focus.specification import (
    Column,
    Specification,
    own_name,
    specification,
    version_of,
)

__all__ = [
    "Column",
    "Specification",
    "cleanings",
    "layout",
    "own_name",
    "specification",
    "version_of",
]

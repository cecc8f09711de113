"""Names of the TBM taxonomy, as data: what pools, towers, solutions and consumers are called.

Enters: `tbm_5_0_1.json`, names only, with its source. Leaves: the names, in the order of the
source. A pool reads `Pool / Sub-Pool`, a tower `Tower / Sub-Tower`, a solution
`Type / Category / Name`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """The names of one version of the taxonomy, in the order of its source."""

    version: str
    source: str
    attribution: str
    pools: tuple[str, ...]
    towers: tuple[str, ...]
    solutions: tuple[str, ...]
    consumers: tuple[str, ...]


@cache
def tbm() -> Taxonomy:
    """Give the names of TBM 5.0.1, operating and capital pools together."""
    text = files(__name__).joinpath("tbm_5_0_1.json").read_text(encoding="utf-8")
    data = json.loads(text)
    return Taxonomy(
        version=data["version"],
        source=data["source"],
        attribution=data["attribution"],
        pools=(*data["pools"]["operating"], *data["pools"]["capital"]),
        towers=tuple(name for domain in data["towers"].values() for name in domain),
        solutions=tuple(data["solutions"]),
        consumers=tuple(data["consumers"]),
    )

"""That no asset's cost counts twice: as depreciation made here, and as the ledger has it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from truecost.kernel.findings import Finding
from truecost.model.recognition import Way

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from truecost.model.types import MappingRule

_SUB_POOL = "Depreciation & Amortization"
_NAMED = re.compile(r"depreciat|amorti[sz]", re.IGNORECASE)


def check_depreciation(accounts: Sequence[MappingRule]) -> Iterator[Finding]:
    """Find rules that take the ledger's depreciation while another depreciates the same pool.

    A rule is taken to do so by its pool, `… / Depreciation & Amortization`, or by the word in its
    condition or name. It counts twice with a rule that depreciates into a pool of the same main
    pool at the same time.
    """
    makers = [rule for rule in accounts if _depreciates(rule)]
    for rule in accounts:
        if rule.depreciation_of or not takes_depreciation(rule):
            continue
        for maker in makers:
            same = main_pool(maker.pool) == main_pool(rule.pool)
            if same and maker.valid.overlaps(rule.valid):
                yield twice(rule, f'rule "{maker.name}" in line {maker.place.line}')
                break


def twice(rule: MappingRule, maker: str, lines: str = "") -> Finding:
    """Say that a rule takes depreciation which `maker` makes."""
    return Finding(
        rule.place,
        f'rule "{rule.name}" takes depreciation that the ledger has, and {maker} makes it from what'
        " was bought: the same cost would count twice",
        "write  ignore: depreciated here from what was bought  in place of pool and to; or, if it"
        " is of other assets, say which:  depreciation_of: buildings",
        (f"it takes {lines}",) if lines else (),
    )


def takes_depreciation(rule: MappingRule) -> bool:
    """Say whether a rule brings depreciation, as the ledger has it, onto bills."""
    if rule.ignore is not None or rule.keep_apart is not None or rule.recognise is not None:
        return False
    pool = rule.pool or ""
    return pool.endswith(f"/ {_SUB_POOL}") or any(
        _NAMED.search(text) for text in (rule.where, rule.name)
    )


def main_pool(pool: str | None) -> str:
    """Give the pool that a sub-pool belongs to."""
    return (pool or "").partition(" / ")[0]


def _depreciates(rule: MappingRule) -> bool:
    return rule.recognise is not None and rule.recognise.way is Way.DEPRECIATION

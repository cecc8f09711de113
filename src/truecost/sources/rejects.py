"""Whether the model allows what was rejected."""

from __future__ import annotations

from decimal import Context, Decimal, Inexact
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from truecost.kernel.findings import Finding, Place, StoreError

if TYPE_CHECKING:
    from truecost.model.source_types import Source
    from truecost.store.sources import CodedSource, LoadedFile

_LISTED = 20
_DATABASES = ("postgresql", "sqlite")
_ADD = Context(prec=100, traps=[Inexact])


def check_rejects(coded: CodedSource, source: Source) -> list[Finding]:
    """Give what stands against calling a source complete: nothing, if all rejects may be held.

    Held they may be while in each currency their absolute amounts come to no more than
    `hold_up_to`, and no more than `unreadable` of them are without an amount that can be read.
    """
    if not coded.statistics.rejected:
        return []
    rejects = _rejects(coded)
    sums: dict[str, Decimal] = {}
    for reject in rejects:
        if reject["amount"] is not None:
            before = sums.get(reject["currency"], Decimal(0))
            sums[reject["currency"]] = _ADD.add(before, reject["amount"].copy_abs())
    largest = max(sums.values(), default=Decimal(0))
    unreadable = coded.statistics.unreadable
    limit = source.rejects
    held = limit.hold_up_to is not None and largest <= limit.hold_up_to
    if held and unreadable <= limit.unreadable:
        return []
    findings = [
        Finding(
            _place(coded.files[reject["file"]], reject["line"]),
            reject["reason"],
            detail=(" ".join(reject["text"].split()),),
        )
        for reject in rejects[:_LISTED]
    ]
    return [*findings, _summary(source, len(rejects), sums, unreadable, largest)]


def held_lines(coded: CodedSource, most: int = _LISTED) -> list[str]:
    """Give the first rejected lines, each as `file:line: reason`."""
    if not coded.statistics.rejected:
        return []
    return [
        f"{_place(coded.files[reject['file']], reject['line'])}: {reject['reason']}"
        for reject in _rejects(coded)[:most]
    ]


def _rejects(coded: CodedSource) -> list[dict[str, Any]]:
    try:
        found: list[dict[str, Any]] = pq.read_table(coded.rejects).to_pylist()
    except (OSError, pa.ArrowException) as error:
        hint = f"remove the folder {coded.shown}; it is read again from its files"
        place = Place(f"{coded.shown}/{coded.rejects.name}")
        raise StoreError(Finding(place, "the table is damaged", hint)) from error
    return found


def _place(file: LoadedFile, line: int) -> Place:
    if file.encoding in _DATABASES:
        return Place(f"{file.name} row {line}")
    return Place(file.name, line)


def _summary(
    source: Source, rejected: int, sums: dict[str, Decimal], unreadable: int, largest: Decimal
) -> Finding:
    amounts = [f"{_shown(amount)} {currency}" for currency, amount in sorted(sums.items())]
    if unreadable:
        amounts.append(f"{unreadable} without an amount that can be read")
    what = f'source "{source.name}": {rejected:,} line{"" if rejected == 1 else "s"} can\'t be read'
    limit = source.rejects
    detail = []
    if rejected > _LISTED:
        detail.append(f"the first {_LISTED} are listed above")
    if limit.hold_up_to is not None:
        detail.append(
            f"the model holds lines of up to {_shown(limit.hold_up_to)}"
            f" and {limit.unreadable} without an amount"
        )
    # a comma would begin the next entry here
    terms = f"hold_up_to: {_shown(largest).replace(',', '')}"
    if unreadable:
        terms += f", unreadable: {unreadable}"
    hint = f"mend them in the files, or hold them back, named: rejects: {{ {terms} }}"
    return Finding(source.place, f"{what} ({'; '.join(amounts)})", hint, tuple(detail))


def _shown(amount: Decimal) -> str:
    """Give an amount with its thousands parted and at least two decimals."""
    text = f"{amount:,f}"
    whole, _, part = text.partition(".")
    return f"{whole}.{part.rstrip('0').ljust(2, '0')}"

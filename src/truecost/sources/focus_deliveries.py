"""Deliveries of a cloud bill that replace earlier ones.

Providers correct an open billing period in one of two ways: by further rows, which add up
(ledger-style: the difference; accounting-style: the reverse, then the charge as it should be), or
by delivering all of it anew (replacement). Which one it is, the files don't say; the model does.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import numpy as np

from truecost.model.source_types import Deliveries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from truecost.sources.gathering import Gathered
    from truecost.store.sources import LoadedFile

#: What is delivered anew as a whole.
_WHOLE = ("invoice_issuer_name", "billing_account_id", "billing_period_start")


def superseded(
    gathered: Gathered, files: Sequence[LoadedFile], how: Deliveries
) -> tuple[NDArray[np.bool_], list[LoadedFile]]:
    """Say which rows, as gathered, a later delivery stands in for; and note it on their files.

    Of each issuer, billing account and billing period the last delivery counts: the last file by
    name that has any row of it, or all files of the last folder.
    """
    table = gathered.table()
    deliveries = _deliveries(files, how)
    delivery = deliveries[table["file"].to_numpy()] if table.num_rows else np.zeros(0, np.int64)
    last: dict[tuple[str, ...], int] = {}
    columns = [table[name].combine_chunks().cast("string").to_pylist() for name in _WHOLE]
    wholes = list(zip(*columns, strict=True))
    for whole, number in zip(wholes, delivery.tolist(), strict=True):
        last[whole] = max(last.get(whole, number), number)
    counts = np.fromiter((last[whole] for whole in wholes), np.int64, len(wholes))
    replaced = delivery < counts
    lost = np.bincount(table["file"].to_numpy()[replaced], minlength=len(files))
    noted = [
        replace(file, notes=(*file.notes, f"replaced by a later delivery: {rows:,} rows"))
        if rows
        else file
        for file, rows in zip(files, lost.tolist(), strict=True)
    ]
    return replaced, noted


def _deliveries(files: Sequence[LoadedFile], how: Deliveries) -> NDArray[np.int64]:
    """Give the number of each file's delivery; files stand in the order of their names."""
    if how is Deliveries.BY_FILE:
        return np.arange(len(files))
    folders = sorted({str(PurePosixPath(file.name).parent) for file in files})
    return np.array([folders.index(str(PurePosixPath(file.name).parent)) for file in files])

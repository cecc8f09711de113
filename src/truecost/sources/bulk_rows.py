"""Rows read in bulk get the codes of their texts, once all texts are known."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from truecost.store.arrays import JSON, Arrays, Segment, as_json, hash_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from truecost.sources import bulk_spill
    from truecost.sources.bulk_spill import Spill
    from truecost.sources.bulk_texts import Column, Dictionary
    from truecost.store.arrays import Part

_CURRENCY = "currency"


@dataclass(frozen=True, slots=True)
class Ready:
    """What is known once all files are read: `columns` are text columns in order.

    `currencies` gives codes by the number that rows have, `hashes` the first 8 bytes of each file's
    SHA-256, `digits` of numbers all digits and those after the point, `greatest` the largest.
    """

    columns: Mapping[str, Column]
    dictionaries: Mapping[str, Dictionary]
    currencies: NDArray[np.int32]
    hashes: Sequence[int]
    digits: Mapping[str, tuple[int, int]]
    greatest: Mapping[str, int]


def write(spill: Spill, ready: Ready) -> dict[str, Any]:
    """Write what codes rows have; say of the rows what `load.json` does."""
    segments = tuple(_segment(spill, each, ready) for each in spill.segments)
    largest = {name: len(column.values) - 1 for name, column in ready.columns.items()}
    largest[_CURRENCY] = int(ready.currencies.max(initial=-1))
    if not segments:
        largest = dict.fromkeys(largest, -1)
    kept = Arrays(
        spill.folder, tuple(ready.columns), tuple(ready.hashes), ready.digits, largest,
        ready.greatest, segments,
    )  # fmt: skip
    said = as_json(kept)
    (spill.folder / JSON).write_bytes(said)
    sha256 = hash_of(spill.sha256(), hashlib.sha256(said).hexdigest())
    return {"sha256": sha256, "rows": kept.rows, "arrays": True}


def _segment(spill: Spill, segment: bulk_spill.Segment, ready: Ready) -> Segment:
    codes: dict[str, tuple[Part, int, int] | int] = {}
    numbers = {
        name: ready.dictionaries[name].numbers(place) for name, place in segment.places.items()
    }
    for name, column in ready.columns.items():
        of = column.made_of
        if of not in segment.places:  # a constant, or a column that came with a later file
            codes[name] = _empty(column, ready)
            continue
        codes[name] = _coded(spill, segment.parts[of], column.codes[numbers[of]])
    codes[_CURRENCY] = _coded(spill, segment.parts[_CURRENCY], ready.currencies)
    others = {"line", "day", *ready.digits}
    parts = {name: part for name, part in segment.parts.items() if name in others}
    return Segment(
        segment.period, segment.file, segment.rows, parts,
        {name: wide for name, wide in segment.wide.items() if wide}, codes,
    )  # fmt: skip


def _coded(spill: Spill, part: Part, codes: NDArray[np.int32]) -> tuple[Part, int, int] | int:
    if "all" in part:
        return int(codes[part["all"]])
    return part, spill.write(codes.astype("<i4", copy=False)), len(codes)


def _empty(column: Column, ready: Ready) -> int:
    if not column.made_of:
        return 0
    place = ready.dictionaries[column.made_of].texts.index("").as_py()
    return int(column.codes[place])

"""Coded sources: a ledger read once, dictionary-coded, named by what it was read from and how.

A coded source is a folder `sources/<load id>/` with `rows.parquet`, `dictionary.parquet`,
`rejects.parquet` and `load.json`; columns and types are in `docs/reference/store.md`. Where rows
were read in bulk, they are kept as `arrays`, and `rows.parquet` comes with the first question.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from truecost.kernel import digest
from truecost.kernel.findings import Finding, Place, StoreError
from truecost.store import arrays, content, durable, parquet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import pyarrow as pa

    from truecost.store.layout import Layout

_ID = 32
_TABLES = ("rows", "dictionary", "rejects")
#: How tables are written. They are cut into row groups, for a period's rows and single texts are
#: looked up. What is another in every row would take twice the room in a dictionary of Parquet's.
WRITTEN: Mapping[str, dict[str, Any]] = {
    "rows": {"by_period": parquet.SCANNED, "plain": ("row_hash", "line")},
    "dictionary": {"rows": parquet.SMALL_GROUP, "plain": ("code", "value")},
    "rejects": {},
}
#: Columns of `rows` that are no text columns; no text column may bear one of these names.
RESERVED = frozenset(
    "period day date currency amount quantity row_hash ordinal file line source".split()
)


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """A file as it was read. `rows` counts its records without the header, blank ones included.

    `layout` counts the source's layouts from 1; `header` is the line of the header; `notes` say
    what was out of the ordinary.
    """

    name: str
    sha256: str
    rows: int
    encoding: str
    layout: int
    header: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Overlap:
    """So many rows of `file` stand in the earlier file `of` too, and counted once."""

    file: str
    of: str
    rows: int


@dataclass(frozen=True, slots=True)
class Totals:
    """Exact sums of one currency in major units: came_in = loaded + rejected + repeated.

    Rejected lines whose amount can't be read are in neither `came_in` nor `rejected`.
    """

    came_in: Decimal
    loaded: Decimal
    rejected: Decimal
    repeated: Decimal


@dataclass(frozen=True, slots=True)
class Statistics:
    """What reading a source came to: rows = loaded + rejected + repeated + blank.

    `repeated` rows were dropped because an earlier file had them (`overlaps`) or because the source
    is `distinct`; `equal` counts rows that stand again inside one file and were kept (if the source
    is `distinct`: that were dropped). `unreadable` rejects have no amount that can be read.
    """

    rows: int
    loaded: int
    rejected: int
    repeated: int
    blank: int
    equal: int
    unreadable: int
    totals: Mapping[str, Totals]
    overlaps: tuple[Overlap, ...]
    first_day: date | None
    last_day: date | None


@dataclass(frozen=True, slots=True)
class CodedSource:
    """A coded source in the store. `columns` are its text columns, in order.

    Where it is kept `by_arrays`, `rows` makes its table when it is first asked for it.
    """

    name: str
    load_id: str
    folder: Path
    columns: tuple[str, ...]
    files: tuple[LoadedFile, ...]
    statistics: Statistics
    by_arrays: bool = False

    @property
    def shown(self) -> str:
        """The folder as a person finds it from the workspace: `store/v1/sources/…`."""
        return "/".join(self.folder.parts[-4:])

    @property
    def rows(self) -> Path:
        """The table of kept ledger lines. Raise StoreError where it can't be made."""
        if self.by_arrays:
            arrays.write_rows(self.folder, self.folder.parent.parent / "tmp")
        return self.rows_path

    @property
    def rows_path(self) -> Path:
        """Where the table of kept ledger lines is, or will be."""
        return self.folder / arrays.ROWS

    @property
    def dictionary(self) -> Path:
        """The table of the text behind each code."""
        return self.folder / "dictionary.parquet"

    @property
    def rejects(self) -> Path:
        """The table of rejected lines."""
        return self.folder / "rejects.parquet"

    def rejected(self, count: int) -> list[dict[str, Any]]:
        """Give the first rejected lines: file (its name), line, reason, amount, currency, text."""
        path = self.rejects
        found: list[dict[str, Any]] = parquet.read(path, path.name).slice(0, count).to_pylist()
        return [{**each, "file": self.files[each["file"]].name} for each in found]


def load_id(recipe: Mapping[str, Any], files: Mapping[str, str]) -> str:
    """Name what reading `files` (name → SHA-256 of its bytes) by `recipe` gives."""
    return digest.of({"recipe": recipe, "files": sorted(files.items())})[:_ID]


def find(layout: Layout, load: str) -> CodedSource | None:
    """Give a coded source, or None if it isn't there. Raise StoreError if it is damaged."""
    folder = layout.sources / load
    if not folder.exists():
        return None
    path = folder / "load.json"
    try:
        return _read(folder, json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError, KeyError, ArithmeticError) as error:
        what = "the coded source is damaged"
        hint = f"remove the folder {layout.shown(folder)}; it is read again from its files"
        raise StoreError(Finding(Place(layout.shown(path)), what, hint)) from error


def save(
    layout: Layout,
    load: str,
    tables: Mapping[str, pa.Table],
    *,
    name: str,
    columns: tuple[str, ...],
    files: tuple[LoadedFile, ...],
    statistics: Statistics,
) -> CodedSource:
    """Save a coded source whole. One that is already there is kept as it is."""

    def fill(folder: Path) -> Written:
        for key in _TABLES:
            parquet.write(tables[key], folder / f"{key}.parquet", **WRITTEN[key])
        hashes = {key: _hashed(tables[key]) for key in _TABLES}
        return Written(hashes, columns, files, statistics)

    return save_filled(layout, load, fill, name=name)


@dataclass(frozen=True, slots=True)
class Written:
    """What was written of a coded source: per table its hash and number of rows; the rest."""

    tables: Mapping[str, Mapping[str, Any]]
    columns: tuple[str, ...]
    files: tuple[LoadedFile, ...]
    statistics: Statistics


def save_filled(
    layout: Layout, load: str, fill: Callable[[Path], Written], *, name: str
) -> CodedSource:
    """Save a coded source whose tables `fill` writes into a folder. As `save`."""
    known = find(layout, load)
    if known is not None:
        return known
    folder = layout.sources / load
    with durable.new_folder(folder, layout.temporary) as filling:
        found = fill(filling)
        text = _as_json(found, load, name)
        (filling / "load.json").write_text(f"{text}\n", encoding="utf-8")
    kept = "arrays" in found.tables["rows"]
    return CodedSource(name, load, folder, found.columns, found.files, found.statistics, kept)


def _as_json(found: Written, load: str, name: str) -> str:
    written = {
        "format": 1,
        "source": name,
        "load": load,
        "columns": found.columns,
        "files": found.files,
        **_statistics_as_json(found.statistics),
        "tables": found.tables,
    }
    plain = json.loads(digest.canonical(written))
    return json.dumps(plain, indent=1, ensure_ascii=False, sort_keys=True)


def verify(layout: Layout, source: CodedSource) -> list[Finding]:
    """Recompute the hashes and row counts of a coded source's tables."""
    findings: list[Finding] = []
    expected = json.loads((source.folder / "load.json").read_bytes())["tables"]
    for key in _TABLES:
        path = source.folder / f"{key}.parquet"
        place = Place(layout.shown(path))
        try:
            if key == "rows" and source.by_arrays:
                found = _hashed_arrays(source, place.file)
            else:
                found = _hashed(parquet.read(path, place.file))
        except StoreError as error:
            findings += error.findings
            continue
        if found != expected[key]:
            hint = f"remove the folder {layout.shown(source.folder)}; it is read again"
            findings.append(Finding(place, "the table is not what was loaded", hint))
    return findings


def _hashed(table: pa.Table) -> dict[str, Any]:
    return {"sha256": content.hash_table(table), "rows": table.num_rows}


def _hashed_arrays(source: CodedSource, shown: str) -> dict[str, Any]:
    """Give the hash of rows by the arrays, empty where the table is not what they say."""
    try:
        found = arrays.hash_files(source.folder)
        if source.rows_path.exists():
            table = parquet.read(source.rows_path, shown)
            if content.hash_table(table) != arrays.hashed(source.folder):
                found = ""
        rows = arrays.find(source.folder).rows
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        what = "the arrays are damaged, or not there"
        hint = "remove the folder; it is read again from its files"
        raise StoreError(Finding(Place(shown), what, hint)) from error
    return {"sha256": found, "rows": rows, "arrays": True}


def _statistics_as_json(statistics: Statistics) -> dict[str, Any]:
    counts = ("rows", "loaded", "rejected", "repeated", "blank", "equal", "unreadable")
    sides = {"in": "came_in", "loaded": "loaded", "rejected": "rejected", "repeated": "repeated"}
    return {
        "counts": {key: getattr(statistics, key) for key in counts},
        "totals": {
            currency: {key: f"{getattr(totals, side):f}" for key, side in sides.items()}
            for currency, totals in statistics.totals.items()
        },
        "overlaps": statistics.overlaps,
        "days": [
            None if day is None else day.isoformat()
            for day in (statistics.first_day, statistics.last_day)
        ],
    }


def _read(folder: Path, found: dict[str, Any]) -> CodedSource:
    by_arrays = "arrays" in found["tables"]["rows"]
    names = [f"{key}.parquet" for key in _TABLES if not (by_arrays and key == "rows")]
    names += [arrays.BIN, arrays.JSON] if by_arrays else []
    if found["load"] != folder.name or not all((folder / name).exists() for name in names):
        raise ValueError("parts of the coded source are missing")
    totals = {
        currency: Totals(*(Decimal(sums[key]) for key in ("in", "loaded", "rejected", "repeated")))
        for currency, sums in found["totals"].items()
    }
    first, last = (None if day is None else date.fromisoformat(day) for day in found["days"])
    return CodedSource(
        name=found["source"],
        load_id=found["load"],
        folder=folder,
        columns=tuple(found["columns"]),
        files=tuple(
            LoadedFile(**{**file, "notes": tuple(file["notes"])}) for file in found["files"]
        ),
        statistics=Statistics(
            **found["counts"],
            totals=totals,
            overlaps=tuple(Overlap(**overlap) for overlap in found["overlaps"]),
            first_day=first,
            last_day=last,
        ),
        by_arrays=by_arrays,
    )

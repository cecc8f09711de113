"""From a ledger's files to a coded source, kept in the store and read once."""

from __future__ import annotations

import glob
import os
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from truecost.kernel import digest
from truecost.kernel.calendars import CALENDAR_MONTHS
from truecost.kernel.findings import Finding, Place, SourceError
from truecost.model.source_types import CONTENT, POSITION, Deliveries
from truecost.sources import database
from truecost.sources.coding import code
from truecost.sources.files import file_fault
from truecost.sources.focus_deliveries import superseded
from truecost.sources.gathering import Gathered
from truecost.sources.reading import Reader
from truecost.sources.rejects import check_rejects
from truecost.sources.streams import opened
from truecost.store.sources import RESERVED, load_id

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from truecost.kernel.calendars import Calendar
    from truecost.model.source_types import Database, Focus, Source
    from truecost.store.runs import Store
    from truecost.store.sources import CodedSource, LoadedFile, Written

__all__ = ["check_rejects", "load_ledger"]

#: Raised whenever the same files and recipe would be read otherwise than before.
READER = 2
_NO_DELIMITERS = ' "\r\n'
#: What Excel puts beside a workbook while somebody has it open.
_OPEN_ELSEWHERE = "~$"
_NO_TEXT = ("date", "amount", "debit", "credit", "currency", "quantity")


def load_ledger(
    source: Source,
    workspace: Path,
    store: Store,
    *,
    folder: Path | None = None,
    currency: str = "",
    calendar: Calendar = CALENDAR_MONTHS,
    progress: Callable[[int, int], None] | None = None,
) -> CodedSource:
    """Load all files of a ledger, whole, or give what was loaded before if nothing has changed.

    `folder` stands in for the folder of the source's files. `currency` is the workspace's, for
    sources and rows that name none, and so is `calendar`, by which days are put into periods.
    `progress` takes bytes read and bytes in all. Raise SourceError
    with everything that keeps a file from being read; single lines are kept as rejects.
    """
    constant = source.currency or currency
    _check(source, constant)
    if source.database is not None:
        if folder is not None:
            what = f'source "{source.name}" asks a database: no folder can stand in for its files'
            raise SourceError(Finding(source.place, what, "leave --data out"))
        return _load_answer(source, source.database, workspace, store, constant, calendar)
    files = _files(source, workspace, folder)
    hashes = {name: _hash(path, name) for name, path in files.items()}
    load = load_id(_recipe(source, constant, calendar), hashes)
    known = store.source(load)
    if known is not None:
        return known
    if source.identity == POSITION:
        return _load_bulk(source, store, load, files, hashes, constant, calendar, progress)
    gathered = Gathered(_text_columns(source))
    reader = Reader(source, constant, gathered)
    size = sum(path.stat().st_size for path in files.values())
    before = 0
    loaded = []
    findings: list[Finding] = []
    for number, (name, path) in enumerate(files.items()):
        own = path.stat().st_size
        tell = _telling(progress, before, own, size)
        try:
            opening = partial(opened, path, name, source)
            loaded.append(reader.read(opening, number, hashes[name], tell))
        except SourceError as error:
            findings += error.findings
        _refuse_change(path, name, hashes[name])
        before += own
        tell(1)
    if findings:
        raise SourceError(findings)
    return _saved(source, store, load, gathered, loaded, calendar)


def _load_bulk(
    source: Source,
    store: Store,
    load: str,
    files: Mapping[str, Path],
    hashes: Mapping[str, str],
    constant: str,
    calendar: Calendar,
    progress: Callable[[int, int], None] | None,
) -> CodedSource:
    """Load large Parquet files, whose rows are known by their place."""
    from truecost.sources import bulk_source  # noqa: PLC0415  few sources are

    bulk_source.refuse(source, hashes)
    sizes = {name: path.stat().st_size for name, path in files.items()}
    before = dict(zip(files, accumulate(sizes.values(), initial=0), strict=False))

    def tell(name: str, share: float) -> None:
        if progress:
            progress(before[name] + int(sizes[name] * share), sum(sizes.values()))

    def fill(folder: Path) -> Written:
        written = bulk_source.fill(
            folder, source, _text_columns(source), constant, calendar, files, hashes, tell
        )
        for name, path in files.items():
            _refuse_change(path, name, hashes[name])
        return written

    return store.save_filled(load, fill, name=source.name)


def _refuse_change(path: Path, name: str, sha256: str) -> None:
    if _hash(path, name) != sha256:
        what = "the file changed while it was read"
        raise SourceError(Finding(Place(name), what, "try again once it is complete"))


def _load_answer(
    source: Source,
    asked: Database,
    workspace: Path,
    store: Store,
    constant: str,
    calendar: Calendar,
) -> CodedSource:
    """Load what a query gives, or give what was loaded before if that is the same."""
    recipe = _recipe(source, constant, calendar)
    foretold = database.foretold(asked)
    known = foretold and store.source(load_id(recipe, {database.NAME: foretold}))
    if known:
        return known
    with database.asked(asked, workspace) as answer:
        load = load_id(recipe, {database.NAME: answer.digest})
        known = store.source(load)
        if known is not None:
            return known
        gathered = Gathered(_text_columns(source))
        reader = Reader(source, constant, gathered)
        opening = partial(answer.opened, source)
        loaded = reader.read(opening, 0, answer.digest, lambda _: None)
        return _saved(source, store, load, gathered, [loaded], calendar)


def _saved(
    source: Source,
    store: Store,
    load: str,
    gathered: Gathered,
    loaded: list[LoadedFile],
    calendar: Calendar,
) -> CodedSource:
    replaced = None
    if source.focus and source.focus.deliveries is not Deliveries.ADD:
        replaced, loaded = superseded(gathered, loaded, source.focus.deliveries)
    coded = code(gathered, source, loaded, replaced, calendar)
    return store.save_source(
        load, coded.tables,
        name=source.name, columns=coded.columns, files=tuple(loaded), statistics=coded.statistics,
    )  # fmt: skip


def _telling(
    progress: Callable[[int, int], None] | None, before: int, own: int, size: int
) -> Callable[[float], None]:
    """Turn the share of a file that is read into bytes of all."""

    def tell(share: float) -> None:
        if progress:
            progress(before + int(own * share), size)

    return tell


def _files(source: Source, workspace: Path, folder: Path | None) -> dict[str, Path]:
    """Give the files by the names that people know them by, sorted by name."""
    files: dict[str, Path] = {}
    for pattern in source.files:
        found = _matching(pattern, workspace, folder)
        if not found:
            where = f" in {folder}" if folder is not None else ""
            what = f'no file matches "{pattern}"{where}'
            hint = "put the files there, or mend  files:  in truecost.yaml"
            raise SourceError(Finding(source.files_place, what, hint))
        files |= found
    return dict(sorted(files.items()))


def _matching(pattern: str, workspace: Path, folder: Path | None) -> dict[str, Path]:
    root = workspace
    if folder is not None:
        pattern, root = Path(pattern).name, folder
    found = glob.glob(pattern, root_dir=root, recursive=True)  # noqa: PTH207 (takes `..` and absolute patterns)
    paths = {Path(name).as_posix(): root / name for name in found}
    files = {
        name: path
        for name, path in paths.items()
        if not path.is_dir() and not path.name.startswith(_OPEN_ELSEWHERE)
    }
    if Path(pattern).is_absolute() and files:
        common = os.path.commonpath([Path(name).parent for name in files])
        files = {Path(name).relative_to(common).as_posix(): path for name, path in files.items()}
    findings = [fault for name, path in files.items() if (fault := file_fault(path, name))]
    if findings:
        raise SourceError(findings)
    return files


def _check(source: Source, constant: str) -> None:
    for column in (*_text_columns(source), *(cleaning.column for cleaning in source.clean)):
        if column in RESERVED:
            what = f'"{column}" can\'t be a column of text: the name is taken'
            raise SourceError(Finding(source.place, what, "choose another name"))
    if source.delimiter is not None and (
        len(source.delimiter) != 1 or source.delimiter in _NO_DELIMITERS
    ):
        what = f"{source.delimiter!r} can't part columns"
        raise SourceError(Finding(source.place, what, 'usual ones: "," ";" "|" or a tab'))
    if not constant and not all("currency" in layout.columns for layout in source.layouts):
        what = f'source "{source.name}" has no currency'
        raise SourceError(Finding(source.place, what, "write  currency: GBP  (or another)"))


def _hash(path: Path, name: str) -> str:
    try:
        return digest.of_file(path)
    except OSError as error:
        raise _unreadable(name, error) from error


def _bytes(path: Path, name: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(name, error) from error


def _unreadable(name: str, error: OSError) -> SourceError:
    return SourceError(Finding(Place(name), f"the file can't be read: {error.strerror}"))


def _text_columns(source: Source) -> tuple[str, ...]:
    """Give the text columns that the layouts map, in the order in which they first occur."""
    mapped = dict.fromkeys(name for layout in source.layouts for name in layout.columns)
    return tuple(name for name in mapped if name not in _NO_TEXT)


def _recipe(source: Source, constant: str, calendar: Calendar) -> Mapping[str, Any]:
    """Give all that decides what is read from given bytes."""
    return {
        "reader": READER,
        "source": source.name,
        "layouts": [
            [[name, header, optional] for name, (header, optional) in layout.columns.items()]
            for layout in source.layouts
        ],
        "clean": [
            [cleaning.column, cleaning.expression, cleaning.replacements]
            for cleaning in source.clean
        ],
        "encoding": source.encoding,
        "delimiter": source.delimiter,
        "decimal_comma": source.decimal_comma,
        "three_decimals": source.three_decimals,
        "date_order": source.date_order,
        "currency": constant,
        "distinct": source.distinct,
        **({"sheet": source.sheet} if source.sheet else {}),
        **({"database": _asked(source.database)} if source.database else {}),
        **({"sign": "costs are negative"} if source.costs_are_negative else {}),
        **({"focus": _focus(source.focus)} if source.focus else {}),
        **({"calendar": calendar.cuts} if calendar.cuts else {}),
        **({"identity": source.identity} if source.identity != CONTENT else {}),
    }


def _focus(focus: Focus) -> Mapping[str, Any]:
    """Give what else decides how a bill is read; the layout says the rest."""
    tags = [[name, list(keys)] for name, keys in focus.tags]
    return {"tags": tags, "deliveries": str(focus.deliveries)}


def _asked(asked: Database) -> Mapping[str, str]:
    """Give what is asked of which database, in the words of the model."""
    return {"kind": asked.kind, "address": asked.address, "query": asked.query}

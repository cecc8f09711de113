"""Where ledger lines are for Spark: in the store, or copied to a folder that all workers see."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from truecost.kernel.findings import Finding, SourceError

if TYPE_CHECKING:
    import pyarrow.fs as pafs

    from truecost.model.engine import SparkEngine
    from truecost.store.sources import CodedSource

_HASH = 16
#: What Hadoop calls an object store, and what pyarrow does.
_SCHEMES = {"s3a": "s3", "s3n": "s3", "abfss": "abfs"}


def placed(source: CodedSource, chosen: SparkEngine) -> str:
    """Give the address of a source's rows for Spark, copying them there where they are not yet.

    A copy is named by what it holds, and is there whole or not at all. Raise SourceError where the
    folder can't be written.
    """
    if not chosen.folder:
        return source.rows.resolve().as_uri()
    said = json.loads((source.folder / "load.json").read_bytes())["tables"]["rows"]["sha256"]
    name = f"{source.load_id}-{said[:_HASH]}.parquet"
    try:
        files, folder = _opened(chosen.folder)
        _copy(source.rows, files, f"{folder}/{name}")
    except (OSError, ValueError) as error:
        what = f"ledger lines can't be copied to {chosen.folder}: {error}"
        hint = "check the folder and the rights on it"
        raise SourceError(Finding(chosen.place, what, hint)) from error
    if "://" in chosen.folder:
        return f"{chosen.folder}/{name}"
    return (Path(chosen.folder).resolve() / name).as_uri()


def _opened(folder: str) -> tuple[pafs.FileSystem, str]:
    import pyarrow.fs as pafs  # noqa: PLC0415  few copy

    scheme, separator, rest = folder.partition("://")
    if not separator:
        return pafs.LocalFileSystem(), str(Path(folder).resolve())
    opened: tuple[pafs.FileSystem, str] = pafs.FileSystem.from_uri(
        f"{_SCHEMES.get(scheme, scheme)}://{rest}"
    )
    return opened


def _copy(rows: Path, files: pafs.FileSystem, to: str) -> None:
    import pyarrow.fs as pafs  # noqa: PLC0415  as above

    if files.get_file_info(to).type == pafs.FileType.File:
        return
    files.create_dir(to.rpartition("/")[0], recursive=True)
    part = f"{to}.part"
    pafs.copy_files(str(rows), part, pafs.LocalFileSystem(), files)
    files.move(part, to)

"""Files and folders that are whole or not there, whenever the process or the machine stops.

Everything is written under a temporary name, flushed to the disk, then renamed into place; the
folder that holds the name is flushed too. Renaming within one file system is atomic, so the
temporary folder lies in the store itself.
"""

from __future__ import annotations

import os
import shutil
import sys
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def flush(path: Path) -> None:
    """Force a file or a folder to the disk."""
    if sys.platform == "win32" and path.is_dir():
        return  # Windows can't open a folder, and keeps its names in a journal of its own
    descriptor = os.open(path, os.O_RDONLY if sys.platform != "win32" else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_file(path: Path, content: bytes, temporary: Path) -> None:
    """Put a file into place at once; one of that name is replaced."""
    written = temporary / uuid.uuid4().hex
    try:
        with written.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        written.replace(path)
    except BaseException:
        written.unlink(missing_ok=True)
        raise
    flush(path.parent)


@contextmanager
def new_folder(target: Path, temporary: Path) -> Iterator[Path]:
    """Give a folder to fill; when the block ends, it becomes `target`, which must not exist.

    Where the block raises, nothing remains.
    """
    folder = temporary / uuid.uuid4().hex
    folder.mkdir()
    try:
        yield folder
        for path in folder.iterdir():
            flush(path)
        flush(folder)
        folder.rename(target)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    flush(target.parent)


def remove_folder(folder: Path, temporary: Path) -> None:
    """Remove a folder so that nobody ever sees a part of it under its name."""
    doomed = temporary / uuid.uuid4().hex
    folder.rename(doomed)
    flush(folder.parent)
    shutil.rmtree(doomed)


def sweep(temporary: Path) -> None:
    """Remove what killed processes left. Only for the holder of the lock."""
    for path in temporary.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)

"""Files and folders that are whole or not there, whenever the process or the machine stops.

Everything is written under a temporary name, flushed to the disk, then renamed into place; the
folder that holds the name is flushed too. Renaming within one file system is atomic, so the
temporary folder lies in the store itself.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import sys
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING

from truecost.kernel.findings import Finding, Place, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_VERSION = re.compile(r"v[0-9]+", re.ASCII)
_FULL = (errno.ENOSPC, errno.EDQUOT)


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
    """Put a file into place at once; one of that name is replaced.

    Raise StoreError where it can't be written.
    """
    written = temporary / uuid.uuid4().hex
    try:
        with written.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        written.replace(path)
        flush(path.parent)
    except OSError as error:
        written.unlink(missing_ok=True)
        raise _unwritten(path, error) from error
    except BaseException:
        written.unlink(missing_ok=True)
        raise


@contextmanager
def new_folder(target: Path, temporary: Path) -> Iterator[Path]:
    """Give a folder to fill; when the block ends, it becomes `target`, which must not exist.

    Where the block raises, nothing remains; an OSError, which is that something could not be
    written, becomes a StoreError.
    """
    folder = temporary / uuid.uuid4().hex
    try:
        folder.mkdir()
        yield folder
        for path in folder.iterdir():
            flush(path)
        flush(folder)
        folder.rename(target)
        flush(target.parent)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise _unwritten(target, error) from error
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _unwritten(path: Path, error: OSError) -> StoreError:
    """Say what could not be written, and why, in words of the system and not of a library."""
    store = next((above for above in path.parents if _VERSION.fullmatch(above.name)), path.parent)
    place = Place(path.relative_to(store.parent.parent).as_posix())
    if error.errno in _FULL:
        return StoreError(Finding(place, "the disk is full", "make room, and do the same again"))
    why = f": {os.strerror(error.errno)}" if error.errno else ""
    hint = "look at the disk and at who may write to this folder"
    return StoreError(Finding(place, f"this can't be written{why}", hint))


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

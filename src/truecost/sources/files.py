"""What stands where a file is expected and can't be read as one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from truecost.kernel.findings import Finding, Place

if TYPE_CHECKING:
    from pathlib import Path


def file_fault(path: Path, name: str) -> Finding | None:
    """Say why what `path` names can't be read as a file; None where it is one, or nothing is there.

    `name` is the file as a person knows it. A pipe would never end, and a link to nowhere or a name
    that is no text would leave a file out unseen.
    """
    shown = os.fsencode(name).decode(errors="backslashreplace")
    if shown != name:
        what, hint = "the file's name is not in UTF-8", "give the file another name"
        return Finding(Place(shown), what, hint)
    if path.is_file() or not os.path.lexists(path):
        return None
    if path.is_dir():
        return Finding(Place(name), "this is a folder, not a file", "put a file there")
    if path.is_symlink() and not path.exists():
        what = "this is a link to a file that is not there"
        return Finding(Place(name), what, "put the file there, or remove the link")
    what = "this is neither a file nor a folder"
    return Finding(Place(name), what, "put a file there, or remove it")

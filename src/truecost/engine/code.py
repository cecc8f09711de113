"""Which code computed a run: the version, and a hash of the source that decides its figures."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import truecost

_PACKAGE = Path(truecost.__file__).parent
_FOLDERS = ("kernel", "rules", "model", "sources", "engine")
_SHOWN = 12


@cache
def code_version() -> str:
    """Give the version and the first hex digits of the hash of the deciding source files.

    The same release gives the same text everywhere; a changed file gives another, so that a run is
    never taken for one that other code computed.
    """
    digest = hashlib.sha256()
    for folder in _FOLDERS:
        for path in sorted((_PACKAGE / folder).rglob("*.py")):
            digest.update(path.relative_to(_PACKAGE).as_posix().encode() + b"\0")
            digest.update(path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return f"{truecost.__version__}+{digest.hexdigest()[:_SHOWN]}"

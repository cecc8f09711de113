"""What was computed and can be computed again: kept to be quick, checked when read, safe to remove.

    derived/<kind>/<of>/<key>.json, <key>-<first digits of the hash>.parquet

`of` is the run or the coded source that it was made with: it goes when that one goes. What is
damaged, or can't be written, is as if it had never been kept.
"""

from __future__ import annotations

import json
import shutil
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from truecost.kernel import digest
from truecost.kernel.findings import StoreError
from truecost.store import content, durable, parquet

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    import pyarrow as pa

    from truecost.store.layout import Layout

_HASH = 16
#: How many are kept of one kind for one run or source: the last ones written.
MOST = 24


class Derived:
    """What a store keeps beside what it must keep. Whoever writes holds the store's lock."""

    def __init__(self, opened: Layout) -> None:
        self._layout = opened

    def having(self, kind: str, key: str) -> list[str]:
        """Give the runs or sources for which something was noted under a key."""
        found = self._path(kind, "", "").glob(f"*/{key}.json")
        return sorted(path.parent.name for path in found)

    def note(self, kind: str, of: str, key: str) -> dict[str, Any] | None:
        """Give what was noted under a key; None where nothing was, or it is damaged."""
        with suppress(OSError, ValueError, TypeError, KeyError):
            found = json.loads(self._path(kind, of, f"{key}.json").read_bytes())
            if digest.seal(found) == found["sha256"]:
                return dict(found["note"])
        return None

    def keep_note(self, kind: str, of: str, key: str, note: Mapping[str, Any]) -> None:
        """Note what plain JSON can say."""
        said = json.loads(digest.canonical({"note": dict(note)}))
        said["sha256"] = digest.seal(said)
        self._keep(kind, of, f"{key}.json", digest.canonical(said).encode())

    def table(self, kind: str, of: str, key: str) -> pa.Table | None:
        """Give the table that was kept under a key; None where none was, or it is damaged."""
        for path in self._path(kind, of, "").glob(f"{key}-*.parquet"):
            with suppress(StoreError, TypeError, ValueError):
                found = parquet.read(path, path.name)
                if path.stem == f"{key}-{content.hash_table(found)[:_HASH]}":
                    return found
        return None

    def keep_table(self, kind: str, of: str, key: str, table: pa.Table) -> None:
        """Keep a table of the types that a store keeps."""
        written = self._layout.temporary / uuid.uuid4().hex
        with suppress(OSError):
            parquet.write(table, written)
            name = f"{key}-{content.hash_table(table)[:_HASH]}.parquet"
            self._keep(kind, of, name, written.read_bytes())
            written.unlink()

    def collect(self, kept: Collection[str]) -> None:
        """Remove what was made with runs and sources that are not `kept`."""
        for kind in self._folders(self._layout.derived):
            for folder in self._folders(kind):
                if folder.name not in kept:
                    shutil.rmtree(folder, ignore_errors=True)

    def _keep(self, kind: str, of: str, name: str, said: bytes) -> None:
        path = self._path(kind, of, name)
        with suppress(OSError, StoreError):
            path.parent.mkdir(parents=True, exist_ok=True)
            durable.write_file(path, said, self._layout.temporary)
            newest = sorted(path.parent.iterdir(), key=lambda each: -each.stat().st_mtime_ns)
            for old in newest[MOST:]:
                old.unlink()

    def _path(self, kind: str, of: str, name: str) -> Path:
        return self._layout.derived / kind / of / name

    @staticmethod
    def _folders(folder: Path) -> list[Path]:
        return [each for each in folder.iterdir() if each.is_dir()] if folder.is_dir() else []

"""Where everything lies in a store, and of which version it is.

`store/v1/` holds `format.json`, `lock`, `runs/`, `sources/`, `pins/`, `closings/`, `journals/`,
`derived/` and `tmp/`. A store of a newer format is refused: what this version can't read it must
not write beside.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from truecost.kernel.findings import Finding, Place, StoreError
from truecost.store import durable

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = 1
_VERSION = re.compile(r"v([1-9][0-9]*)", re.ASCII)
_NEWER = "use the version of Truecost that wrote it, or a later one"


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of an opened store."""

    root: Path

    @property
    def runs(self) -> Path:
        """The folder of runs, each named by its run id."""
        return self.root / "runs"

    @property
    def sources(self) -> Path:
        """The folder of coded sources, each named by its load id."""
        return self.root / "sources"

    @property
    def pins(self) -> Path:
        """The folder of pins."""
        return self.root / "pins"

    @property
    def journals(self) -> Path:
        """The folder of journals that were posted."""
        return self.root / "journals"

    @property
    def closings(self) -> Path:
        """The folder of what was closed, and reopened."""
        return self.root / "closings"

    @property
    def derived(self) -> Path:
        """The folder of what can be computed again; it need not be there."""
        return self.root / "derived"

    @property
    def temporary(self) -> Path:
        """The folder of what is being written; swept by whoever takes the lock."""
        return self.root / "tmp"

    @property
    def folders(self) -> tuple[Path, ...]:
        """Every folder that a store has."""
        return (
            self.runs, self.sources, self.pins, self.closings, self.journals, self.temporary
        )  # fmt: skip

    @property
    def latest(self) -> Path:
        """The file that names the latest run."""
        return self.runs / "latest"

    @property
    def lock(self) -> Path:
        """The file that a build locks."""
        return self.root / "lock"

    def shown(self, path: Path) -> str:
        """Give a path as a person finds it from the workspace: `store/v1/runs/…`."""
        return path.relative_to(self.root.parent.parent).as_posix()


def open_layout(folder: Path) -> Layout:
    """Open the store in `folder`, or begin one. Raise StoreError for one of a newer format."""
    layout = Layout(folder / f"v{FORMAT}")
    try:
        if folder.exists():
            _refuse_newer(folder)
        for path in layout.folders:
            path.mkdir(parents=True, exist_ok=True)
        version = layout.root / "format.json"
        if not version.exists():
            _ignore_in_git(folder)
            content = json.dumps({"format": FORMAT, "what": "a Truecost store"}, indent=1)
            durable.write_file(version, f"{content}\n".encode(), layout.root)
    except OSError as error:
        raise StoreError(
            Finding(
                Place(str(folder)),
                f"the store can't be written: {error.strerror}",
                "make the folder writable, or remove what stands in its place",
            )
        ) from error
    _check_format(layout)
    return layout


def _ignore_in_git(folder: Path) -> None:
    """Keep what is computed out of version control."""
    path = folder / ".gitignore"
    if not path.exists():
        path.write_text("*\n", encoding="ascii")


def _refuse_newer(folder: Path) -> None:
    for path in sorted(folder.iterdir()):
        match = _VERSION.fullmatch(path.name)
        if match and int(match[1]) > FORMAT:
            what = f"this store has format {match[1]}; this version reads up to format {FORMAT}"
            raise StoreError(Finding(Place(f"{folder.name}/{path.name}"), what, _NEWER))


def _check_format(layout: Layout) -> None:
    path = layout.root / "format.json"
    place = Place(layout.shown(path))
    try:
        content = json.loads(path.read_bytes())
        found = content["format"]
    except (OSError, ValueError, TypeError, KeyError) as error:
        hint = "restore it from a backup, or move the store away and build again"
        raise StoreError(Finding(place, "the store's format can't be read", hint)) from error
    if found != FORMAT:
        what = f"this store has format {found}; this version reads format {FORMAT}"
        raise StoreError(Finding(place, what, _NEWER))

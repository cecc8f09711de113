"""Runs: tables and a manifest, named by the hash of what they were made from.

A run is a folder `runs/<run id>/` with a Parquet file per table and `manifest.json`. It is written
under a temporary name and renamed: whole or not there. The file `runs/latest` names the newest.
"""

from __future__ import annotations

import json
import os
import re
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from truecost.kernel import digest
from truecost.kernel.findings import Finding, Place, StoreError
from truecost.store import durable, layout, lock, parquet, pins, sources
from truecost.store.closings import Closings
from truecost.store.derived import Derived
from truecost.store.journals import Journals
from truecost.store.run import AGAIN, ID, Run, hashed, run_id_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    import pyarrow as pa

    from truecost.store.layout import Layout
    from truecost.store.sources import CodedSource, LoadedFile, Statistics, Written

_RUN = re.compile(rf"[0-9a-f]{{{ID}}}", re.ASCII)
_NAME = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)


def _now() -> datetime:
    return datetime.now(UTC)


class Store:
    """What a workspace has computed. Safe for several processes; everything writes under the lock.

    Readers take no lock: they see only what is complete.
    """

    def __init__(self, opened: Layout, clock: Callable[[], datetime]) -> None:
        self._layout = opened
        self._clock = clock
        self._lock = lock.Lock(opened.lock, opened.shown(opened.lock), clock)
        self.journals = Journals(opened, clock)
        self.closings = Closings(opened, clock)
        self.derived = Derived(opened)

    @classmethod
    def open(cls, folder: Path, clock: Callable[[], datetime] = _now) -> Store:
        """Open the store in a folder, or begin one.

        `clock` tells since when a lock is held and which run is newest; no content depends on it.
        Raise StoreError for a store of a newer format.
        """
        return cls(layout.open_layout(folder), clock)

    @contextmanager
    def lock(
        self,
        *,
        wait: bool,
        waiting: Callable[[], None] = lock.silent,
        timeout: float | None = None,
    ) -> Iterator[None]:
        """Hold the workspace for a block; inside it, the same thread may take the lock again.

        `waiting` is called once if another holds it. Raise BusyError if `wait` is False, or after
        `timeout` seconds. What killed builds left behind is removed first.
        """
        with self._lock.hold(wait=wait, waiting=waiting, timeout=timeout) as taken:
            if taken:
                durable.sweep(self._layout.temporary)
            yield

    def save_run(
        self, tables: Mapping[str, pa.Table], manifest: Mapping[str, Any], *, latest: bool = True
    ) -> Run:
        """Save a run and, unless it is not to be, make it the latest.

        `manifest["inputs"]` gives the run its id. A complete run of that id is kept; damaged tables
        in it are put right. Raise StoreError if the same inputs gave other tables before, TypeError
        for a manifest with floats.
        """
        bad = [name for name in tables if not _NAME.fullmatch(name)]
        if bad:
            raise ValueError(f"{bad[0]!r} can't name a table")
        plain = json.loads(digest.canonical(dict(manifest)))
        run_id = run_id_of(plain["inputs"])
        hashes = {name: hashed(table) for name, table in tables.items()}
        plain |= {"format": layout.FORMAT, "run": run_id, "tables": hashes}
        plain["sha256"] = digest.seal(plain)
        run = Run(run_id, self._layout.runs / run_id, plain)
        with self.lock(wait=True):
            run = self._put(run, tables)
            if latest:
                self._make_latest(run)
        return run

    def taken_again(self, run_id: str, sha256: str) -> Run | None:
        """Make a run the latest anew, which would be saved again as it is.

        None where it is not there whole, or its manifest has not that hash: it must be computed.
        """
        with self.lock(wait=True):
            if run_id not in self.ids():
                return None
            try:
                run = self._read(run_id)
            except StoreError:
                return None
            if run.sha256 != sha256 or run.verify():
                return None
            self._make_latest(run)
        return run

    def _make_latest(self, run: Run) -> None:
        self._make_newest(run.folder)
        durable.write_file(self._layout.latest, f"{run.id}\n".encode(), self._layout.temporary)

    def _write(self, run: Run, tables: Mapping[str, pa.Table]) -> Run:
        with durable.new_folder(run.folder, self._layout.temporary) as folder:
            for name, table in tables.items():
                cut = parquet.READ if "period" in table.column_names else 0
                parquet.write(table, folder / f"{name}.parquet", by_period=cut)
            (folder / "manifest.json").write_bytes(_manifest_bytes(run.manifest))
        return run

    def _put(self, run: Run, tables: Mapping[str, pa.Table]) -> Run:
        """Write a run, or keep the one of that id that is already there.

        Damaged tables of a known run are written anew: the hashes in its manifest say that they
        are what was lost. What a pinned run says is never changed.
        """
        if not run.folder.exists():
            return self._write(run, tables)
        pinned = run.id in self.pins()
        try:
            known = self._read(run.id)
            faults = known.verify_manifest()
        except StoreError as error:
            known, faults = run, list(error.findings)
        if faults and pinned:
            raise StoreError(faults)
        if not faults and known.manifest["tables"] != run.manifest["tables"]:
            raise StoreError(self._differing(known, run))
        says = known if pinned else run
        if faults or known.verify():
            durable.remove_folder(run.folder, self._layout.temporary)
            return self._write(says, tables)
        if says.manifest != known.manifest:
            path = run.folder / "manifest.json"
            durable.write_file(path, _manifest_bytes(says.manifest), self._layout.temporary)
        return says

    def _make_newest(self, folder: Path) -> None:
        """Date a run's folder after all others: clocks are coarse, and may be set back."""
        others = (self._saved(name) for name in self._ids())
        saved = max(int(self._clock().timestamp() * 10**9), max(others) + 1)
        os.utime(folder, ns=(saved, saved))

    def _saved(self, run_id: str) -> int:
        return (self._layout.runs / run_id).stat().st_mtime_ns

    def _differing(self, known: Run, run: Run) -> Finding:
        before, now = known.manifest["tables"], run.manifest["tables"]
        names = sorted(
            name for name in before.keys() | now.keys() if before.get(name) != now.get(name)
        )
        return Finding(
            Place(self._layout.shown(run.folder)),
            f"the same inputs gave other tables before: {', '.join(names)}",
            "if the program was changed, give it another version, or remove this folder",
        )

    def latest(self) -> Run | None:
        """Give the run that was saved last, or None if there is none."""
        try:
            name = self._layout.latest.read_text(encoding="ascii", errors="replace").strip()
        except FileNotFoundError:
            return None
        if not _RUN.fullmatch(name):
            place = Place(self._layout.shown(self._layout.latest))
            raise StoreError(Finding(place, "this file names no run", AGAIN))
        return self._read(name)

    def run(self, run_id: str) -> Run:
        """Give a run by its id or the beginning of it. Raise StoreError if that names not one."""
        found = [known for known in self._ids() if run_id and known.startswith(run_id)]
        if not found:
            known = ", ".join(run.id for run in self.runs()[:5])
            hint = f"there are: {known}" if known else "there is none yet: truecost build"
            raise StoreError(Finding(None, f'there is no run "{run_id}"', hint))
        if len(found) > 1:
            hint = "give more of its id: " + ", ".join(sorted(found))
            raise StoreError(Finding(None, f'"{run_id}" is the beginning of several runs', hint))
        return self._read(found[0])

    def need(self, run_id: str | None = None) -> Run:
        """Give the run of an id, or the latest. Raise StoreError if there is none."""
        run = self.run(run_id) if run_id else self.latest()
        if run is None:
            raise StoreError(Finding(None, "nothing has been built yet", "truecost build"))
        return run

    def runs(self) -> list[Run]:
        """Give every complete run, the one saved last first."""
        order = [(-self._saved(name), name) for name in self._ids()]
        return [self._read(name) for _, name in sorted(order)]

    def readable(self) -> list[Run]:
        """Give every run whose manifest can be read, the one saved last first."""
        found = []
        for _, name in sorted((-self._saved(name), name) for name in self._ids()):
            with suppress(StoreError):
                found.append(self._read(name))
        return found

    def ids(self) -> frozenset[str]:
        """Give the ids of all runs, damaged ones too."""
        return frozenset(self._ids())

    def _ids(self) -> list[str]:
        return [path.name for path in self._layout.runs.iterdir() if path.is_dir()]

    def _read(self, run_id: str) -> Run:
        folder = self._layout.runs / run_id
        place = Place(self._layout.shown(folder / "manifest.json"))
        try:
            manifest = json.loads((folder / "manifest.json").read_bytes())
            keys = {"format", "run", "sha256", "inputs", "tables"} - manifest.keys()
        except (OSError, ValueError, AttributeError) as error:
            raise StoreError(Finding(place, "the manifest can't be read", AGAIN)) from error
        if keys:
            what = f"the manifest lacks {', '.join(sorted(keys))}"
            raise StoreError(Finding(place, what, AGAIN))
        if manifest["format"] != layout.FORMAT:
            what = f"the run has format {manifest['format']}, which this version can't read"
            raise StoreError(Finding(place, what, "use a later version of Truecost"))
        return Run(run_id, folder, manifest)

    def pin(self, run_id: str, reason: str) -> None:
        """Keep a run for good; the reason is shown with it. Raise StoreError if there is none."""
        with self.lock(wait=True):
            pins.add(self._layout, self.run(run_id).id, reason)

    def pins(self) -> dict[str, str]:
        """Give the reason of every pinned run, by run id; several reasons are joined by `; `."""
        return {run: "; ".join(reasons) for run, reasons in pins.read(self._layout).items()}

    def collect(self, keep: int) -> tuple[str, ...]:
        """Remove all runs but the last `keep`, the latest and the pinned; give their ids.

        Coded sources that no remaining run was made from go too.
        """
        with self.lock(wait=True):
            runs = self.runs()
            latest = self.latest()
            kept = {run.id for run in runs[: max(keep, 0)]} | self.pins().keys()
            if latest:
                kept.add(latest.id)
            gone = tuple(run.id for run in runs if run.id not in kept)
            for run_id in gone:
                durable.remove_folder(self._layout.runs / run_id, self._layout.temporary)
            used = {
                load
                for run in runs
                if run.id in kept
                for load in run.manifest["inputs"].get("sources", {}).values()
            }
            for folder in self._layout.sources.iterdir():
                if folder.name not in used:
                    durable.remove_folder(folder, self._layout.temporary)
            self.derived.collect(kept | used)
        return gone

    def source(self, load_id: str) -> CodedSource | None:
        """Give a coded source by its load id, or None if it has not been loaded."""
        return sources.find(self._layout, load_id)

    def verify_source(self, source: CodedSource) -> list[Finding]:
        """Recompute the hashes and row counts of a coded source's tables."""
        return sources.verify(self._layout, source)

    def save_source(
        self,
        load_id: str,
        tables: Mapping[str, pa.Table],
        *,
        name: str,
        columns: tuple[str, ...],
        files: tuple[LoadedFile, ...],
        statistics: Statistics,
    ) -> CodedSource:
        """Save a coded source whole; one that is already there is kept as it is."""
        with self.lock(wait=True):
            return sources.save(
                self._layout, load_id, tables,
                name=name, columns=columns, files=files, statistics=statistics,
            )  # fmt: skip

    def save_filled(
        self, load_id: str, fill: Callable[[Path], Written], *, name: str
    ) -> CodedSource:
        """Save a coded source whose tables `fill` writes into a folder; as `save_source`."""
        with self.lock(wait=True):
            return sources.save_filled(self._layout, load_id, fill, name=name)


def _manifest_bytes(manifest: Mapping[str, Any]) -> bytes:
    return f"{json.dumps(manifest, indent=1, ensure_ascii=False, sort_keys=True)}\n".encode()

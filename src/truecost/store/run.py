"""One run: a folder of tables with a manifest whose hash covers them all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from truecost.kernel import digest
from truecost.kernel.calendars import Calendar
from truecost.kernel.findings import Finding, Place, StoreError
from truecost.store import content, parquet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

#: How many hex digits name a run.
ID = 16
AGAIN = "build again, or restore the store from a backup"


@dataclass(frozen=True, slots=True)
class Run:
    """A run in the store: its id, its folder, what its manifest says."""

    id: str
    folder: Path
    manifest: dict[str, Any]

    @property
    def sha256(self) -> str:
        """The hash of the manifest, which covers every table: what a record keeps of a run."""
        return str(self.manifest["sha256"])

    @property
    def calendar(self) -> Calendar:
        """The fiscal calendar by which the run's periods are counted."""
        return Calendar.of_workspace(self.manifest.get("workspace", {}))

    def table(self, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        """Read a table, or some of its columns.

        Raise StoreError if the run has no such table or it is damaged.
        """
        if name not in self.manifest["tables"]:
            raise StoreError(Finding(self._place(), f'the run has no table "{name}"'))
        place = self._place(f"{name}.parquet")
        return parquet.read(self.folder / f"{name}.parquet", place.file, columns=columns)

    def part(
        self,
        name: str,
        period: int,
        columns: Sequence[str] | None = None,
        keep: Mapping[str, Callable[[str], bool]] | None = None,
        *,
        coded: bool = False,
    ) -> pa.Table:
        """Read the rows of one period (`Period.index`) of a table, or some of its columns.

        `keep` says of the texts of a column which rows are wanted; `coded` leaves texts as codes of
        a dictionary. Raises as `table` does.
        """
        if name not in self.manifest["tables"]:
            raise StoreError(Finding(self._place(), f'the run has no table "{name}"'))
        path = self.folder / f"{name}.parquet"
        return parquet.read(
            path, self._place(path.name).file, period=period, columns=columns, keep=keep,
            coded=coded,
        )  # fmt: skip

    def periods(self, name: str) -> frozenset[int]:
        """Give the periods (`Period.index`) that a table has rows of. Raises as `table` does."""
        return frozenset(self.table(name, ["period"])["period"].unique().to_pylist())

    def verify(self) -> list[Finding]:
        """Recompute every hash and row count, and compare them with the manifest."""
        findings = self.verify_manifest()
        tables = self.manifest["tables"]
        for name in sorted(tables):
            try:
                found = hashed(self.table(name))
            except StoreError as error:
                findings += error.findings
                continue
            findings += [
                Finding(
                    self._place(f"{name}.parquet"),
                    f"{what}: {found[key]}, but the manifest says {tables[name][key]}",
                    AGAIN,
                )
                for key, what in (("rows", "number of rows"), ("sha256", "hash of the content"))
                if found[key] != tables[name][key]
            ]
        strange = {path.stem for path in self.folder.glob("*.parquet")} - tables.keys()
        findings += [
            Finding(self._place(f"{name}.parquet"), "the manifest knows nothing of this table")
            for name in sorted(strange)
        ]
        return findings

    def verify_manifest(self) -> list[Finding]:
        """Check that the manifest is whole and that it is this run's."""
        manifest = self.manifest
        checks = (
            (manifest["run"] == self.id, "the manifest belongs to another run"),
            (
                run_id_of(manifest["inputs"]) == self.id,
                "the run's id is not the hash of its inputs",
            ),
            (
                digest.seal(manifest) == manifest["sha256"],
                "the manifest was changed after it was written",
            ),
        )
        return [Finding(self._place(), what, AGAIN) for held, what in checks if not held]

    def _place(self, file: str = "manifest.json") -> Place:
        return Place(f"{self.folder.parent.name}/{self.id}/{file}")


def run_id_of(inputs: Any) -> str:
    """Name a run by the hash of what it was made from."""
    return digest.of(inputs)[:ID]


def hashed(table: pa.Table) -> dict[str, Any]:
    """Give what a manifest says of a table."""
    return {"sha256": content.hash_table(table), "rows": table.num_rows}

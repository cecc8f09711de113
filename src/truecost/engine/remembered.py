"""Builds that were made before: the same asked for again is the same run, without computing it.

What a build reads is hashed: the whole model with the places of its entries, loaded sources, files
of drivers and rates, what is closed, the periods asked for and the code. Under that hash the store
keeps which run it came to and what it warned of. The run itself is verified before it is taken.
"""

from __future__ import annotations

import dataclasses
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, NamedTuple

from truecost.engine.code import code_version
from truecost.engine.ledger import Ledger
from truecost.kernel import digest
from truecost.kernel.findings import Finding, Place, Severity, SourceError
from truecost.sources.rates_ecb import PACKAGE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from truecost.engine.closed import ClosedPeriods
    from truecost.kernel.periods import Period
    from truecost.model.types import Model
    from truecost.store.run import Run
    from truecost.store.runs import Store
    from truecost.store.sources import CodedSource

_KIND = "builds"
#: Where the workspace lies, and what counts rows for it, change nothing that is computed.
_NO_INPUT = frozenset({"folder", "engine"})


class Asked(NamedTuple):
    """The hash of all that a build reads, and of the files of drivers and rates among it."""

    key: str
    files: Mapping[str, str]


def asked(
    model: Model,
    sources: Sequence[CodedSource],
    closed: ClosedPeriods,
    span: tuple[Period | None, Period | None],
    data: Path | None,
) -> Asked | None:
    """Hash what a build reads; None where that can't be read: then the build says why."""
    with suppress(SourceError, OSError):
        said = [
            f"{each.name}={_written(getattr(model, each.name))}"
            for each in dataclasses.fields(model)
            if each.name not in _NO_INPUT
        ]
        read: dict[str, Any] = {
            "code": code_version(),
            "model": said,
            "sources": [[source.name, source.load_id] for source in sources],
            "files": Ledger(model, sources).data_digests(),
            "closed": list(closed.acts.values()),
            "span": list(span),
            "data": data is not None,
            "published": _published(model),
        }
        return Asked(digest.of(read), read["files"])
    return None


def _written(value: object) -> str:
    """Write a part of the model out, with all fields of its entries and their places.

    Ten times quicker than canonical JSON; nobody but this version of the code has to read it alike.
    """
    return repr(sorted(value) if isinstance(value, frozenset) else value)


def remembered(store: Store, build: Asked) -> tuple[Run, tuple[Finding, ...]] | None:
    """Give the run that a build came to before, and its warnings; None where it must be made.

    The run is whole, by its hashes, and is the latest from then on. The caller holds the lock.
    """
    for run_id in store.derived.having(_KIND, build.key):
        note = store.derived.note(_KIND, run_id, build.key)
        if note is None:
            continue
        with suppress(KeyError, TypeError, ValueError):
            warnings = tuple(_finding(each) for each in note["warnings"])
            run = store.taken_again(run_id, note["sha256"])
            if run is not None:
                return run, warnings
    return None


def remember(store: Store, build: Asked, run: Run, warnings: Iterable[Finding]) -> None:
    """Note what a build came to. The caller holds the store's lock."""
    if run.manifest["inputs"]["drivers"] != build.files:
        return  # one was changed between the two readings
    note = {"sha256": run.sha256, "warnings": list(warnings)}
    store.derived.keep_note(_KIND, run.id, build.key, note)


def _finding(said: Mapping[str, Any]) -> Finding:
    place = said["place"]
    return Finding(
        None if place is None else Place(**place),
        said["what"],
        said["hint"],
        tuple(said["detail"]),
        Severity(said["severity"]),
    )


def _published(model: Model) -> str:
    """Give the version of the published rates, where the model may ask for them."""
    try:
        return version(PACKAGE) if model.currencies is not None else ""
    except PackageNotFoundError:
        return ""

"""The golden cases, built by any engine, as far as engines may not differ: tables and manifest."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tests.cases.test_cases import CASES, HERE

from truecost.engine.build import build
from truecost.engine.verify import verify_run
from truecost.kernel.findings import TruecostError
from truecost.model.load import load
from truecost.store.runs import Store

if TYPE_CHECKING:
    from pathlib import Path

    from truecost.model.engine import Engine

__all__ = ["CASES", "Outcome", "laid", "outcome"]


@dataclass(frozen=True)
class Outcome:
    """What a build comes to: tables by name, as bytes, and the manifest; or what is refused."""

    tables: dict[str, bytes]
    manifest: dict[str, Any]
    warnings: tuple[str, ...] = ()
    refused: str = ""


def laid(case: str, folder: Path) -> Path:
    """Lay a case's files out."""
    shutil.copytree(HERE / "base", folder)
    shutil.copytree(HERE / case, folder, dirs_exist_ok=True)
    return folder


def outcome(workspace: Path, engine: Engine, store: str = "store") -> Outcome:
    """Build a workspace by an engine, in a store of its own."""
    try:
        model = replace(load(workspace), engine=engine)
        opened = Store.open(workspace / store)
        with opened.lock(wait=False):
            built = build(model, opened)
    except TruecostError as fault:
        return Outcome({}, {}, refused=str(fault))
    assert not verify_run(built.run).findings
    tables = {path.name: path.read_bytes() for path in built.run.folder.glob("*.parquet")}
    assert tables
    warnings = tuple(map(str, built.warnings))
    return Outcome(tables, dict(built.run.manifest), warnings)

"""Every golden case by PostgreSQL: the tables and the manifest that this process comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.engines.golden import CASES, laid, outcome

from truecost.kernel.findings import Place
from truecost.model.engine import DuckdbEngine, PostgresqlEngine

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def engine(server: str, monkeypatch: pytest.MonkeyPatch) -> PostgresqlEngine:
    monkeypatch.setenv("LEDGER_URL", server)
    return PostgresqlEngine(Place("truecost.yaml"), "${LEDGER_URL}", "cases")


@pytest.mark.parametrize("case", CASES)
def test_case(case: str, engine: PostgresqlEngine, tmp_path: Path) -> None:
    workspace = laid(case, tmp_path / "workspace")
    expected = outcome(workspace, DuckdbEngine())
    assert outcome(workspace, engine, "other") == expected

"""The engines that can be tried here, besides the one in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.engines import spark_cluster

from truecost.kernel.findings import Place
from truecost.model.engine import Engine, PostgresqlEngine

if TYPE_CHECKING:
    import pytest

HERE = Place("truecost.yaml")
OTHERS = ("postgresql", "spark")


def choice(kind: str, request: pytest.FixtureRequest) -> Engine:
    """Give an engine's choice; skips where it is not installed."""
    if kind == "postgresql":
        monkeypatch: pytest.MonkeyPatch = request.getfixturevalue("monkeypatch")
        monkeypatch.setenv("LEDGER_URL", request.getfixturevalue("server"))
        return PostgresqlEngine(HERE, "${LEDGER_URL}", "tests")
    spark_cluster.needed()
    return spark_cluster.chosen(master="local[2]")

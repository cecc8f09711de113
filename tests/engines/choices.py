"""The engines that can be tried here, besides the one in this process."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from truecost.kernel.findings import Place
from truecost.model.engine import Engine, PostgresqlEngine, SparkEngine

HERE = Place("truecost.yaml")
OTHERS = ("postgresql", "spark")


def choice(kind: str, request: pytest.FixtureRequest) -> Engine:
    """Give an engine's choice; skips where it is not installed."""
    if kind == "postgresql":
        monkeypatch: pytest.MonkeyPatch = request.getfixturevalue("monkeypatch")
        monkeypatch.setenv("LEDGER_URL", request.getfixturevalue("server"))
        return PostgresqlEngine(HERE, "${LEDGER_URL}", "tests")
    if find_spec("pyspark") is None:
        pytest.skip("Spark is not installed: pip install 'truecost[spark]'")
    if find_spec("truecost.engine.dialects.spark") is None:
        pytest.skip("there is no dialect of Spark")
    return SparkEngine(HERE, master="local[2]")

"""Which engine a workspace chooses, and what a name on the command line makes of that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.test_model_errors import SOUND, write

from truecost.kernel.findings import ModelError, Place
from truecost.model.engine import DuckdbEngine, PostgresqlEngine, SparkEngine, chosen
from truecost.model.load import load
from truecost.model.resolve import resolve

if TYPE_CHECKING:
    from pathlib import Path

    from truecost.model.types import Model

HERE = Place("truecost.yaml")


def loaded(folder: Path, engine: str) -> Model:
    folder.mkdir()
    write(folder, {"truecost.yaml": SOUND["truecost.yaml"] + f"engine: {engine}\n"})
    return load(folder)


def test_what_is_written(tmp_path: Path) -> None:
    asked = {
        "duckdb": DuckdbEngine(),
        "spark": SparkEngine(HERE, master="local[*]"),
        '{ spark: { remote: "sc://host:15002" } }': SparkEngine(HERE, remote="sc://host:15002"),
        "{ spark: { master: spark://host:7077, folder: s3a://bucket/lines/,"
        " settings: { spark.executor.memory: 4g } } }": SparkEngine(
            HERE,
            "spark://host:7077",
            folder="s3a://bucket/lines",
            settings=(("spark.executor.memory", "4g"),),
        ),
        '{ postgresql: { url: "${LEDGER}", schema: cost } }': PostgresqlEngine(
            HERE, "${LEDGER}", "cost"
        ),
    }
    got = [loaded(tmp_path / str(number), written).engine for number, written in enumerate(asked)]
    assert got == list(asked.values())


def test_an_engine_is_no_part_of_what_is_computed(tmp_path: Path) -> None:
    one, other = (loaded(tmp_path / engine, engine) for engine in ("duckdb", "spark"))
    period = one.calendar.parse("2024-01")
    assert one == other
    assert resolve(one, period).digest == resolve(other, period).digest


def test_a_name_keeps_the_settings_of_its_engine() -> None:
    cluster = SparkEngine(HERE, "spark://host:7077")
    assert chosen(cluster, None) is cluster
    assert chosen(cluster, "spark") is cluster
    assert chosen(cluster, "duckdb") == DuckdbEngine()
    assert chosen(DuckdbEngine(), "spark") == SparkEngine(HERE)
    with pytest.raises(ModelError, match="the engine postgresql has no address"):
        chosen(cluster, "postgresql")

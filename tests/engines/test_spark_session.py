"""Sessions of Spark: in this machine's threads, behind Spark Connect, and those that fail."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from tests.engines.golden import laid, outcome
from tests.engines.spark_cluster import chosen, cluster, connect_server, needed
from tests.engines.spark_rows import made, rules

from truecost.engine import classify
from truecost.engine.classify import cells
from truecost.engine.dialects.choose import begun
from truecost.kernel.findings import SourceError
from truecost.model.engine import DuckdbEngine

if TYPE_CHECKING:
    from pathlib import Path

    from truecost.engine.dialects.choose import Engine
    from truecost.model.engine import SparkEngine

#: Rules by line and of one column, a measured driver, savings: what asks Spark most.
CASES = ("driver_measured_from_the_ledger", "commitment_savings_shared", "by_driver")


@pytest.fixture(autouse=True)
def _there() -> None:
    needed()


def asked(source_folder: Path, engine: Engine | None) -> list[object]:
    source = made(source_folder, 20_000)
    kept = {"vendor": {"account": (3, 30)}, "region": {}}
    first = made(source_folder.with_name("empty"), 0)
    return [
        cells(source, rules(), kept=kept, engine=engine),
        classify.assigned(source, rules(), engine=engine),
        cells(first, rules(), engine=engine),
    ]


def same(found: list[object], expected: list[object]) -> bool:
    return all(one.equals(other) for one, other in zip(found, expected, strict=True))  # type: ignore[attr-defined]


def test_every_kind_of_rule_and_of_lookup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lookups in the query, joined and sent whole, joined by their keys: all come to the same."""
    expected = asked(tmp_path / "source", None)
    ledger = tmp_path / "lines"
    with begun(chosen(master="local[2]", folder=str(ledger))) as engine:
        assert same(asked(tmp_path / "source", engine), expected)
        monkeypatch.setattr("truecost.engine.dialects.spark.IN_QUERY", 0)
        assert same(asked(tmp_path / "source", engine), expected)
        monkeypatch.setattr("truecost.engine.dialects.spark.BROADCAST", 0)
        assert same(asked(tmp_path / "source", engine), expected)
    assert len([*ledger.glob("*.parquet")]) == 2


def test_by_spark_connect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with connect_server() as address:
        monkeypatch.setenv("SPARK_HERE", address)
        choice = chosen(remote="${SPARK_HERE}")
        for case in CASES:
            workspace = laid(case, tmp_path / case)
            expected = outcome(workspace, DuckdbEngine())
            assert outcome(workspace, choice, "other") == expected
        expected_rows = asked(tmp_path / "source", None)
        with begun(choice) as engine:
            assert same(asked(tmp_path / "source", engine), expected_rows)


def refused(choice: SparkEngine, folder: Path) -> str:
    with begun(choice) as engine, pytest.raises(SourceError) as fault:
        cells(made(folder, 10), rules(), engine=engine)
    return str(fault.value)


def test_faults_are_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = refused(chosen(master="spark://127.0.0.1:9"), tmp_path)
    assert said == (
        "truecost.yaml: nobody answers at spark://127.0.0.1:9\n"
        "   check the address, and that Spark runs there"
    )
    monkeypatch.setenv("TOKEN", "sesame")
    said = refused(chosen(remote="sc://127.0.0.1:9/;token=${TOKEN}"), tmp_path)
    assert "nobody answers at sc://127.0.0.1:9" in said
    assert "sesame" not in said
    said = refused(chosen(master="${NOBODY_SET_THIS}"), tmp_path)
    assert "the environment variable NOBODY_SET_THIS is not set" in said
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    said = refused(chosen(master="local[2]"), tmp_path)
    assert "Spark needs Java, and there is none" in said


def test_a_master_without_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("truecost.engine.dialects.spark_session.WAIT", 2)
    with cluster(workers=0) as of:
        said = refused(chosen(master=of.address), tmp_path)
    assert said.startswith("truecost.yaml: no worker has room for this build after 2 seconds")


def test_lines_that_cannot_be_read_are_told_in_words(tmp_path: Path) -> None:
    source, lines = made(tmp_path / "source", 10), tmp_path / "lines"
    with begun(chosen(master="local[1]", folder=str(lines))) as engine:
        assert cells(source, rules(), engine=engine).num_rows
        for copy in lines.iterdir():
            copy.write_bytes(b"not what it was")
        with pytest.raises(SourceError, match="Spark's workers can't read the ledger lines"):
            cells(source, rules(), engine=engine)

"""The published format: the reference is up to date, its example loads, its schemas fit."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from truecost.kernel.periods import Period, span
from truecost.model.expectations_reading import expectation_files, read_expectations
from truecost.model.load import load_with_findings
from truecost.model.resolve import resolve
from truecost.model.scenario_reading import read_scenarios
from truecost.model.schema.published import FORMAT, json_schemas, keys, purpose

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "reference" / "example-workspace"


def test_the_reference_is_what_the_tool_writes() -> None:
    tool = ROOT / "tools" / "write_reference.py"
    done = subprocess.run([sys.executable, tool, "--check"], capture_output=True, check=False)
    assert (done.stdout, done.returncode) == (b"", 0)


def test_the_example_loads_without_a_finding() -> None:
    model, findings = load_with_findings(EXAMPLE)
    assert findings == []
    assert model is not None
    assert set(EXAMPLE.rglob("*.yaml")) == {path for file in FORMAT for path in EXAMPLE.glob(file)}
    tests, faults = read_expectations(model, expectation_files(EXAMPLE))
    assert (len(tests), faults) == (3, ())
    assert [each.name for each in read_scenarios(model, EXAMPLE)] == ["leaner"]


def test_the_example_resolves_in_every_month() -> None:
    model, _ = load_with_findings(EXAMPLE)
    assert model is not None
    leaves = [resolve(model, each).leaves for each in span(Period.of(2021, 4), Period.of(2022, 3))]
    assert leaves == [("housing", "education", "ferries")] * 9 + [("housing", "education")] * 3


@pytest.mark.parametrize("file", FORMAT)
def test_every_key_is_described(file: str) -> None:
    assert purpose(file).endswith(".")
    for key in keys(file):
        assert key.meaning.endswith("."), key.path
        assert key.allowed, key.path
        assert key.default, key.path


@pytest.mark.parametrize("name", json_schemas())
def test_schemas_are_for_editors(name: str) -> None:
    schema = json_schemas()[name]
    assert schema["$schema"].startswith("https://json-schema.org/")
    for part in nodes(schema):
        assert "x-default" not in part
        assert part.get("type") != "null"
        if "$ref" in part:
            assert part["$ref"].removeprefix("#/$defs/") in schema["$defs"]
        if isinstance(part.get("pattern"), str):
            re.compile(part["pattern"])


def nodes(schema: Any) -> list[dict[str, Any]]:
    if isinstance(schema, list):
        return [node for each in schema for node in nodes(each)]
    if not isinstance(schema, dict):
        return []
    return [schema, *(node for each in schema.values() for node in nodes(each))]

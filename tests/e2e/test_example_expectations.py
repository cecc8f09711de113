"""Both examples hold what they expect of themselves; lines become what a build makes of them."""

from __future__ import annotations

import csv
import json
import shutil
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from truecost.cli.init import examples
from truecost.cli.test import command
from truecost.engine.build import build
from truecost.engine.cells import Mapper
from truecost.engine.expectations_lines import rules_of, won
from truecost.kernel.findings import Place, UsageError
from truecost.kernel.periods import Period
from truecost.model.expectations import GivenLine, LineTest
from truecost.model.load import load
from truecost.store.runs import Store

if TYPE_CHECKING:
    from pathlib import Path

NOWHERE = Place("")


@pytest.fixture(scope="module", params=["cabinet-office", "cloud-bill", "starter"])
def workspace(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("example") / "workspace"
    shutil.copytree(examples() / request.param, folder, ignore=shutil.ignore_patterns("store"))
    store = Store.open(folder / "store")
    with store.lock(wait=False):
        build(load(folder), store)
    return folder


def judged(folder: Path, *arguments: str) -> dict[str, Any]:
    done = CliRunner().invoke(command, ["-w", str(folder), "--format", "json", *arguments])
    assert done.exception is None, done.exception
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_examples_hold(workspace: Path) -> None:
    found = judged(workspace)
    assert found["counts"]["fails"] == found["counts"]["not run"] == 0
    assert found["counts"]["holds"] >= 7
    assert all(test["findings"] == [] for test in found["tests"])


def test_only_some_are_asked_for(workspace: Path) -> None:
    file = workspace / "tests" / "latest_run.yaml"
    found = judged(workspace, str(file), "-k", "NAMED cause")
    assert [test["file"] for test in found["tests"]] == ["tests/latest_run.yaml"]
    done = CliRunner().invoke(command, ["-w", str(workspace), "-k", "no such test"])
    assert isinstance(done.exception, UsageError)


@pytest.mark.parametrize("workspace", ["cabinet-office"], indirect=True)
def test_lines_become_what_a_build_makes_of_them(workspace: Path) -> None:
    """The first match here, rule by rule, is the first match by signatures in a build."""
    model = load(workspace)
    source = model.sources[0]
    owners = [consumer for consumer in model.consumers if consumer.where is not None]
    mapper = Mapper(model, owners)
    with (workspace / "data" / "ledger" / "ledger.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    given = []
    for row in rows:
        texts = {
            "entity": row["entity"],
            "cost_centre": row["expense area"],
            "account": row["expense type"],
        }
        line = GivenLine(NOWHERE, texts, Decimal(row["amount"]), Decimal(row["number of payments"]))
        period = Period.parse(row["month"])
        given.append((LineTest(NOWHERE, "", period, source, (line,), ()), line))
    counted: Counter[tuple[str, ...]] = Counter()
    for (test, _), indexes in zip(given, won(source, rules_of(model), given), strict=True):
        key, pool, rule, centre = mapper.key(test.period.index, "GBP", source.name, *indexes)
        if model.first_period and test.period >= model.first_period:
            counted[(str(test.period), key.outcome, key.object, key.cls, pool, rule, centre,
                     key.consumer)] += 1  # fmt: skip
    run = Store.open(workspace / "store").need()
    names = ("outcome", "object", "class", "pool", "rule", "centre_rule", "consumer")
    built: Counter[tuple[str, ...]] = Counter()
    for row in run.table("cells").to_pylist():
        if row["nature"]:  # counted where the ledger has it
            continue
        built[(str(Period(row["period"])), *(row[name] for name in names))] += row["lines"]
    assert counted == built

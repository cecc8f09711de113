"""A run keeps its model whole: what is thawed holds as what was written."""

from __future__ import annotations

import dataclasses
import json
import shutil
from typing import TYPE_CHECKING

import pytest

from truecost.cli.init import examples
from truecost.engine.build import build
from truecost.engine.frozen import owners, thaw
from truecost.kernel.findings import StoreError
from truecost.kernel.periods import Period
from truecost.model.load import load
from truecost.model.resolve import KINDS, resolve
from truecost.rules.predicate import parse_predicate
from truecost.store.runs import Store

if TYPE_CHECKING:
    from truecost.model.types import Model
    from truecost.store.run import Run


@pytest.fixture(scope="module", params=["starter", "cabinet-office"])
def built(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Model, Run]:
    folder = tmp_path_factory.mktemp("workspace") / request.param
    leave_out = shutil.ignore_patterns("store")
    shutil.copytree(examples() / request.param, folder, ignore=leave_out)
    model = load(folder)
    store = Store.open(folder / "store")
    with store.lock(wait=False):
        return model, build(model, store).run


def test_the_thawed_model_resolves_as_the_written_one(built: tuple[Model, Run]) -> None:
    model, run = built
    thawed = thaw(run.table("model").to_pylist())
    for index in sorted({row["period"] for row in run.manifest["proof"]}):
        period = Period(index)
        expected = dataclasses.replace(resolve(model, period), sources=())
        assert resolve(thawed.model, period) == expected
        # periods in which the same entries hold share them, whatever was asked before
        assert thawed.resolved(period) == expected
        assert thawed.resolved(period).period == period
    for kind in KINDS:
        places = [entry.place for entry in getattr(model, kind)]
        assert [entry.place for entry in getattr(thawed.model, kind)] == places


def test_conditions_are_kept_as_they_were_checked(built: tuple[Model, Run]) -> None:
    model, run = built
    thawed = thaw(run.table("model").to_pylist())
    assert [rule.where for rule in thawed.model.accounts] == [
        predicate.text for predicate, _ in thawed.rules["account"]
    ]
    assert [owner.where for owner in owners(model.consumers)] == [
        predicate.text for predicate, _ in thawed.rules["consumer"]
    ]
    for predicate, _ in thawed.rules["centre"]:
        assert parse_predicate(predicate.text, predicate.columns) == predicate


def test_a_run_of_a_later_version_is_refused_in_words(built: tuple[Model, Run]) -> None:
    rows = built[1].table("model").to_pylist()
    (settings,) = (row for row in rows if row["kind"] == "settings")
    settings["content"] = json.dumps(json.loads(settings["content"]) | {"colour": "blue"})
    with pytest.raises(StoreError, match="settings that this version does not know: colour"):
        thaw(rows)

"""The example of a whole organisation, made, built and looked at as a person would."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.cli.program import done, truecost

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def group(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the company, built, to be read only."""
    folder = tmp_path_factory.mktemp("example") / "group"
    done("init", folder, "--example", "group")
    ended = truecost("build", "-w", folder)
    assert ended.code == 0
    # the service desk is asked for more than it can take, as README.md tells
    warned = [line for line in ended.err.splitlines() if line.startswith("warning: ")]
    assert 0 < len(warned) < 6
    assert all("more was used of service service-desk" in line for line in warned)
    return folder


def test_a_seed_is_for_the_company_that_is_made(tmp_path: Path) -> None:
    ended = truecost("init", tmp_path / "new", "--seed", "7")
    assert ended.code == 2
    assert "--seed goes with --example group" in ended.err
    assert not (tmp_path / "new").exists()


def test_another_seed_holds_as_well(tmp_path: Path) -> None:
    done("init", tmp_path / "new", "--example", "group", "--seed", "7")
    assert "the model holds" in done("check", "--model-only", "-w", tmp_path / "new")


@pytest.mark.slow
def test_the_like_is_said_of_few_bills(group: Path) -> None:
    said = truecost("check", "-w", group).out
    assert said.count("keys of tags") == 2 * 3
    assert "and the like of 21 other files" in said


@pytest.mark.slow
def test_its_run_is_whole_and_its_expectations_hold(group: Path) -> None:
    assert ": whole\n" in done("verify", "-w", group)
    assert " hold, in " in done("test", "-w", group)


@pytest.mark.slow
@pytest.mark.parametrize("period", ["2024-04", "2025-03", "2026-03"])
def test_every_department_has_a_statement(group: Path, tmp_path: Path, period: str) -> None:
    done("statement", "--all", "--format", "json", "-w", group, "--period", period, "-o", tmp_path)
    drawn = [json.loads(path.read_text()) for path in sorted(tmp_path.glob("*.json"))]
    assert len(drawn) >= 60
    assert all(one["lines"] for one in drawn)


@pytest.mark.slow
def test_its_journal_balances_between_three_companies(group: Path) -> None:
    said = done("journal", "-w", group, "--period", "2026-03")
    assert "each balances" in said
    for company in ("Larkwhistle plc", "Larkwhistle Gartenmöbel GmbH", "Larkwhistle Outdoor Inc."):
        assert company in said


@pytest.mark.slow
def test_its_figures_can_be_explained(group: Path) -> None:
    assert "Order hub" in done("explain", "customer-care", "order-hub", "-w", group)
    assert "Customer care" in done("summary", "-w", group, "--format", "json")


@pytest.mark.slow
@pytest.mark.parametrize("what", ["capacity", "charging", "commitments", "recovery", "schedules"])
def test_its_methods_show_what_they_did(group: Path, what: str) -> None:
    assert len(done("show", what, "-w", group).splitlines()) > 5


@pytest.mark.slow
def test_its_scenarios_are_computed(group: Path) -> None:
    said = done("scenario", "-w", group)
    for name in ("laptops-for-five-years", "shops-without-the-desk", "one-quality-department"):
        assert name in said

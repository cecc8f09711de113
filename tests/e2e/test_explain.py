"""`truecost explain` on both examples, to the letter, at 80 columns.

`TRUECOST_UPDATE=1 pytest tests/e2e/test_explain.py` writes the expected texts again.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from truecost.cli.explain import command
from truecost.cli.init import examples
from truecost.engine.build import build
from truecost.kernel.findings import StoreError, UsageError
from truecost.model.load import load
from truecost.store.runs import Store

if TYPE_CHECKING:
    from click.testing import Result

GOLDEN = Path(__file__).parent / "explain"
_RUN = re.compile(r"\b[0-9a-f]{16}\b")
CASES = {
    "starter-total": ("starter", "sales --period 2026-02"),
    "starter-line": ("starter", "sales network --period 2026-02"),
    "starter-class": ("starter", "sales --period 2026-01 --class transform"),
    "starter-branch": ("starter", "company shop --period 2026-02"),
    "starter-change": ("starter", "sales --period 2026-02 --against 2026-01"),
    "starter-model": ("starter", "--model --period 2026-02 --against 2026-01"),
    "starter-ledger-line": ("starter", "--line data/ledger/2026-02.csv:4"),
    "starter-ignored-line": ("starter", "--line 2026-02.csv:8"),
    "starter-line-apart": ("starter", "--line 2026-01.csv:6"),
    "office-line": ("cabinet-office", "resilience networks --period 2022-02"),
    "office-change": ("cabinet-office", "resilience --period 2022-02 --against 2022-01"),
    "office-service": ("cabinet-office", "--service cyber --period 2022-02"),
    "office-tower": ("cabinet-office", "--tower 'Network / WAN' --from 2021-04 --to 2022-03"),
    "office-pool": ("cabinet-office", "--pool Telecom --period 2022-01"),
    "office-remainder": (
        "cabinet-office", "--remainder 'technology outside central IT' --period 2022-02",
    ),
    "office-ledger-line": ("cabinet-office", "--line ledger.csv:3552"),
    "office-model": ("cabinet-office", "--model --period 2022-02 --against 2020-08"),
}  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("explained")
    for name in ("starter", "cabinet-office"):
        leave_out = shutil.ignore_patterns("store")
        shutil.copytree(examples() / name, folder / name, ignore=leave_out)
        store = Store.open(folder / name / "store")
        with store.lock(wait=False):
            build(load(folder / name), store)
    return folder


def asked(folder: Path, example: str, words: str) -> Result:
    return CliRunner().invoke(command, f"-w {folder / example} {words}")


@pytest.mark.parametrize("case", CASES)
def test_what_is_told(case: str, built: Path) -> None:
    result = asked(built, *CASES[case])
    assert result.exit_code == 0, result.output
    told = _RUN.sub("RUN", result.output)
    assert max(map(len, told.splitlines())) <= 80
    path = GOLDEN / f"{case}.txt"
    if os.environ.get("TRUECOST_UPDATE"):
        GOLDEN.mkdir(exist_ok=True)
        path.write_text(told, encoding="utf-8")
    assert told == path.read_text(encoding="utf-8")


def test_data_adds_up_like_the_text(built: Path) -> None:
    from decimal import Decimal  # noqa: PLC0415

    for example, words in (("starter", "sales"), ("cabinet-office", "resilience --all")):
        document = json.loads(asked(built, example, f"{words} --format json").output)
        assert document["schema"] == "truecost.explain/1"
        parts = [Decimal(line["portion"]) for line in document["ledger_lines"]]
        rest = Decimal(document["rest"]["portion"]) if document["rest"] else Decimal(0)
        total = sum(parts, rest) + Decimal(document["rounding"])
        assert total == Decimal(document["amount"]["text"])
        assert document["bound"] == "0"
    line = json.loads(asked(built, "starter", "--line 2026-02.csv:2 --format json").output)
    (found,) = line["lines"]
    landed = sum(Decimal(each["portion"]) for each in found["landings"])
    assert landed + Decimal(found["rounding"]) == Decimal(found["amount"])
    bridge = json.loads(asked(built, "starter", "sales --against 2026-01 --format json").output)
    parts_of = sum(part["minor"] for part in bridge["parts"].values())
    assert bridge["before"]["minor"] + parts_of == bridge["after"]["minor"]


def test_everything_is_listed_on_request(built: Path) -> None:
    whole = asked(built, "cabinet-office", "resilience --period 2022-02 --all").output
    assert "--all" not in whole
    top = asked(built, "cabinet-office", "resilience --period 2022-02").output
    assert len(whole.splitlines()) > len(top.splitlines())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "name a consumer, or one of"),
        ("sales --tower 'Network / LAN'", "name a consumer, or one of"),
        ("--against 2026-01 --line x:1", "--against goes with"),
        ("--model", "--against goes with"),
        ("sales shop --period 2026-02 --against 2026-01", "whole bills"),
        ("sales --from 2026-01 --to 2026-02", "one month"),
    ],
)
def test_what_can_not_be_asked(words: str, said: str, built: Path) -> None:
    result = asked(built, "starter", words)
    assert result.exit_code == 2
    assert said in result.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("sales netwrk --period 2026-02", 'did you mean "network"?'),
        ("--service shops", 'did you mean "shop"?'),
        ("--pool Telekom", "it has "),
        ("--line data/ledger/2026-02.csv:1", "headings"),
        ("--line abc", "no ledger line"),
        ("sales --period 2030-01", "has no period"),
    ],
)
def test_what_is_not_there(words: str, said: str, built: Path) -> None:
    fault = asked(built, "starter", words).exception
    assert isinstance(fault, UsageError)
    assert said in str(fault)


def test_a_source_that_is_gone_is_said(built: Path, tmp_path: Path) -> None:
    shutil.copytree(built / "starter", tmp_path / "starter")
    for folder in (tmp_path / "starter" / "store" / "v1" / "sources").iterdir():
        shutil.rmtree(folder)
    fault = asked(tmp_path, "starter", "sales").exception
    assert isinstance(fault, StoreError)
    assert "is not in the store" in str(fault)

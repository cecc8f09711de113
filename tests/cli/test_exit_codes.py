"""Each documented exit code, reached by a mistake that somebody will make."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from tests.cli.program import ROOT, done, replace, truecost

from truecost.kernel import findings
from truecost.store.runs import Store

if TYPE_CHECKING:
    from pathlib import Path

CODES = {
    kind.exit_code
    for kind in vars(findings).values()
    if isinstance(kind, type) and issubclass(kind, findings.TruecostError)
}


def refused(code: int, *arguments: str | Path) -> str:
    """Run a command that must end with a code and words of ours; give the words."""
    ended = truecost(*arguments)
    assert (ended.code, ended.out) == (code, ""), ended
    assert "Traceback" not in ended.err
    assert ended.err.strip()
    return ended.err


def test_every_code_is_documented() -> None:
    page = (ROOT / "docs/reference/exit-codes.md").read_text(encoding="utf-8")
    documented = {int(code) for code in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)}
    assert CODES | {0, 130, 141} == documented
    said = done("--help")
    assert all(re.search(rf"\b{code}\s", said) for code in CODES)


def test_0_for_what_was_done(built_once: Path) -> None:
    assert done("verify", "-w", built_once)


def test_1_where_a_file_cannot_be_written(built_once: Path, tmp_path: Path) -> None:
    path = tmp_path / "no such folder" / "sales.html"
    said = refused(1, "statement", "sales", "-w", built_once, "-o", path)
    assert said == f"{path}: No such file or directory\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["frobnicate"], 'there is no command "frobnicate"'),
        (["sho"], 'Did you mean "show"?'),
        (["bulid"], 'Did you mean "build"?'),
        (["build", "--frobnicate"], "No such option"),
        (["build", "--data", "; rm -rf ~"], "does not exist"),
        (["build", "--period", "2026-13"], "month 13"),
        (["build", "--period", "last month"], "write a month as 2022-02"),
        (["build", "--period", "2026-01", "--from", "2026-01"], "not both"),
        (["build", "--from", "2026-02", "--to", "2026-01"], "lies before"),
        (["build", "-w", "truecost.yaml"], "is a file"),
        (["build", "-w", "nowhere"], "does not exist"),
        (["show", "--by", "everything"], "is not one of"),
        (["show", "--period", "2031-01"], "has no period 2031-01"),
        (["show", "--currency", "XXX"], "there is EUR"),
        (["statement"], "name a consumer"),
        (["statement", "sales", "--all"], "name a consumer"),
        (["statement", "--all"], "say with -o"),
        (["statement", "--all", "-o", "truecost.yaml"], "is a file"),
        (["statement", "salse"], 'did you mean "sales"?'),
        (["statement", "sales", "--period", "2031-01"], "has no period"),
        (["init"], "name the folder"),
        (["init", "truecost.yaml"], "is a file"),
        (["init", "new", "--example", "nothing"], "cloud-bill, group, starter"),
        (["runs", "--pin", "0"], "say why with --reason"),
        (["runs", "--clear", "0"], "is not in the range"),
        (["completion", "tcsh"], "is not one of"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_2_for_what_cannot_be_carried_out(
    built: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(built)
    before = sorted(built.rglob("*"))
    assert said in refused(2, *arguments)
    assert sorted(built.rglob("*")) == before


def test_3_for_a_model_that_does_not_hold_with_all_its_faults(fresh: Path) -> None:
    replace(fresh / "model/allocations.yaml", "by: orders", "by: order")
    replace(fresh / "model/accounts.yaml", "account = '6450'", "account = (SELECT 1)")
    for command in ("check", "build"):
        said = refused(3, command, "-w", fresh)
        assert 'model/allocations.yaml:17:9: driver "order" is not defined\n' in said
        assert 'did you mean "orders"?' in said
        assert re.search(r"^model/accounts.yaml:\d+:\d+: SELECT", said, re.MULTILINE)


@pytest.mark.parametrize("command", ["check", "build", "show", "verify", "runs"])
def test_3_for_a_folder_that_is_no_workspace(tmp_path: Path, command: str) -> None:
    assert "there is no truecost.yaml" in refused(3, command, "-w", tmp_path)
    assert not list(tmp_path.iterdir())


def test_4_for_a_ledger_that_cannot_be_read(fresh: Path) -> None:
    (fresh / "data/ledger/2026-01.csv").write_bytes(bytes(range(256)) * 20)
    assert "data/ledger/2026-01.csv: this is not text" in refused(4, "build", "-w", fresh)


def test_4_for_a_line_that_the_model_does_not_say_how_to_treat(fresh: Path) -> None:
    replace(fresh / "data/ledger/2026-01.csv", "2026-01-05", "2026-13-05")
    said = refused(4, "build", "-w", fresh)
    assert "data/ledger/2026-01.csv:2: " in said
    assert "there is no month 13" in said


def test_4_for_a_period_that_the_ledger_lacks(fresh: Path) -> None:
    said = refused(4, "build", "-w", fresh, "--period", "2031-01")
    assert "it covers 2026-01 to 2026-02" in said


def test_5_for_a_cost_that_cannot_be_allocated(fresh: Path) -> None:
    replace(fresh / "data/drivers.csv", ",2100\n", ",\n")
    replace(fresh / "data/drivers.csv", "25,160", "25,")
    for command in ("check", "build"):
        ended = truecost(command, "-w", fresh)
        assert ended.code == 5
        assert 'model/allocations.yaml:17:9: driver "orders" has no value for 2026-02' in ended.err
        assert "€14,199.19" in ended.err


def test_4_for_driver_files_that_cannot_be_read_with_lines_that_no_rule_takes(fresh: Path) -> None:
    replace(fresh / "data/drivers.csv", "1800", "many")
    replace(fresh / "model/accounts.yaml", 'where: "TRUE"', "where: account = '9'")
    for command in ("check", "build"):
        ended = truecost(command, "-w", fresh)
        assert ended.code == 4
        assert 'data/drivers.csv:2:18: "many" is not a number' in ended.err
        assert "model/accounts.yaml: no account rule takes" in ended.err


def test_6_where_nothing_has_been_built(fresh: Path) -> None:
    for command in ("show", "verify", "runs"):
        assert f"truecost build -w {fresh}" in refused(6, command, "-w", fresh)
    assert not (fresh / "store").exists()


def test_6_for_a_run_that_is_not_there(built_once: Path) -> None:
    assert "there are: " in refused(6, "show", "-w", built_once, "--run", "nothing")


@pytest.mark.parametrize("command", ["check", "build", "show", "verify", "runs"])
def test_6_for_a_store_of_a_newer_version(built: Path, command: str) -> None:
    (built / "store/v1/format.json").write_text(json.dumps({"format": 2}))
    assert "format 2" in refused(6, command, "-w", built) if command != "check" else True
    (built / "store/v7").mkdir()
    ended = truecost(command, "-w", built)
    assert ended.code == 6
    assert "this store has format 7" in ended.err


def test_6_where_a_file_stands_in_place_of_the_store(fresh: Path) -> None:
    (fresh / "store").write_text("")
    assert "the store can't be written" in refused(6, "build", "-w", fresh)


def test_7_where_another_builds_and_we_do_not_wait(built: Path) -> None:
    with Store.open(built / "store").lock(wait=False):
        said = refused(7, "build", "-w", built, "--no-wait")
    assert "the workspace is held by process" in said
    assert done("build", "-w", built, "--no-wait")


def test_8_for_a_run_that_somebody_changed(built: Path) -> None:
    (path,) = built.glob("store/v1/runs/*/manifest.json")
    replace(path, '"organisation": "Example & Sons"', '"organisation": "Somebody Else"')
    assert "was changed after it was written" in refused(8, "verify", "-w", built)


def test_8_for_a_table_that_somebody_changed(built: Path) -> None:
    lines, remainders = (
        next(built.glob(f"store/v1/runs/*/{name}.parquet")) for name in ("lines", "remainders")
    )
    lines.write_bytes(remainders.read_bytes())
    assert "lines.parquet" in refused(8, "verify", "-w", built)

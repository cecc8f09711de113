"""What a terminal sees, what a pipe sees, and what happens when either goes away."""

from __future__ import annotations

import os
import pty
import re
import shutil
import signal
import subprocess
from typing import TYPE_CHECKING

import click
import pytest
from tests.cli.program import PROGRAM, done, process, replace, starter, truecost

from truecost.cli.main import group
from truecost.statements.show import BY
from truecost.store.runs import Store

if TYPE_CHECKING:
    from pathlib import Path

COMMANDS = tuple(group.list_commands(click.Context(group)))
ESCAPE = "\x1b"


def everything(workspace: Path) -> dict[str, str]:
    """Give what commands print about a workspace, by command."""
    asked: list[tuple[str, ...]] = [("check",), ("build",), ("verify",), ("runs",)]
    asked += [("show", "--by", by) for by in BY]
    leaves = re.findall(r"^ +(\w[\w-]*):.*name:", _consumers(workspace), re.MULTILINE)[:6]
    asked += [("statement", leaf) for leaf in leaves]
    assert leaves
    return {" ".join(words): done(*words, "-w", workspace) for words in asked}


def _consumers(workspace: Path) -> str:
    return (workspace / "model/consumers.yaml").read_text(encoding="utf-8")


def assert_fits(printed: dict[str, str]) -> None:
    wide = [
        (command, line)
        for command, text in printed.items()
        for line in text.splitlines()
        if len(line) > 80
    ]
    assert wide == []
    assert all(ESCAPE not in text for text in printed.values())


def test_help_fits_80_columns() -> None:
    printed = {"": done("--help")} | {name: done(name, "--help") for name in COMMANDS}
    assert_fits(printed)


def test_the_starter_fits_80_columns(built: Path) -> None:
    assert_fits(everything(built))


def test_the_real_example_fits_80_columns(cabinet_office: Path, tmp_path: Path) -> None:
    folder: Path = shutil.copytree(cabinet_office, tmp_path / "cabinet-office")
    assert_fits(everything(folder))


def test_long_names_and_large_amounts_fit_80_columns(fresh: Path) -> None:
    long = "of the organisation for the joint administration of long names and of longer ones"
    for file, name in (
        ("truecost.yaml", "organisation: Example & Sons"),
        ("model/services.yaml", "name: The web shop"),
        ("model/services.yaml", "owner: Head of Applications"),
        ("model/cost_centres.yaml", "keep_apart: technology bought by departments"),
        ("model/accounts.yaml", "ignore: not technology"),
    ):
        replace(fresh / file, name, f"{name} {long}")
    replace(fresh / "model/consumers.yaml", "name: Sales", f'name: "Sales {long}"')
    replace(fresh / "data/ledger/2026-01.csv", "7,315.75", "97,317,315,000.75")
    (fresh / "data/ledger/2026-01.csv").rename(fresh / f"data/ledger/{'long-name-' * 9}.csv")
    assert_fits(everything(fresh))


def test_words_stand_where_a_table_has_no_rows(fresh: Path) -> None:
    for path in (fresh / "data/ledger").iterdir():
        head, *lines = path.read_text(encoding="utf-8").splitlines()
        rent = [line for line in lines if "Rent" in line]
        path.write_text("\n".join([head, *rent, ""]), encoding="utf-8")
    printed = everything(fresh)
    assert "€0.00" in printed["build"]
    assert printed["show --by service"].split()[-4:] == ["0.00"] * 4
    assert "Nothing is charged to you for February 2026." in printed["statement sales"]
    assert_fits(printed)


def test_a_pipe_sees_neither_progress_nor_colours(fresh: Path) -> None:
    running = process("build", "-w", fresh, FORCE_COLOR="1", TERM="xterm-256color")
    out, err = running.communicate(timeout=60)
    assert (running.returncode, err) == (0, "")
    assert "difference" in out
    assert ESCAPE not in out


def test_a_terminal_sees_progress_that_goes_away(fresh: Path) -> None:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80"}
    running = subprocess.Popen(
        [PROGRAM, "build", "-w", fresh],
        env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    drawn = b""
    try:
        while piece := os.read(ours, 65536):
            drawn += piece
    except OSError:  # how Linux says that the other end is closed
        pass
    os.close(ours)
    out, _ = running.communicate(timeout=60)
    assert running.returncode == 0
    assert ESCAPE.encode() not in out
    assert b"reading ledger" in drawn
    assert b"allocating" in drawn
    assert drawn.rstrip().endswith(b"\x1b[2K")  # the last thing drawn is that nothing is left


def test_a_reader_that_goes_away_is_no_fault(built_once: Path) -> None:
    for words in (("show",), ("statement", "sales", "--format", "html"), ("runs",)):
        running = process(*words, "-w", built_once)
        assert running.stdout
        running.stdout.close()
        assert running.stderr
        assert running.stderr.read() == ""
        assert running.wait(timeout=60) == 141
        running.stderr.close()


def test_help_that_nobody_reads_is_no_fault() -> None:
    running = process("--help")
    assert running.stdout
    running.stdout.close()
    assert running.stderr
    assert running.stderr.read() == ""
    assert running.wait(timeout=60) in {1, 141}
    running.stderr.close()


def test_a_second_build_waits_for_the_first_and_says_so(built: Path) -> None:
    with Store.open(built / "store").lock(wait=False):
        second = process("build", "-w", built)
        assert second.stderr
        said = second.stderr.readline()
        assert said == "another build of this workspace is running: waiting for it to end\n"
        assert second.poll() is None
    out, err = second.communicate(timeout=60)
    assert (second.returncode, err) == (0, "")
    assert "difference" in out


def test_two_builds_begun_together_both_end_well(tmp_path: Path) -> None:
    folder = starter(tmp_path / "both")
    both = [process("build", "-w", folder) for _ in range(2)]
    ends = [running.communicate(timeout=60) for running in both]
    assert [running.returncode for running in both] == [0, 0]
    assert sum("whole and saved" in out for out, _ in ends) == 1
    assert sum("nothing has changed" in out for out, _ in ends) == 1
    assert len(done("runs", "-w", folder).splitlines()) == 1


def test_an_interruption_ends_in_words_and_leaves_the_store_whole(built: Path) -> None:
    before = done("runs", "-w", built)
    with Store.open(built / "store").lock(wait=False):
        running = process("build", "-w", built)
        assert running.stderr
        running.stderr.readline()
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=60)
    assert running.returncode == 130
    assert err.split() == ["interrupted"]
    assert done("runs", "-w", built) == before
    assert truecost("verify", "-w", built).code == 0


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
def test_any_encoding_of_a_terminal_will_do(built_once: Path, encoding: str) -> None:
    for form in ("table", "csv"):
        out = subprocess.run(
            [PROGRAM, "show", "-w", built_once, "--format", form],
            env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
            capture_output=True, check=True,
        ).stdout  # fmt: skip
        assert b"46386.86" in out or b"46,386.86" in out
        if form == "csv":
            out.decode("utf-8")


@pytest.mark.parametrize(
    ("shell", "words"),
    [("bash", "complete -o nosort -F"), ("zsh", "#compdef truecost"), ("fish", "complete --")],
)
def test_completion_scripts(shell: str, words: str) -> None:
    said = done("completion", shell)
    assert words in said
    assert f"_TRUECOST_COMPLETE={shell}_complete" in said


@pytest.mark.parametrize(
    ("line", "candidates"),
    [
        ("truecost sho", ["show"]),
        ("truecost ", list(COMMANDS)),
        ("truecost show --by ", list(BY)),
        ("truecost statement --form", ["--format"]),
        ("truecost completion z", ["zsh"]),
    ],
)
def test_a_shell_completes(line: str, candidates: list[str]) -> None:
    words = line.split(" ")
    running = process(
        _TRUECOST_COMPLETE="bash_complete", COMP_WORDS=line, COMP_CWORD=str(len(words) - 1)
    )
    out, err = running.communicate(timeout=60)
    assert err == ""
    assert [answer.partition(",")[2] for answer in out.splitlines()] == candidates

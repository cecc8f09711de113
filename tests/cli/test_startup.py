"""`--version` and `--help` answer at once: they load nothing that only work needs."""

from __future__ import annotations

import re
import subprocess
import sys

import click
import pytest
from tests.cli.program import PROGRAM

from truecost.cli import show
from truecost.cli.main import group
from truecost.statements.show import BY

HEAVY = {
    "django", "duckdb", "jinja2", "numpy", "pyarrow", "pydantic", "rapidfuzz", "rich", "scipy",
    "sqlglot", "waitress", "yaml",
}  # fmt: skip
COMMANDS = group.list_commands(click.Context(group))


def loaded(*arguments: str) -> set[str]:
    """Give the top-level modules that a call of the program imports."""
    ended = subprocess.run(
        [sys.executable, "-X", "importtime", PROGRAM, *arguments],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert ended.stdout
    names = re.findall(r"^import time:.*\| +([\w.]+)$", ended.stderr, re.MULTILINE)
    assert "click" in names
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize(
    "arguments",
    [
        ("--version",),
        ("--help",),
        ("init", "--list"),
        ("completion", "bash"),
        *((command, "--help") for command in COMMANDS),
    ],
    ids=" ".join,
)
def test_nothing_heavy_is_loaded(arguments: tuple[str, ...]) -> None:
    assert loaded(*arguments) & HEAVY == set()


def test_the_tables_that_are_offered_are_those_that_there_are() -> None:
    assert show.BY == BY

"""`truecost --version` and `--help` answer at once: they load nothing that only work needs."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from tests.cli.program import PROGRAM

HEAVY = {
    "duckdb", "jinja2", "numpy", "pyarrow", "pydantic", "rapidfuzz", "rich", "scipy", "sqlglot",
    "yaml",
}  # fmt: skip


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


@pytest.mark.parametrize("arguments", [("--version",), ("--help",), ("init", "--list")])
def test_nothing_heavy_is_loaded(arguments: tuple[str, ...]) -> None:
    assert loaded(*arguments) & HEAVY == set()


def test_help_of_a_command_loads_only_that_command() -> None:
    assert loaded("completion", "--help") & HEAVY == set()

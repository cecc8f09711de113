"""The settings as they are where something is served: in a process of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from truecost.record.place import RecordPlace

if TYPE_CHECKING:
    from pathlib import Path


def ran(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ, "TRUECOST_WORKSPACE": str(folder),
        "DJANGO_SETTINGS_MODULE": "truecost.portal.settings",
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, "-m", "django", *command],
        env=environment, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    RecordPlace(tmp_path).begin()
    return tmp_path


def test_nothing_is_said_about_a_deployment_over_https(folder: Path) -> None:
    (folder / "record/settings.toml").write_text('address = "https://truecost.example.org"\n')
    ended = ran(folder, "check", "--deploy", "--fail-level", "DEBUG")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "no issues" in ended.stdout


def test_the_tables_are_those_of_the_models(folder: Path) -> None:
    ended = ran(folder, "makemigrations", "record", "--check", "--dry-run")
    assert ended.returncode == 0, ended.stdout + ended.stderr

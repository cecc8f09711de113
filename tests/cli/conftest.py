"""Workspaces to run commands on."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from tests.cli.program import done, starter

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """Give a workspace that has not been built."""
    return starter(tmp_path / "fresh")


@pytest.fixture(scope="session")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a workspace that has been built, to be read only."""
    folder = starter(tmp_path_factory.mktemp("built") / "starter")
    done("build", "-w", folder)
    return folder


@pytest.fixture
def built(built_once: Path, tmp_path: Path) -> Path:
    """Give a workspace that has been built, to do with as a test likes."""
    folder: Path = shutil.copytree(built_once, tmp_path / "built")
    return folder


@pytest.fixture(scope="session")
def cabinet_office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the real example, built, to be read only."""
    folder = tmp_path_factory.mktemp("example") / "cabinet-office"
    done("init", folder, "--example", "cabinet-office")
    done("build", "-w", folder)
    return folder

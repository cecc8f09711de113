"""What all tests share."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[1]


def pytest_configure(config: pytest.Config) -> None:
    """Keep bytecode, apart from the sources, for all the programs that tests start.

    Half of what a command of the tests takes is else reading the same modules again.
    """
    if config.pluginmanager.has_plugin("cacheprovider") and not hasattr(config, "workerinput"):
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = str(config.cache.mkdir("bytecode"))
        sys.dont_write_bytecode = False


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Give the folder of raw example data; tests that use it are marked `realdata`.

    It is never part of the repository: `TRUECOST_DATA` names it, else it lies beside it.
    """
    folder = Path(os.environ.get("TRUECOST_DATA", _ROOT.parent / "shared" / "data"))
    if not (folder / "cabinet-office").is_dir():
        pytest.skip(
            f"the monthly files of the Cabinet Office are not in {folder.name}/cabinet-office:"
            " name the folder that holds them in TRUECOST_DATA"
        )
    return folder

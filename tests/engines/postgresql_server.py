"""A PostgreSQL that lives as long as the tests that ask for it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

DEBIAN = Path("/usr/lib/postgresql")
PROGRAMS = ("initdb", "pg_ctl", "postgres")


@contextmanager
def started() -> Iterator[str]:
    """Run PostgreSQL in a folder of its own, behind a socket of its own, as nobody where root.

    Gives its address. Skips the test where PostgreSQL is not installed.
    """
    path = os.pathsep.join((os.environ["PATH"], *map(str, sorted(DEBIAN.glob("*/bin"))[-1:])))
    if not all(shutil.which(program, path=path) for program in PROGRAMS):
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="truecost-pg-", dir="/tmp"))
    user: dict[str, Any] = {}
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody", "nogroup")
        user = {"user": "nobody", "group": "nogroup", "extra_groups": []}

    def run(*command: str) -> None:
        environment = {"PATH": path, "LC_ALL": "C.UTF-8"}
        subprocess.run(
            [shutil.which(command[0], path=path) or command[0], *command[1:]],
            cwd=folder,
            env=environment,
            check=True,
            stdout=subprocess.DEVNULL,
            **user,
        )

    try:
        run("initdb", "-D", "data", "-U", "erp", "--auth=trust", "-E", "UTF8", "--no-sync")
        settings = f"-k {folder} -c listen_addresses='' -c fsync=off"
        run("pg_ctl", "-D", "data", "-w", "-l", "log", "-o", settings, "start")
        try:
            yield f"postgresql://erp:se-cret@/postgres?host={folder}"
        finally:
            run("pg_ctl", "-D", "data", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)

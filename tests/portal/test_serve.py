"""`truecost serve`, as people start it: one command, until it is ended."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from typing import TYPE_CHECKING

import psutil
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to catch"),
]
COMMAND = [sys.executable, "-c", "from truecost.cli.main import main; main()"]


@pytest.fixture
def folder(tmp_path: Path, built: Path) -> Path:
    made: Path = shutil.copytree(built, tmp_path / "shop", symlinks=True)
    return made


@pytest.fixture
def served(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """Give the process, its address, and the first link."""
    with subprocess.Popen(
        [*COMMAND, "serve", str(folder), "--port", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        said = "".join(process.stdout.readline() for _ in range(3))
        address = re.search(r"at (http://localhost:\d+)\n", said)
        link = re.search(r"(/welcome/\S+)", said)
        assert address, said
        assert link, said
        try:
            yield process, address[1], link[1]
        finally:
            process.kill()


def test_it_serves_and_ends_with_its_worker(
    served: tuple[subprocess.Popen[str], str, str],
) -> None:
    process, address, link = served
    for page, said in (
        ("/ready", '"ready"'),
        ("/sign-in", "Sign in"),
        (link, "Your e-mail address"),
        ("/statement.css", ":root"),
        ("/static/portal/portal.css", ".frame"),
    ):
        with urllib.request.urlopen(f"{address}{page}", timeout=60) as answer:  # noqa: S310
            assert said in answer.read().decode()
    children = psutil.Process(process.pid).children(recursive=True)
    assert any("truecost.portal.worker" in " ".join(each.cmdline()) for each in children)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    gone, alive = psutil.wait_procs(children, timeout=30)
    assert gone
    assert alive == []


def test_a_killed_server_leaves_no_worker(
    served: tuple[subprocess.Popen[str], str, str],
) -> None:
    process, _, _ = served
    for _ in range(100):
        children = psutil.Process(process.pid).children(recursive=True)
        if children:
            break
        psutil.wait_procs([], timeout=0.1)
    process.kill()
    process.wait(60)
    _, alive = psutil.wait_procs(children, timeout=60)
    assert alive == []

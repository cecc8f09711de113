"""The demo as people meet it: made once, served by `truecost serve`, opened in a browser."""

from __future__ import annotations

import fcntl
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or ""
QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
).split()
ROOT = Path(__file__).parents[2]
MAKER = ROOT / "tools/serve_demo.py"
COMMAND = [sys.executable, "-c", "from truecost.cli.main import main; main()"]


def _maker() -> Any:
    spec = importlib.util.spec_from_file_location("serve_demo", MAKER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


demo = _maker()


def made_once(factory: pytest.TempPathFactory) -> Path:
    """Give the demo, made by whichever process of the tests comes first; nobody acts in it."""
    base = factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    folder = shared / "demo"
    with (shared / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "record/demo").exists():
            shutil.rmtree(folder, ignore_errors=True)
            command = [sys.executable, str(MAKER), str(folder), "--make"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout + done.stderr
    return folder


@dataclass
class Portal:
    """A portal that is served: its address, its workspace, what it logged so far."""

    address: str
    folder: Path
    log: Path

    def requests(self) -> list[dict[str, Any]]:
        """Give what was logged of each request."""
        lines = self.log.read_text(encoding="utf-8").splitlines()
        said = [json.loads(line) for line in lines if line.startswith("{")]
        return [each for each in said if each.get("message") == "request"]

    def troubles(self) -> list[str]:
        """Give the lines that tell of a fault."""
        lines = self.log.read_text(encoding="utf-8").splitlines()
        return [line for line in lines if not line.startswith("{") or '"level": "error"' in line]


@contextmanager
def served(folder: Path, *, port: int = 0, **environment: str) -> Iterator[Portal]:
    """Serve a workspace on a port of this machine, a free one for 0, until the block ends."""
    log = Path(tempfile.mkstemp(prefix="portal-", suffix=".log", dir=folder.parent)[1])
    with (
        log.open("w") as errors,
        subprocess.Popen(
            [*COMMAND, "serve", str(folder), "--port", str(port)],
            stdout=subprocess.PIPE, stderr=errors, text=True, env={**os.environ, **environment},
        ) as process,
    ):  # fmt: skip
        try:
            assert process.stdout is not None
            said = re.search(r"at (http://\S+)", process.stdout.readline())
            assert said, log.read_text(encoding="utf-8")
            yield Portal(said[1], folder, log)
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Open Debian's browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Visit:
    """Somebody at the portal, in a browser of their own; what the browser complained of."""

    context: BrowserContext
    page: Page
    complaints: list[str]
    portal: Portal

    def hear(self, kind: str, text: str) -> None:
        """Take down what the browser complains of."""
        if kind in {"error", "warning"}:
            self.complaints.append(f"{self.page.url}: {text}")

    def goto(self, path: str) -> None:
        """Open an address of the portal."""
        self.page.goto(self.portal.address + path)


@contextmanager
def visiting(
    browser: Browser, portal: Portal, who: str = "", *, password: str = "", **how: Any
) -> Iterator[Visit]:
    """Open a browser for somebody of the demo, signed in; for a visitor without a name."""
    context = browser.new_context(**how)
    page = context.new_page()
    visit = Visit(context, page, [], portal)

    def on_error(error: object) -> None:
        visit.hear("error", str(error))

    def on_console(said: ConsoleMessage) -> None:
        visit.hear(said.type, said.text)

    page.on("pageerror", on_error)
    page.on("console", on_console)
    try:
        if who:
            visit.goto("/sign-in")
            page.fill("input[name=login]", f"{who}@{demo.HOST}" if "@" not in who else who)
            page.fill("input[name=password]", password or demo.PASSWORD)
            page.click("main button")
            page.wait_for_url(lambda url: "/sign-in" not in url)
        yield visit
    finally:
        context.close()

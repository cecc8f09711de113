"""Pictures of the portal's main pages, from the demo: `make screenshots` writes them into the docs.

python tools/screenshots.py DEMO FOLDER

Needs the development environment and a Chromium (Debian's, or the one that CHROMIUM names).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from serve_demo import HOST, PASSWORD, PROGRAM

#: File, who looks, the way there: addresses, or the words of links to follow.
PICTURES = (
    ("statement", "head", ("/", r"re:S-\d")),
    ("overview", "leader", ("/overview",)),
    ("flow", "leader", ("/flow",)),
    ("period", "analyst", ("/period", r"re:March")),
)
_SIZE, _MOST = {"width": 1100, "height": 800}, 1600
_QUIET = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


def main(folder: Path, into: Path) -> None:
    """Serve the demo, and take every picture that can be had."""
    into.mkdir(parents=True, exist_ok=True)
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with (
        subprocess.Popen(
            [PROGRAM, "serve", str(folder), "--port", "0"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        ) as process,
        sync_playwright() as playwright,
    ):  # fmt: skip
        out = process.stdout
        said = re.search(r"at (http://\S+)", out.readline() if out else "")
        if said is None:
            sys.exit("the portal did not start")
        try:
            browser = playwright.chromium.launch(executable_path=chromium, args=_QUIET)
            for name, who, way in PICTURES:
                take(browser, said[1], into / f"{name}.png", who, way)
        finally:
            process.terminate()


def take(browser: Browser, address: str, file: Path, who: str, way: tuple[str, ...]) -> None:
    """Go the way as somebody, and take a picture."""
    page = browser.new_page(viewport=_SIZE, color_scheme="light")  # type: ignore[arg-type]  # a dict
    page.goto(f"{address}/sign-in")
    page.fill("input[name=login]", f"{who}@{HOST}")
    page.fill("input[name=password]", PASSWORD)
    page.click("main button")
    for step in way:
        follow(page, address, step)
    height = min(_MOST, page.evaluate("document.documentElement.scrollHeight"))
    page.set_viewport_size({"width": _SIZE["width"], "height": height})
    page.screenshot(path=file)
    print(f"{file}: {page.title()}")
    page.close()


def follow(page: Page, address: str, step: str) -> None:
    """Open an address, or follow the first link with these words."""
    if not step.startswith("re:"):
        answer = page.goto(address + step)
        if answer is None or not answer.ok:
            sys.exit(f"{step}: the page does not answer")
        return
    page.get_by_role("link", name=re.compile(step.removeprefix("re:"))).first.click()
    page.wait_for_load_state("networkidle")  # parts come by themselves


if __name__ == "__main__":
    if len(sys.argv) != 3:  # noqa: PLR2004  the program, a demo, a folder
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))

"""What `truecost test` says, as text.

`test_expectations_messages.txt` holds the cases: after `=== name` come the files that are laid over
the workspace at its top, which was built before, and after `>>>` what is printed: a line per test,
then what differs. Run this module to write the answers anew.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

from truecost.cli.test import command
from truecost.engine.build import build
from truecost.kernel.findings import TruecostError
from truecost.model.load import load
from truecost.store.runs import Store

CASES = Path(__file__).with_suffix(".txt")
WIDTH = 100
NOT_BUILT = "(not built)"


def files_in(text: str) -> dict[str, str]:
    _, *parts = re.split(r"^--- (\S+)\n", text, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def parse(text: str) -> tuple[dict[str, str], dict[str, tuple[dict[str, str], str]]]:
    base, *blocks = re.split(r"^=== ", text, flags=re.MULTILINE)
    cases = {}
    for block in blocks:
        name, _, rest = block.partition("\n")
        body, _, expected = rest.partition(">>>\n")
        cases[name] = (files_in(body), expected.strip("\n"))
    return files_in(base), cases


BASE, MESSAGES = parse(CASES.read_text(encoding="utf-8"))


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text, encoding="utf-8")


@cache
def built() -> tempfile.TemporaryDirectory[str]:
    """Give the workspace at the top of the cases, built."""
    folder = tempfile.TemporaryDirectory()
    write(Path(folder.name), BASE)
    store = Store.open(Path(folder.name) / "store")
    with store.lock(wait=False):
        build(load(Path(folder.name)), store)
    return folder


def said(folder: Path, changed: dict[str, str]) -> str:
    shutil.copytree(built().name, folder, dirs_exist_ok=True)
    write(folder, changed)
    if NOT_BUILT in changed.get("data/ledger.csv", ""):
        shutil.rmtree(folder / "store")
    done = CliRunner().invoke(command, ["-w", str(folder)])
    found = ""
    if done.exception is not None:
        assert isinstance(done.exception, TruecostError), done.exception
        found = f"\n[{done.exception.exit_code}] {done.exception}"
    run = Store.open(folder / "store").latest()
    text = re.sub(r", in \d+\.\d\d s", "", done.stdout) + found.strip("\n")
    return text.replace(run.id, "RUN").strip() if run else text.strip()


@pytest.mark.parametrize("name", MESSAGES)
def test_message(name: str, tmp_path: Path) -> None:
    changed, expected = MESSAGES[name]
    assert said(tmp_path, changed) == expected


@pytest.mark.parametrize("name", MESSAGES)
def test_messages_are_short_and_placed(name: str) -> None:
    tests, _, found = MESSAGES[name][1].rpartition("[")
    assert max(len(line) for line in tests.splitlines() or [""]) <= 80
    assert max(len(line) for line in found.splitlines() or [""]) <= WIDTH + 20


def rewrite() -> None:
    text = CASES.read_text(encoding="utf-8")
    blocks = [text[: text.index("=== ")]]
    for name, (changed, _) in MESSAGES.items():
        with tempfile.TemporaryDirectory() as folder:
            files = "".join(f"--- {file}\n{body.rstrip()}\n" for file, body in changed.items())
            blocks.append(f"=== {name}\n{files}>>>\n{said(Path(folder), changed)}\n\n")
    CASES.write_text("".join(blocks).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    rewrite()

"""Documents can't lie: their commands run, their output is what is printed, their links lead on."""

from __future__ import annotations

import difflib
import os
import re
import shlex
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING
from urllib.parse import unquote

import click
import pytest
from tests.cli.program import ROOT, done, truecost
from tests.cli.transcript import blocks, retold

from truecost.cli.main import group

if TYPE_CHECKING:
    from pathlib import Path

TUTORIAL = ROOT / "docs/tutorial/cabinet-office.md"
PAGES = [
    *ROOT.glob("*.md"),
    *(ROOT / "docs").rglob("*.md"),
    *(ROOT / "examples").glob("*/*.md"),
]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.slow
def test_the_tutorial_is_what_happens(tmp_path: Path) -> None:
    told = TUTORIAL.read_text(encoding="utf-8")
    now = retold(told, tmp_path)
    if os.environ.get("TRUECOST_UPDATE"):
        TUTORIAL.write_text(now, encoding="utf-8")
        return
    difference = difflib.unified_diff(told.splitlines(), now.splitlines(), "told", "now", n=1)
    assert now == told, "\n".join(["TRUECOST_UPDATE=1 writes the tutorial again", *difference])


HOW_TOS = [
    page
    for page in sorted((ROOT / "docs/how-to").glob("*.md"))
    if "\n```console\n" in (text := page.read_text(encoding="utf-8"))
    and "\n```sql\n" not in text  # it needs a database: tests/engines
    and page.name != "large-bills.md"  # it needs a bill: test_large_bills_page.py
]


@pytest.mark.parametrize("page", HOW_TOS, ids=name_of)
def test_a_how_to_is_what_happens(page: Path, tmp_path: Path) -> None:
    told = page.read_text(encoding="utf-8")
    now = retold(told, tmp_path)
    if os.environ.get("TRUECOST_UPDATE"):
        page.write_text(now, encoding="utf-8")
        return
    difference = difflib.unified_diff(told.splitlines(), now.splitlines(), "told", "now", n=1)
    assert now == told, "\n".join(["TRUECOST_UPDATE=1 writes the page again", *difference])


def test_amounts_in_the_tutorials_sentences_are_in_its_output() -> None:
    told = TUTORIAL.read_text(encoding="utf-8")
    printed = "".join(block.text for block in blocks(told))
    amounts = set(re.findall(r"£[\d,]+\.\d\d", without_blocks(TUTORIAL)))
    assert {amount for amount in amounts if amount not in printed} == set()


def without_blocks(page: Path) -> str:
    text = page.read_text(encoding="utf-8")
    return re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)


def commands_in(page: Path) -> list[str]:
    """Give the command lines of a page: in blocks, and in sentences where they are complete."""
    text = page.read_text(encoding="utf-8")
    lines = re.findall(r"^(?:\$ | {4})?(truecost .*)$", text, re.MULTILINE)
    lines += re.findall(r"`(truecost (?:show|statement|build|check|verify|init) [^`]*)`", text)
    whole = [re.split(r" \\?\| ", line)[0] for line in lines]
    return [line for line in whole if "…" not in line and "COMMAND" not in line]


def test_every_command_in_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    commands = commands_in(ROOT / "README.md")
    assert len(commands) >= 5
    for command in commands:
        ended = truecost(*shlex.split(command, comments=True)[1:])
        assert ended.code == 0, f"{command}: {ended}"
    assert (tmp_path / "sales.html").is_file()


def test_every_command_in_the_examples_readme_runs(cabinet_office: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(cabinet_office, tmp_path / "workspace")
    for command in commands_in(ROOT / "examples/cabinet-office/README.md"):
        if "--data" in command:
            continue
        words = shlex.split(command.replace("examples/cabinet-office", str(folder)))
        ended = truecost(*words[1:])
        assert ended.code == 0, f"{command}: {ended}"


def test_every_option_in_the_documents_exists() -> None:
    for page in PAGES:
        for command in commands_in(page):
            words = shlex.split(command, comments=True)
            help_text = done(words[1], "--help") if not words[1].startswith("-") else done("--help")
            for word in words[1:]:
                if word.startswith("-"):
                    assert re.search(rf"(?<![\w-]){word}\b", help_text), f"{page.name}: {command}"


@pytest.mark.parametrize("name", group.list_commands(click.Context(group)))
def test_every_command_and_option_is_in_the_reference(name: str) -> None:
    page = (ROOT / "docs/reference/commands.md").read_text(encoding="utf-8")
    section = page.partition(f"## truecost {name}\n")[2].partition("\n## ")[0]
    command = group.get_command(click.Context(group), name)
    assert command
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert all(option in section for option in parameter.opts)
        else:
            assert str(parameter.metavar or parameter.name).split("|")[0].upper() in section.upper()


def test_generated_pages_are_up_to_date() -> None:
    checked = subprocess.run(
        [sys.executable, ROOT / "tools/write_reference.py", "--check"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (checked.returncode, checked.stdout) == (0, "")


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_relative_links_lead_somewhere(page: Path) -> None:
    text = re.sub(
        r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE
    )
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"\w+:", target):
            continue
        path, _, anchor = unquote(target).partition("#")
        file = (page.parent / path) if path else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(target)
    assert broken == []


def test_the_index_has_every_page() -> None:
    index = (ROOT / "docs/README.md").read_text(encoding="utf-8")
    pages = [*(ROOT / "docs/how-to").glob("*.md"), *(ROOT / "docs/reference").glob("*.md")]
    assert [page.name for page in pages if f"/{page.name})" not in index] == []


def anchors(page: Path) -> set[str]:
    """Give the anchors that a reader's browser finds in a page of Markdown."""
    heads = re.findall(r"^#+ +(.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}

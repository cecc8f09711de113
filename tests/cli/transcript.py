"""A document whose commands are run: fenced blocks of text, and how they are kept true.

* `console`: lines that begin with `$ ` are run, in order, in one folder; what they print is
  compared with what follows. A line `…` stands for lines left out, at most one per command. Runs'
  ids, seconds, the days of acts and the number of tables may differ. `console fails` is a block
  whose commands must end with a fault.
* `yaml FILE`: these lines stand in that file. `yaml add FILE`: they are added at its end.
  `yaml new FILE`: they are that file. So also `csv`.
* `diff FILE`: these lines are changed in it.
* `sql`: is run in the PostgreSQL whose address is in the variable DATABASE.
"""

from __future__ import annotations

import os
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from tests.cli.program import truecost

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLOCK = re.compile(r"^```(\w+)(?: +([^\n]*))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_LEFT_OUT = "…"


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language, the words after it, its text and where that stands."""

    language: str
    words: tuple[str, ...]
    text: str
    start: int
    end: int


def blocks(document: str) -> Iterator[Block]:
    """Give the fenced blocks of a document that have a language."""
    for found in _BLOCK.finditer(document):
        words = tuple((found[2] or "").split())
        yield Block(found[1], words, found[3], found.start(3), found.end(3))


def retold(document: str, folder: Path) -> str:
    """Carry a document out in an empty folder, and give it with the output that commands have."""
    pieces = []
    last = 0
    before = Path.cwd()
    os.chdir(folder)
    try:
        for block in blocks(document):
            pieces += [document[last : block.start], _carried_out(block)]
            last = block.end
    finally:
        os.chdir(before)
    return "".join([*pieces, document[last:]])


def _carried_out(block: Block) -> str:
    if block.language == "console":
        return _console(block.text, fails=block.words == ("fails",))
    if block.language == "sql":
        with psycopg.connect(os.environ["DATABASE"], autocommit=True) as connection:
            connection.execute(block.text.encode())
        return block.text
    if block.language not in {"yaml", "csv", "diff"} or not block.words:
        return block.text
    path = Path(block.words[-1])
    if block.words[0] == "new":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")
        return block.text
    text = path.read_text(encoding="utf-8")
    if block.language == "diff":
        old, new = (
            "".join(line[1:] for line in block.text.splitlines(keepends=True) if line[0] in kept)
            for kept in (" -", " +")
        )
        assert text.count(old) == 1, f"{path} has not exactly once:\n{old}"
        path.write_text(text.replace(old, new), encoding="utf-8")
    elif block.words[0] == "add":
        path.write_text(text + block.text, encoding="utf-8")
    else:
        assert block.text in text, f"{path} does not have:\n{block.text}"
    return block.text


def _console(text: str, *, fails: bool) -> str:
    told = []
    for command, said in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE):
        told += [f"$ {command}\n", _as_told(said, _run(command, fails=fails))]
    return "".join(told)


def _run(command: str, *, fails: bool) -> str:
    program, *arguments = shlex.split(command, comments=True)
    if program == "cd":
        os.chdir(arguments[0])
        return ""
    assert program == "truecost", f"a transcript can't run {program}"
    ended = truecost(*arguments)
    assert (ended.code != 0) == fails, f"{command}: {ended}"
    return (ended.out + ended.err).replace("\r\n", "\n")


def _as_told(told: str, now: str) -> str:
    """Give what is printed now, cut as it was told; the old words where they mean the same."""
    lines, output = told.splitlines(keepends=True), now.splitlines(keepends=True)
    if f"{_LEFT_OUT}\n" in lines:
        head = lines.index(f"{_LEFT_OUT}\n")
        tail = len(lines) - head - 1
        output = [*output[:head], f"{_LEFT_OUT}\n", *(output[-tail:] if tail else [])]
    cut = "".join(output)
    return told if _masked(told) == _masked(cut) else cut


def _masked(text: str) -> str:
    days = r"(?:^|(?:posted|closed|since) )\d{4}-\d\d-\d\d"
    return re.sub(
        rf"[0-9a-f]{{16}}|in \d+\.\d\d s|\d+ tables|{days}", "#", text, flags=re.MULTILINE
    )

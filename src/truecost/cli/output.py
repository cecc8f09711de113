"""Where a document goes: a file, or standard output where that can take it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path


def write(document: str | bytes, path: Path) -> None:
    """Write a document to a file, text as UTF-8. Raise OSError where that is not possible."""
    path.write_bytes(document.encode() if isinstance(document, str) else document)


def from_name(path: Path | None, known: Collection[str], otherwise: str) -> str:
    """Give the format that a file's name ends in, if it is one of the known."""
    named = path.suffix.removeprefix(".").lower() if path else ""
    return named if named in known else otherwise


def deliver(document: str | bytes, form: str, path: Path | None) -> None:
    """Write a document to a file and name it, or print it.

    Raise UsageError for a PDF or a workbook that would go to a terminal.
    """
    if path is not None:
        write(document, path)
        click.echo(str(path))
        return
    if isinstance(document, bytes) and sys.stdout.isatty():
        raise click.UsageError("say with -o into which file it goes")
    # data go out as bytes, so that they are the same whatever the encoding of the terminal
    if isinstance(document, str) and form != "text":
        document = document.encode()
    click.echo(document, nl=False)

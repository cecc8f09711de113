"""Documents of the real example: 48 statements of a month, drawn from views that are ready.

The limit is 50 ms for a PDF: hundreds in seconds. Starting typst with its fonts is in the time.

    python benchmarks/bench_documents.py [--quick | --full] [--json]
"""

from __future__ import annotations

import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from harness import Work, main
from truecost.kernel.periods import Period
from truecost.statements.book import Book
from truecost.statements.html import statement_html
from truecost.statements.json import statement_json
from truecost.statements.pdf import statement_pdf
from truecost.statements.summary import summary_view
from truecost.statements.views import StatementView, index_view, statement_view
from truecost.statements.xlsx import statement_xlsx
from truecost.store.runs import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MONTH = Period.of(2022, 2)
_COPIES = {"quick": 1, "usual": 4, "full": 20}


def built(folder: Path) -> None:
    """Build the example in a folder."""
    program = Path(sys.executable).with_name("truecost")
    workspace = str(folder / "example")
    for command in (["init", workspace, "--example", "cabinet-office"], ["build", "-w", workspace]):
        subprocess.run([program, *command], check=True, stdout=subprocess.DEVNULL)


def book(folder: Path) -> Book:
    store = Store.open(folder / "example" / "store")
    return Book.of(store.need(None), store)


def views(copies: int, folder: Path) -> list[StatementView]:
    run = book(folder)
    drawn = [statement_view(run, each.id, _MONTH) for each in index_view(run, _MONTH).entries]
    return drawn * copies


def drawn_by(draw: Callable[[StatementView], str | bytes]) -> Callable[[list[StatementView]], str]:
    """Draw every view; say what one takes in this process's own time, others' work apart."""

    def run(ready: list[StatementView]) -> str:
        begun = time.process_time()
        size = sum(len(draw(view)) for view in ready)
        each = (time.process_time() - begun) / len(ready)
        return f"{each * 1000:.1f} ms of work and {size / len(ready) / 1000:.0f} kB each"

    return run


def viewed(folder: Path) -> str:
    """Draw the views themselves, and the summary's, from a run that was just opened."""
    run = book(folder)
    count = sum(
        bool(statement_view(run, each.id, _MONTH)) for each in index_view(run, _MONTH).entries
    )
    return f"{count} views and {summary_view(run, _MONTH).bill_count} bills summed up"


def works(size: str) -> Iterator[Work]:
    copies = _COPIES[size]
    yield Work(
        f"{48 * copies} statements",
        partial(views, copies),
        {
            "PDF": drawn_by(statement_pdf),
            "XLSX": drawn_by(statement_xlsx),
            "HTML": drawn_by(statement_html),
            "JSON": drawn_by(statement_json),
        },
        files=built,
    )
    yield Work("views of a run", lambda folder: folder, {"statements": viewed}, files=built)


if __name__ == "__main__":
    main(works)

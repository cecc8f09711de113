"""What an adjustment changes on each bill, for reading on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.kernel.money import shown
from truecost.statements.book import Book

if TYPE_CHECKING:
    from truecost.kernel.periods import Period
    from truecost.store.run import Run

_NAME = 34


def supplements_text(run: Run, period: Period, closed: str) -> str:
    """Say what each consumer is billed more or less; `closed` says by what it stood before."""
    book = Book.of(run)
    names = {node.id: node.name for node in book.tree(period)}
    services = {row["id"]: row["name"] for row in book.rows("services", period)}
    rows = [
        (
            str(names.get(row["consumer"], row["consumer"])),
            _service(row["service"], services),
            shown(row["was"], row["currency"]),
            shown(row["now"], row["currency"]),
            shown(row["amount"], row["currency"], sign=True),
        )
        for row in book.rows("supplements", period)
    ]
    lines = [f"{period.words}, adjusted by run {run.id}", closed, ""]
    head = ("consumer", "service", "was closed", "is now", "supplement")
    widths = [min(_NAME, max(len(cells[i]) for cells in (head, *rows))) for i in range(len(head))]
    widths[0], widths[1] = min(widths[0], 20), min(widths[1], 18)
    for cells in (head, *rows):
        texts = [cells[i][: widths[i]].ljust(widths[i]) for i in range(2)]
        figures = [cells[i].rjust(widths[i]) for i in range(2, len(head))]
        lines.append("  ".join((*texts, *figures)).rstrip())
    sums: dict[str, int] = {}
    for row in book.rows("supplements", period):
        sums[row["currency"]] = sums.get(row["currency"], 0) + row["amount"]
    lines += ["", *(f"together {shown(sums[each], each, sign=True)}" for each in sorted(sums))]
    return "\n".join(lines) + "\n"


def _service(name: str, services: dict[str, str]) -> str:
    if not name:
        return "bought directly"
    return str(services.get(name.removeprefix("service "), name))

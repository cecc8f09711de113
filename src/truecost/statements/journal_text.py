"""A journal for reading on a terminal: sums by account and cost centre, 80 columns wide."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from truecost.kernel.money import shown

if TYPE_CHECKING:
    from truecost.statements.journal import Journal

_Key = tuple[bool, str, str, str]
_WIDTH = 80


def journal_text(made: Journal, status: str) -> str:
    """Sum a journal up. `status` says in words whether it was posted."""
    lines = [
        f"{made.organisation}: journal {made.number}, {made.dated.day} {made.dated:%B %Y}",
        status,
        "",
    ]
    names = dict(made.entities)
    for (elimination, entity), rows in groupby(_sums(made), lambda row: row[0][:2]):
        if elimination:
            lines.append("Elimination in the group")
        elif entity:
            lines.append(names.get(entity, entity))
        lines += _table(made, list(rows))
    consumers = len({one.consumer for one in made.transactions})
    count = len(made.transactions)
    lines += [
        f"Charged to {consumers} consumers   {shown(made.charged, made.currency)}",
        f"{count} {'entry' if count == 1 else 'entries'}, each balances",
    ]
    return "\n".join(lines) + "\n"


def _sums(made: Journal) -> list[tuple[_Key, int, int]]:
    """Give debits and credits by company, account and cost centre, companies before elimination."""
    sums: dict[_Key, list[int]] = {}
    for one, posting in made.postings():
        key = (one.elimination, one.entity, posting.account, posting.cost_centre)
        both = sums.setdefault(key, [0, 0])
        both[posting.amount < 0] += abs(posting.amount)
    return [(key, sums[key][0], sums[key][1]) for key in sorted(sums)]


def _table(made: Journal, rows: list[tuple[_Key, int, int]]) -> list[str]:
    """Lay out the sums of one company, with its totals, which are equal."""

    def money(amount: int) -> str:
        return shown(amount, made.currency, symbol=False) if amount else ""

    cells = [
        ("account", "cost centre", "debit", "credit"),
        *((key[2], key[3], money(debit), money(credit)) for key, debit, credit in rows),
        ("", "", money(sum(row[1] for row in rows)), money(sum(row[2] for row in rows))),
    ]
    widths = [max(len(row[column]) for row in cells) for column in range(4)]
    spare = _WIDTH - 2 - 6 - widths[2] - widths[3]
    widths[0] = min(widths[0], spare // 2)
    widths[1] = min(widths[1], spare - widths[0])
    drawn = [
        f"  {a[: widths[0]]:<{widths[0]}}  {b[: widths[1]]:<{widths[1]}}"
        f"  {c:>{widths[2]}}  {d:>{widths[3]}}".rstrip()
        for a, b, c, d in cells
    ]
    rule = "-" * (len(drawn[-1]) - 2)
    return [*drawn[:-1], f"  {rule}", drawn[-1], ""]

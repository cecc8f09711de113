"""A journal for plain-text accounting: Beancount and hledger.

An account there is a path: its type, the company, the account's code, the cost centre. Codes are
led by a letter and freed of what the formats do not take; two that would look alike get a number.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from truecost.kernel.money import digits, plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from truecost.statements.journal import Journal, Posting, Transaction

_TYPES = {
    "expense": "Expenses",
    "recovery": "Income",
    "receivable": "Assets",
    "input tax": "Assets",
    "payable": "Liabilities",
    "output tax": "Liabilities",
}
_UNFIT = re.compile(r"[^A-Za-z0-9]+")


class _Accounts:
    """Gives each account of a journal its path, different ones for different accounts."""

    def __init__(self, made: Journal) -> None:
        self._single = not made.entities
        self._same = _both_sides(made)
        self._paths: dict[tuple[str, ...], str] = {}
        self._taken: set[str] = set()

    def path(self, transaction: Transaction, posting: Posting) -> str:
        """Give the path of a posting's account."""
        entity = "" if transaction.elimination else transaction.entity
        lead = _TYPES[posting.role]
        if posting.account in self._same:
            lead = "Expenses"  # one account on both sides: the expense that moves
        key = (lead, entity, str(transaction.elimination), posting.account, posting.cost_centre)
        if key not in self._paths:
            group = "Elimination" if transaction.elimination else _name("", entity)
            parts = [lead] if self._single else [lead, group or "Group"]
            parts.append(_name("A", posting.account))
            if posting.cost_centre:
                parts.append(_name("C", posting.cost_centre))
            path, count = ":".join(parts), 1
            while path.lower() in self._taken:
                count += 1
                path = f"{':'.join(parts)}-{count}"
            self._taken.add(path.lower())
            self._paths[key] = path
        return self._paths[key]


def _both_sides(made: Journal) -> frozenset[str]:
    roles: dict[str, set[str]] = {}
    for _, posting in made.postings():
        roles.setdefault(posting.account, set()).add(posting.role)
    return frozenset(account for account, some in roles.items() if {"expense", "recovery"} <= some)


def _name(lead: str, text: str) -> str:
    fit = _UNFIT.sub("-", text).strip("-") or "x"
    named = f"{lead}{fit}"
    return named[0].upper() + named[1:]


def journal_beancount(made: Journal) -> str:
    """Write a journal for Beancount; it opens its accounts on the first day of the period."""
    accounts = _Accounts(made)
    entries = [
        _beancount_entry(made, one, [(accounts.path(one, p), p) for p in one.postings])
        for one in made.transactions
    ]
    paths = sorted({accounts.path(*pair) for pair in made.postings()})
    first = min(made.period.first_day, made.dated)
    opens = [f"{first.isoformat()} open {path} {made.currency}" for path in paths]
    title = _quoted(f"{made.organisation}: {made.number}")
    head = [
        f"; {_plain(made.organisation)}, journal {_plain(made.number)}, run {made.run_id}",
        f'option "title" {title}',
        f'option "operating_currency" "{made.currency}"',
    ]
    return "\n".join([*head, "", *opens, "", *entries])


def _beancount_entry(made: Journal, one: Transaction, postings: list[tuple[str, Posting]]) -> str:
    lines = [
        f"{made.dated.isoformat()} * {_quoted(one.consumer_name)} {_quoted(one.text)}",
        f"  number: {_quoted(one.number)}",
        f"  run: {_quoted(made.run_id)}",
    ]
    for path, posting in postings:
        lines.append(f"  {path:<52} {plain(posting.amount, made.currency):>16} {made.currency}")
        lines.append(f"    text: {_quoted(posting.text)}")
        if posting.tax_code:
            lines.append(f"    tax_code: {_quoted(posting.tax_code)}")
    return "\n".join([*lines, ""])


def journal_hledger(made: Journal) -> str:
    """Write a journal for hledger, with its accounts declared: it passes a strict check."""
    accounts = _Accounts(made)
    pairs = [
        (one, [(accounts.path(one, posting), posting) for posting in one.postings])
        for one in made.transactions
    ]
    paths = sorted({path for _, some in pairs for path, _ in some})
    sample = "1000." + "0" * digits(made.currency)
    lines = [
        f"; {_plain(made.organisation)}, journal {_plain(made.number)}, run {made.run_id}",
        f"commodity {sample} {made.currency}",
        *(f"account {path}" for path in paths),
        "",
    ]
    for one, postings in pairs:
        who, text = _plain(one.consumer_name), _plain(one.text)
        lines.append(f"{made.dated.isoformat()} * ({_plain(one.number)}) {who} | {text}")
        for path, posting in postings:
            amount = f"{plain(posting.amount, made.currency):>16} {made.currency}"
            lines.append(f"    {path:<52}  {amount}  ; {_plain(posting.text)}")
        lines.append("")
    return "\n".join(lines)


def _quoted(text: str) -> str:
    cleaned = _plain(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{cleaned}"'


def _plain(text: str) -> str:
    """Take out what would end a line, a code or a comment."""
    return " ".join(_joined(text).split())


def _joined(text: Iterable[str]) -> str:
    return "".join(" " if character in "\r\n\t|();" else character for character in text)

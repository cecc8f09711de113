"""Threads and evidence as templates want them: words, no sums."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from truecost.kernel import money
from truecost.kernel.findings import UsageError
from truecost.record.services.disputes import State
from truecost.statements import locale
from truecost.statements.safe import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from truecost.record.services.disputes import Case, Said

_LINES = 40
_GROUP = 3
_AMOUNT = re.compile(r"(?P<whole>[0-9]{1,3}(?:[.,'’][0-9]{3})+|[0-9]+)(?:[.,](?P<last>[0-9]+))?")
_MARKS = re.compile(r"[.,'’]")
_LONGEST = 30
_TEXTS = 3
_ERASED = "What was written here was erased."
_WORDS = {
    "dispute raised": "raised it",
    "dispute message": "wrote",
    **{f"dispute {state}": f"{state} it" for state in State},
}


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a thread: who did what when, and what was said; `answers` marks the answer."""

    who: str
    did: str
    when: dt.datetime
    text: str
    erased: bool
    answers: bool
    note: str


def entries(said: Iterable[Said], found: Case) -> list[Entry]:
    """Give a thread as it is read."""
    made = []
    for each in said:
        note = str(each.after.get("why", ""))
        state = each.after.get("state")
        if state in {State.ANSWERED, State.ACCEPTED} and each.after["amount"] is not None:
            amount = locale.shown(each.after["amount"], found.currency)
            note = f"{amount} {'proposed' if state == State.ANSWERED else 'accepted'}. {note}"
        made.append(
            Entry(
                visible(each.name),
                _WORDS.get(each.kind, each.kind),
                dt.datetime.fromisoformat(each.moment),
                _ERASED if each.text is None else _lines(each.text),
                each.text is None,
                each.key != found.row.raiser,
                visible(note.strip()),
            )
        )
    return made


def evidence(content: dict[str, Any], currency: str) -> dict[str, Any]:
    """Give evidence as tables: the line as it was issued, where its cost entered, ledger lines."""
    line, told = content["line"], content["explanation"]
    made: dict[str, Any] = {"run": content["run"], "note": content["note"], "line": None}
    if line:
        made["line"] = {
            "name": line["name"],
            "use": line["use"],
            "previous_use": line["previous_use"],
            "amount": locale.shown(line["amount"]["minor"], currency),
            "previous": locale.shown(line["previous"]["minor"], currency)
            if line["previous"]
            else "",
        }
    if told:
        made["cost"] = locale.shown(told["amount"]["minor"], currency)
        made["charged"] = told.get("charged", [])
        made["chain"] = [
            {
                "name": step["name"],
                "cost": locale.shown(step["cost"]["minor"], currency),
                "passed": [
                    {"to": each["name"] or "this statement", "text": each["text"]}
                    for each in step["passed"]
                ],
            }
            for step in told["chain"]
        ]
        made["entries"] = told["entries"]
        lines = told["ledger_lines"] or []
        made["ledger"] = [
            {**each, "what": " · ".join(list(each["texts"].values())[:_TEXTS])}
            for each in lines[:_LINES]
        ]
        made["more"] = len(lines) - len(made["ledger"])
        made["rest"] = told["rest"]
        made["currency"] = currency
    return made


def amount_of(text: str, currency: str) -> int | None:
    """Read an amount that somebody typed, in major units, as minor units; None for nothing.

    A point or a comma stands before the last digits, and marks thousands where that can't be meant.
    Raise UsageError for what is no amount, or has more digits than the currency.
    """
    typed = "".join(text.split())
    if not typed:
        return None
    digits = money.digits(currency)
    found = _AMOUNT.fullmatch(typed) if len(typed) <= _LONGEST else None
    whole, last = (found["whole"], found["last"] or "") if found else ("", "")
    if found is None or len(last) > digits or (digits == _GROUP and not whole.isdigit()):
        raise UsageError(f'"{visible(text[:_LONGEST])}" is no amount: write it as 1234.50')
    return money.to_minor(Decimal(f"{_MARKS.sub('', whole)}.{last or '0'}"), currency)


def _lines(text: str) -> str:
    return "\n".join(visible(line) for line in text.split("\n"))

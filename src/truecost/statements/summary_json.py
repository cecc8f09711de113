"""A summary as JSON, schema `truecost.summary/1`; money and periods as in a statement's JSON.

schema, status, number            "truecost.summary/1"; "draft"; null until issued
organisation, about, attribution  as the workspace says
currency, minor_digits            ISO 4217; digits of the minor unit
period                            id, words
total, charged, bills             money: true cost, and what of it is charged; how many bills
previous, last_year               null, or period, total, change (money), percent
year_to_date                      null, or label, first (period), total
history                           list of period, total: up to 13 months, this one last
headline                          sentences
classes                           run, grow, transform of what is charged: amount, percent
services, towers                  key, name, charged, amount, run, grow, transform, previous,
change; both add up to the total
moved                             the largest changes: services (services and remainders) and
bills (consumers), as above; the last may be all others
remainders                        what is not charged, as above
bought                            name, amount: who bought what is kept apart; the most first
proof                             ledger (name, amount), ledger_total, moved (name, amount:
                                  released, deferred, exchanged; where any), statements,
remainders (name, amount), ignored (name, amount), late (name,
amount), as_at (source, day, load), closed; where lines
that can't be read are held back, held_back (lines,
unreadable, amounts by currency)
reference                         run, manifest_sha256
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from truecost.statements import locale
from truecost.statements.json import (
    classes_value,
    head_value,
    money_value,
    proof_value,
    time_value,
)
from truecost.statements.lines import CLASSES
from truecost.statements.safe import visible_all
from truecost.statements.summary_pages import headline

if TYPE_CHECKING:
    from truecost.statements.summary import Cost, SummaryView

SCHEMA = "truecost.summary/1"

Document = dict[str, Any]


def summary_json(view: SummaryView) -> str:
    """Write a summary as indented JSON that ends in a line break."""
    with locale.speaking(view.locale):
        document = visible_all(_document(view))
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _document(view: SummaryView) -> Document:
    currency = view.currency

    def costs(entries: tuple[Cost, ...]) -> list[Document]:
        return [_cost(entry, currency) for entry in entries]

    return {
        **head_value(view, SCHEMA),
        "period": {"id": str(view.period), "words": locale.month(view.period)},
        "total": money_value(view.total, currency),
        "charged": money_value(view.charged, currency),
        "bills": view.bill_count,
        **time_value(view),
        "headline": list(headline(view)),
        "classes": classes_value(view),
        "services": costs(view.services),
        "towers": costs(view.towers),
        "moved": {"services": costs(view.moved), "bills": costs(view.bills)},
        "remainders": costs(view.remainders),
        "bought": [
            {"name": each.name, "amount": money_value(each.amount, currency)}
            for each in view.bought
        ],
        **_recovery(view),
        "proof": proof_value(view.proof, currency),
        "reference": {"run": view.run_id, "manifest_sha256": view.manifest_digest},
    }


def _recovery(view: SummaryView) -> Document:
    """Give what rates recovered; nothing where none is charged."""
    if not view.recovery:
        return {}
    names = ("cost", "charged", "settled", "amount", "volume", "spending", "price")
    return {
        "recovery": [
            {
                "name": each.name,
                **{
                    name: None if value is None else money_value(value, view.currency)
                    for name, value in ((name, getattr(each, name)) for name in names)
                },
            }
            for each in view.recovery
        ]
    }


def _cost(cost: Cost, currency: str) -> Document:
    previous, change = cost.previous, cost.change
    return {
        "key": cost.key,
        "name": cost.name,
        "charged": cost.charged,
        "amount": money_value(cost.total, currency),
        **{
            name: money_value(amount, currency)
            for name, amount in zip(CLASSES, cost.classes, strict=True)
        },
        "previous": None if previous is None else money_value(previous, currency),
        "change": None if change is None else money_value(change, currency),
    }

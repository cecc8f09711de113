"""Explanations as JSON, schemas `truecost.explain/1` and `truecost.explain-line/1`.

Money is as in a statement's JSON, `{"text", "minor"}`; derived portions, finer than the minor unit,
are decimal text in major units. A share is `{"exact": "3/20", "percent": "15"}`; `bound` says how
far a share may be from the truth ("0" where fractions were used).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from truecost.kernel import money
from truecost.statements import figures

if TYPE_CHECKING:
    from fractions import Fraction

    from truecost.statements.explain import Explanation
    from truecost.statements.explain_line import LineExplanation

SCHEMA = "truecost.explain/1"
LINE_SCHEMA = "truecost.explain-line/1"
_FINE = 6
_LONGEST = 60

Document = dict[str, Any]


def explanation_json(found: Explanation) -> str:
    """Write an explanation as indented JSON that ends in a line break."""
    return written(explanation_document(found))


def line_json(found: tuple[LineExplanation, ...]) -> str:
    """Write what became of ledger lines as indented JSON that ends in a line break."""
    return written({"schema": LINE_SCHEMA, "lines": [line_document(each) for each in found]})


def written(document: Document) -> str:
    """Write a document, indented, with a line break at the end."""
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def explanation_document(found: Explanation) -> Document:
    """Give an explanation as plain values; every text in it is harmless already."""
    currency = found.currency
    rest = None
    if found.rest:
        rest = {
            "lines": found.rest.lines,
            "amount": f"{found.rest.amount:f}",
            "portion": f"{found.rest.portion:f}",
        }
    return {
        "schema": SCHEMA,
        "organisation": found.organisation,
        "run": found.run_id,
        "subject": found.subject,
        "periods": [str(period) for period in found.periods],
        "currency": currency,
        "class": found.cls or None,
        "amount": amount(found.amount, currency),
        **({"charged": list(found.charged)} if found.charged else {}),
        "chain": [
            {
                "object": step.object,
                "name": step.name,
                "cost": amount(step.cost, currency),
                "part": share(step.part),
                "passed": [
                    {
                        "to": each.target or None,
                        "name": each.name or None,
                        "share": share(each.share),
                        "text": each.words,
                        "rule": each.rule,
                    }
                    for each in step.passed
                ],
                "solved_together_with": list(step.loop),
            }
            for step in found.steps
        ],
        "chain_left_out": found.more_steps,
        "entries": [
            {
                "object": entry.object,
                "name": entry.name,
                "pool": entry.pool or None,
                "ledger_lines": entry.lines,
                "amount": amount(entry.amount, currency),
                "portion": f"{entry.portion:f}",
            }
            for entry in found.entries
        ],
        "entries_rounding": f"{found.entries_rounding:f}",
        "ledger_lines": None
        if found.lines is None
        else [
            {
                "date": line.day,
                "file": line.file,
                "line": line.line,
                "identity": line.identity,
                "source": line.source,
                "texts": dict(line.texts),
                "amount": f"{line.amount:f}",
                "currency": line.currency,
                "rate": str(line.rate) if line.rate is not None else None,
                "entered": line.entered,
                "rule": line.rule,
                "part": share(line.part),
                "portion": f"{line.portion:f}",
            }
            for line in found.lines
        ],
        "rest": rest,
        "moved": [{"name": each.name, "portion": f"{each.portion:f}"} for each in found.moved],
        "rounding": f"{found.rounding:f}",
        "bound": f"{found.bound:.3g}",
        "notes": list(found.notes),
    }


def line_document(found: LineExplanation) -> Document:
    """Give what became of a ledger line as plain values."""
    return {
        "organisation": found.organisation,
        "run": found.run_id,
        "period": str(found.period),
        "date": found.day,
        "file": found.file,
        "line": found.line,
        "identity": found.identity,
        "source": found.source,
        "currency": found.currency,
        "amount": f"{found.amount:f}",
        "shown_in": found.shown_in,
        "rate": str(found.rate) if found.rate is not None else None,
        "presented": f"{found.presented:f}",
        "texts": dict(found.texts),
        "outcome": found.outcome,
        "label": found.label or None,
        "object": found.object or None,
        "class": found.cls or None,
        "own_consumer": found.own_consumer or None,
        "rules": [
            {"list": told.rule_list, "name": told.name, "place": told.place, "says": told.says}
            for told in found.rules
        ],
        "landings": [
            {
                "consumer": landing.consumer or None,
                "name": landing.name,
                "service": landing.service or None,
                "service_name": landing.service_name,
                "part": share(landing.part),
                "portion": f"{landing.portion:f}",
            }
            for landing in found.landings
        ],
        **_months(found),
        "rounding": f"{found.rounding:f}",
        "bound": f"{found.bound:.3g}",
    }


def _months(found: LineExplanation) -> Document:
    """Give the months in which a line counts, where those are not just its own."""
    if not found.months:
        return {}
    months = [{"period": str(month), "portion": f"{part:f}"} for month, part in found.months]
    return {"months": months, "elsewhere": f"{found.elsewhere:f}"}


def amount(minor: int, currency: str) -> Document:
    """Give settled money."""
    return {"text": money.plain(minor, currency), "minor": minor}


def share(part: Fraction) -> Document:
    """Give a share; the exact fraction is left out where nobody could read it."""
    exact = str(part)
    percent = figures.share_percent(part, _FINE)
    return {"exact": exact if len(exact) <= _LONGEST else None, "percent": f"{percent:f}"}

"""A statement as JSON, schema `truecost.statement/1`.

Money is an object `{"text": "-1234.50", "minor": -123450}`: plain decimal text in major units, and
whole minor units; it is never a number with a point. Percents and quantities are decimal text. A
key is always there; what is not known is null. Periods are `2022-02`.

    schema, status, number            "truecost.statement/1"; "draft" or "issued"; null until issued
    issued                            the day, only where it is issued
    organisation, about, attribution  as the workspace says
    currency, minor_digits            ISO 4217; digits of the minor unit
    consumer                          id, name, path (names from the root), head, leaf
    period                            id, words
    total                             money
    previous, last_year               null, or period, total, change (money), percent
    year_to_date                      null, or label, first (period), total
    history                           list of period, total: up to 13 months, this one last
    sentences                         headline, why, reasons (part, amount, text), reasons_note,
                                      advice, apart, proof. part: model, own_use, others_use,
                                      cost, exchange, one_off; null where a reason is a line's
    lines                             object, name, description, owner, amount, run, grow,
                                      transform, unit_cost, previous, change, ended,
                                      use (text, share percent, quantity, driver_total, unit,
                                      driver, stands_for), saving (kind, text, from, step);
                                      where a rate is charged, charged (true_cost, text, parts:
                                      kind, item, rate, quantity, unit, price, amount, text):
                                      run, grow and transform are then of the true cost
    not_billed                        only where something is shown or funded: object, name,
                                      treatment (show, central), amount, funded_by
    classes                           run, grow, transform: amount, percent (whole; they make 100)
    members                           of a branch: id, name, depth, leaf, total
    apart                             name, amount, ledger_lines
    together                          money: total and what was bought apart
    other_currencies                  currency, total
    basis                             source, basis, note
    posted                            journal, day, entity, account, cost_centre, amount
    proof                             ledger (name, amount), ledger_total, moved (name, amount:
                                      released, deferred, exchanged; where any), statements,
                                      remainders (name, amount), ignored (name, amount),
                                      late (name, amount), as_at (source, day, load), closed,
                                      lines, ledger_lines: of this statement; where
                                      lines that can't be read are held back, held_back
                                      (lines, unreadable, amounts by currency); where not all
                                      is charged at its true cost, charging (charged, shown,
                                      central, recovery by service: statements = charged + shown
                                      + central - recovery)
    reference                         run, manifest_sha256, model_sha256
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from truecost.kernel import money
from truecost.statements import charged, figures, locale, sentences
from truecost.statements.safe import visible_all

if TYPE_CHECKING:
    from decimal import Decimal

    from truecost.statements.headed import Comparison, OverTime
    from truecost.statements.lines import StatementLine
    from truecost.statements.proof import Named, Proof
    from truecost.statements.summary import SummaryView
    from truecost.statements.views import StatementView

SCHEMA = "truecost.statement/1"
_FINE = 6  # digits of a share in percent

Document = dict[str, Any]


def statement_json(view: StatementView) -> str:
    """Write a statement as indented JSON that ends in a line break."""
    with locale.speaking(view.locale):
        document = visible_all(statement_document(view))
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def statement_document(view: StatementView) -> Document:
    """Give the document as plain values."""
    currency = view.currency
    return {
        **head_value(view, SCHEMA),
        "consumer": {
            "id": view.consumer,
            "name": view.name,
            "path": list(view.path),
            "head": view.head,
            "leaf": view.leaf,
        },
        "period": {"id": str(view.period), "words": locale.month(view.period)},
        "total": money_value(view.total, currency),
        **time_value(view),
        "sentences": {
            "headline": list(sentences.headline(view)),
            "why": sentences.why(view),
            "reasons": [
                {
                    "part": reason.part or None,
                    "amount": money_value(reason.amount, currency),
                    "text": reason.text,
                }
                for reason in view.reasons
            ],
            "reasons_note": view.reasons_note or None,
            "advice": list(sentences.advice(view)),
            "apart": list(sentences.apart(view)),
            "proof": " ".join((sentences.proof(view), *sentences.after_proof(view))),
        },
        "lines": [_line(line, currency) for line in view.lines],
        **_unbilled(view),
        "classes": classes_value(view),
        "members": [
            {
                "id": member.id,
                "name": member.name,
                "depth": member.depth,
                "leaf": member.leaf,
                "total": money_value(member.total, currency),
            }
            for member in view.members
        ],
        "apart": [
            {
                "name": entry.name,
                "amount": money_value(entry.amount, currency),
                "ledger_lines": entry.ledger_lines,
            }
            for entry in view.apart
        ],
        "together": money_value(view.together, currency),
        "other_currencies": [
            {"currency": other.name, "total": money_value(other.amount, other.name)}
            for other in view.others
        ],
        "basis": [
            {"source": each.source, "basis": each.basis, "note": each.note} for each in view.basis
        ],
        "posted": [
            {
                "journal": each.journal,
                "day": each.day,
                "entity": each.entity or None,
                "account": each.account,
                "cost_centre": each.cost_centre,
                "amount": money_value(each.amount, currency),
            }
            for each in view.posted
        ],
        "proof": _proof(view),
        "reference": {
            "run": view.run_id,
            "manifest_sha256": view.manifest_digest,
            "model_sha256": view.model_digest,
        },
    }


def head_value(view: OverTime, schema: str) -> Document:
    """Give what every document says of itself first."""
    return {
        "schema": schema,
        "status": view.status,
        "number": view.number,
        **({"issued": view.issued.isoformat()} if view.issued else {}),
        "organisation": view.organisation,
        "about": view.about,
        "attribution": view.attribution,
        "currency": view.currency,
        "minor_digits": money.digits(view.currency),
    }


def time_value(view: OverTime) -> Document:
    """Give the total of other periods."""
    currency = view.currency
    year = None
    if view.year_to_date is not None:
        year = {
            "label": view.year_label,
            "first": str(view.year_first),
            "total": money_value(view.year_to_date, currency),
        }
    return {
        "previous": comparison_value(view.previous, currency),
        "last_year": comparison_value(view.last_year, currency),
        "year_to_date": year,
        "history": [
            {"period": str(period), "total": money_value(total, currency)}
            for period, total in view.history
        ],
    }


def classes_value(view: StatementView | SummaryView) -> Document:
    """Give run, grow and transform."""
    return {
        part.name: {"amount": money_value(part.amount, view.currency), "percent": part.percent}
        for part in view.classes
    }


def _line(line: StatementLine, currency: str) -> Document:
    run, grow, transform = line.classes
    use, saving = line.use, line.saving
    share = None if use.share is None else figures.share_percent(use.share, _FINE)
    return {
        "object": line.object,
        "name": line.name,
        "description": line.description,
        "owner": line.owner,
        "amount": money_value(line.amount, currency),
        "run": money_value(run, currency),
        "grow": money_value(grow, currency),
        "transform": money_value(transform, currency),
        "unit_cost": _decimal(line.each),
        "previous": None if line.previous is None else money_value(line.previous, currency),
        "change": None if line.change is None else money_value(line.change, currency),
        "ended": line.ended,
        "use": {
            "text": use.text,
            "share": _decimal(share),
            "quantity": _decimal(use.quantity),
            "driver_total": _decimal(use.driver_total),
            "unit": use.unit,
            "driver": use.driver,
            "stands_for": use.stands_for,
        },
        "saving": {
            "kind": str(saving.kind),
            "text": saving.text,
            "from": str(saving.start) if saving.start else None,
            "step": saving.step or None,
        },
        **_charged(line, currency),
    }


def _charged(line: StatementLine, currency: str) -> Document:
    """Give how a charge that is not the true cost came about; nothing where it is the cost."""
    if not line.at_rate:
        return {}
    parts = [
        {
            "kind": part.kind,
            "item": part.item,
            "rate": part.rate or None,
            "quantity": _decimal(part.quantity),
            "unit": part.unit,
            "price": part.price or None,
            "amount": money_value(part.amount, currency),
            "text": charged.part_words(part, currency),
        }
        for part in line.charged.parts
    ]
    return {
        "charged": {
            "true_cost": money_value(line.charged.cost, currency),
            "text": charged.beside(line.charged, currency),
            "parts": parts,
        }
    }


def _unbilled(view: StatementView) -> Document:
    """Give what is used and not billed; nothing where all is billed."""
    if not view.unbilled:
        return {}
    return {
        "not_billed": [
            {
                "object": each.object,
                "name": each.name,
                "treatment": each.treatment,
                "amount": money_value(each.amount, view.currency),
                "funded_by": list(each.funders),
            }
            for each in view.unbilled
        ]
    }


def _proof(view: StatementView) -> Document:
    return proof_value(view.proof, view.currency) | {
        "lines": view.line_count,
        "ledger_lines": view.ledger_lines,
    }


def proof_value(proof: Proof, currency: str) -> Document:
    """Give both sides of a proof."""

    def named(entries: tuple[Named, ...]) -> list[Document]:
        return [
            {"name": each.name, "amount": money_value(each.amount, currency)} for each in entries
        ]

    said: Document = {
        "ledger": named(proof.ledger),
        "ledger_total": money_value(proof.ledger_total, currency),
        **({"moved": named(proof.moved)} if proof.moved else {}),
        "statements": money_value(proof.statements, currency),
        "remainders": named(proof.remainders),
        "ignored": named(proof.ignored),
        **({"late": named(proof.late)} if proof.late else {}),
        "as_at": [
            {"source": each.source, "day": each.day or None, "load": each.load}
            for each in proof.as_at
        ],
        "closed": proof.closed or None,
    }
    if not proof.at_cost:
        said["charging"] = {
            "charged": money_value(proof.charged, currency),
            "shown": money_value(proof.shown, currency),
            "central": money_value(proof.central, currency),
            "recovery": named(proof.recovery),
        }
    if not proof.held.lines:
        return said
    held = {
        "lines": proof.held.lines,
        "unreadable": proof.held.unreadable,
        "amounts": [
            {"currency": each.name, "amount": money_value(each.amount, each.name)}
            for each in proof.held.amounts
        ],
    }
    return said | {"held_back": held}


def comparison_value(compared: Comparison | None, currency: str) -> Document | None:
    """Give a comparison, or null."""
    if compared is None:
        return None
    return {
        "period": str(compared.period),
        "total": money_value(compared.total, currency),
        "change": money_value(compared.change, currency),
        "percent": _decimal(compared.percent),
    }


def money_value(minor: int, currency: str) -> Document:
    """Give money as text in major units and as whole minor units."""
    return {"text": money.plain(minor, currency), "minor": minor}


def _decimal(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"

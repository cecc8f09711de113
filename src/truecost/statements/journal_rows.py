"""A journal as rows: one per posting, with every field that an ERP may want; CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from truecost.kernel.money import plain
from truecost.model.journal import FIELDS
from truecost.statements.safe import defused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from truecost.model.journal import CsvForm
    from truecost.statements.journal import Journal

_AMOUNTS = ("debit", "credit", "amount")


def rows(made: Journal) -> Iterator[dict[str, str]]:
    """Give every posting with all of `FIELDS`; amounts plain, "" on the other side."""
    for transaction, posting in made.postings():
        debit, credit = max(posting.amount, 0), max(-posting.amount, 0)
        values = {
            "number": made.number,
            "transaction": transaction.number,
            "date": made.dated.isoformat(),
            "period": str(made.period),
            "currency": made.currency,
            "entity": "elimination" if transaction.elimination else transaction.entity,
            "account": posting.account,
            "cost_centre": posting.cost_centre,
            "debit": plain(debit, made.currency) if debit else "",
            "credit": plain(credit, made.currency) if credit else "",
            "amount": plain(posting.amount, made.currency),
            "text": posting.text,
            "consumer": transaction.consumer,
            "consumer_name": transaction.consumer_name,
            "counterparty": transaction.counterparty,
            "tax_code": posting.tax_code,
            "role": posting.role,
            "run": made.run_id,
        }
        yield {field: values[field] for field in FIELDS}


def journal_csv(made: Journal, form: CsvForm) -> str:
    """Write a journal in the form that the model gives; rows end in CR LF.

    Text that a spreadsheet would read as a formula is defused; amounts and dates are plain.
    """
    text = io.StringIO()
    writer = csv.writer(text, delimiter=form.delimiter, lineterminator="\r\n")
    writer.writerow(header for header, _ in form.columns)
    written = made.dated.strftime(form.date)
    for row in rows(made):
        row["date"] = written
        writer.writerow(_cell(row[field], field, form) for _, field in form.columns)
    return text.getvalue()


def _cell(value: str, field: str, form: CsvForm) -> str:
    if field in _AMOUNTS:
        return value.replace(".", ",") if form.decimal_comma else value
    return value if field == "date" else defused(value)


def journal_json(made: Journal) -> str:
    """Write a journal as JSON: what it is of, and every posting; amounts as text."""
    content: dict[str, Any] = {
        "number": made.number,
        "period": str(made.period),
        "date": made.dated.isoformat(),
        "currency": made.currency,
        "organisation": made.organisation,
        "run": made.run_id,
        "manifest": made.manifest_digest,
        "charged": plain(made.charged, made.currency),
        "postings": list(rows(made)),
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"

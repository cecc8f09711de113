"""What is charged as FOCUS 1.4 datasets: Invoice Detail and Billing Period.

Columns are those of the specification, in its order. What an organisation charges itself has no
payment in another currency and no purchase order: these columns, conditional there, stay out.
Times are UTC; a journal that has not been posted gives provisional rows ("Open").
"""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from truecost.kernel import digest
from truecost.kernel.money import plain
from truecost.statements.safe import defused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from truecost.statements.journal import Journal, Posting, Transaction

_DETAIL = (
    "BilledCost", "BillingAccountId", "BillingCurrency", "BillingPeriodEnd", "BillingPeriodStart",
    "ChargeCategory", "InvoiceDetailCreated", "InvoiceDetailDescription", "InvoiceDetailGrain",
    "InvoiceDetailId", "InvoiceDetailLastUpdated", "InvoiceId", "InvoiceIssueDate",
    "InvoiceIssueStatus", "InvoiceIssuerName", "PaymentCurrency", "PaymentDueDate", "PaymentTerms",
    "ReferenceInvoiceId",
)  # fmt: skip
_PERIOD = (
    "BillingPeriodCreated", "BillingPeriodEnd", "BillingPeriodLastUpdated", "BillingPeriodStart",
    "BillingPeriodStatus", "InvoiceIssuerName",
)  # fmt: skip
_ID = 24
_DECEMBER = 12


def invoice_detail(made: Journal, posted: datetime | None, *, issuer: str = "") -> str:
    """Write one row per charge and per tax. `posted` is when the journal was, None before."""
    begins, ends = _bounds(made)
    created = _time(posted) if posted else ends
    rows = []
    for count, (transaction, posting) in enumerate(_charges(made), 1):
        described = f"{transaction.number} {count}"
        grain = {"ServiceName": posting.text, "x_CostCentre": posting.cost_centre}
        rows.append(
            (
                plain(posting.amount, made.currency),
                transaction.consumer,
                made.currency,
                ends,
                begins,
                "Tax"
                if posting.role == "input tax"
                else "Credit"
                if posting.amount < 0
                else "Usage",
                created,
                posting.text,
                json.dumps(grain, ensure_ascii=False) if posting.role == "expense" else None,
                digest.of(described)[:_ID],
                created,
                f"{made.number}-{transaction.consumer}",
                _time(posted) if posted else None,
                "Issued" if posted else "Open",
                issuer or made.organisation,
                made.currency,
                None,
                "Internal",
                None,
            )
        )
    return _table(_DETAIL, rows)


def billing_period(made: Journal, posted: datetime | None, *, issuer: str = "") -> str:
    """Write the row of the journal's billing period: closed once it is posted."""
    begins, ends = _bounds(made)
    updated = _time(posted) if posted else ends
    status = "Closed" if posted else "Open"
    return _table(_PERIOD, [(begins, ends, updated, begins, status, issuer or made.organisation)])


def _charges(made: Journal) -> Iterator[tuple[Transaction, Posting]]:
    """Give what consumers are charged: the expense side, and its tax."""
    for transaction, posting in made.postings():
        if posting.role in ("expense", "input tax") and not transaction.elimination:
            yield transaction, posting


def _bounds(made: Journal) -> tuple[str, str]:
    """Give the first moment of the period, and the first after it."""
    first = made.period.first_day
    after = made.period.last_day + timedelta(days=1)
    return f"{first.isoformat()}T00:00:00Z", f"{after.isoformat()}T00:00:00Z"


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def _table(head: Sequence[str], rows: Iterable[Sequence[str | None]]) -> str:
    """Write rows as CSV; what is null there is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: str | None) -> str:
    if value is None:
        return ""
    return value if value[:1] == "-" and value[1:2].isdigit() else defused(value)

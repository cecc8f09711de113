"""Whether the charges of each invoice come to what the invoice says.

The specification: the sum of BilledCost of an InvoiceId is what the invoice asks for. The totals
are a CSV file with InvoiceId and BilledCost, such as the dataset Invoice Detail of FOCUS 1.4; rows
of the same invoice add up.
"""

from __future__ import annotations

from decimal import Context, Decimal, Inexact
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from truecost.kernel.findings import Finding, Place, SourceError
from truecost.kernel.money import shown, to_minor
from truecost.sources.delimited import read_table
from truecost.sources.values import Unreadable, parse_amount

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from truecost.model.source_types import Source
    from truecost.sources.delimited import Table
    from truecost.store.sources import CodedSource

_INVOICE, _COST, _CURRENCY = "invoiceid", "billedcost", "billingcurrency"
_ADD = Context(prec=100, traps=[Inexact])
_LISTED = 20


def check_invoices(coded: CodedSource, source: Source, workspace: Path) -> list[Finding]:
    """Give a finding for each invoice whose charges do not come to its total.

    Compared are whole minor units of the currency. Charges without an InvoiceId are on no invoice
    yet. Raise SourceError where the file of totals can't be read.
    """
    focus = source.focus
    if focus is None or not focus.invoices:
        return []
    name = focus.invoices
    currencies, billed = _billed(coded)
    if not billed:
        what = f"no charge has an InvoiceId and a BilledCost: {name} can't be compared"
        return [Finding(focus.invoices_place, what, "take  invoices:  away, or ask for an export")]
    expected = _expected(read_table(workspace / name, name), name, currencies)
    findings = []
    for key in sorted({*billed, *expected}):
        invoice, currency = key
        line, total = expected.get(key, (0, None))
        charged = billed.get(key)
        if total is None or charged is None:
            what = f'invoice "{invoice}" ({currency}) '
            what += "has charges, but no total here" if total is None else "has no charge"
            hint = "is a part of the bill missing, or is the file of totals older than the bill?"
            findings.append(Finding(Place(name, line), what, hint))
        elif to_minor(charged, currency) != to_minor(total, currency):
            less = to_minor(total, currency) - to_minor(charged, currency)
            what = (
                f'invoice "{invoice}" asks for {shown(to_minor(total, currency), currency)}, but'
                f" its charges come to {shown(to_minor(charged, currency), currency)}"
            )
            hint = f"{shown(less, currency)} are missing or too much: ask for the bill again"
            findings.append(Finding(Place(name, line), what, hint))
    return findings[:_LISTED]


def _billed(coded: CodedSource) -> tuple[list[str], dict[tuple[str, str], Decimal]]:
    """Add up BilledCost by invoice and currency, exactly."""
    texts = {
        (row["column"], row["code"]): row["value"]
        for row in pq.read_table(coded.dictionary).to_pylist()
    }
    names = ["invoice_id", "currency", "billed_cost"]
    groups = pq.read_table(coded.rows, columns=names).group_by(names).aggregate([([], "count_all")])
    sums: dict[tuple[str, str], Decimal] = {}
    for row in groups.to_pylist():
        invoice, currency, cost = (texts[name, row[name]] for name in names)
        if invoice and cost:
            try:
                added = _ADD.multiply(parse_amount(cost).value, row["count_all"])
            except Unreadable as reason:
                what = f'invoice "{invoice}" has a BilledCost that can\'t be read: {reason}'
                raise SourceError(Finding(None, what)) from None
            key = invoice, currency
            sums[key] = _ADD.add(sums.get(key, Decimal(0)), added)
    return sorted({currency for _, currency in sums}), sums


def _expected(
    table: Table, name: str, currencies: Iterable[str]
) -> Mapping[tuple[str, str], tuple[int, Decimal]]:
    """Add up the totals by invoice and currency, each with the first line that it stands in."""
    header = ["".join(field.split()).casefold() for field in table.header]
    for column, word in ((_INVOICE, "InvoiceId"), (_COST, "BilledCost")):
        if column not in header:
            what = f"the file of invoices has no column {word}"
            raise SourceError(
                Finding(Place(name, table.header_line), what, f"it has: {', '.join(table.header)}")
            )
    only = next(iter(currencies))
    sums: dict[tuple[str, str], tuple[int, Decimal]] = {}
    findings = []
    for line, fields in table.rows:
        row = dict(zip(header, fields, strict=True))
        try:
            total = parse_amount(row[_COST]).value
        except Unreadable as reason:
            findings.append(Finding(Place(name, line), str(reason)))
            continue
        key = row[_INVOICE], row.get(_CURRENCY) or only
        first, before = sums.get(key, (line, Decimal(0)))
        sums[key] = first, _ADD.add(before, total)
    if findings:
        raise SourceError(findings)
    return sums

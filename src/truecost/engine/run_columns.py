"""Flows, lines and charges as tables of a run, from columns to columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from truecost.engine.charges import COST, Charge, Charges
from truecost.engine.columnar import Coded, laid_out
from truecost.model.charging import Treatment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from truecost.engine.codes import Codebook, Codes, Integers
    from truecost.engine.flows import Flows
    from truecost.engine.lines import Lines


class FlowColumns(NamedTuple):
    """The table `flows`, or a part of it: texts as numbers of a book, or as such if most differ."""

    period: Codes
    currency: Codes
    source: Codes
    target: Codes
    weight: pa.Array
    whole: Codes
    driver: Codes
    quantity: pa.Array
    total: Codes
    unit: Codes
    rule: Codes


def flow_columns(flows: Flows, book: Codebook, period: int, currency: int) -> FlowColumns:
    """Give the flows of a period and currency (its number) as columns of the table."""
    names = book.codes(flows.names)
    splits = flows.splits
    totals = ("" if each.total is None else f"{each.total:f}" for each in splits)
    used, quantity = np.unique(flows.quantity, return_inverse=True)
    quantities = (flows.quantities[code] for code in used.tolist())
    texts = pa.array(["" if each is None else f"{each:f}" for each in quantities], pa.string())
    return FlowColumns(
        np.full(len(flows), period, np.int32),
        np.full(len(flows), currency, np.int32),
        names[flows.source],
        names[flows.target],
        _texts(flows.weight),
        book.codes(map(str, flows.whole.tolist()))[flows.source],
        book.codes(each.driver for each in splits)[flows.split],
        texts.take(pa.array(quantity)),
        book.codes(totals)[flows.split],
        book.codes(each.unit for each in splits)[flows.split],
        book.codes(each.rule for each in splits)[flows.split],
    )


def _texts(numbers: Integers) -> pa.Array:
    if numbers.dtype == np.int64:
        return pa.array(numbers).cast(pa.string())
    return pa.array(map(str, numbers.tolist()), pa.string())


def flow_table(parts: Sequence[FlowColumns], book: Codebook) -> pa.Table:
    """Give the table `flows`."""
    columns: list[Coded | Codes | pa.Array] = []
    none, nothing = np.empty(0, np.int32), pa.array([], pa.string())
    for name in FlowColumns._fields:
        column = [getattr(part, name) for part in parts]
        if name == "period":
            columns.append(np.concatenate([none, *column]))
        elif name in {"weight", "quantity"}:
            columns.append(pa.concat_arrays([nothing, *column]))
        else:
            columns.append(Coded(np.concatenate([none, *column]), book))
    return laid_out("flows", columns)


def line_table(lines: Lines) -> pa.Table:
    """Give the table `lines`."""
    texts = (lines.currency, lines.cls, lines.service, lines.consumer)
    coded = (Coded(column, lines.book) for column in texts)
    return laid_out("lines", (lines.period, *coded, lines.amount))


def charge_table(charges: Charges, book: Codebook) -> pa.Table:
    """Give the table `charges`. What is plainly charged has its texts in the book."""
    parts = [(period, costs) for period, costs in charges.plain.items() if len(costs)]
    rows = list(zip(*charges.rows, strict=True)) or [()] * len(Charge._fields)
    others = dict(zip(Charge._fields, rows, strict=True))
    periods = [np.full(len(costs), period, np.int32) for period, costs in parts]
    plain = {
        "currency": [costs.currency for _, costs in parts],
        "consumer": [costs.consumer for _, costs in parts],
        "service": [costs.service for _, costs in parts],
    }
    count = sum(map(len, periods))
    said = {"treatment": Treatment.CHARGE, "kind": COST}
    columns: list[Coded | Codes] = [
        np.concatenate([*periods, np.array(others["period"], np.int32)])
    ]
    for name in Charge._fields[1:-1]:
        mine = plain.get(name) or [np.full(count, book.code(said.get(name, "")), np.int32)]
        columns.append(Coded(np.concatenate([*mine, book.codes(others[name])]), book))
    amounts = [costs.amount for _, costs in parts]
    amount = np.concatenate([*amounts, np.array(others["amount"], np.int64)])
    return laid_out("charges", (*columns, amount))

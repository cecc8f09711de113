"""The rows of a run's tables, collected period by period."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from truecost.engine import tables
from truecost.engine.allocate import CLASSES
from truecost.engine.cells import Cell, Outcome
from truecost.engine.charges import Charges
from truecost.engine.codes import Codebook
from truecost.engine.columnar import Coded, laid_out
from truecost.engine.drivers import DriverBook, total
from truecost.engine.frozen import freeze
from truecost.engine.graph import REMAINDER
from truecost.engine.lines import Lines
from truecost.engine.proof import ProofRow, RemainderLine
from truecost.engine.run_columns import (
    FlowColumns,
    charge_table,
    flow_columns,
    flow_table,
    line_table,
)
from truecost.kernel.findings import AllocationError
from truecost.model.types import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from decimal import Decimal

    from truecost.engine.allocate import Allocated
    from truecost.engine.capacity import Held
    from truecost.engine.classify_signatures import Rule
    from truecost.engine.codes import Codes
    from truecost.engine.rates import Rate
    from truecost.engine.recognise import ScheduleRow
    from truecost.engine.recovery import Recovery
    from truecost.kernel.findings import Finding
    from truecost.kernel.periods import Period
    from truecost.model.resolve import PeriodModel
    from truecost.model.types import Model


class Rows:
    """Collects what each period comes to, and gives it as tables."""

    def __init__(self) -> None:
        self.remainders: list[RemainderLine] = []
        self.charges = Charges({}, [])
        self.recovery: list[Recovery] = []
        self.held: dict[tuple[Period, str], Held] = {}
        self._rows: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
        self._book = Codebook()
        self._lines: list[Lines] = []
        self._flows: list[FlowColumns] = []
        self._quantities: list[tuple[Codes, Codes, Codes, list[str]]] = []

    @cached_property
    def lines(self) -> Lines:
        """The lines of all periods, once all are taken."""
        return Lines.joined(self._book, self._lines)

    def freeze(self, model: PeriodModel, book: DriverBook) -> None:
        """Keep what statements need of the period's model, so that they never read today's."""
        index = model.period.index
        for service in model.services:
            self._rows["services"].append(
                (
                    index, service.id, service.name, service.owner, service.tower or "",
                    service.unit or "", service.behaviour.kind.value, service.behaviour.step_size,
                    service.behaviour.notice_months, service.description,
                )
            )  # fmt: skip
        parents = {consumer.parent for consumer in model.consumers}
        depth: dict[str | None, int] = {None: -1}
        for position, consumer in enumerate(model.consumers):
            depth[consumer.id] = depth[consumer.parent] + 1
            self._rows["consumers"].append(
                (
                    index, consumer.id, consumer.name, consumer.parent or "", consumer.head,
                    consumer.id not in parents, depth[consumer.id], position,
                )
            )  # fmt: skip
        for driver in model.drivers:
            used = driver.name in model.used_drivers
            as_of = book.as_of(driver.name, model.period) if used else None
            if as_of is not None:
                values = book.quantities(driver.name, model.period) or {}
                self._rows["drivers"].append(
                    (
                        index, driver.name, driver.unit, driver.stands_for, driver.shares_only,
                        f"{total(values.values()):f}",
                        as_of.index,
                    )
                )  # fmt: skip

    def keep_model(
        self,
        model: Model,
        rules: Mapping[str, Sequence[Rule]],
        periods: Iterable[Period],
        book: DriverBook,
    ) -> None:
        """Keep every entry, and the quantities of every driver that any rule or rate uses.

        Explanations read them: also those of periods in which a driver was not yet used.
        """
        self._rows["model"] += freeze(model, rules)
        for name in sorted(model.used_drivers):
            for period in periods:
                try:
                    values = book.quantities(name, period)
                except AllocationError:  # a window that begins too early, in a month without use
                    continue
                if not values:
                    continue
                targets = self._book.codes(map(str, values))
                at = np.full(len(targets), period.index, np.int32)
                driver = np.full(len(targets), self._book.code(name), np.int32)
                texts = [f"{quantity:f}" for quantity in values.values()]
                self._quantities.append((at, driver, targets, texts))

    def keep_rates(self, rates: Iterable[Rate]) -> None:
        """Keep the exchange rates used, which a later build of a closed period may not change."""
        self._rows["exchange"] = [(*rate[:4], f"{rate.value:f}", *rate[5:]) for rate in rates]

    def take(self, at: Period, currency: str, result: Allocated) -> None:
        """Take what a period and currency came to."""
        period = at.index
        book = self._book
        unit = book.code(currency)
        self._flows.append(flow_columns(result.flows, book, period, unit))
        for each, cost, apart in result.held:
            self._rows["capacity"].append(
                (
                    period, currency, each.source, each.driver, each.unit, _text(each.practical),
                    _text(each.used), _text(each.unused), _text(each.over),
                    each.over_use, str(each.on_capacity), cost, each.line, apart,
                    each.owner, each.target, str(each.place),
                )
            )  # fmt: skip
            self.held[at, each.name] = each
        lines, lead = result.lines, f"{Kind.CONSUMER} "
        names = book.codes((*lines.names, ""))  # "" stands at -1
        consumers = book.codes(name.removeprefix(lead) for name in lines.names)
        self._lines.append(
            Lines(
                book,
                np.full(len(lines), period, np.int32),
                np.full(len(lines), unit, np.int32),
                book.codes(CLASSES)[lines.cls],
                names[lines.source],
                consumers[lines.target],
                lines.amount,
            )
        )
        for rest in result.remainders:
            name = rest.target.removeprefix(REMAINDER)
            self.remainders.append(
                RemainderLine(period, currency, rest.cls, name, rest.source, "", rest.amount)
            )
        for name, by_class in result.gross.items():
            for cls, amount in by_class.items():
                if amount:
                    self._rows["objects"].append((period, currency, name, cls, amount))

    def charge(
        self, charges: Charges, recovery: list[Recovery], warnings: list[Finding]
    ) -> list[Finding]:
        """Take what is charged; give the warnings back."""
        self.charges, self.recovery = charges, recovery
        self._rows["recovery"] = list[tuple[Any, ...]](recovery)
        return warnings

    def keep_apart(self, cells: list[Cell]) -> None:
        """Name what is not charged: kept apart by a rule, or unmapped where that is allowed."""
        sums: dict[tuple[int, str, str, str, str], int] = defaultdict(int)
        for cell in cells:
            key = cell.key
            if key.outcome not in {Outcome.ALLOCATED, Outcome.IGNORED}:
                name = key.label or key.outcome.value
                sums[key.period, key.currency, key.cls, name, key.consumer] += cell.amount
        for (period, currency, cls, name, consumer), amount in sums.items():
            self.remainders.append(RemainderLine(period, currency, cls, name, "", consumer, amount))

    def tables(
        self, cells: list[Cell], proof: list[ProofRow], schedules: list[ScheduleRow]
    ) -> dict[str, pa.Table]:
        """Give every table of the run."""
        rows = self._rows
        rows["cells"] = [
            (
                c.key.period, c.key.currency, c.key.source, c.key.outcome.value, c.key.label,
                c.pool, c.key.object, c.key.cls, c.key.consumer, c.rule, c.centre_rule, c.lines,
                c.amount, c.posted, c.nature.value, c.service_period, c.ledger_currency,
                c.ledger_amount,
            )
            for c in cells
        ]  # fmt: skip
        rows["remainders"] = list[tuple[Any, ...]](self.remainders)
        rows["schedules"] = list(schedules)
        rows["proof"] = list[tuple[Any, ...]](proof)
        columns = {
            "flows": flow_table(self._flows, self._book),
            "lines": line_table(self.lines),
            "charges": charge_table(self.charges, self._book),
            "quantities": self._quantity_table(),
        }
        return {
            name: columns[name] if name in columns else tables.table(name, rows[name])
            for name in tables.SCHEMAS
        }

    def _quantity_table(self) -> pa.Table:
        """Give the quantities of all drivers in all periods."""
        none = np.empty(0, np.int32)
        period, driver, target = (
            np.concatenate([none, *(part[at] for part in self._quantities)]) for at in range(3)
        )
        texts = [text for *_, some in self._quantities for text in some]
        book = self._book
        return laid_out(
            "quantities",
            (period, Coded(driver, book), Coded(target, book), pa.array(texts, pa.string())),
        )


def _text(number: Decimal | None) -> str:
    """Write an exact number, or nothing."""
    return "" if number is None else f"{number:f}"

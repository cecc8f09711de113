"""When a cell counts: the words of its rule and its lines' own dates, read into a schedule."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, NoReturn

from truecost.engine.cells import Outcome, recognition_of
from truecost.engine.schedules import Schedule
from truecost.kernel.findings import Finding, Place
from truecost.kernel.money import digits, whole_minor
from truecost.model.recognition import (
    ASSET,
    DISPOSED,
    FROM,
    IN_SERVICE,
    LIFE,
    PROCEEDS,
    RESIDUAL,
    TO,
    Register,
    Start,
    Way,
)
from truecost.model.recognition_checks import main_pool, takes_depreciation, twice
from truecost.model.types import Kind
from truecost.sources.dates import parse_date
from truecost.sources.values import Unreadable, parse_amount, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from truecost.engine.cells import Cell
    from truecost.model.recognition import Recognition
    from truecost.model.source_types import Source
    from truecost.model.types import MappingRule, Model

    #: Where a line stands that has a text in a column: (source, period, column, text) → place.
    Where = Callable[[str, int, str, str], Place | None]

_LISTED, _MONTHS = 10, 12
_LIFE = re.compile(r"(\d{1,4})(?:\.0*)?( months?| years?)?", re.ASCII | re.IGNORECASE)
_OUTCOMES = {Outcome.ALLOCATED, Outcome.KEPT_APART}


@dataclass(frozen=True, slots=True)
class _Fault:
    """What keeps lines from being recognised: where to look for one, what it says, what to do."""

    source: str
    column: str
    what: str
    hint: str


class Terms:
    """Reads the schedules of cells; what can't be read is kept, and told by `findings`."""

    def __init__(self, model: Model, begins: Mapping[str, int]) -> None:
        self._calendar = model.calendar
        self._accounts = {rule.name: rule for rule in model.accounts}
        self._centres = {rule.name: rule for rule in model.cost_centres}
        self._sources = {source.name: source for source in model.sources}
        self._until = _ends(model)
        ledgers = [begins[s.name] for s in model.sources if not s.register and s.name in begins]
        self._ledger_begins = min(ledgers, default=None)
        self._pools: dict[str, str] = {}
        self._taken: dict[str, int] = defaultdict(int)
        self._assets: dict[tuple[str, str], int] = defaultdict(int)
        self._faults: dict[_Fault, list[tuple[int, int, str]]] = defaultdict(list)

    def rule(self, cell: Cell) -> MappingRule | None:
        """Give the rule that says how a cell is recognised."""
        account, centre = self._accounts.get(cell.rule), self._centres.get(cell.centre_rule)
        return account if account and account.recognise else centre

    def schedule(self, cell: Cell) -> Schedule | None:
        """Give a cell's schedule; None where it counts when it is posted, or has a fault."""
        register = self._sources[cell.key.source].register
        if register is None and cell.key.outcome is Outcome.ALLOCATED:
            self._taken[cell.rule] += cell.lines
        if cell.key.outcome is Outcome.IGNORED if register else cell.key.outcome not in _OUTCOMES:
            return None
        try:
            if register is not None:
                return self._registered(register, cell)
            found = recognition_of(
                self._accounts.get(cell.rule), self._centres.get(cell.centre_rule)
            )
            return self._posted(found, cell) if found else None
        except _RefusedError:
            return None

    def findings(self, where: Where) -> list[Finding]:
        """Tell of everything that could not be read, each fault once, with an example's place."""
        findings = []
        for fault, found in self._faults.items():
            lines = sum(count for _, count, _ in found)
            examples = sorted({text for _, _, text in found if text})
            period, _, text = min(found)
            place = where(fault.source, period, fault.column, text)
            place = place or self._sources[fault.source].place
            detail = [f"{lines:,} line{'' if lines == 1 else 's'}"]
            if examples:
                more = f" and {len(examples) - _LISTED} more" if len(examples) > _LISTED else ""
                detail[0] += f": {', '.join(examples[:_LISTED])}{more}"
            findings.append(Finding(place, fault.what, fault.hint, tuple(detail)))
        findings += self._twice()
        for (source, asset), count in sorted(self._assets.items()):
            if count > 1:
                what = f'source "{source}": asset {shown(asset)} stands there {count} times'
                hint = "an asset has one row: give additions to it names of their own"
                findings.append(Finding(where(source, -1, ASSET, asset), what, hint))
        return findings

    def _twice(self) -> list[Finding]:
        """Refuse depreciation that the ledger has of what a register of assets depreciates."""
        findings = []
        for name, lines in self._taken.items():
            rule = self._accounts.get(name)
            if rule is None or rule.depreciation_of or not takes_depreciation(rule):
                continue
            register = self._pools.get(main_pool(rule.pool))
            if register:
                findings.append(
                    twice(rule, f'the register of assets "{register}"', f"{lines:,} ledger lines")
                )
        return findings

    def _posted(self, found: Recognition, cell: Cell) -> Schedule:
        """Read how a line of the ledger is recognised."""
        posted = cell.key.period
        begins, ends = self._calendar.period(posted).first_day, None
        if found.start is Start.SERVICE:
            begins, ends = self._service(cell)
        elif found.start is Start.IN_SERVICE:
            begins = self._date(cell, IN_SERVICE)
        if ends is None:
            ends = self._last_day(begins, found.months or 1)
        of_life = self._life(cell, begins) if found.way is Way.DEPRECIATION else (0, -1, 0)
        return Schedule(
            found.way, cell.amount, posted, True, begins, ends, found.by_days, *of_life,  # noqa: FBT003
            self._until.get(cell.key.object, -1), self._calendar,
        )  # fmt: skip

    def _registered(self, register: Register, cell: Cell) -> Schedule:
        """Read a row of a register."""
        entered = cell.key.period
        first = self._calendar.period(entered).first_day
        if register is Register.ACCRUALS:
            begins, ends = first, self._calendar.period(entered + 1).last_day
            return Schedule(Way.ACCRUAL, cell.amount, entered, False, begins, ends)  # noqa: FBT003
        self._check_beside(register, cell)
        until = self._until.get(cell.key.object, -1)
        if register is Register.PREPAYMENTS:
            begins, ends = self._service(cell)
            return Schedule(
                Way.PREPAYMENT, cell.amount, entered, False, begins, ends, until=until,  # noqa: FBT003
                calendar=self._calendar,
            )  # fmt: skip
        self._pools[main_pool(cell.pool)] = cell.key.source
        self._assets[cell.key.source, dict(cell.detail).get(ASSET, "")] += cell.lines
        ends = self._last_day(first, self._months(cell))
        return Schedule(
            Way.DEPRECIATION, cell.amount, entered, False, first, ends, False,  # noqa: FBT003
            *self._life(cell, first), until, self._calendar,
        )  # fmt: skip

    def _check_beside(self, register: Register, cell: Cell) -> None:
        """Refuse what the ledger would have too: what began since it does."""
        begins = self._ledger_begins
        if begins is None or cell.key.period < begins or self._source(cell).beside_ledger:
            return
        word = "in service" if register is Register.ASSETS else "posted"
        since = self._calendar.period(begins)
        what = (
            f'source "{cell.key.source}" has {register} {word} from {since} on,'
            " which the ledger covers: they would count twice"
        )
        hint = (
            "take them out and let a rule recognise what the ledger has; or, if the ledger does not"
            " have them, say why:  beside_ledger: …"
        )
        column = ASSET if register is Register.ASSETS else FROM
        self._refuse(cell, column, what, hint)

    def _service(self, cell: Cell) -> tuple[date, date]:
        """Read the service period of a line."""
        begins, ends = self._date(cell, FROM), self._date(cell, TO)
        if ends < begins:
            what = f'source "{cell.key.source}": {TO} is before {FROM}{self._by(cell)}'
            self._refuse(cell, TO, what, "mend the dates")
        return begins, ends

    def _life(self, cell: Cell, begins: date) -> tuple[int, int, int]:
        """Read the residual value, the period of disposal (-1: none) and what the sale brought."""
        detail = dict(cell.detail)
        residual, sale = self._amount(cell, RESIDUAL), self._amount(cell, PROCEEDS)
        if residual and (abs(residual) > abs(cell.amount) or (residual < 0) != (cell.amount < 0)):
            what = f'source "{cell.key.source}": the residual value is more than the cost'
            self._refuse(cell, RESIDUAL, what, "mend one of the two")
        disposed = (
            self._calendar.on(self._date(cell, DISPOSED)).index if detail.get(DISPOSED) else -1
        )
        if 0 <= disposed < self._calendar.on(begins).index:
            what = f'source "{cell.key.source}": an asset is disposed of before it is in service'
            self._refuse(cell, DISPOSED, what, "mend one of the two dates")
        if sale and disposed < 0:
            what = f'source "{cell.key.source}": there are proceeds, but no date of disposal'
            self._refuse(cell, PROCEEDS, what, f"fill  {DISPOSED}")
        return residual, disposed, sale

    def _months(self, cell: Cell) -> int:
        """Read the useful life of an asset in months."""
        text = dict(cell.detail).get(LIFE, "")
        match = _LIFE.fullmatch(text.strip())
        months = int(match[1]) * (12 if "year" in (match[2] or "").lower() else 1) if match else 0
        if not months:
            what = f'source "{cell.key.source}": {shown(text)} is not a useful life'
            self._refuse(cell, LIFE, what, "write whole months, as in 48")
        return months

    def _last_day(self, begins: date, months: int) -> date:
        """Give the last day of so many months, in periods of the fiscal calendar."""
        periods = max(1, round(Fraction(months * self._calendar.per_year, _MONTHS)))
        return self._calendar.period(self._calendar.on(begins).index + periods - 1).last_day

    def _date(self, cell: Cell, column: str) -> date:
        text = dict(cell.detail).get(column, "")
        if not text:
            there = column in self._columns(cell)
            what = f'source "{cell.key.source}" has no {column}{self._by(cell)}'
            hint = (
                f"fill it, or let another rule before it take such lines: where: {column} = ''"
                if there
                else f"map it in the layouts:  {column}: and the header of that column"
            )
            self._refuse(cell, column, what, hint)
        try:
            return parse_date(text, self._source(cell).date_order)
        except Unreadable as fault:
            what = f'source "{cell.key.source}": {column}: {fault}'
            self._refuse(cell, column, what, "mend it in the file, or clean the column")

    def _amount(self, cell: Cell, column: str) -> int:
        """Read an amount of each line, in minor units of the cell's currency, for all of them."""
        text = dict(cell.detail).get(column, "")
        if not text:
            return 0
        try:
            read = parse_amount(text, decimal_comma=self._source(cell).decimal_comma)
        except Unreadable as fault:
            what = f'source "{cell.key.source}": {column}: {fault}'
            self._refuse(cell, column, what, "mend it in the file")
        minor = Fraction(read.value) * 10 ** digits(cell.ledger_currency) * cell.lines
        if cell.ledger_currency != cell.key.currency:  # at the rate of what was paid
            share = Fraction(cell.amount, cell.ledger_amount) if cell.ledger_amount else Fraction(0)
            return whole_minor(minor * share)
        return whole_minor(minor)

    def _source(self, cell: Cell) -> Source:
        return self._sources[cell.key.source]

    def _columns(self, cell: Cell) -> set[str]:
        source = self._source(cell)
        named = {name for layout in source.layouts for name in layout.columns}
        return named | {cleaning.column for cleaning in source.clean}

    def _by(self, cell: Cell) -> str:
        """Name the rule that needs what is missing."""
        if self._source(cell).register is not None:
            return ""
        rule = self.rule(cell)
        return f', which rule "{rule.name}" ({rule.place}) needs' if rule else ""

    def _refuse(self, cell: Cell, column: str, what: str, hint: str) -> NoReturn:
        text = dict(cell.detail).get(column, "")
        fault = _Fault(cell.key.source, column, what, hint)
        self._faults[fault].append((cell.key.period, cell.lines, text))
        raise _RefusedError


class _RefusedError(Exception):
    """A cell's schedule can't be read; the fault is noted."""


def _ends(model: Model) -> dict[str, int]:
    """Give the last period in which each service and consumer exists, where there is one."""
    ends = {
        f"{Kind.SERVICE} {service.id}": service.valid.last.index
        for service in model.services
        if service.valid.last
    }
    for consumer in model.consumers:  # a consumer stands below its parent, so that comes first
        above = ends.get(f"{Kind.CONSUMER} {consumer.parent}")
        own = consumer.valid.last.index if consumer.valid.last else None
        known = [each for each in (above, own) if each is not None]
        if known:
            ends[f"{Kind.CONSUMER} {consumer.id}"] = min(known)
    return ends

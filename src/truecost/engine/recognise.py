"""Recognition: cells are spread over the periods in which they count, each move in two entries.

Where the ledger has a prepaid or capitalised cost, the cell stays whole; beside it a cell of the
opposite sign takes away what counts later (deferred), and in each later period a cell brings its
part (released). What a register has and the ledger has not comes without the first two: opening,
accrued and, in the next period, reversed. Cells of periods before those that are computed take part
too, so that what they release is not lost; then only the computed periods are kept.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from truecost.engine.cells import Nature
from truecost.engine.recognise_terms import Terms
from truecost.kernel.findings import AllocationError
from truecost.model.recognition import ASSET, OF_REGISTER, Register, Way
from truecost.sources.late import LATE_FOR

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from truecost.engine.cells import Cell
    from truecost.engine.dialects.rows import Kept
    from truecost.engine.recognise_terms import Where
    from truecost.engine.schedules import Schedule
    from truecost.kernel.periods import Period
    from truecost.model.source_types import Source
    from truecost.model.types import MappingRule, Model

#: Why a cell of a register counts, before it is spread.
_OF_REGISTER = {
    Register.ASSETS: Nature.OPENING,
    Register.PREPAYMENTS: Nature.OPENING,
    Register.ACCRUALS: Nature.ACCRUED,
}
_REGISTERED = frozenset(_OF_REGISTER.values())
#: A row of the run's table `schedules`.
ScheduleRow = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Recognised:
    """The cells that count in the computed periods, and the schedules' accounts there."""

    cells: list[Cell]
    schedules: list[ScheduleRow]


def recognises(model: Model) -> bool:
    """Say whether anything in the model counts in another period than it is posted in."""
    rules = (*model.accounts, *model.cost_centres)
    return any(rule.recognise for rule in rules) or any(each.register for each in model.sources)


def reach(model: Model, begins: Mapping[str, int], periods: Sequence[Period]) -> dict[str, Period]:
    """Give the first period of each source that must be classified for the computed ones."""
    if not recognises(model):
        return {}
    first = periods[0].index
    return {name: model.calendar.period(min(index, first)) for name, index in begins.items()}


def kept_columns(model: Model, source: Source, there: Iterable[str]) -> Kept:
    """Give the columns of a source that tell its cells apart by when they count."""
    there = set(there)
    if source.register is not None:
        return {column: {} for column in OF_REGISTER[source.register] if column in there}
    kept: dict[str, dict[str, set[int]]] = {}
    for name, rules in (("account", model.accounts), ("centre", model.cost_centres)):
        for index, rule in enumerate(rules):
            for column in rule.recognise.reads if rule.recognise else ():
                if column in there:
                    of = kept.setdefault(column, {"account": set(), "centre": set()})
                    of[name].add(index)
    if LATE_FOR in there:
        kept[LATE_FOR] = {}
    return {column: kept[column] for column in sorted(kept)}


def registered(source: Source, cells: list[Cell]) -> list[Cell]:
    """Mark the cells of a register: the ledger does not have them."""
    if source.register is None:
        return cells
    nature = _OF_REGISTER[source.register]
    return [replace(cell, nature=nature) for cell in cells]


def needed(model: Model, cells: list[Cell], periods: Sequence[Period]) -> list[Cell]:
    """Leave out what was before the computed periods and releases nothing.

    What a source has in a period and currency stays together, since it is translated as a whole.
    """
    first = periods[0].index
    if not recognises(model):
        return cells
    rules = (model.accounts, model.cost_centres)
    names = [{rule.name for rule in each if rule.recognise} for each in rules]
    spread = {
        _group(cell)
        for cell in cells
        if cell.rule in names[0] or cell.centre_rule in names[1] or cell.nature != Nature.POSTED
    }
    return [cell for cell in cells if cell.key.period >= first or _group(cell) in spread]


def _group(cell: Cell) -> tuple[int, str, str]:
    return cell.key.period, cell.key.currency, cell.key.source


def recognise(
    model: Model,
    cells: list[Cell],
    periods: Sequence[Period],
    begins: Mapping[str, int],
    where: Where,
) -> Recognised:
    """Spread cells over the periods in which they count, and keep the computed ones.

    `begins` are the sources' first periods. Raise AllocationError with everything that keeps lines
    from being recognised.
    """
    if not recognises(model):
        return Recognised(cells, [])
    terms = Terms(model, begins)
    made = _Moved(periods[0].index, periods[-1].index)
    for cell in cells:
        # savings of commitments only move between cost objects, in their own month
        schedule = None if cell.nature is Nature.SAVING else terms.schedule(cell)
        if schedule is not None:
            made.spread(cell, schedule, terms.rule(cell))
        elif cell.nature not in _REGISTERED:
            made.keep(cell)
    findings = terms.findings(where)
    if findings:
        raise AllocationError(findings)
    return Recognised(made.cells(), made.rows)


class Part(NamedTuple):
    """What counts of a cell in a period, and why; amounts in minor units."""

    period: int
    nature: Nature
    service_period: int
    amount: int
    ledger_amount: int


class _Moved:
    """Collects what counts in the computed periods, by where it enters and why."""

    def __init__(self, first: int, last: int) -> None:
        self._first = first
        self._last = last
        self._sums: dict[Cell, list[int]] = defaultdict(lambda: [0, 0, 0])
        self._kept: list[Cell] = []
        self.rows: list[ScheduleRow] = []

    def add(self, cell: Cell, part: Part, lines: int) -> None:
        """Add what counts of a cell in a period, unless that is not computed."""
        if not self._first <= part.period <= self._last:
            return
        same = replace(
            cell,
            key=cell.key
            if cell.key.period == part.period
            else replace(cell.key, period=part.period),
            lines=0,
            amount=0,
            nature=part.nature,
            service_period=part.service_period,
            ledger_amount=0,
            detail=(),
        )
        sums = self._sums[same]
        sums[0] += lines
        sums[1] += part.amount
        sums[2] += part.ledger_amount

    def keep(self, cell: Cell) -> None:
        """Add a cell that counts where it is posted."""
        if not cell.detail:
            if self._first <= cell.key.period <= self._last:
                self._kept.append(cell)
            return
        whole = cell.key.period, cell.nature, cell.service_period, cell.amount, cell.ledger_amount
        self.add(cell, Part(*whole), cell.lines)

    def spread(self, cell: Cell, schedule: Schedule, rule: MappingRule | None) -> None:
        """Add all that a schedule makes of a cell."""
        for number, part in enumerate(_parts(cell, schedule)):
            # a cell that takes away has no lines of its own, nor has one for earlier months
            own = part.nature is not Nature.DEFERRED and (
                number == 0 or part.period != cell.key.period
            )
            self.add(cell, part, cell.lines if own else 0)
        key = cell.key
        what = (
            key.source, schedule.way.value, rule.name if rule and schedule.in_ledger else "",
            dict(cell.detail).get(ASSET, ""), key.label, cell.pool, key.object, key.cls,
            key.consumer, schedule.entered, schedule.in_ledger, schedule.begins.isoformat(),
            schedule.ends.isoformat(), schedule.by_days, schedule.disposed, schedule.until,
            schedule.total, schedule.residual, schedule.sale,
        )  # fmt: skip
        self.rows += [
            (balance.period, key.currency, *what, *balance[1:])
            for balance in schedule.balances(self._first, self._last)
        ]

    def cells(self) -> list[Cell]:
        """Give the cells; what others make up for is not left out, since the ledger has it."""
        moved = [
            replace(cell, lines=lines, amount=amount, ledger_amount=ledger_amount)
            for cell, (lines, amount, ledger_amount) in self._sums.items()
        ]
        return self._kept + moved


def _parts(cell: Cell, schedule: Schedule) -> list[Part]:
    """Give all that counts of a cell: first, of a ledger's, the whole, less what is for earlier."""
    posted = schedule.entered
    moved = _released(cell, schedule)
    if not schedule.in_ledger:
        return [
            part._replace(nature=part.nature if part.nature is not Nature.RELEASED else cell.nature)
            for part in moved
        ]
    now = [part for part in moved if part.period == posted and part.nature is Nature.RELEASED]
    later = [part for part in moved if part not in now]
    earlier = [part._replace(nature=cell.nature) for part in now if part.service_period != posted]
    counted = sum(part.amount for part in now), sum(part.ledger_amount for part in now)
    deferred = cell.amount - counted[0], cell.ledger_amount - counted[1]
    whole = Part(
        posted, cell.nature, posted,
        cell.amount - sum(part.amount for part in earlier),
        cell.ledger_amount - sum(part.ledger_amount for part in earlier),
    )  # fmt: skip
    away = [Part(posted, Nature.DEFERRED, posted, -deferred[0], -deferred[1])]
    return [whole, *earlier, *(away if any(deferred) else []), *later]


def _released(cell: Cell, schedule: Schedule) -> list[Part]:
    """Give what a schedule releases, with its share in the ledger's currency."""
    so_far, before = 0, 0
    parts = []
    for number, release in enumerate(schedule.releases()):
        so_far += release.amount
        share = round(Fraction(cell.ledger_amount * so_far, cell.amount)) if cell.amount else 0
        nature = Nature.DISPOSED if release.lost else Nature.RELEASED
        if schedule.way is Way.ACCRUAL and number:
            nature = Nature.REVERSED
        at = release.period, nature, release.service_period
        parts.append(Part(*at, release.amount, share - before))
        before = share
    return parts

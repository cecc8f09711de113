"""The ledger lines behind a figure, and the figure behind a ledger line.

A run does not say which line went where. It keeps the rules; putting the pinned coded source
through them again, only the periods that are asked for, finds the lines of any cell.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc

from truecost.engine.cells import Key, Mapper, Nature
from truecost.engine.frozen import SETTINGS, Frozen, thaw
from truecost.engine.lineage_moved import counted
from truecost.engine.lineage_session import source_of
from truecost.engine.tables import completed, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from truecost.engine.lineage_moved import Counted
    from truecost.engine.lineage_rows import Ledger, LedgerLine
    from truecost.engine.lineage_session import Session
    from truecost.kernel.periods import Period
    from truecost.store.run import Run
    from truecost.store.runs import Store

TOP = 10
#: Why a cell counts where it does that its lines do not say.
_MOVES = frozenset(Nature) - {Nature.POSTED, Nature.LATE, Nature.SAVING}
_HASH = 32
_SHORT_HASH = 12


@dataclass(slots=True)  # frozen, they would take three times as long to make: there are thousands
class Cell:
    """A row of a run's `cells`, and what part of it is in the figure.

    Its ledger lines are those of `period`, in `ledger_currency`, one unit of which is `worth` so
    much of `currency` here: at a rate, and for the `share` of them that counts here.
    """

    period: int
    currency: str
    source: str
    outcome: str
    label: str
    pool: str
    object: str
    cls: str
    consumer: str
    rule: str
    centre_rule: str
    lines: int
    amount: int
    part: Fraction = Fraction(1)
    ledger_currency: str = ""
    worth: Fraction = Fraction(1)
    share: Fraction = Fraction(1)
    nature: str = ""

    @property
    def weight(self) -> Fraction:
        """What of each unit of its ledger lines is in the figure."""
        return self.part if self.worth == 1 else self.part * self.worth

    @property
    def portion(self) -> Fraction:
        """What of it is in the figure, in minor units."""
        return self.amount * self.part

    def partly(self, part: Fraction) -> Cell:
        """Give it with another part in the figure: `dataclasses.replace` takes three times that."""
        return Cell(
            self.period, self.currency, self.source, self.outcome, self.label, self.pool,
            self.object, self.cls, self.consumer, self.rule, self.centre_rule, self.lines,
            self.amount, part, self.ledger_currency, self.worth, self.share,
        )  # fmt: skip


def cells_of(run: Run, period: Period, currency: str) -> list[Cell]:
    """Give a run's cells of one period and currency."""
    columns = (
        "period", "currency", "source", "outcome", "label", "pool", "object", "class", "consumer",
        "rule", "centre_rule", "lines", "amount", "nature", "ledger_currency",
    )  # fmt: skip
    table = completed("cells", run.part("cells", period.index))
    moves = not _MOVES.isdisjoint(table["nature"].unique().to_pylist())
    if moves:
        table = table.filter(pc.equal(table["currency"], currency))
        moved, stays = counted(run, table.to_pylist())
        own = [tuple(row[column] for column in columns) for row in stays]
    else:
        rows = zip(*(table[column].to_pylist() for column in columns), strict=True)
        own = [row for row in rows if row[1] == currency]
        moved = []
    one = Fraction(1)
    worth = {currency: one} | (
        worth_of(run, period) if any(row[-1] != currency for row in own) else {}
    )
    made = []
    for row in own:
        more = [one, row[-1], worth.get(row[-1], one), one, row[-2]]
        made.append(Cell(*[*row[:-2], *more]))
    return made + [_counting(run, each, columns, currency) for each in moved]


def _counting(run: Run, each: Counted, columns: Sequence[str], currency: str) -> Cell:
    """Give a cell of lines of another month, or of which only a part counts."""
    row, share = each.row, each.share
    said = {**row, "period": row["posted"], "amount": each.net}
    rate = Fraction(1)
    if row["ledger_currency"] != currency:
        posted = run.calendar.period(row["posted"])
        rate = worth_of(run, posted).get(row["ledger_currency"], rate)
    made = Cell(*(said[column] for column in columns[:-2]))
    return replace(made, ledger_currency=row["ledger_currency"], worth=rate * share, share=share)


def merged(cells: Iterable[Cell]) -> list[Cell]:
    """Put together cells of the same lines, which count in several months of a figure."""
    groups: dict[tuple[object, ...], list[Cell]] = {}
    made: list[Cell] = []
    for cell in cells:
        if not cell.lines:  # what moved between cost objects
            made.append(cell)
            continue
        key = (
            cell.source, cell.ledger_currency, cell.currency, cell.period, cell.outcome, cell.label,
            cell.object, cell.pool, cell.cls, cell.rule, cell.centre_rule, cell.consumer,
        )  # fmt: skip
        groups.setdefault(key, []).append(cell)
    for group in groups.values():
        amount = sum(cell.amount for cell in group)
        if len(group) == 1 or not amount:
            made += group
            continue
        made.append(
            replace(
                group[0],
                lines=max(cell.lines for cell in group),
                amount=amount,
                part=total(cell.portion for cell in group) / amount,
                worth=total(cell.worth for cell in group),
                share=total(cell.share for cell in group),
            )
        )
    return made


def worth_of(run: Run, period: Period) -> dict[str, Fraction]:
    """Give what one unit of each other currency is worth on statements of a period."""
    return {
        row["from_currency"]: Fraction(row["rate"])
        for row in read(run, "exchange").to_pylist()
        if row["shown"] and row["period"] == period.index
    }


def frozen_of(run: Run, *, conditions_only: bool = True) -> Frozen | None:
    """Give the model that a run keeps; None where it was written before runs kept one.

    With `conditions_only` only what recognises ledger lines, and the settings.
    """
    if "model" not in run.manifest["tables"]:
        return None
    rows = run.table("model")
    if conditions_only:
        rows = rows.filter(
            pc.or_(pc.not_equal(rows["condition"], ""), pc.equal(rows["kind"], SETTINGS))
        )
    return thaw(rows.to_pylist(), conditions_only=conditions_only)


@dataclass(frozen=True, slots=True)
class Placed:
    """A ledger line with where it entered: its key, its pool, the rules that took it."""

    line: LedgerLine
    key: Key
    pool: str
    rule: str
    centre_rule: str


def find(run: Run, where: str, session: Session) -> list[Placed]:
    """Find ledger lines by `FILE:LINE`, or by identity (the hash, or its beginning).

    FILE is a file as the run names it, or the end of its path. An empty list says that no source
    has such a line. Raise StoreError where a source is gone or damaged, ValueError for a run that
    was written before runs kept their rules.
    """
    session.ready()
    rules = session.rules
    if rules is None:
        raise ValueError("the run keeps no rules")
    found: list[Placed] = []
    for source in sorted(run.manifest["inputs"]["sources"]):
        ledger = session.ledger(source)
        places = _asked(ledger, where)
        if not places:
            continue
        mapper = Mapper(rules.thawed.model, rules.thawed.owners)
        lines = ledger.lines(places)
        for place, (_, *won) in zip(places, rules.won(ledger, places), strict=True):
            line = lines[place]
            key, pool, rule, centre = mapper.key(line.period, line.currency, source, *won)
            found.append(Placed(line, key, pool, rule, centre))
    return sorted(found, key=lambda each: (each.line.file, each.line.line, each.line.identity))


def _asked(ledger: Ledger, where: str) -> list[int]:
    """Give the places of the rows of a source that are meant."""
    source = ledger.source
    file, _, line = where.rpartition(":")
    if file and line.isdecimal():
        matching = [
            number
            for number, each in enumerate(source.files)
            if each.name == file or each.name.endswith(f"/{file.removeprefix('./')}")
        ]
        if matching:
            return ledger.standing(matching, int(line))
    digits, _, ordinal = where.partition(":")
    if not _SHORT_HASH <= len(digits) <= _HASH or not _is_hex(digits):
        return []
    low, high = (bytes.fromhex(digits.ljust(_HASH, end)) for end in "0f")
    return ledger.hashed(low, high, int(ordinal) if ordinal.isdecimal() else None)


def _is_hex(digits: str) -> bool:
    return all(digit in "0123456789abcdef" for digit in digits)


def rejected(store: Store, run: Run, where: str) -> dict[str, Any] | None:
    """Give the rejected line at `FILE:LINE`, as it stands in a source's `rejects`, or None."""
    import pyarrow.parquet as pq  # noqa: PLC0415  only for lines that are not in the ledger

    file, _, line = where.rpartition(":")
    for source in sorted(run.manifest["inputs"]["sources"]):
        coded = source_of(store, run, source)
        names = [each.name for each in coded.files]
        for row in pq.read_table(coded.rejects).to_pylist():
            stands = row["file"] if isinstance(row["file"], str) else names[row["file"]]
            if (
                line.isdecimal()
                and row["line"] == int(line)
                and (stands == file or stands.endswith(f"/{file}"))
            ):
                return dict(row)
    return None


def portion_of(cells: Iterable[Cell]) -> Fraction:
    """Add up what of some cells is in the figure, in minor units, exactly.

    Amounts of cells that share a part are added up before they are multiplied: parts are long.
    """
    amounts: dict[int, int] = {}
    parts: dict[int, Fraction] = {}
    for cell in cells:
        key = id(cell.part)
        amounts[key] = amounts.get(key, 0) + cell.amount
        parts[key] = cell.part
    return total(amount * parts[key] for key, amount in amounts.items())


def total(portions: Iterable[Fraction]) -> Fraction:
    """Add up fractions exactly."""
    return reduce(operator.add, portions, Fraction(0))

"""The figures of a run that can be expected: its ledger, bills, services, remainders."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING

from truecost.engine.capacity import LINES
from truecost.engine.cells import Outcome
from truecost.engine.proof import IGNORED, LEDGER, STATEMENTS
from truecost.engine.tables import read
from truecost.kernel.periods import Period
from truecost.model.charging import Treatment
from truecost.model.expectations import Figure, FigureKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from truecost.store.run import Run

_UNMAPPED = frozenset({Outcome.UNMAPPED_ACCOUNT, Outcome.UNMAPPED_CENTRE, Outcome.NO_CONSUMER})
#: (period, currency, kind of figure, name)
_Key = tuple[Period, str, str, str]


class Figures:
    """Gives figures of a run; each of its tables is read once, when something of it is asked."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._period = run.calendar.period
        built = run.manifest["inputs"]["model"]
        self.periods = tuple(sorted(run.calendar.parse(each) for each in built))

    def amount(self, figure: Figure, periods: Iterable[Period], currency: str) -> int:
        """Add a figure up over periods, in minor units.

        A consumer is its bill, a branch of the tree the sum of its bills; a service is what bills
        carry of it; towers and pools are what enters them from the ledger; a class is its part of
        the ledger; `unallocated` is what no rule kept apart and yet nobody is charged: not
        unused capacity, whose name and owner the rule gives.
        """
        total = 0
        for period in periods:
            names = [figure.name]
            if figure.kind is FigureKind.CONSUMER:
                names = self._under[period].get(figure.name, [])
            total += sum(self._sums[period, currency, figure.kind, name] for name in names)
        return total

    def knows(self, figure: Figure, periods: Iterable[Period]) -> bool:
        """Say whether a consumer was there in some of the periods; other figures always are."""
        if figure.kind is not FigureKind.CONSUMER:
            return True
        return any(figure.name in self._under[period] for period in periods)

    @cached_property
    def leaves(self) -> dict[Period, list[str]]:
        """Who is charged, per period, in the order of the model."""
        return {
            period: [name for name, leaves in tree.items() if leaves == [name]]
            for period, tree in self._under.items()
        }

    @cached_property
    def _sums(self) -> dict[_Key, int]:
        """Every figure; consumers are leaves."""
        sums: dict[_Key, int] = defaultdict(int)
        for rows in (self._bills(), self._proof(), self._remainders(), self._cells()):
            for key, amount in rows:
                sums[key] += amount
        return sums

    def _bills(self) -> Iterator[tuple[_Key, int]]:
        """Give what consumers are billed, and what services truly cost them."""
        charges = read(self._run, "charges").group_by(
            ["period", "currency", "treatment", "consumer"]
        )
        for row in charges.aggregate([("amount", "sum")]).to_pylist():
            if row["treatment"] == Treatment.CHARGE:
                at = (self._period(row["period"]), row["currency"])
                yield (*at, FigureKind.CONSUMER, row["consumer"]), row["amount_sum"]
        grouped = self._run.table("lines").group_by(["period", "currency", "service"])
        for row in grouped.aggregate([("amount", "sum")]).to_pylist():
            period, currency, amount = (
                self._period(row["period"]),
                row["currency"],
                row["amount_sum"],
            )
            kind, _, name = row["service"].partition(" ")
            if kind == FigureKind.SERVICE:
                yield (period, currency, FigureKind.SERVICE, name), amount

    def _proof(self) -> Iterator[tuple[_Key, int]]:
        for row in self._run.table("proof").to_pylist():
            period, currency, amount = (
                self._period(row["period"]),
                row["currency"],
                row["amount"],
            )
            if row["side"] in (LEDGER, STATEMENTS):
                yield (period, currency, row["side"], ""), amount
            if row["side"] == LEDGER:
                yield (period, currency, FigureKind.CLASS, row["class"]), amount
            if row["side"] == IGNORED:
                yield (period, currency, FigureKind.IGNORED, row["label"]), amount

    def _remainders(self) -> Iterator[tuple[_Key, int]]:
        for row in self._run.table("remainders").to_pylist():
            period, currency, amount = (
                self._period(row["period"]),
                row["currency"],
                row["amount"],
            )
            yield (period, currency, FigureKind.REMAINDER, row["name"]), amount
            # what nobody used of a capacity has the name and owner that its rule gives it
            named = row["object"].startswith(LINES)
            if (row["object"] and not named) or row["name"] in _UNMAPPED:
                yield (period, currency, FigureKind.UNALLOCATED, ""), amount

    def _cells(self) -> Iterator[tuple[_Key, int]]:
        for row in self._run.table("cells").to_pylist():
            if row["outcome"] != Outcome.ALLOCATED:
                continue
            period, currency, amount = (
                self._period(row["period"]),
                row["currency"],
                row["amount"],
            )
            yield (period, currency, FigureKind.POOL, row["pool"]), amount
            kind, _, name = row["object"].partition(" ")
            if kind == FigureKind.TOWER:
                yield (period, currency, FigureKind.TOWER, name), amount

    @cached_property
    def _under(self) -> dict[Period, dict[str, list[str]]]:
        """Who is charged under each consumer, per period: itself where it is a leaf."""
        under: dict[Period, dict[str, list[str]]] = {period: {} for period in self.periods}
        rows = self._run.table("consumers").to_pylist()
        parents = {(row["period"], row["id"]): row["parent"] for row in rows}
        for row in sorted(rows, key=lambda row: (row["period"], row["position"])):
            found = under[self._period(row["period"])]
            found.setdefault(row["id"], [])
            at = row["id"] if row["leaf"] else ""
            while at:
                found.setdefault(at, []).append(row["id"])
                at = parents.get((row["period"], at), "")
        return under

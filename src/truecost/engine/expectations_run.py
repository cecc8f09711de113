"""Does the latest run hold these figures? Read from the stored tables alone."""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from truecost.engine.expectations_costs import difference
from truecost.engine.expectations_figures import Figures
from truecost.kernel.findings import Finding
from truecost.kernel.money import digits, shown
from truecost.kernel.periods import ALWAYS, Period
from truecost.model.expectations import Every, Figure, FigureKind, Relation, Year
from truecost.model.resolve import resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from truecost.kernel.findings import Place
    from truecost.kernel.periods import Validity
    from truecost.model.expectations import Cause, Claim, RunTest
    from truecost.model.types import Model
    from truecost.store.run import Run

_BUILD = "truecost build"


def not_current(model: Model, run: Run | None) -> Finding | None:
    """Say why nothing can be said about the latest run: there is none, or the model has changed."""
    if run is None:
        return Finding(None, "nothing has been built yet: build first", _BUILD)
    built = run.manifest["inputs"]["model"]
    digests: dict[tuple[object, ...], str] = {}
    changed = []
    for written, digest in sorted(built.items()):
        period = model.calendar.parse(written)
        days = (rate.days.of(period) for rate in model.rates if rate.valid.holds(period))
        held = (*(valid.holds(period) for valid in _validities(model)), *map(str, days))
        if held not in digests:
            digests[held] = resolve(model, period).digest
        if digests[held] != digest:
            changed.append(written)
    if not changed:
        return None
    what = f"the model has changed since run {run.id} was built: build first"
    more = "" if len(changed) == 1 else f" and {len(changed) - 1} more"
    return Finding(None, what, _BUILD, (f"it is another for {changed[0]}{more}",))


def _validities(model: Model) -> Iterator[Validity]:
    """Give what decides which entries hold in a month: where it agrees, months have one model."""
    for each in fields(model):
        entries = getattr(model, each.name)
        for entry in entries if isinstance(entries, tuple) else ():
            if getattr(entry, "valid", ALWAYS) != ALWAYS:
                yield entry.valid
    for service in model.services:
        yield from (each.valid for each in service.charging if each.valid != ALWAYS)


@dataclass(frozen=True, slots=True)
class _Span:
    """A month or fiscal year: its months, and those before, where the run has them."""

    words: str
    periods: tuple[Period, ...]
    before: tuple[Period, ...] = ()

    def holds(self, span: Period | Year) -> bool:
        """Say whether this is what a cause names."""
        return self.words == str(span)


class RunTests:
    """Carries out tests about a run; each of its tables is read once."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._calendar = run.calendar
        self._figures = Figures(run)
        self._periods = self._figures.periods

    def differences(self, test: RunTest) -> list[Finding]:
        """Give what is not as expected."""
        spans = self._spans(test.span)
        if not spans:
            return [Finding(test.place, self._has_not(test.span))]
        used: set[tuple[Cause, str]] = set()
        found = self._nothing_before(test, spans)
        for span in spans:
            for place, figure, claim in test.claims:
                for each in self._meant(figure, span):
                    if claim.relation is Relation.MOVES:
                        found += self._moved(test, place, each, claim, span, used)
                    else:
                        found += self._lies(test, place, each, claim, span)
        found += [finding for cause in test.causes for finding in _idle(cause, used)]
        return found

    def _nothing_before(self, test: RunTest, spans: list[_Span]) -> list[Finding]:
        """Find moves that are asked of one span before which the run has nothing."""
        if isinstance(test.span, Every) or spans[0].before:
            return []
        what = f"run {self._run.id} has nothing whole before {spans[0].words} to move from"
        return [
            Finding(place, what, f"choose a later {spans[0].periods[0].calendar.unit} or year")
            for place, _, claim in test.claims
            if claim.relation is Relation.MOVES
        ]

    def _spans(self, asked: Period | Year | Every) -> list[_Span]:
        """Give the spans that a test is about, as far as the run has them whole."""
        months = {
            str(period): _Span(str(period), (period,), self._had([period - 1]))
            for period in self._periods
        }
        if asked is Every.MONTH:
            return list(months.values())
        if isinstance(asked, Period):
            return [months[str(asked)]] if str(asked) in months else []
        years = {}
        for first in dict.fromkeys(self._calendar.first(period) for period in self._periods):
            whole = [first + month for month in range(self._calendar.per_year)]
            label = str(Year(self._calendar.label(first)))
            if self._had(whole):
                before = self._had([month - self._calendar.per_year for month in whole])
                years[label] = _Span(label, tuple(whole), before)
        if asked is Every.YEAR:
            return list(years.values())
        return [years[str(asked)]] if str(asked) in years else []

    def _had(self, periods: list[Period]) -> tuple[Period, ...]:
        """Give the periods if the run has all of them, else none."""
        return tuple(periods) if set(periods) <= set(self._periods) else ()

    def _has_not(self, span: Period | Year | Every) -> str:
        has = f"{self._periods[0]} to {self._periods[-1]}" if self._periods else "nothing"
        if isinstance(span, Period):
            return f"run {self._run.id} does not have {span}; it has {has}"
        which = "a whole fiscal year" if span is Every.YEAR else f"the whole of {span}"
        return f"run {self._run.id} does not have {which}; it has {has}"

    def _meant(self, figure: Figure, span: _Span) -> list[Figure]:
        """Give the figure, or the bill of everyone who is charged and was there in the span."""
        if figure.kind is not FigureKind.EVERY_BILL:
            return [figure]
        leaves = dict.fromkeys(
            leaf for period in span.periods for leaf in self._figures.leaves[period]
        )
        return [Figure(FigureKind.CONSUMER, leaf) for leaf in leaves]

    def _lies(
        self, test: RunTest, place: Place, figure: Figure, claim: Claim, span: _Span
    ) -> Iterator[Finding]:
        """Compare a figure with its bounds."""
        got = self._figures.amount(figure, span.periods, test.currency)
        whole = self._figures.amount(Figure(FigureKind.LEDGER), span.periods, test.currency)
        bounds = [_minor(bound, whole, test.currency) for bound in claim.bounds]
        head = f"{figure} in {span.words}"
        if claim.relation is Relation.EXACTLY and isinstance(claim.bounds[0], Decimal):
            if got != bounds[0]:
                yield Finding(place, f"{head}: {difference(int(bounds[0]), got, test.currency)}")
            return
        if _within(claim.relation, got, bounds):
            return
        what = f"{head}: expected {claim.text}, got {shown(got, test.currency)}"
        if any(isinstance(bound, Fraction) for bound in claim.bounds):
            what += f", {_percent(got, whole)} of the ledger's {shown(whole, test.currency)}"
        else:
            near = bounds[-1] if got > bounds[-1] else bounds[0]
            by = abs(got - near)
            if by:
                word = "more" if got > near else "less"
                what += f", {shown(int(by), test.currency)} {word}"
        yield Finding(place, what)

    def _moved(
        self,
        test: RunTest,
        place: Place,
        figure: Figure,
        claim: Claim,
        span: _Span,
        used: set[tuple[Cause, str]],
    ) -> Iterator[Finding]:
        """Compare a figure with itself one span earlier; who is new or gone has no bill to move."""
        if not span.before or not self._figures.knows(figure, span.before):
            return
        now = self._figures.amount(figure, span.periods, test.currency)
        before = self._figures.amount(figure, span.before, test.currency)
        by = abs(now - before)
        share = Fraction(claim.bounds[0]) * abs(before)
        allowed = [share, *(_minor(each, 0, test.currency) for each in claim.bounds[1:])]
        if by == 0 or by < max(allowed):
            return
        whose = figure.name if figure.kind is FigureKind.CONSUMER else ""
        causes = [
            (cause, name)
            for cause in test.causes
            for name in cause.consumers or ("",)
            if span.holds(cause.span) and name in ("", whose)
        ]
        used.update(causes)
        if causes:
            return
        change = shown(now - before, test.currency, sign=True)
        limit = claim.text.removeprefix(claim.relation.value).strip()
        what = f"{figure} in {span.words}: expected to move by less than {limit}, got {change}"
        relative = f", {_percent(now - before, abs(before), sign=True)}" if before else ""
        detail = f"from {shown(before, test.currency)} to {shown(now, test.currency)}{relative}"
        yield Finding(place, what, "if that is meant, name the cause under  unless:", (detail,))


def _idle(cause: Cause, used: set[tuple[Cause, str]]) -> Iterator[Finding]:
    """Find what a cause names and does not excuse: left there, it would hide the next move."""
    for name in cause.consumers or ("",):
        if (cause, name) not in used:
            moved = f"consumer {name} did not move" if name else "nothing moved"
            what = f"{moved} that far in {cause.span}: this cause excuses nothing"
            yield Finding(cause.place, what, "take it out")


def _minor(bound: Decimal | Fraction, whole: int, currency: str) -> Fraction:
    """Give a bound in minor units: an amount, or a share of a whole."""
    if isinstance(bound, Decimal):
        return Fraction(bound) * Fraction(10 ** digits(currency))
    return bound * whole


def _within(relation: Relation, got: int, bounds: list[Fraction]) -> bool:
    if relation is Relation.LESS:
        return got < bounds[0]
    if relation is Relation.MORE:
        return got > bounds[0]
    return bounds[0] <= got <= bounds[-1]


def _percent(part: int, whole: int, *, sign: bool = False) -> str:
    """Give a part in percent of a whole, to a hundredth; for reading only."""
    if not whole:
        return "no share"
    value = Decimal(round(Fraction(part, whole) * 10_000)).scaleb(-2)
    return f"{value:+,f} %" if sign else f"{value:,f} %"

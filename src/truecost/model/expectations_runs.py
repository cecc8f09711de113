"""Entries about the latest run, made into tests."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from truecost.model.entries import plain
from truecost.model.expectations import Cause, Figure, FigureKind, Relation, RunTest
from truecost.model.names import suggestion
from truecost.model.tree import Text
from truecost.model.types import Class, Kind

if TYPE_CHECKING:
    from truecost.model.expectations_words import Words
    from truecost.model.schema.expectation import CauseShape, RunTestShape

_BARE = {
    kind.value: kind
    for kind in (
        FigureKind.LEDGER, FigureKind.STATEMENTS, FigureKind.UNALLOCATED, FigureKind.EVERY_BILL,
    )
}  # fmt: skip
_FIGURES = "ledger, consumer x, service x, tower X / Y, class x, remainder NAME and others"


class RunEntries:
    """Makes tests of the figures of a run."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def test(self, shape: RunTestShape) -> RunTest:
        """Make a test."""
        currency = str(shape.currency or self._words.model.currency)
        if not shape.expect:
            self._words.note(shape.place, "this test expects nothing", "write expect: and a figure")
        claims = []
        for text, claim in shape.expect.items():
            figure = self._figure(text)
            for bound in claim.bounds:
                if isinstance(bound, Decimal):
                    self._words.minor(text, bound, currency)
            if figure is not None:
                claims.append((text.place, figure, claim))
        if shape.unless and all(c.relation is not Relation.MOVES for c in shape.expect.values()):
            what = "nothing here is said not to move, so unless excuses nothing"
            self._words.note(shape.unless[0].place, what, "take unless out")
        causes = tuple(self._cause(cause) for cause in shape.unless)
        return RunTest(
            shape.place,
            str(shape.name),
            shape.span,
            currency,
            tuple(claims),
            causes,
        )

    def _cause(self, shape: CauseShape) -> Cause:
        named = [shape.consumer] if isinstance(shape.consumer, Text) else shape.consumer or []
        consumers = [str(text) for text in named if self._words.refer.name(Kind.CONSUMER, text)]
        return Cause(shape.place, shape.span, plain(shape.because), tuple(consumers))

    def _figure(self, text: Text) -> Figure | None:
        if text in _BARE:
            return Figure(_BARE[text])
        word, _, rest = text.partition(" ")
        name = Text(rest.strip(), text.place)
        known: bool | None = None
        if word in (Kind.CONSUMER, Kind.SERVICE, Kind.TOWER, FigureKind.POOL) and name:
            known = self._words.refer.name(word, name) is not None
        elif word == FigureKind.CLASS and name:
            known = self._words.known(name, [each.value for each in Class], "a class")
        elif word == FigureKind.REMAINDER and name:
            # what could not be allocated is named "cost object: reason"
            known = ": " in name or self._words.known(name, self._words.apart(), "kept apart")
        elif word == FigureKind.IGNORED and name:
            known = self._words.known(name, self._words.ignored(), "a reason to ignore")
        if known is not None:
            return Figure(FigureKind(word), str(name)) if known else None
        ids = [service.id for service in self._words.model.services]
        ids += [consumer.id for consumer in self._words.model.consumers]
        if text in ids or word in (Kind.SERVICE, Kind.CONSUMER, Kind.TOWER):
            object_ = self._words.refer.cost_object(text)
            return Figure(FigureKind(object_.kind), object_.id) if object_ else None
        hint = suggestion(text, (*_BARE, *ids)) or f"figures: {_FIGURES}"
        self._words.note(text.place, f'"{text}" is not a figure of a run', hint)
        return None

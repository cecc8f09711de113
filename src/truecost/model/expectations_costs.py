"""Entries that give costs, made into tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.model.entries import plain
from truecost.model.expectations import CostTest, Expected, Given
from truecost.model.types import Class, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from truecost.model.expectations_words import Words
    from truecost.model.schema.expectation import CostTestShape
    from truecost.model.tree import Text

#: What is expected of all consumers that an expectation does not name.
OTHERS = "others"
#: Where a cost lands on a consumer without passing through a service.
DIRECTLY = "directly"


class CostEntries:
    """Makes tests of what given costs come to."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def test(self, shape: CostTestShape) -> CostTest:
        """Make a test."""
        given = shape.given
        currency = str(given.currency or self._words.model.currency)
        if not given.costs:
            self._words.note(
                given.place, "costs names nothing", "write at least one tower or service"
            )
        if shape.error is None and shape.expect is None:
            what = "this test expects nothing"
            self._words.note(shape.place, what, "write expect: and what consumers are charged")
        if shape.error is not None and (shape.expect is not None or shape.remainders):
            what = "a refusal leaves no amounts to expect"
            self._words.note(shape.error.place, what, "keep error, or expect")
        costs = tuple(
            made
            for text, amounts in given.costs.items()
            if (made := self._given(text, amounts, currency)) is not None
        )
        drivers = {}
        for name, quantities in given.drivers.items():
            if self._words.refer.name("driver", name):
                objects = {self._words.refer.leaf(text): each for text, each in quantities.items()}
                drivers[str(name)] = {o: each for o, each in objects.items() if o is not None}
        return CostTest(
            shape.place,
            str(shape.name),
            given.period,
            currency,
            costs,
            drivers,
            tuple(self._expected(shape.expect or {}, currency)),
            tuple(
                (name.place, str(name), self._words.minor(name, amount, currency))
                for name, amount in shape.remainders.items()
            ),
            plain(shape.error) or None,
            shape.error.place if shape.error else None,
        )

    def _given(
        self, text: Text, amounts: Decimal | dict[Class, Decimal], currency: str
    ) -> Given | None:
        object_ = self._words.refer.leaf(text)
        if not isinstance(amounts, dict):
            amounts = {self._words.model.default_class or Class.RUN: amounts}
        minor = {cls: self._words.minor(text, amount, currency) for cls, amount in amounts.items()}
        return Given(object_, minor) if object_ else None

    def _expected(
        self, expect: dict[Text, Decimal | dict[Text, Decimal]], currency: str
    ) -> Iterable[Expected]:
        for text, amount in expect.items():
            object_ = None if text == OTHERS else self._words.refer.cost_object(text, [OTHERS])
            if object_ is None and text != OTHERS:
                continue
            if not isinstance(amount, dict):
                yield Expected(text.place, object_, self._words.minor(text, amount, currency))
                continue
            if object_ is None or object_.kind is not Kind.CONSUMER:
                what = "only a consumer's bill has lines by service"
                self._words.note(text.place, what, "write one amount here")
                continue
            for line, part in amount.items():
                named = (
                    None if line == DIRECTLY else self._words.refer.cost_object(line, [DIRECTLY])
                )
                if named is not None or line == DIRECTLY:
                    minor = self._words.minor(line, part, currency)
                    yield Expected(line.place, object_, minor, str(named) if named else "")

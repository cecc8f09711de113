"""Entries that give ledger lines, made into tests."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from truecost.model.columns import NOT_TEXT
from truecost.model.entries import plain
from truecost.model.expectations import Becomes, GivenLine, LineTest
from truecost.model.focus.layout import SHORT
from truecost.model.names import suggestion
from truecost.model.reading import read
from truecost.model.resolve import columns_of
from truecost.model.schema.expectation import Signed
from truecost.model.types import Kind
from truecost.rules.errors import PredicateError
from truecost.rules.expression import parse_expression

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from truecost.kernel.findings import Place
    from truecost.model.expectations_words import Words
    from truecost.model.schema.expectation import BecomesShape, LineTestShape
    from truecost.model.source_types import Cleaning, Source
    from truecost.model.tree import Text

_NUMBERS = ("amount", "quantity")


class LineEntries:
    """Makes tests of what given ledger lines become."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def test(self, shape: LineTestShape) -> LineTest | None:
        """Make a test; None where its source is not known."""
        given = shape.given
        if not given.lines:
            self._words.note(given.place, "lines names nothing", "write at least one ledger line")
        source = self._source(given.source, given.place)
        becomes = tuple(self._becomes(shape.expect))
        if not shape.expect.model_fields_set:
            known = "pool, to, class, consumer, keep_apart, ignore or recognise"
            self._words.note(shape.expect.place, "this test expects nothing", f"write {known}")
        if source is None:
            return None
        lines = tuple(
            line
            for texts in given.lines
            if (line := self._line(texts, source, given.place)) is not None
        )
        return LineTest(shape.place, str(shape.name), given.period, source, lines, becomes)

    def _source(self, name: Text | None, place: Place) -> Source | None:
        sources = {source.name: source for source in self._words.model.sources}
        if name is None and len(sources) > 1:
            hint = f"write source: and one of {', '.join(sources)}"
            self._words.note(place, "this workspace has several sources", hint)
            return None
        if name is None:
            return next(iter(sources.values()))
        return sources[str(name)] if self._words.refer.name("source", name) else None

    def _line(self, words: dict[Text, Text], source: Source, place: Place) -> GivenLine | None:
        columns = columns_of(source)
        read_columns = {name for layout in source.layouts for name in layout.columns}
        texts: dict[str, str] = {}
        numbers = dict.fromkeys(_NUMBERS, Decimal(1))
        for name, value in words.items():
            if name in _NUMBERS:
                number = self._number(value)
                if number is None:
                    return None
                numbers[str(name)] = number
            elif name in NOT_TEXT or name not in columns:
                hint = suggestion(name, (*columns, *_NUMBERS))
                self._words.note(name.place, f'source "{source.name}" has no column "{name}"', hint)
            elif read_columns and name not in read_columns:
                self._words.note(name.place, *_made(str(name), source, read_columns))
            else:
                texts[str(name)] = str(value)
        return GivenLine(next((name.place for name in words), place), texts, **numbers)

    def _number(self, value: Text) -> Decimal | None:
        read_as: type[Decimal] = Signed
        return read(read_as, value, value.place, self._words.found)

    def _becomes(self, shape: BecomesShape) -> Iterable[Becomes]:
        if shape.pool and self._words.refer.name("pool", shape.pool):
            yield Becomes(shape.pool.place, "pool", str(shape.pool))
        if shape.to and (to := self._words.refer.leaf(shape.to)):
            yield Becomes(shape.to.place, "to", str(to))
        if shape.cls:
            yield Becomes(shape.place_of("class"), "class", shape.cls.value)
        if shape.consumer and self._words.refer.name(Kind.CONSUMER, shape.consumer):
            yield Becomes(shape.consumer.place, "consumer", str(shape.consumer))
        if shape.keep_apart and self._words.known(
            shape.keep_apart, self._words.apart(), "kept apart"
        ):
            yield Becomes(shape.keep_apart.place, "keep_apart", plain(shape.keep_apart))
        if shape.ignore and self._words.known(
            shape.ignore, self._words.ignored(), "a reason to ignore"
        ):
            yield Becomes(shape.ignore.place, "ignore", plain(shape.ignore))
        if shape.recognise:
            yield Becomes(shape.place_of("recognise"), "recognise", str(shape.recognise))


def _made(name: str, source: Source, read_columns: Collection[str]) -> tuple[str, str]:
    """Say what to write instead of a column that cleaning makes: the columns it is made of."""
    how = {cleaning.column: cleaning for cleaning in source.clean}
    of: dict[str, None] = {}
    _trace(name, how, read_columns, of)
    columns = columns_of(source)
    origins = " or ".join(sorted(of, key=columns.index))
    hint = f"give what it is made of: {origins}" if of else "give the columns that it is made of"
    if source.focus is not None and name in SHORT:
        return f'"{name}" is a short name that Truecost makes of columns of the bill', hint
    return f'column "{name}" is made by the cleaning of source "{source.name}"', hint


def _trace(
    name: str, how: Mapping[str, Cleaning], read_columns: Collection[str], of: dict[str, None]
) -> None:
    """Gather the columns of the files that a column goes back to."""
    if name in read_columns:
        of[name] = None
        return
    cleaning = how.get(name)
    if cleaning is None or cleaning.expression is None:
        return
    others = {one: each for one, each in how.items() if one != name}
    known = (*read_columns, *others)
    try:
        columns = parse_expression(cleaning.expression, known).columns
    except PredicateError:
        return
    for column in columns:
        _trace(column, others, read_columns, of)

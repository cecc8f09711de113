"""The files of `tests/` made into expectations, or everything that is wrong with them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from truecost.kernel.findings import Finding, Place
from truecost.kernel.money import digits, to_minor
from truecost.model import files
from truecost.model.columns import NOT_TEXT
from truecost.model.draft import Draft
from truecost.model.entries import plain
from truecost.model.expectations import (
    Becomes,
    Cause,
    CostTest,
    Expected,
    Figure,
    FigureKind,
    Given,
    GivenLine,
    LineTest,
    Relation,
    RunTest,
    Test,
)
from truecost.model.names import Names, suggestion
from truecost.model.reading import read
from truecost.model.references import References
from truecost.model.resolve import columns_of
from truecost.model.schema.expectation import (
    COSTS,
    LINES,
    CostTestShape,
    LineTestShape,
    RunTestShape,
    Signed,
    kind_of_test,
)
from truecost.model.schema.words import kind_of
from truecost.model.tree import Items, Table, Text
from truecost.model.types import Class, Kind
from truecost.model.yaml import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from truecost.model.schema.expectation import BecomesShape, CauseShape
    from truecost.model.types import Model, Source

#: What is expected of all consumers that an expectation does not name.
OTHERS = "others"
#: Where a cost lands on a consumer without passing through a service.
DIRECTLY = "directly"
_NUMBERS = ("amount", "quantity")
_BARE = {
    kind.value: kind
    for kind in (
        FigureKind.LEDGER, FigureKind.STATEMENTS, FigureKind.UNALLOCATED, FigureKind.EVERY_BILL,
    )
}  # fmt: skip
_FIGURES = "ledger, consumer x, service x, tower X / Y, class x, remainder NAME and others"


def expectation_files(folder: Path) -> list[Path]:
    """Give the files of tests that a workspace has, by name."""
    return sorted(folder.glob(files.TESTS))


def read_expectations(
    model: Model, paths: Iterable[Path]
) -> tuple[tuple[Test, ...], tuple[Finding, ...]]:
    """Read files of tests against the model that they are about: the tests, and all findings.

    Tests stand in the order of the files. One with a fault leaves the others whole.
    """
    found: list[Finding] = []
    tests: list[Test] = []
    for path in paths:
        name = _named(path, model.folder)
        try:
            data = path.read_bytes()
        except OSError as error:
            found.append(Finding(Place(name), f"this file can't be read: {error.strerror}"))
            continue
        tests += parse_expectations(model, data, name, found)
    return tuple(tests), tuple(sorted(found, key=_position))


def _position(finding: Finding) -> tuple[str, int, int]:
    place = finding.place or Place("")
    return (place.file, place.line, place.column)


def parse_expectations(model: Model, data: bytes, file: str, found: list[Finding]) -> list[Test]:
    """Read one file of tests; `file` names it in places. Faults are added to `found`."""
    parsed = parse(data, file)
    found.extend(parsed.findings)
    if parsed.root is None:
        return []
    if not isinstance(parsed.root, Items):
        what = f"{kind_of(parsed.root)} is not a list"
        found.append(Finding(parsed.root.place, what, 'begin each test with "- name: "'))
        return []
    reader = _Reader(model, found)
    return [test for node in parsed.root if (test := reader.test(node)) is not None]


def _named(path: Path, folder: Path) -> str:
    """Name a file from the workspace, if it lies there."""
    whole, home = path.resolve(), folder.resolve()
    return whole.relative_to(home).as_posix() if whole.is_relative_to(home) else str(path)


def _names(model: Model) -> Draft:
    """Give what a model declares, as `References` looks it up."""

    def names(known: Iterable[str]) -> Names:
        return Names(dict.fromkeys(known, Place("")))

    return Draft(
        source_names=names(source.name for source in model.sources),
        tower_names=names(model.towers),
        pool_names=names(model.pools),
        service_names=names(service.id for service in model.services),
        consumer_names=names(consumer.id for consumer in model.consumers),
        driver_names=names(driver.name for driver in model.drivers),
        parents={consumer.id: consumer.parent for consumer in model.consumers},
    )


class _Reader:
    """Makes tests of the entries of one file; `found` collects what is wrong with them."""

    def __init__(self, model: Model, found: list[Finding]) -> None:
        self._model = model
        self._found = found
        self._refer = References(_names(model), found)
        self._seen: dict[str, Place] = {}

    def test(self, node: Text | Items | Table) -> Test | None:
        """Make one test, None where it has a fault."""
        told = len(self._found)
        kind = kind_of_test(node)
        made: Test | None = None
        if kind == COSTS:
            costs = read(CostTestShape, node, node.place, self._found)
            made = self._costs(costs) if costs else None
        elif kind == LINES:
            lines = read(LineTestShape, node, node.place, self._found)
            made = self._lines(lines) if lines else None
        else:
            run = read(RunTestShape, node, node.place, self._found)
            made = self._run(run) if run else None
        if made is not None:
            first = self._seen.setdefault(made.name, made.place)
            if first is not made.place:
                what = f'two tests are called "{made.name}", the first in line {first.line}'
                self._note(made.place, what, "give one of the two another name")
        return made if told == len(self._found) else None

    def _costs(self, shape: CostTestShape) -> Test:
        given = shape.given
        currency = str(given.currency or self._model.currency)
        if not given.costs:
            self._note(given.place, "costs names nothing", "write at least one tower or service")
        if shape.error is None and shape.expect is None:
            what = "this test expects nothing"
            self._note(shape.place, what, "write expect: and what consumers are charged")
        if shape.error is not None and (shape.expect is not None or shape.remainders):
            what = "a refusal leaves no amounts to expect"
            self._note(shape.error.place, what, "keep error, or expect")
        costs = tuple(
            made
            for text, amounts in given.costs.items()
            if (made := self._given(text, amounts, currency)) is not None
        )
        drivers = {}
        for name, quantities in given.drivers.items():
            if self._refer.name("driver", name):
                objects = {self._refer.leaf(text): each for text, each in quantities.items()}
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
                (name.place, str(name), self._minor(name, amount, currency))
                for name, amount in shape.remainders.items()
            ),
            plain(shape.error) or None,
            shape.error.place if shape.error else None,
        )

    def _given(
        self, text: Text, amounts: Decimal | dict[Class, Decimal], currency: str
    ) -> Given | None:
        object_ = self._refer.leaf(text)
        if not isinstance(amounts, dict):
            amounts = {self._model.default_class or Class.RUN: amounts}
        minor = {cls: self._minor(text, amount, currency) for cls, amount in amounts.items()}
        return Given(object_, minor) if object_ else None

    def _expected(
        self, expect: dict[Text, Decimal | dict[Text, Decimal]], currency: str
    ) -> Iterable[Expected]:
        for text, amount in expect.items():
            object_ = None if text == OTHERS else self._refer.cost_object(text, [OTHERS])
            if object_ is None and text != OTHERS:
                continue
            if not isinstance(amount, dict):
                yield Expected(text.place, object_, self._minor(text, amount, currency))
                continue
            if object_ is None or object_.kind is not Kind.CONSUMER:
                what = "only a consumer's bill has lines by service"
                self._note(text.place, what, "write one amount here")
                continue
            for line, part in amount.items():
                named = None if line == DIRECTLY else self._refer.cost_object(line, [DIRECTLY])
                if named is not None or line == DIRECTLY:
                    minor = self._minor(line, part, currency)
                    yield Expected(line.place, object_, minor, str(named) if named else "")

    def _lines(self, shape: LineTestShape) -> Test | None:
        given = shape.given
        if not given.lines:
            self._note(given.place, "lines names nothing", "write at least one ledger line")
        source = self._source(given.source, given.place)
        becomes = tuple(self._becomes(shape.expect))
        if not shape.expect.model_fields_set:
            known = "pool, to, class, consumer, keep_apart or ignore"
            self._note(shape.expect.place, "this test expects nothing", f"write {known}")
        if source is None:
            return None
        lines = tuple(
            line
            for texts in given.lines
            if (line := self._line(texts, source, given.place)) is not None
        )
        return LineTest(shape.place, str(shape.name), given.period, source, lines, becomes)

    def _source(self, name: Text | None, place: Place) -> Source | None:
        sources = {source.name: source for source in self._model.sources}
        if name is None and len(sources) > 1:
            hint = f"write source: and one of {', '.join(sources)}"
            self._note(place, "this workspace has several sources", hint)
            return None
        if name is None:
            return next(iter(sources.values()))
        return sources[str(name)] if self._refer.name("source", name) else None

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
                self._note(name.place, f'source "{source.name}" has no column "{name}"', hint)
            elif read_columns and name not in read_columns:
                what = f'column "{name}" is made by the cleaning of source "{source.name}"'
                self._note(name.place, what, "give the columns that it is made of")
            else:
                texts[str(name)] = str(value)
        return GivenLine(next((name.place for name in words), place), texts, **numbers)

    def _number(self, value: Text) -> Decimal | None:
        read_as: type[Decimal] = Signed
        return read(read_as, value, value.place, self._found)

    def _becomes(self, shape: BecomesShape) -> Iterable[Becomes]:
        if shape.pool and self._refer.name("pool", shape.pool):
            yield Becomes(shape.pool.place, "pool", str(shape.pool))
        if shape.to and (to := self._refer.leaf(shape.to)):
            yield Becomes(shape.to.place, "to", str(to))
        if shape.cls:
            yield Becomes(shape.place_of("class"), "class", shape.cls.value)
        if shape.consumer and self._refer.name(Kind.CONSUMER, shape.consumer):
            yield Becomes(shape.consumer.place, "consumer", str(shape.consumer))
        if shape.keep_apart and self._known(shape.keep_apart, self._apart(), "kept apart"):
            yield Becomes(shape.keep_apart.place, "keep_apart", plain(shape.keep_apart))
        if shape.ignore and self._known(shape.ignore, self._ignored(), "a reason to ignore"):
            yield Becomes(shape.ignore.place, "ignore", plain(shape.ignore))

    def _run(self, shape: RunTestShape) -> Test:
        currency = str(shape.currency or self._model.currency)
        if not shape.expect:
            self._note(shape.place, "this test expects nothing", "write expect: and a figure")
        claims = []
        for text, claim in shape.expect.items():
            figure = self._figure(text)
            for bound in claim.bounds:
                if isinstance(bound, Decimal):
                    self._minor(text, bound, currency)
            if figure is not None:
                claims.append((text.place, figure, claim))
        if shape.unless and all(c.relation is not Relation.MOVES for c in shape.expect.values()):
            what = "nothing here is said not to move, so unless excuses nothing"
            self._note(shape.unless[0].place, what, "take unless out")
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
        consumers = [str(text) for text in named if self._refer.name(Kind.CONSUMER, text)]
        return Cause(shape.place, shape.span, plain(shape.because), tuple(consumers))

    def _figure(self, text: Text) -> Figure | None:
        if text in _BARE:
            return Figure(_BARE[text])
        word, _, rest = text.partition(" ")
        name = Text(rest.strip(), text.place)
        known: bool | None = None
        if word in (Kind.CONSUMER, Kind.SERVICE, Kind.TOWER, FigureKind.POOL) and name:
            known = self._refer.name(word, name) is not None
        elif word == FigureKind.CLASS and name:
            known = self._known(name, [each.value for each in Class], "a class")
        elif word == FigureKind.REMAINDER and name:
            # what could not be allocated is named "cost object: reason"
            known = ": " in name or self._known(name, self._apart(), "kept apart")
        elif word == FigureKind.IGNORED and name:
            known = self._known(name, self._ignored(), "a reason to ignore")
        if known is not None:
            return Figure(FigureKind(word), str(name)) if known else None
        ids = [service.id for service in self._model.services]
        ids += [consumer.id for consumer in self._model.consumers]
        if text in ids or word in (Kind.SERVICE, Kind.CONSUMER, Kind.TOWER):
            object_ = self._refer.cost_object(text)
            return Figure(FigureKind(object_.kind), object_.id) if object_ else None
        hint = suggestion(text, (*_BARE, *ids)) or f"figures: {_FIGURES}"
        self._note(text.place, f'"{text}" is not a figure of a run', hint)
        return None

    def _apart(self) -> list[str]:
        rules = (*self._model.accounts, *self._model.cost_centres)
        return list(dict.fromkeys(rule.keep_apart for rule in rules if rule.keep_apart))

    def _ignored(self) -> list[str]:
        rules = (*self._model.accounts, *self._model.cost_centres)
        return list(dict.fromkeys(rule.ignore for rule in rules if rule.ignore))

    def _known(self, text: Text, known: Sequence[str], what: str) -> bool:
        if text in known:
            return True
        hint = suggestion(text, known) or "no rule of model/ says it"
        self._note(text.place, f'"{text}" is not {what}', hint)
        return False

    def _minor(self, text: Text, amount: Decimal, currency: str) -> int:
        if amount % Decimal(1).scaleb(-digits(currency)):
            what = f"{amount} is less exact than {currency} can be paid"
            self._note(text.place, what, f"write at most {digits(currency)} decimals")
        return to_minor(amount, currency)

    def _note(self, place: Place, what: str, hint: str) -> None:
        self._found.append(Finding(place, what, hint))

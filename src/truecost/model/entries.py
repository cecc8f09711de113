"""Entries of a draft made into the frozen words of the model; what can't be is a finding."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from truecost.kernel.findings import Finding, Severity
from truecost.kernel.periods import ALWAYS, Validity
from truecost.model.bill import focus_of
from truecost.model.charging import Charging, Treatment
from truecost.model.focus import cleanings as bill_cleanings
from truecost.model.focus import layout as bill_layout
from truecost.model.origin import database_of
from truecost.model.registers import own_name, register_of
from truecost.model.source_types import Cleaning, Layout, Rejects, Source
from truecost.model.tree import Text
from truecost.model.types import Consumer, Driver, MappingRule, Service

if TYPE_CHECKING:
    from truecost.kernel.findings import Place
    from truecost.model.draft import Entry
    from truecost.model.references import References
    from truecost.model.schema.allocation import DriverShape
    from truecost.model.schema.catalogue import ConsumerShape, ServiceShape
    from truecost.model.schema.mapping import AccountShape, CostCentreShape
    from truecost.model.schema.workspace import PeriodsShape, SourceShape, ValidShape

OWN_CONSUMER = "own consumer"
_OF_FILE = ("file", "column", "equation", "rates")
_MEASURED = ("source", "measure")
_OF_SOURCE = (*_MEASURED, "where", "over")


class Entries:
    """Makes entries of the model, one kind each; `found` collects what is wrong with them."""

    def __init__(self, references: References, found: list[Finding]) -> None:
        self._refer = references
        self._found = found

    def source(self, entry: Entry[SourceShape]) -> Source:
        """Make a source."""
        shape = entry.shape
        held = shape.rejects
        focus = focus_of(shape)
        layouts = tuple(
            _layout(columns, entry.place, shape.kind) for columns in shape.layouts or ()
        )
        return Source(
            entry.place,
            entry.id,
            *_files(shape),
            layouts=(bill_layout(focus, entry.place),) if focus else layouts,
            basis=shape.basis or "",
            basis_note=plain(shape.basis_note),
            encoding=shape.encoding,
            delimiter=shape.delimiter,
            sheet=plain(shape.sheet),
            decimal_comma=shape.decimal_comma,
            three_decimals=shape.three_decimals,
            costs_are_negative=shape.sign,
            date_order=shape.date_order,
            currency=plain(shape.currency) or None,
            clean=(
                *(bill_cleanings(focus, entry.place) if focus else ()),
                *(_cleaning(column, how) for column, how in shape.clean.items()),
            ),
            distinct=shape.distinct,
            rejects=Rejects(held.hold_up_to, held.unreadable) if held else Rejects(),
            focus=focus,
            database=database_of(shape),
            register=register_of(shape),
            beside_ledger=plain(shape.beside_ledger),
            identity=shape.identity,
        )

    def service(self, entry: Entry[ServiceShape]) -> Service:
        """Make a service."""
        shape = entry.shape
        if shape.behaviour.step_size is not None and shape.unit is None:
            what = f'service "{entry.id}" has a cost in steps, but no unit to count them in'
            hint = "say what is counted, as in unit: device"
            self._found.append(Finding(entry.place, what, hint, severity=Severity.WARNING))
        return Service(
            entry.place,
            entry.id,
            str(shape.name),
            owner=plain(shape.owner),
            tower=self._refer.name("tower", shape.tower) if shape.tower else None,
            unit=plain(shape.unit) or None,
            behaviour=shape.behaviour,
            description=plain(shape.description),
            charging=self._charging(entry),
            valid=self.valid(shape.valid),
        )

    def _charging(self, entry: Entry[ServiceShape]) -> tuple[Charging, ...]:
        """Make what a service says of charging; nothing where it is simply charged."""
        said = entry.shape.charging
        if isinstance(said, Treatment):
            return () if said is Treatment.CHARGE else (Charging(entry.place, said),)
        made = []
        for each in said if isinstance(said, list) else [said]:
            funder = self._refer.consumer(each.funded_by) if each.funded_by else None
            if each.funded_by and each.how is not Treatment.CENTRAL:
                what = f"what is written as {each.how} is funded by nobody"
                self._note(each.funded_by.place, what, "write how: central, or take funded_by out")
            made.append(Charging(each.place, each.how, funder, self.valid(each.valid)))
        for one, other in combinations(made, 2):
            if one.valid.overlaps(other.valid):
                what = f'service "{entry.id}" is treated in two ways at the same time'
                hint = "give both a valid: that do not overlap"
                self._note(other.place, what, hint, f"the other begins in line {one.place.line}")
        return tuple(made)

    def consumer(self, entry: Entry[ConsumerShape]) -> Consumer:
        """Make a consumer."""
        shape = entry.shape
        if shape.where is not None and entry.id in self._refer.branches:
            what = f'consumer "{entry.id}" is a sum of others and can\'t have lines of its own'
            self._note(shape.where.place, what, "give the condition to one of its consumers")
        return Consumer(
            entry.place,
            entry.id,
            str(shape.name),
            entry.parent,
            where=plain(shape.where) or None,
            where_place=shape.where.place if shape.where else None,
            head=plain(shape.head),
            valid=self.valid(shape.valid),
        )

    def rule(self, entry: Entry[AccountShape] | Entry[CostCentreShape]) -> MappingRule:
        """Make a mapping rule."""
        shape = entry.shape
        pool: Text | None = getattr(shape, "pool", None)
        self._outcome(entry, "pool" if hasattr(shape, "pool") else "to")
        own = shape.to == OWN_CONSUMER
        return MappingRule(
            entry.place,
            str(shape.name),
            plain(shape.where),
            shape.where.place,
            pool=self._refer.name("pool", pool) if pool else None,
            to=self._refer.leaf(shape.to, [OWN_CONSUMER]) if shape.to and not own else None,
            own_consumer=own,
            cls=shape.cls,
            ignore=plain(shape.ignore) or None,
            keep_apart=plain(shape.keep_apart) or None,
            one_off=shape.one_off,
            recognise=shape.recognise,
            depreciation_of=plain(getattr(shape, "depreciation_of", None)),
            valid=self.valid(shape.valid),
        )

    def driver(self, entry: Entry[DriverShape]) -> Driver:
        """Make a driver."""
        shape = entry.shape
        self._one_origin(entry)
        return Driver(
            entry.place,
            entry.id,
            str(shape.unit),
            file=plain(shape.file) or None,
            column=(plain(shape.column) or entry.id) if shape.file and not shape.equation else None,
            source=self._refer.name("source", shape.source) if shape.source else None,
            measure=plain(shape.measure) or None,
            measure_place=shape.measure.place if shape.measure else None,
            where=plain(shape.where) or None,
            where_place=shape.where.place if shape.where else None,
            months=shape.over or 1,
            stands_for=plain(shape.stands_for),
            shares_only=shape.show or shape.rates is not None,
            when_missing=shape.when_missing,
            valid=self.valid(shape.valid),
            equation=plain(shape.equation) or None,
            equation_place=shape.equation.place if shape.equation else None,
            add_up=shape.rows,
            rates=plain(shape.rates) or None,
        )

    def valid(self, shape: ValidShape | PeriodsShape) -> Validity:
        """Make a validity."""
        made = Validity(shape.begins, shape.to)
        if made.first and made.last and made.first > made.last:
            what = f"from {made.first} is after to {made.last}"
            self._note(shape.place, what, "both months are included; from is the earlier one")
            return ALWAYS
        return made

    def _outcome(self, entry: Entry[AccountShape] | Entry[CostCentreShape], needed: str) -> None:
        """Check that a mapping rule says exactly one thing about its lines."""
        shape = entry.shape
        said = [
            word
            for word, value in (
                ("pool", getattr(shape, "pool", None)),
                ("to", shape.to),
                ("class", shape.cls),
                ("keep_apart", shape.keep_apart),
                ("ignore", shape.ignore),
                ("recognise", shape.recognise),
            )
            if value is not None
        ]
        allowed = {"ignore": {"ignore"}, "keep_apart": {"keep_apart", "class", "recognise"}}
        for word in ("ignore", "keep_apart"):
            beside = [each for each in said if each not in allowed[word]]
            if word in said and beside:
                what = f'rule "{shape.name}" says {word} and also {", ".join(beside)}'
                self._note(entry.place, what, "keep one of the two")
                return
        if needed not in said and "ignore" not in said and "keep_apart" not in said:
            what = f'rule "{shape.name}" does not say what happens to its lines'
            self._note(entry.place, what, f"write {needed}, or keep_apart, or ignore")

    def _one_origin(self, entry: Entry[DriverShape]) -> None:
        """Check that a driver comes either from a file or from a source, and wholly so."""
        shape = entry.shape
        said = {word: getattr(shape, word) is not None for word in _OF_FILE + _OF_SOURCE}
        of_file = [word for word in _OF_FILE if said[word]]
        of_source = [word for word in _OF_SOURCE if said[word]]
        lacking = [word for word in (("file",) if of_file else _MEASURED) if not said[word]]
        if of_file and of_source:
            what = f'driver "{entry.id}" has {", ".join(of_file)} and also {", ".join(of_source)}'
        elif not of_file and not of_source:
            what = f'driver "{entry.id}" does not say where its values come from'
        elif lacking:
            what = f'driver "{entry.id}" has no {" and no ".join(lacking)}'
        else:
            self._one_way(entry)
            return
        self._note(entry.place, what, "a driver has a file, or source and measure")

    def _one_way(self, entry: Entry[DriverShape]) -> None:
        """Check that a driver's file is read in one way."""
        shape = entry.shape
        said = [word for word in ("column", "equation", "rates") if getattr(shape, word)]
        if shape.equation and len(said) > 1:
            beside = " and ".join(word for word in said if word != "equation")
            what = f'driver "{entry.id}" has an equation and also {beside}'
            self._note(entry.place, what, "keep one of the two")
        if shape.rows and not shape.equation:
            self._note(
                shape.place_of("rows"), "rows says nothing without an equation", "take it out"
            )

    def _note(self, place: Place, what: str, hint: str, *detail: str) -> None:
        self._found.append(Finding(place, what, hint, detail))


def plain(text: Text | None) -> str:
    """Give a text without its place, empty where there is none."""
    return text.strip() if text is not None else ""


def _files(shape: SourceShape) -> tuple[tuple[str, ...], Place]:
    """Give the patterns of files, and where they stand."""
    if not shape.files:
        return (), shape.place
    patterns = shape.files if isinstance(shape.files, list) else [shape.files]
    return tuple(map(str, patterns)), patterns[0].place


def _layout(columns: dict[Text, Text], place: Place, kind: str) -> Layout:
    """Make a layout; `?` after a header makes the column optional."""
    pairs = {
        own_name(str(name), kind): (header.removesuffix("?").rstrip(), header.endswith("?"))
        for name, header in columns.items()
    }
    return Layout(next((name.place for name in columns), place), pairs)


def _cleaning(column: Text, how: Text | dict[Text, Text]) -> Cleaning:
    if isinstance(how, Text):
        return Cleaning(how.place, str(column), expression=str(how))
    pairs = tuple((str(old), str(new)) for old, new in how.items())
    return Cleaning(column.place, str(column), replacements=pairs)

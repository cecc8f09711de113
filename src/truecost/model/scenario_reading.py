"""The files of `scenarios/` made into scenarios, or everything that is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.kernel.findings import Finding, ModelError, Place
from truecost.kernel.periods import ALWAYS, Validity
from truecost.model import files
from truecost.model.draft import Entry
from truecost.model.entries import plain
from truecost.model.expectations_words import Words
from truecost.model.moves import Moves
from truecost.model.names import suggestion
from truecost.model.reading import read
from truecost.model.scenario import (
    Change,
    CostChange,
    DriverChange,
    End,
    How,
    Leave,
    Merge,
    Offer,
    RateChange,
    Scenario,
)
from truecost.model.schema.scenario import (
    ALTOGETHER,
    EVERYTHING,
    CostChangeShape,
    DriverChangeShape,
    ScenarioFile,
)
from truecost.model.schema.word import kind_of
from truecost.model.tree import Table, Text
from truecost.model.yaml import parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from truecost.kernel.periods import Period
    from truecost.model.types import Allocation, CostObject, Model

_POOL = "pool "


def scenario_files(folder: Path) -> list[Path]:
    """Give the files of scenarios that a workspace has, by name."""
    return sorted(folder.glob(files.SCENARIOS))


def read_scenarios(model: Model, folder: Path, names: Sequence[str] = ()) -> tuple[Scenario, ...]:
    """Read the scenarios of a workspace against a model: those named, or all, by name.

    Raise ModelError with all findings of all files, and for a name that no file has.
    """
    paths = {path.stem: path for path in scenario_files(folder)}
    found: list[Finding] = []
    for name in names:
        if name not in paths:
            hint = suggestion(name, tuple(paths)) or f"write it: scenarios/{name}.yaml"
            found.append(Finding(None, f'there is no scenario "{name}"', hint))
    if not paths and not names:
        hint = "write one: scenarios/NAME.yaml"
        found.append(Finding(None, "this workspace has no scenarios", hint))
    made: list[Scenario] = []
    for name in dict.fromkeys(names) or paths:
        if name not in paths:
            continue
        place = f"scenarios/{name}.yaml"
        try:
            data = paths[name].read_bytes()
        except OSError as error:
            found.append(Finding(Place(place), f"this file can't be read: {error.strerror}"))
            continue
        scenario = parse_scenario(model, data, name, place, found)
        if scenario is not None:
            made.append(scenario)
    if found:
        raise ModelError(sorted(found, key=_position))
    return tuple(made)


def _position(finding: Finding) -> tuple[str, int, int]:
    place = finding.place or Place("")
    return (place.file, place.line, place.column)


def parse_scenario(
    model: Model, data: bytes, name: str, file: str, found: list[Finding]
) -> Scenario | None:
    """Read one scenario; `file` names it in places. Faults are added to `found`."""
    parsed = parse(data, file)
    found.extend(parsed.findings)
    if parsed.broken:
        return None
    root = parsed.root if parsed.root is not None else Table((), Place(file))
    if not isinstance(root, Table):
        found.append(Finding(root.place, f"{kind_of(root)} is not a table of keys"))
        return None
    told = len(found)
    shape = read(ScenarioFile, root, Place(file, 1), found, model.calendar)
    if shape is None:
        return None
    made = _Reader(model, found).scenario(shape, name, Place(file, 1, 1))
    return made if told == len(found) else None


class _Reader:
    """Makes a scenario of its shape; `found` collects what is wrong with it."""

    def __init__(self, model: Model, found: list[Finding]) -> None:
        self._model = model
        self._found = found
        self._words = Words(model, found)
        self._refer = self._words.refer
        self._leaves = {c.id for c in model.consumers} - {c.parent or "" for c in model.consumers}

    def scenario(self, shape: ScenarioFile, name: str, place: Place) -> Scenario:
        """Make a scenario."""
        leaves = tuple(self._leaving(shape))
        merges = tuple(self._merging(shape))
        self._once(leaves, merges)
        return Scenario(
            place,
            name,
            description=plain(shape.description),
            owner=plain(shape.owner),
            valid=self._valid(shape.begins, shape.to, shape.place_of("from")),
            drivers=tuple(self._drivers(shape)),
            costs=tuple(self._costs(shape)),
            rules=tuple(self._rules(shape)),
            leaves=leaves,
            merges=merges,
            ends=tuple(
                End(text.place, str(text)) for text in shape.ends if self._is("service", text)
            ),
            offers=tuple(self._offers(shape)),
            rates=tuple(self._rates(shape)),
            savings=shape.savings,
        )

    def _valid(self, first: Period | None, last: Period | None, place: Place) -> Validity:
        if first and last and first > last:
            what = f"from {first} is after to {last}"
            self._note(place, what, "both months are included; from is the earlier one")
            return ALWAYS
        return Validity(first, last)

    def _is(self, kind: str, text: Text) -> bool:
        return self._refer.name(kind, text) is not None

    def _drivers(self, shape: ScenarioFile) -> Iterator[DriverChange]:
        for driver, changes in shape.drivers.items():
            if not self._is("driver", driver):
                continue
            if isinstance(changes, Change):
                if changes.how is not How.SCALE:
                    what = f'"{changes.text}" can\'t be done to all quantities at once'
                    hint = "write a percentage or x 0.9, or name whose quantity it is"
                    self._note(driver.place, what, hint)
                yield DriverChange(driver.place, str(driver), None, changes)
                continue
            for text, said in changes.items():
                target = self._refer.target(text)
                change, valid = self._said(said)
                if target is not None:
                    yield DriverChange(text.place, str(driver), target, change, valid)

    def _said(self, said: Change | DriverChangeShape | CostChangeShape) -> tuple[Change, Validity]:
        if isinstance(said, Change):
            return said, ALWAYS
        return said.change, self._valid(said.begins, said.to, said.place_of("from"))

    def _costs(self, shape: ScenarioFile) -> Iterator[CostChange]:
        for text, said in shape.costs.items():
            change, valid = self._said(said)
            cls = said.cls if isinstance(said, CostChangeShape) else None
            if text.startswith(_POOL):
                pool = text.removeprefix(_POOL).strip()
                known = self._model.pools
                if pool not in known:
                    hint = suggestion(pool, known) or "define it in model/pools.yaml"
                    self._note(text.place, f'pool "{pool}" is not defined', hint)
                elif change.how is not How.SCALE:
                    what = f'"{change.text}" of a pool does not say where it goes'
                    hint = "write a percentage, or name the cost object that it enters"
                    self._note(text.place, what, hint)
                else:
                    yield CostChange(text.place, None, pool, change, cls, valid)
                continue
            object_ = self._refer.leaf(text)
            if object_ is not None:
                yield CostChange(text.place, object_, None, change, cls, valid)

    def _rules(self, shape: ScenarioFile) -> Iterator[Allocation]:
        moves = Moves(self._refer, self._model.currency, self._found)
        seen: dict[CostObject, Place] = {}
        for each in shape.rules:
            valid = self._valid(each.valid.begins, each.valid.to, each.valid.place)
            rule = moves.allocation(
                Entry("", each.place, each), valid, unallocated=self._model.unallocated
            )
            for source in rule.sources:
                if source in seen:
                    what = f"{source} has two rules here, the first in line {seen[source].line}"
                    self._note(each.place, what, "keep one of the two")
                seen[source] = each.place
            yield rule

    def _rates(self, shape: ScenarioFile) -> Iterator[RateChange]:
        known = tuple(dict.fromkeys(rate.name for rate in self._model.rates))
        for name, change in shape.rates.items():
            if name in known:
                yield RateChange(name.place, str(name), change)
            else:
                hint = suggestion(name, known) or "define it in model/rates.yaml"
                self._note(name.place, f'rate "{name}" is not defined', hint)

    def _leaving(self, shape: ScenarioFile) -> Iterator[Leave]:
        for consumer, said in shape.leaves.items():
            if not self._is("consumer", consumer):
                continue
            if isinstance(said, list):
                known = [str(text) for text in said if self._is("service", text)]
                if len(known) == len(said) and known:
                    yield Leave(consumer.place, str(consumer), tuple(known))
                elif not said:
                    self._note(consumer.place, "it leaves nothing", "name a service")
            elif said in (ALTOGETHER, EVERYTHING):
                yield Leave(consumer.place, str(consumer), altogether=said == ALTOGETHER)
            elif self._is("service", said):
                yield Leave(consumer.place, str(consumer), (str(said),))

    def _merging(self, shape: ScenarioFile) -> Iterator[Merge]:
        for consumer, into in shape.merge.items():
            both = [self._leaf(consumer), self._leaf(into)]
            if consumer == into:
                self._note(consumer.place, f'"{consumer}" can\'t become a part of itself', "")
            elif into in shape.merge:
                what = f'"{into}" becomes a part of another itself'
                self._note(into.place, what, f"write where it goes in the end: {shape.merge[into]}")
            elif all(both):
                yield Merge(consumer.place, str(consumer), str(into))

    def _leaf(self, text: Text) -> bool:
        if not self._is("consumer", text):
            return False
        if text in self._leaves:
            return True
        what = f'"{text}" is the sum of other consumers'
        self._note(text.place, what, "name consumers that are charged themselves")
        return False

    def _once(self, leaves: Sequence[Leave], merges: Sequence[Merge]) -> None:
        """Refuse consumers that are gone and still named."""
        gone = {each.consumer for each in leaves if each.altogether}
        for merge in merges:
            for name in (merge.consumer, merge.into):
                if name in gone:
                    self._note(merge.place, f'"{name}" leaves altogether', "keep one of the two")

    def _offers(self, shape: ScenarioFile) -> Iterator[Offer]:
        for service, prices in shape.offers.items():
            if not self._is("service", service):
                continue
            for consumer, price in prices.items():
                if self._leaf(consumer):
                    yield Offer(consumer.place, str(service), str(consumer), price)

    def _note(self, place: Place, what: str, hint: str) -> None:
        self._found.append(Finding(place, what, hint))

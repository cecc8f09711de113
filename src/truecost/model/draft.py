"""A workspace read entry by entry: what has types already, and which names are declared.

An entry with a fault leaves the others whole, and its name still counts as declared: one fault is
told once, not again wherever the name is used.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from truecost.kernel.calendars import CALENDAR_MONTHS
from truecost.kernel.findings import Finding, Place
from truecost.model import files
from truecost.model.calendars import calendar_of
from truecost.model.names import Names
from truecost.model.reading import read
from truecost.model.schema.allocation import AllocationsFile, AllocationShape, DriverShape
from truecost.model.schema.catalogue import ConsumerShape, NameShape, ServiceShape
from truecost.model.schema.charging import RatesFile, RateShape
from truecost.model.schema.charging_costs import ChargingCostsFile
from truecost.model.schema.journal import JournalFile
from truecost.model.schema.mapping import AccountShape, CostCentreShape
from truecost.model.schema.shape import Shape
from truecost.model.schema.word import kind_of
from truecost.model.schema.words import Id, Line
from truecost.model.schema.workspace import SourceShape, WorkspaceShape
from truecost.model.taxonomy import tbm
from truecost.model.tree import Items, Node, Table, Text

if TYPE_CHECKING:
    from pathlib import Path

    from truecost.kernel.calendars import Calendar
    from truecost.model.yaml import Parsed

S = TypeVar("S", bound=Shape)


@dataclass(frozen=True, slots=True)
class Entry(Generic[S]):
    """An entry as it stands in a file: `id` is its key, empty in a list."""

    id: str
    place: Place
    shape: S
    parent: str | None = None


@dataclass(slots=True)
class Draft:
    """All that could be read. `parents` holds every consumer id with the one it belongs to."""

    workspace: WorkspaceShape | None = None
    between: AllocationsFile | None = None
    charging: RatesFile | None = None
    journal: JournalFile | None = None
    charging_costs: ChargingCostsFile | None = None
    sources: list[Entry[SourceShape]] = field(default_factory=list)
    towers: list[Entry[NameShape]] = field(default_factory=list)
    pools: list[Entry[NameShape]] = field(default_factory=list)
    accounts: list[Entry[AccountShape]] = field(default_factory=list)
    cost_centres: list[Entry[CostCentreShape]] = field(default_factory=list)
    services: list[Entry[ServiceShape]] = field(default_factory=list)
    consumers: list[Entry[ConsumerShape]] = field(default_factory=list)
    drivers: list[Entry[DriverShape]] = field(default_factory=list)
    allocations: list[Entry[AllocationShape]] = field(default_factory=list)
    rates: list[Entry[RateShape]] = field(default_factory=list)
    source_names: Names = field(default_factory=Names)
    tower_names: Names = field(default_factory=Names)
    pool_names: Names = field(default_factory=Names)
    service_names: Names = field(default_factory=Names)
    consumer_names: Names = field(default_factory=Names)
    driver_names: Names = field(default_factory=Names)
    rate_names: Names = field(default_factory=Names)
    parents: dict[str, str | None] = field(default_factory=dict)
    calendar: Calendar | None = CALENDAR_MONTHS
    complete: bool = True


def draft(folder: Path, found: list[Finding]) -> Draft:
    """Read every entry of every file of a workspace. Faults are added to `found`."""
    reader = _Reader(files.read_files(folder, found), found)
    made = Draft()
    reader.workspace(made)
    reader.allocations(made)
    reader.rates(made)
    made.accounts = reader.listed(files.ACCOUNTS, AccountShape)
    made.cost_centres = reader.listed(files.COST_CENTRES, CostCentreShape)
    made.towers = reader.names(files.TOWERS, made.tower_names, tbm().towers)
    made.pools = reader.names(files.POOLS, made.pool_names, tbm().pools)
    made.services = reader.keyed(files.SERVICES, Id, ServiceShape, made.service_names)
    made.drivers = reader.keyed(files.DRIVERS, Line, DriverShape, made.driver_names)
    made.journal = reader.whole(files.JOURNAL, JournalFile)
    made.charging_costs = reader.whole(files.CHARGING_COSTS, ChargingCostsFile)
    tree = reader.table(files.CONSUMERS)
    made.consumer_names.known = tree is not None
    if tree is not None:
        reader.branch(tree, None, made)
    return made


class _Reader:
    """Gives types to the trees of the files, noting what has none."""

    def __init__(self, trees: dict[str, Parsed], found: list[Finding]) -> None:
        self.trees = trees
        self.found = found
        self.calendar: Calendar | None = CALENDAR_MONTHS

    def workspace(self, made: Draft) -> None:
        table = self.table(files.MAIN)
        if table is None:
            made.source_names.known = False
            return
        made.calendar = self.calendar = calendar_of(table.value("fiscal_year"), self.found)
        made.workspace = read(
            WorkspaceShape, table.emptied("sources"), table.place, self.found, self.calendar
        )
        sources = table.value("sources")
        if isinstance(sources, Table):
            if not sources:
                self.found.append(Finding(sources.place, "sources: no source stands here"))
            made.sources = self._keyed(sources, Id, SourceShape, made.source_names)
        else:
            made.source_names.known = False

    def allocations(self, made: Draft) -> None:
        if files.ALLOCATIONS not in self.trees:
            return
        table = self.table(files.ALLOCATIONS)
        if table is None:
            made.complete = False
            return
        hollow = table.emptied("rules")
        made.between = read(AllocationsFile, hollow, table.place, self.found, self.calendar)
        rules = table.value("rules")
        made.complete = isinstance(rules, Items)
        if isinstance(rules, Items):
            made.allocations = self._listed(rules, AllocationShape)
            made.complete = len(made.allocations) == len(rules)

    def rates(self, made: Draft) -> None:
        table = self.table(files.RATES) if files.RATES in self.trees else None
        made.rate_names.known = files.RATES not in self.trees or table is not None
        if not table:
            return
        hollow = table.emptied("rates")
        made.charging = read(RatesFile, hollow, table.place, self.found, self.calendar)
        rates = table.value("rates")
        made.rate_names.known = isinstance(rates, Table)
        if isinstance(rates, Table):
            made.rates = self._keyed(rates, Line, RateShape, made.rate_names)

    def table(self, name: str) -> Table | None:
        """Give the table that a file consists of; None where it can't be read."""
        root = self._root(name, Table((), Place(name)))
        if root is None or isinstance(root, Table):
            return root
        what = f"{kind_of(root)} is not a table of keys"
        self.found.append(Finding(root.place, what))
        return None

    def items(self, name: str) -> Items | None:
        """Give the list that a file consists of; None where it can't be read."""
        root = self._root(name, Items((), Place(name)))
        if root is None or isinstance(root, Items):
            return root
        hint = 'begin each entry with "- "'
        what = f"{kind_of(root)} is not a list"
        self.found.append(Finding(root.place, what, hint))
        return None

    def whole(self, name: str, shape: type[S]) -> S | None:
        """Read a file that is one table; None where it is not there or can't be read."""
        table = self.table(name) if name in self.trees else None
        if table is None:
            return None
        return read(shape, table, table.place, self.found, self.calendar)

    def listed(self, name: str, shape: type[S]) -> list[Entry[S]]:
        """Read a file that is a list of entries."""
        return self._listed(self.items(name) or Items((), Place(name)), shape)

    def names(self, name: str, names: Names, default: tuple[str, ...]) -> list[Entry[NameShape]]:
        """Read a file that is a list of names; without the file, those of the taxonomy hold."""
        if name not in self.trees:
            names.places = dict.fromkeys(default, Place(name))
            return []
        items = self.items(name)
        entries = self._listed(
            Items((_named(node) for node in items or ()), Place(name)), NameShape
        )
        names.known = items is not None and len(entries) == len(items)
        for entry in entries:
            name = entry.shape.name
            if name in names:
                self.found.append(Finding(name.place, f'"{name}" is here twice', "keep one"))
            names.places[str(name)] = name.place
        return entries

    def keyed(self, name: str, key: Any, shape: type[S], names: Names) -> list[Entry[S]]:
        """Read a file that is a table of entries."""
        table = self.table(name)
        names.known = table is not None
        return self._keyed(table, key, shape, names) if table else []

    def branch(self, table: Table, parent: str | None, made: Draft) -> None:
        """Read consumers and, below each, its own."""
        for key, node in table.items():
            inner = node.value("consumers") if isinstance(node, Table) else None
            hollow = node.emptied("consumers") if isinstance(node, Table) else node
            read(Id, key, key.place, self.found)
            shape = read(ConsumerShape, hollow, key.place, self.found, self.calendar)
            if self._declare(key, made.consumer_names):
                made.parents[str(key)] = parent
                if shape:
                    made.consumers.append(Entry(str(key), key.place, shape, parent))
            if isinstance(inner, Table):
                self.branch(inner, str(key), made)

    def _root(self, name: str, empty: Node) -> Node | None:
        """Give a file's tree: `empty` where there is none, None where it is broken."""
        parsed = self.trees.get(name)
        if parsed is not None and parsed.broken:
            return None
        return empty if parsed is None or parsed.root is None else parsed.root

    def _listed(self, items: Items, shape: type[S]) -> list[Entry[S]]:
        read_ones = (
            (node, read(shape, node, node.place, self.found, self.calendar)) for node in items
        )
        return [Entry("", node.place, made) for node, made in read_ones if made]

    def _keyed(self, table: Table, kind: Any, shape: type[S], names: Names) -> list[Entry[S]]:
        entries = []
        for key, node in table.items():
            read(kind, key, key.place, self.found)
            made = read(shape, node, key.place, self.found, self.calendar)
            if self._declare(key, names) and made:
                entries.append(Entry(str(key), key.place, made))
        return entries

    def _declare(self, key: Text, names: Names) -> bool:
        """Note a name. Two that differ in capitals only would be confused by people and disks."""
        same = names.declare(str(key), key.place)
        if same is None:
            return True
        place = names.places[same]
        where = f"line {place.line}" if place.file == key.place.file else str(place)
        what = f'"{key}" is here twice, first in {where}'
        if same != key:
            what = f'"{key}" differs from "{same}" in {where} by capitals only'
        self.found.append(Finding(key.place, what, "give one of the two another name"))
        return False


def _named(node: Node) -> Node:
    """Give the long form of an entry in a list of names."""
    return Table([(Text("name", node.place), node)], node.place) if isinstance(node, Text) else node

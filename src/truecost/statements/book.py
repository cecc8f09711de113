"""A run opened for reading: tables fetched once, cut by period, with the trees they freeze."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, runtime_checkable

import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz import process

from truecost.engine import tables
from truecost.kernel.calendars import Calendar
from truecost.kernel.findings import Finding, UsageError
from truecost.statements.safe import visible
from truecost.store import parquet

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence

    from truecost.kernel.periods import Period
    from truecost.store.runs import Store

_LISTED = 40
#: So many periods of a table are read alone; for more the whole table is read.
_FEW = 3
_LIKENESS = 60

Row = dict[str, Any]
T = TypeVar("T")


class Run(Protocol):
    """What a statement is drawn from: `truecost.store.runs.Run`, or anything like it."""

    @property
    def id(self) -> str:
        """The run's id: 16 hex digits."""

    @property
    def manifest(self) -> Mapping[str, Any]:
        """The run's manifest."""

    def table(self, name: str) -> Any:
        """Give one of the run's Arrow tables."""


@runtime_checkable
class Cut(Protocol):
    """A run that can read one period of a table without the others."""

    def part(
        self, name: str, period: int, columns: Sequence[str] | None = None, *, coded: bool = False
    ) -> Any:
        """Give the rows of one period (its index) of a table, texts as codes where asked."""

    def periods(self, name: str) -> Collection[int]:
        """Give the indexes of the periods of a table."""


@dataclass(frozen=True, slots=True)
class Node:
    """A consumer as the tree of one period has it."""

    id: str
    name: str
    parent: str
    head: str
    leaf: bool
    depth: int


class Tree:
    """The tree of consumers of one period, in the order of the model."""

    def __init__(self, nodes: Collection[Node]) -> None:
        self._nodes = {node.id: node for node in nodes}
        self._children: dict[str, list[str]] = {}
        for node in nodes:
            self._children.setdefault(node.parent, []).append(node.id)

    def __iter__(self) -> Iterator[Node]:
        """Give every consumer, a parent before its children."""
        return self.under("")

    def get(self, consumer: str) -> Node | None:
        """Give one consumer, or None."""
        return self._nodes.get(consumer)

    def under(self, consumer: str) -> Iterator[Node]:
        """Give a consumer and all below it; for `""`, all."""
        stack = [consumer] if consumer else self._children.get("", [])[::-1]
        while stack:
            node = self._nodes[stack.pop()]
            yield node
            stack.extend(self._children.get(node.id, [])[::-1])

    def path(self, consumer: str) -> tuple[Node, ...]:
        """Give the way from the root to a consumer, both included."""
        way: list[Node] = []
        node = self._nodes.get(consumer)
        while node and node not in way:
            way.append(node)
            node = self._nodes.get(node.parent)
        return tuple(reversed(way))


class Book:
    """A run with its tables at hand. It is itself `Run`-like, so it may be passed where one is."""

    def __init__(self, run: Run, store: Store | None = None) -> None:
        self.run = run
        self.store = store
        self.id = run.id
        self.manifest = run.manifest
        self._tables: dict[str, pa.Table] = {}
        self._parts: dict[tuple[str, Period], pa.Table] = {}
        self._slices: dict[tuple[str, Period], pa.Table] = {}
        self._trees: dict[Period, Tree] = {}
        self._known: dict[Hashable, Any] = {}

    @classmethod
    def of(cls, run: Run, store: Store | None = None) -> Book:
        """Open a run; a book stays as it is. Keep the book when you draw many statements.

        With the store that has it, statements can say by their parts why a bill changed.
        """
        return run if isinstance(run, cls) else cls(run, store)

    def table(self, name: str) -> pa.Table:
        """Give one of the run's tables, fetched once; of an older run, with what it lacks."""
        if name not in self._tables:
            self._tables[name] = tables.read(self.run, name)
        return self._tables[name]

    def slice(self, name: str, period: Period) -> pa.Table:
        """Give the rows of one period of a table."""
        key = (name, period)
        if key not in self._slices:
            self._slices[key] = plain(self._coded(name, period))
        return self._slices[key]

    def _coded(self, name: str, period: Period) -> pa.Table:
        """Give the rows of one period, texts as codes where they are read alone."""
        key = (name, period)
        if key in self._slices:
            return self._slices[key]
        if key not in self._parts:
            self._parts[key] = self._part(name, period)
        return self._parts[key]

    def _part(self, name: str, period: Period) -> pa.Table:
        there = name in self.manifest.get("tables", ())
        if there and name not in self._tables and isinstance(self.run, Cut):
            before = sum(known == name for known, _ in self._parts)
            if before < _FEW:
                return tables.completed(name, self.run.part(name, period.index, coded=True))
        table = self.table(name)
        return table.filter(pc.equal(table["period"], period.index))

    def texts(self, name: str, period: Period, column: str) -> frozenset[str]:
        """Give the texts that a column of a table has in a period."""
        return frozenset(self._coded(name, period)[column].unique().to_pylist())

    def said_in(
        self, name: str, period: Period, columns: Sequence[str]
    ) -> dict[str, Collection[str]]:
        """Give the texts that some columns have in a period; no others need be read for it."""
        there = name in self.manifest.get("tables", ()) and name not in self._tables
        if there and (name, period) not in self._parts and isinstance(self.run, Cut):
            table = self.run.part(name, period.index, columns, coded=True)
        else:
            table = self._coded(name, period)
        return {column: set(table[column].unique().to_pylist()) for column in columns}

    def rows(self, name: str, period: Period, **keep: str | Collection[str]) -> list[Row]:
        """Give rows of one period whose columns have the given value, or one of the given values.

        Their text is made harmless (`safe.visible`).
        """
        found = self.kept(name, period, **keep).to_pylist()
        return [{key: visible(value) for key, value in row.items()} for row in found]

    def kept(self, name: str, period: Period, **keep: str | Collection[str]) -> pa.Table:
        """Give what `rows` gives as a table, texts as they are, maybe as codes of a dictionary."""
        table = self._coded(name, period)
        for column, wanted in keep.items():
            values = frozenset({wanted} if isinstance(wanted, str) else wanted)
            if pa.types.is_dictionary(table.schema.field(column).type):
                flags = pa.array(parquet.kept(table[column], values.__contains__))
            else:
                flags = pc.is_in(table[column], pa.array(sorted(values), pa.string()))
            table = table.filter(flags)
        return table

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """Give what `make` gives, made once per key: what many statements of a run share."""
        if key not in self._known:
            self._known[key] = make()
        found: T = self._known[key]
        return found

    @cached_property
    def periods(self) -> tuple[Period, ...]:
        """The periods that the run has, in order."""
        found = self._has("consumers") | self._has("proof")
        return tuple(self.calendar.period(index) for index in sorted(found))

    def _has(self, name: str) -> set[int]:
        if name not in self._tables and isinstance(self.run, Cut):
            return set(self.run.periods(name))
        return set(self.table(name)["period"].unique().to_pylist())

    @cached_property
    def workspace(self) -> Mapping[str, Any]:
        """What the manifest says about the workspace."""
        found: Mapping[str, Any] = self.manifest.get("workspace", {})
        return found

    @property
    def currency(self) -> str:
        """The workspace's own currency."""
        return str(self.workspace["currency"])

    @property
    def locale(self) -> str:
        """How figures and months are written: `en`, `de_CH`."""
        return str(self.workspace.get("locale") or "en")

    @cached_property
    def calendar(self) -> Calendar:
        """The workspace's fiscal calendar, as the run keeps it."""
        return Calendar.of_workspace(self.workspace)

    def said(self, key: str) -> str:
        """Give what the workspace says of itself (`organisation`, `about`, `attribution`)."""
        return str(visible(self.workspace.get(key) or ""))

    def tree(self, period: Period) -> Tree:
        """Give the consumers of a period."""
        if period not in self._trees:
            table = self._coded("consumers", period)
            fields = ("position", "id", "name", "parent", "head", "leaf", "depth")
            rows = zip(*(map(visible, table[field].to_pylist()) for field in fields), strict=True)
            self._trees[period] = Tree([Node(*row) for _, *row in sorted(rows)])
        return self._trees[period]

    def leaves(self, consumer: str, period: Period) -> tuple[str, ...]:
        """Give who is charged under a consumer in a period: itself where it is a leaf."""
        tree = self.tree(period)
        if tree.get(consumer) is None:
            return ()
        return tuple(node.id for node in tree.under(consumer) if node.leaf)

    def check_period(self, period: Period) -> None:
        """Raise UsageError unless the run has the period."""
        if period in self.periods:
            return
        have = [str(known) for known in self.periods]
        near = min(self.periods, key=lambda known: abs(known.index - period.index), default=None)
        raise UsageError(
            Finding(
                None,
                f"run {self.id} has no period {period}",
                hint=f'did you mean "{near}"?' if near else "build a period first",
                detail=(f"it has {_listing(have)}",) if have else (),
            )
        )

    def check_consumer(self, consumer: str, period: Period) -> Node:
        """Give a consumer of a period. Raise UsageError, with a suggestion, where there is none."""
        tree = self.tree(period)
        if node := tree.get(consumer):
            return node
        known = {node.id: f"{node.id} {node.name}" for node in tree}
        best = process.extractOne(consumer, known, processor=str.lower, score_cutoff=_LIKENESS)
        raise UsageError(
            Finding(
                None,
                f'consumer "{visible(consumer)}" is not in the tree of {period.words}',
                hint=f'did you mean "{best[2]}"?' if best else "give one of these",
                detail=(f"there are {_listing(list(known))}",),
            )
        )


def plain(table: pa.Table) -> pa.Table:
    """Write out texts that are codes of a dictionary."""
    fields = [
        field.with_type(field.type.value_type) if pa.types.is_dictionary(field.type) else field
        for field in table.schema
    ]
    return table.cast(pa.schema(fields))


def _listing(words: list[str]) -> str:
    more = len(words) - _LISTED
    return ", ".join(words[:_LISTED]) + (f" and {more} more" if more > 0 else "")

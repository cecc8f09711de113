"""The files of `tests/` made into expectations, or everything that is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.kernel.findings import Finding, Place
from truecost.model import files
from truecost.model.expectations_costs import CostEntries
from truecost.model.expectations_lines import LineEntries
from truecost.model.expectations_runs import RunEntries
from truecost.model.expectations_words import Words
from truecost.model.reading import read
from truecost.model.schema.expectation import (
    COSTS,
    LINES,
    CostTestShape,
    LineTestShape,
    RunTestShape,
    kind_of_test,
)
from truecost.model.schema.word import kind_of
from truecost.model.tree import Items, Table, Text
from truecost.model.yaml import parse

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from truecost.model.expectations import Test
    from truecost.model.types import Model


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


class _Reader:
    """Makes tests of the entries of one file; `found` collects what is wrong with them."""

    def __init__(self, model: Model, found: list[Finding]) -> None:
        self._found = found
        self._calendar = model.calendar
        words = Words(model, found)
        self._costs = CostEntries(words)
        self._lines = LineEntries(words)
        self._runs = RunEntries(words)
        self._seen: dict[str, Place] = {}

    def test(self, node: Text | Items | Table) -> Test | None:
        """Make one test, None where it has a fault."""
        told = len(self._found)
        kind = kind_of_test(node)
        made: Test | None = None
        if kind == COSTS:
            costs = read(CostTestShape, node, node.place, self._found, self._calendar)
            made = self._costs.test(costs) if costs else None
        elif kind == LINES:
            lines = read(LineTestShape, node, node.place, self._found, self._calendar)
            made = self._lines.test(lines) if lines else None
        else:
            run = read(RunTestShape, node, node.place, self._found, self._calendar)
            made = self._runs.test(run) if run else None
        if made is not None:
            first = self._seen.setdefault(made.name, made.place)
            if first is not made.place:
                what = f'two tests are called "{made.name}", the first in line {first.line}'
                hint = "give one of the two another name"
                self._found.append(Finding(made.place, what, hint))
        return made if told == len(self._found) else None

"""Allocation as a child would do it: every share a fraction, every loop a dense system.

Slow, without certificates, and written without a look at the engine: what the engine's results
are held to.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

Shares = dict[str, Fraction]


class RefusedError(Exception):
    """The case can't be allocated."""


class FaultError(Exception):
    """A rule can't be carried out."""


@dataclass(frozen=True)
class Part:
    """A part of a rule: named objects or a group's members; a fraction, an amount or the rest."""

    targets: tuple[str, ...]
    group: bool = False
    percent: Fraction | None = None
    amount: int | None = None


@dataclass(frozen=True)
class Rule:
    """How an object's cost moves. `even` or by the driver; `allowed`: a remainder is no fault."""

    parts: tuple[Part, ...]
    even: bool
    allowed: bool


@dataclass(frozen=True)
class Case:
    """One period in one currency. `order` None is reciprocal, empty is direct, else step-down."""

    currency: str
    rules: Mapping[str, Rule]
    quantities: Mapping[str, Decimal] | None
    entries: Mapping[str, Mapping[str, int]]
    order: tuple[str, ...] | None
    allowed: bool

    def removed(self, source: str, target: str) -> bool:
        """Say whether the method takes this flow out."""
        if self.order is None or not (
            source.startswith("service") and target.startswith("service")
        ):
            return False
        return not self.order or self.order.index(target) <= self.order.index(source)

    def may_reach(self, start: str) -> set[str]:
        """Give all that a source may send cost to, sooner or later."""
        found: set[str] = set()
        todo = [start]
        while todo:
            source = todo.pop()
            if source in self.rules:
                for part in self.rules[source].parts:
                    new = {t for t in part.targets if not self.removed(source, t)} - found
                    found |= new
                    todo += new
        return found


def gross_costs(case: Case) -> tuple[dict[str, Shares], dict[str, dict[str, Fraction]]]:
    """Give the shares of each object that cost reaches, and per class each object's cost."""
    refused = False
    shares: dict[str, Shares] = {}
    waiting: list[str] = []
    todo = [name for name, by_class in case.entries.items() if any(by_class.values())]
    seen = set(todo)
    while todo or waiting:
        if todo:
            source = todo.pop()
            rule = case.rules.get(source)
            if rule and any(part.amount is not None for part in rule.parts):
                waiting.append(source)
                continue
            gross = Fraction(0)
        else:
            ready = [n for n in waiting if all(n not in case.may_reach(w) for w in waiting)]
            if not ready:
                raise RefusedError
            source = ready[0]
            waiting.remove(source)
            gross = sum(
                (x.get(source, Fraction(0)) for x in _costs(case, shares).values()), Fraction(0)
            )
        if not source.startswith(("consumer", "remainder")):
            try:
                shares[source] = _shares(case, source, gross)
            except FaultError:
                rule = case.rules.get(source)
                refused = refused or not (rule.allowed if rule else case.allowed)
                shares[source] = {f"remainder {source}": Fraction(1)}
            new = shares[source].keys() - seen
            seen |= new
            todo += new
    costs = _costs(case, shares)
    if refused:
        raise RefusedError
    return shares, costs


def _shares(case: Case, source: str, gross: Fraction) -> Shares:
    if source not in case.rules:
        raise FaultError
    rule = case.rules[source]
    explicit = {
        target
        for part in rule.parts
        if not part.group and (part.percent is not None or part.amount is not None)
        for target in part.targets
    }
    left = Fraction(1)
    fixed: Shares = {}
    loose: Shares = {}
    rest = {f"remainder {source}": Fraction(1)}
    for part in rule.parts:
        share = _portion(case, part, gross)
        if share is None:
            continue
        left -= share
        kept = _kept(case, source, _spread(case, source, rule, part, set())) if share else {}
        whole = sum(kept.values()) if part.amount else 1
        for target, of in kept.items():
            _add(fixed if part.amount else loose, target, share * of / whole)
    if left < 0:
        raise FaultError
    if left:
        for part in (part for part in rule.parts if part.percent is None and part.amount is None):
            rest = _spread(case, source, rule, part, explicit)
        for target, of in _kept(case, source, rest).items():
            _add(loose, target, left * of)
    return _filled(fixed, loose)


def _portion(case: Case, part: Part, gross: Fraction) -> Fraction | None:
    """Give the part's share of the whole, None for the rest."""
    if not part.amount:
        return part.percent if part.amount is None else Fraction(0)
    if gross < part.amount or not gross or case.currency != "GBP":
        raise FaultError
    return Fraction(part.amount) / gross


def _kept(case: Case, source: str, spread: Shares) -> Shares:
    return {t: share for t, share in spread.items() if not case.removed(source, t)}


def _filled(fixed: Shares, loose: Shares) -> Shares:
    """Let the shares that are not amounts grow until all is one."""
    free = 1 - sum(fixed.values())
    whole = sum(loose.values())
    if free and not whole:
        raise FaultError
    for target, share in loose.items():
        _add(fixed, target, share * free / whole)
    return {target: share for target, share in fixed.items() if share}


def _add(shares: Shares, target: str, share: Fraction) -> None:
    shares[target] = shares.get(target, Fraction(0)) + share


def _spread(case: Case, source: str, rule: Rule, part: Part, explicit: set[str]) -> Shares:
    targets = [target for target in part.targets if target not in explicit]
    if len(targets) == 1 and not part.group:
        return {targets[0]: Fraction(1)}
    if rule.even:
        others = [target for target in targets if target != source]
        if not others:
            raise FaultError
        return {target: Fraction(1, len(others)) for target in others}
    if case.quantities is None:
        raise FaultError
    here = {t: Fraction(case.quantities[t]) for t in targets if t in case.quantities}
    if any(value < 0 for value in here.values()) or not any(here.values()):
        raise FaultError
    return {target: value / sum(here.values()) for target, value in here.items() if value}


def _costs(case: Case, shares: Mapping[str, Shares]) -> dict[str, dict[str, Fraction]]:
    """Solve x = d + Pᵀx for each class. Raise RefusedError where nothing leaves a loop."""
    names = sorted({*shares, *case.entries, *(t for each in shares.values() for t in each)})
    for name in names:
        reached = {name}
        todo = [name]
        while todo:
            new = shares.get(todo.pop(), {}).keys() - reached
            reached |= new
            todo += new
        if all(each in shares for each in reached):
            raise RefusedError
    rows = []
    for name in names:
        row = {name: Fraction(1)}
        for source, targets in shares.items():
            if name in targets:
                row[source] = row.get(source, Fraction(0)) - targets[name]
        rows.append(row)
    classes = sorted({cls for by_class in case.entries.values() for cls in by_class})
    return {
        cls: _eliminated(
            names, rows, [Fraction(case.entries.get(n, {}).get(cls, 0)) for n in names]
        )
        for cls in classes
    }


def _eliminated(
    names: list[str], rows: list[dict[str, Fraction]], right: list[Fraction]
) -> dict[str, Fraction]:
    """Solve by Gauss and Jordan."""
    matrix = [[row.get(name, Fraction(0)) for name in names] for row in rows]
    for row, value in zip(matrix, right, strict=True):
        row.append(value)
    size = len(names)
    for column in range(size):
        pivot = next(at for at in range(column, size) if matrix[at][column])
        matrix[column], matrix[pivot] = matrix[pivot], matrix[column]
        lead = matrix[column][column]
        matrix[column] = [value / lead for value in matrix[column]]
        for at in range(size):
            factor = matrix[at][column]
            if at != column and factor:
                pairs = zip(matrix[at], matrix[column], strict=True)
                matrix[at] = [a - factor * b for a, b in pairs]
    return {name: matrix[at][size] for at, name in enumerate(names)}

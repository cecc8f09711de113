"""The facts of the specification: columns, types, levels, allowed values, versions."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

DECIMAL, NOT_NEGATIVE = "decimal", "decimal, not negative"
TIME, CURRENCY, WORD, TEXT = "date and time", "currency", "word", "text"
KEY_VALUE, JSON = "key-value", "json"
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its type, level, whether it may be null, allowed words, the versions that have it.

    `until` is empty while no version has taken the column out. `values` is empty where any text
    may stand.
    """

    name: str
    type: str
    level: str
    nulls: bool
    since: str
    until: str = ""
    values: tuple[str, ...] = ()

    @property
    def own(self) -> str:
        """The name in our spelling."""
        return own_name(self.name)

    @property
    def numeric(self) -> bool:
        """Whether it holds numbers."""
        return self.type in {DECIMAL, NOT_NEGATIVE}

    def stands_in(self, version: str) -> bool:
        """Say whether a version has the column."""
        return self.since <= version and (not self.until or version <= self.until)


@dataclass(frozen=True, slots=True)
class Specification:
    """All columns by name; `subcategories` gives the category of each service subcategory."""

    attribution: str
    versions: tuple[str, ...]
    columns: Mapping[str, Column]
    subcategories: Mapping[str, str]

    def column(self, header: str) -> Column | None:
        """Give the column that a header names, without regard to case and blanks."""
        return _by_folded().get("".join(header.split()).casefold())


@cache
def specification() -> Specification:
    """Give the facts, read once."""
    text = files(__package__).joinpath("columns.json").read_text(encoding="utf-8")
    data = json.loads(text)
    parents = {sub: above for above, subs in data["subcategories"].items() for sub in subs}
    columns = {
        name: Column(name, **{**facts, "values": tuple(facts.get("values", ()))})
        for name, facts in data["columns"].items()
    }
    sub = columns["ServiceSubcategory"]
    columns[sub.name] = Column(
        sub.name, sub.type, sub.level, sub.nulls, sub.since, values=tuple(parents)
    )
    return Specification(data["attribution"], tuple(data["versions"]), columns, parents)


@cache
def _by_folded() -> Mapping[str, Column]:
    return {name.casefold(): column for name, column in specification().columns.items()}


def own_name(header: str) -> str:
    """Give a header in our spelling: `SubAccountId` is `sub_account_id`, `x_Team` is `x_team`."""
    return "_".join(_WORDS.findall(header)).lower() or "unnamed"


def version_of(headers: Collection[str]) -> str:
    """Give the version that a header is of: the latest that one of its columns came with.

    From 1.4 on a bill has no ProviderName; so one that has ServiceProviderName and no ProviderName
    is of 1.4.
    """
    facts = specification()
    found = [column for column in map(facts.column, headers) if column]
    names = {column.name for column in found}
    latest = max((column.since for column in found), default=facts.versions[0])
    gone = {column.name for column in facts.columns.values() if column.until}
    if "ServiceProviderName" in names and not names & gone:
        return facts.versions[-1]
    return latest

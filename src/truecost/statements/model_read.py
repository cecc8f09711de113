"""The model of a run, entry by entry, in words that need no knowledge of its files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from truecost.engine.bridge_sides import need
from truecost.engine.model_changes import model_changes
from truecost.statements import figures, words
from truecost.statements.safe import visible

if TYPE_CHECKING:
    from truecost.engine.model_changes import ModelChange
    from truecost.kernel.periods import Period
    from truecost.statements.book import Book
    from truecost.store.run import Run

#: What an entry says of itself only for those who keep the files.
_LEFT_OUT = frozenset({"place", "where_place", "by_place", "equation_place", "measure_place"})
_NAMED = frozenset({"name", "id", "valid"})
_TITLES = {"cls": "class", "where": "lines where", "to": "goes to", "by": "by driver"}


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it holds in a month: what it says, field by field; `place` is file and line.

    `first` and `last` are None where it holds without a beginning or an end.
    """

    kind: str
    name: str
    place: str
    file: str
    first: Period | None
    last: Period | None
    says: tuple[tuple[str, str], ...]

    def has(self, wanted: str) -> bool:
        """Say whether a text stands in it, in any letters."""
        text = " ".join((self.kind, self.name, self.place, *(f"{k} {v}" for k, v in self.says)))
        return wanted.casefold() in text.casefold()


def entries(book: Book, period: Period) -> tuple[Entry, ...]:
    """Give the entries that hold in a month, in the order of files and lines; made once."""

    def make() -> tuple[Entry, ...]:
        found = []
        for row in book.table("model").to_pylist():
            first, last = row["first"], row["last"]
            if (first is not None and period.index < first) or (
                last is not None and period.index > last
            ):
                continue
            file = str(row["place"]).partition(":")[0]
            calendar = book.calendar
            found.append(
                Entry(
                    str(visible(row["kind"])),
                    str(visible(row["name"])),
                    str(visible(row["place"])),
                    str(visible(file)),
                    None if first is None else calendar.period(first),
                    None if last is None else calendar.period(last),
                    _fields(json.loads(row["content"])),
                )
            )
        return tuple(sorted(found, key=lambda each: (each.file, _line(each.place), each.kind)))

    return book.once(("model entries", period), make)


def changes(run: Run, period: Period, earlier: Run, against: Period) -> tuple[ModelChange, ...]:
    """Give what differs between the models of two months, maybe of two runs.

    Raise StoreError where a run was built before runs kept their model.
    """
    after = need(run)
    return model_changes(after, period, after if earlier == run else need(earlier), against)


def _line(place: str) -> tuple[int, ...]:
    return tuple(int(part) for part in place.split(":")[1:] if part.isdigit())


def _fields(content: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (str(visible(_TITLES.get(key, key.replace("_", " ")))), str(visible(_said(key, value))))
        for key, value in content.items()
        if key not in _LEFT_OUT | _NAMED and not _empty(value)
    )


def _empty(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_empty(each) for key, each in value.items() if key not in _LEFT_OUT)
    return value is None or value is False or value in ("", [])


def _said(key: str, value: Any) -> str:
    """Say a value: objects by kind and id, shares in percent, lists with commas."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if key in {"percent", "fixed"} and isinstance(value, str):
        return words.percent(figures.share_percent(Fraction(value)))
    if isinstance(value, list):
        return "; ".join(filter(None, (_said(key, each) for each in value)))
    if isinstance(value, dict):
        if value.keys() == {"id", "kind"}:
            return f"{value['kind']} {value['id']}"
        parts = []
        for name, each in value.items():
            if name in _LEFT_OUT or _empty(each):
                continue
            text = _said(name, each)
            bare = name in {"objects", "target", "groups"} or each is True
            title = _TITLES.get(name, name.replace("_", " "))
            parts.append((title if each is True else text) if bare else f"{title} {text}")
        return ", ".join(parts)
    return str(value)

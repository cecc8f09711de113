"""What the columns of a cloud bill in FOCUS mean, and what is out of the ordinary in a file of it.

Nothing of it stops a build but what would in a ledger: a date or a cost that can't be read.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from truecost.model.columns import NOT_TEXT
from truecost.model.focus import own_name, specification, version_of
from truecost.model.focus.layout import ALLOCATED_TAG, COMMITMENT, SHORT, TAG, TOKENS
from truecost.model.focus.specification import TIME
from truecost.model.names import RESERVED
from truecost.sources import columns, focus_values
from truecost.sources.focus_values import folded, is_null_word
from truecost.sources.meaning import Meaning
from truecost.sources.values import Unreadable, shown

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from truecost.model.focus import Column
    from truecost.model.source_types import Source
    from truecost.sources.columns import Forms

_LISTED = 5


class FocusMeaning(Meaning):
    """How the fields of a cloud bill are read."""

    def __init__(self, source: Source, currency: str) -> None:
        super().__init__(source, currency)
        focus = source.focus
        if focus is None:
            raise ValueError("the source is no bill in FOCUS")
        self._columns = {each.own: each for each in specification().columns.values()}
        self._keys = dict(focus.tags)
        self._tags = focus_values.Tags()
        self.amounts = focus_values.Costs(
            decimal_comma=source.decimal_comma, flipped=source.costs_are_negative
        )
        plain = self.typed["quantity"]
        currencies = columns.names() if focus.cost == TOKENS else self.typed["currency"]
        self.typed |= {
            "date": focus_values.days(source.date_order),
            "amount": self.amounts,
            "currency": _or_null(currencies),
        }
        if focus.quantity:
            self.typed["quantity"] = focus_values.quantities(plain)
        self._numbers = focus_values.numbers(columns.Amounts(decimal_comma=source.decimal_comma))
        self._times = focus_values.times(source.date_order)
        self._version = ""
        self._seen = _Seen()
        self._stray: dict[str, str] = {}
        self._older: list[str] = []
        self._tagged = False

    def _text(self, name: str) -> Forms:
        for prefix in (ALLOCATED_TAG, TAG):
            if name.startswith(prefix):
                return self._tags.first(self._keys[name.removeprefix(prefix)])
        column = self._columns.get(name)
        if column is not None and column.numeric:
            return self._numbers
        if column is not None and column.type == TIME:
            return self._times
        if column is not None and column.values:
            return focus_values.words(column.values)
        return _or_null(columns.texts())

    def begin(self, header: Sequence[str], mapped: Collection[int]) -> Mapping[str, int]:
        """Find the version, and the columns that are not of the specification."""
        self._version = version_of(header)
        self._seen = _Seen()
        known = [specification().column(name) for name in header]
        self._tagged = any(column and column.name == "Tags" for column in known)
        self._older = [
            column.name for column in known if column and not column.stands_in(self._version)
        ]
        stray: dict[str, int] = {}
        taken = {*self._columns, *SHORT, COMMITMENT, *NOT_TEXT, *RESERVED}
        self._stray = {}
        for position, name in enumerate(header):
            if known[position] is not None or not name.strip():
                continue
            self._stray[name.strip()] = own = own_name(name)
            if position in mapped:
                continue
            while own in taken or own in stray:
                own = f"x_{own}"
            stray[own] = position
            self._stray[name.strip()] = own
        return stray

    def see(self, written: Mapping[str, Sequence[str] | Counter[str]]) -> None:
        """Count nulls in words, words in other spellings, tags, and what was rounded."""
        seen = self._seen
        for name, column in self._columns.items():
            self._see_column(column, self.text(name), Counter(written.get(name, ())))
        for field, rows in Counter(written["amount"]).items():
            if focus_values.exact(field)[1]:
                seen.rounded += rows
        if self._tagged:
            for field, rows in Counter(written["tags"]).items():
                self._see_tags(field, rows)

    def _see_column(self, column: Column, forms: Forms, fields: Mapping[str, int]) -> None:
        seen = self._seen
        for field, rows in fields.items():
            if is_null_word(field):
                seen.nulls[column.name] += rows
            elif column.values and field.strip():
                form = forms[field]
                if form not in column.values:
                    seen.strange[column.name, form] += rows
                elif form != field:
                    seen.spelt[column.name, field, form] += rows

    def _see_tags(self, field: str, rows: int) -> None:
        try:
            tags = self._tags[field]
        except Unreadable as reason:
            self._seen.bad_tags += rows
            self._seen.bad_tag = self._seen.bad_tag or str(reason)
            return
        if not tags:
            self._seen.untagged += rows
        for key in tags:
            self._seen.keys[key] += rows

    def notes(self) -> tuple[str, ...]:
        """Say which version the file is of, and what was read otherwise than it stands."""
        said = [f"FOCUS {self._version}"]
        if self._older:
            said.append(f"of older versions, and mapped: {', '.join(self._older)}")
        if self._stray:
            pairs = [
                f"{shown(name)} as {own}" if own != name else name
                for name, own in self._stray.items()
            ]
            said.append(f"not of the specification, kept as text: {', '.join(pairs)}")
        return (*said, *self._seen.notes())


class _Seen:
    """What was out of the ordinary in the rows of a file."""

    def __init__(self) -> None:
        self.nulls: Counter[str] = Counter()
        self.spelt: Counter[tuple[str, str, str]] = Counter()
        self.strange: Counter[tuple[str, str]] = Counter()
        self.keys: Counter[str] = Counter()
        self.untagged = 0
        self.bad_tags = 0
        self.bad_tag = ""
        self.rounded = 0

    def notes(self) -> list[str]:
        said = []
        if self.nulls:
            fields = f"{self.nulls.total():,} (columns: {len(self.nulls)})"
            said.append(f"fields with the word NULL, read as empty: {fields}")
        said += [
            f"{name}: {shown(field)} read as {shown(form)} ({_rows(rows)})"
            for (name, field, form), rows in sorted(self.spelt.items())
        ]
        said += [
            f"{name}: {shown(form)} is no word of the specification, kept ({_rows(rows)})"
            for (name, form), rows in self.strange.most_common(_LISTED)
        ]
        if self.rounded:
            said.append(f"costs rounded at the twelfth decimal: {_rows(self.rounded)}")
        if self.untagged:
            said.append(f"without tags: {_rows(self.untagged)}")
        if self.bad_tags:
            said.append(f"tags that can't be read: {_rows(self.bad_tags)}; {self.bad_tag}")
        if self.keys:
            most = ", ".join(
                f"{key.strip()} {rows:,}" for key, rows in self.keys.most_common(_LISTED)
            )
            more = f" and {len(self.keys) - _LISTED} more" if len(self.keys) > _LISTED else ""
            said.append(f"keys of tags, and rows with them: {most}{more}")
        return [*said, *self._spellings()]

    def _spellings(self) -> list[str]:
        """Give keys of tags that differ in their spelling alone."""
        alike: dict[str, list[str]] = {}
        for key in sorted(self.keys):
            alike.setdefault(folded(key), []).append(key)
        return [
            "a tag's key in several spellings: "
            + ", ".join(f'"{key}" ({_rows(self.keys[key])})' for key in keys)
            for keys in alike.values()
            if len(keys) > 1
        ]


def _or_null(read: Forms) -> Forms:
    """Read as before, but a null as an empty field."""

    def form(written: str) -> str:
        text = focus_values.without_null(written)
        reason = "" if read[text] else read.reason(text)
        if reason:
            raise Unreadable(reason)
        return read[text]

    return columns.Forms(form)


def _rows(rows: int) -> str:
    return f"{rows:,} row{'' if rows == 1 else 's'}"

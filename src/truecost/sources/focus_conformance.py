"""Which rules of the FOCUS specification a file breaks: by rule and column, how often, where."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Context, Decimal, Inexact
from textwrap import wrap
from typing import TYPE_CHECKING

from truecost.kernel.findings import Finding, Place, SourceError
from truecost.model.focus import Column, specification, version_of
from truecost.model.focus.specification import CURRENCY, JSON, KEY_VALUE, NOT_NEGATIVE, TIME
from truecost.model.source_types import Layout, Source
from truecost.sources import delimited
from truecost.sources.currencies import CODES
from truecost.sources.focus_rules import RULES, number, repeated_key
from truecost.sources.focus_values import is_null_word, parse_tags, times, without_null
from truecost.sources.streams import opened
from truecost.sources.values import Unreadable, plain, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from truecost.sources.streams import Stream

_LINES = 3
_HINT = "it should begin with a line such as BilledCost,BillingCurrency,ChargeCategory,…"
#: Files whose times are times, and no text that could be written in another way.
_TYPED = "parquet"
_HEAD = 64
_NUMERIC = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE]-[0-9]+)?", re.ASCII)
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?Z", re.ASCII)
_CUSTOM = "x_"
_ADD = Context(prec=100, traps=[Inexact])


@dataclass(slots=True)
class Breach:
    """A rule that rows break: how many, the lines of the first, and one of the values.

    A rule about the file as a whole has no rows.
    """

    rule: str
    column: str
    says: str
    rows: int = 0
    lines: list[int] = field(default_factory=list)
    example: str = ""

    def add(self, line: int, example: str) -> None:
        """Count a row."""
        self.rows += 1
        if len(self.lines) < _LINES:
            self.lines.append(line)
        self.example = self.example or example


@dataclass(frozen=True, slots=True)
class Conformance:
    """What was found in a file. `invoices` gives the sum of BilledCost by invoice and currency."""

    file: str
    version: str
    rows: int
    known: int
    breaches: tuple[Breach, ...]
    notes: tuple[str, ...]
    invoices: Mapping[tuple[str, str], Decimal]


def conformance(path: Path, name: str, version: str = "") -> Conformance:
    """Hold a file to a version of the specification, by default the one that it is of.

    Raise SourceError where the file can't be read, or has no columns of FOCUS.
    """
    try:
        with opened(path, name, _source(name), lambda _: False) as stream:
            return _checked(stream, name, version)
    except SourceError as error:
        if any(finding.hint == _HINT for finding in error.findings):
            what = "this is no cloud bill in FOCUS"
            raise SourceError(Finding(Place(name, 1), what, _HINT)) from None
        raise


def _checked(stream: Stream, name: str, version: str) -> Conformance:
    names = [each.strip() for each in stream.header.names]
    columns = [specification().column(each) for each in names]
    stream.want(range(len(names)))
    typed = stream.encoding == _TYPED
    check = _Check(names, columns, version or version_of(names), typed=typed)
    for record in stream.records:
        if record.reason or not delimited.is_blank(record.fields):
            check.take(record)
    return check.result(name, stream.notes)


def _source(name: str) -> Source:
    """Give the source that takes any header with a column that every bill must have."""
    place = Place(name)
    layouts = tuple(
        Layout(place, {column.own: (column.name, False)}, _HINT)
        for column in specification().columns.values()
        if column.level == "mandatory"
    )
    return Source(place, name, (name,), place, layouts)


class _Check:
    """Holds the rows of a file to the rules, one after another."""

    def __init__(
        self,
        names: Sequence[str],
        columns: Sequence[Column | None],
        version: str,
        *,
        typed: bool,
    ) -> None:
        self._times = times("") if typed else None
        self._breaches: dict[tuple[str, str, str], Breach] = {}
        self._width = len(names)
        self._at = [(place, column) for place, column in enumerate(columns) if column]
        self._version = version
        self._known: dict[tuple[str, str], tuple[tuple[str, str], ...]] = {}
        have = {column.name for _, column in self._at}
        self._rules = [rule for rule in RULES if have.issuperset(rule.needs)]
        self._rows = self._nulls = 0
        self._sums: dict[tuple[str, str], Decimal] = {}
        self._payers: dict[str, set[tuple[str, str]]] = {}
        self._header(names, columns, have)

    def _header(
        self, names: Iterable[str], columns: Iterable[Column | None], have: set[str]
    ) -> None:
        for column in specification().columns.values():
            if column.level == "mandatory" and column.stands_in(self._version):
                if column.name not in have:
                    says = f"must be present in FOCUS {self._version}"
                    self._breach("Mandatory column", column.name, says)
            elif column.name in have and column.until and column.until < self._version:
                says = f"is not part of FOCUS {self._version}"
                self._breach("ColumnNamingConvention", column.name, says)
        for name, known in zip(names, columns, strict=True):
            if known is None and name and not name.startswith(_CUSTOM):
                says = "is no column of the specification, so its name must begin with x_"
                self._breach("CustomColumnHandling", name, says)
            elif known is not None and name != known.name:
                says = f"must be written {known.name}"
                self._breach("ColumnNamingConvention", name, says)

    def _breach(self, rule: str, column: str, says: str) -> Breach:
        return self._breaches.setdefault((rule, column, says), Breach(rule, column, says))

    def take(self, record: delimited.Record) -> None:
        """Hold a row to all rules."""
        self._rows += 1
        fields = delimited.fitted(record.fields, self._width)
        if fields is None:
            says = record.reason or "the row has another number of fields than the header"
            self._breach("ColumnHandling", "", says).add(record.line, "")
            return
        row: dict[str, str] = {}
        for place, column in self._at:
            text = fields[place]
            self._nulls += is_null_word(text)
            value = without_null(text).strip()
            if self._times is not None and column.type == TIME:  # which is no text in the file
                value = self._times[value]
            row[column.name] = value
            for name, says in self._faults(column, value):
                self._breach(name, column.name, says).add(record.line, value)
        for rule in self._rules:
            if rule.broken(row):
                breach = self._breach(rule.name, rule.column, rule.says)
                breach.add(record.line, row[rule.column])
        self._invoice(row)

    def _faults(self, column: Column, value: str) -> tuple[tuple[str, str], ...]:
        """Give what a column does not allow about a value: (rule, what it says)."""
        key = column.name, value
        if key not in self._known:
            if len(self._known) > 1 << 16:
                self._known.clear()
            self._known[key] = tuple(_faults(column, value))
        return self._known[key]

    def _invoice(self, row: Mapping[str, str]) -> None:
        invoice = row.get("InvoiceId", "")
        cost = number(row.get("BilledCost", ""))
        if invoice and cost is not None:
            key = invoice, row.get("BillingCurrency", "")
            self._sums[key] = _ADD.add(self._sums.get(key, Decimal(0)), cost)
            payer = row.get("BillingAccountId", ""), row.get("BillingCurrency", "")
            self._payers.setdefault(invoice, set()).add(payer)

    def result(self, name: str, notes: Iterable[str]) -> Conformance:
        """Give what was found: what concerns the file first, then what most rows break."""
        for invoice, payers in self._payers.items():
            if len(payers) > 1:
                says = "an invoice has one BillingAccountId and one BillingCurrency"
                breach = self._breach("InvoiceHandling", "InvoiceId", says)
                breach.example = breach.example or invoice
        found = sorted(self._breaches.values(), key=lambda each: (each.rows > 0, -each.rows))
        said = list(notes)
        if self._nulls:
            said.append(f"fields with the word NULL, taken as null: {self._nulls:,}")
        sums = dict(sorted(self._sums.items()))
        return Conformance(
            name, self._version, self._rows, len(self._at), tuple(found), tuple(said), sums
        )


def _faults(column: Column, value: str) -> Iterable[tuple[str, str]]:
    if not value:
        if not column.nulls:
            yield "NullHandling", "must not be null"
        return
    if column.numeric:
        if not _NUMERIC.fullmatch(value):
            yield "NumericFormat", "must be a plain number, as in -1234.5 or 1E-7"
        elif column.type == NOT_NEGATIVE and value.startswith("-") and number(value):
            yield column.name, "must not be negative"
    elif column.values and value not in column.values:
        yield column.name, f"must be one of {_listed(column.values)}"
    elif column.type in _FORMATS:
        fits, rule, says = _FORMATS[column.type]
        if not (column.name == "PricingCurrency" or fits(value)):
            yield rule, says
    if column.type == KEY_VALUE and repeated_key(value):
        yield "KeyValueFormat", "must not have a key twice"


def _listed(words: Sequence[str]) -> str:
    few = 5
    return ", ".join(words[:few]) + (f" and {len(words) - few} more" if len(words) > few else "")


def _is_object(value: str) -> bool:
    try:
        parse_tags(value)
    except Unreadable:
        return False
    return value.startswith("{") and ('"' in value or value == "{}")


_FORMATS: dict[str, tuple[Callable[[str], object], str, str]] = {
    TIME: (_ISO.fullmatch, "DateTimeFormat", "must be in UTC, as in 2024-09-18T22:00:00Z"),
    CURRENCY: (CODES.__contains__, "CurrencyFormat", "must be a code of ISO 4217"),
    KEY_VALUE: (_is_object, "KeyValueFormat", "must be a JSON object of keys and values"),
    JSON: (_is_object, "JsonObjectFormat", "must be a JSON object"),
}


def as_json(found: Conformance) -> dict[str, object]:
    """Give what was found for programs; sums are exact decimals as text."""
    return {
        "file": found.file,
        "version": found.version,
        "rows": found.rows,
        "columns": found.known,
        "broken": [
            {
                "rule": each.rule,
                "column": each.column,
                "says": each.says,
                "rows": each.rows,
                "lines": each.lines,
                "example": each.example,
            }
            for each in found.breaches
        ],
        "notes": list(found.notes),
        "invoices": [
            {"invoice": invoice, "currency": currency, "billed": plain(total)}
            for (invoice, currency), total in found.invoices.items()
        ],
    }


def as_text(found: Conformance) -> str:
    """Give what was found for people, 80 columns wide."""
    size = f"{found.rows:,} row{'' if found.rows == 1 else 's'}, {found.known} columns of it"
    lines = [f"{found.file}: FOCUS {found.version}, {size}"]
    for note in found.notes:
        lines += wrap(note, 80, initial_indent="  ", subsequent_indent="    ")
    if not found.breaches:
        return "\n".join([*lines, "It breaks none of the rules that are checked."])
    lines += ["", f"Rules broken: {len(found.breaches)}"]
    for each in found.breaches:
        head = each.rule if each.rule == each.column else f"{each.column}  [{each.rule}]"
        rows = f"{each.rows:,} row{'' if each.rows == 1 else 's'}" if each.rows else "the file"
        if len(head) > _HEAD:
            lines += [f"{each.column:<{_HEAD}} {rows:>15}", f"   [{each.rule}]"]
        else:
            lines.append(f"{head:<{_HEAD}} {rows:>15}")
        lines.append(f"   {each.says}"[:80])
        where = f"lines {', '.join(map(str, each.lines))}" if each.lines else ""
        if each.example:
            where = f"{where}{': ' if where else ''}{shown(each.example)}"
        if where:
            lines.append(f"   {where}"[:80])
    if found.invoices:
        lines += ["", "BilledCost by invoice"]
        lines += [
            f"  {invoice:<46.46} {plain(total):>26} {currency}"
            for (invoice, currency), total in list(found.invoices.items())[:20]
        ]
    return "\n".join(lines)

"""One file, record by record: rows, rejects, blanks; each with its line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from truecost.kernel.findings import SourceError
from truecost.sources import columns, delimited
from truecost.sources.currencies import may_mean
from truecost.sources.meaning import meaning_of
from truecost.sources.points import Points
from truecost.sources.values import shown
from truecost.store.sources import LoadedFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from truecost.model.source_types import Source
    from truecost.sources.delimited import Record
    from truecost.sources.gathering import Gathered
    from truecost.sources.header import Header
    from truecost.sources.streams import IsRow, Stream

    Opening = Callable[[IsRow], AbstractContextManager[Stream]]

_OF_ROWS = ("date", "amount")
_SIDES = ("debit", "credit")
#: Records that are taken at a time.
CHUNK = 20_000
Columns: TypeAlias = "Mapping[str, Sequence[str]]"


@dataclass(frozen=True, slots=True)
class _Fault:
    reason: str
    other_currency: bool = False


class Reader:
    """Reads the files of one source into `gathered`; spellings read once are known in all files."""

    def __init__(self, source: Source, currency: str, gathered: Gathered) -> None:
        self._source = source
        self._gathered = gathered
        self.meaning = meaning_of(source, currency)
        self.typed: dict[str, columns.Forms] = self.meaning.typed
        self.amounts = self.meaning.amounts
        self._declared = source.decimal_comma or source.three_decimals or bool(source.focus)
        self._points: Points | None = None

    def read(
        self, opening: Opening, file: int, sha256: str, progress: Callable[[float], None]
    ) -> LoadedFile:
        """Read one file, or what a query gave. `progress` takes what share of it is read, about.

        Raise SourceError if it can't be read, has no header that fits a layout, or has amounts that
        can be read in two ways.
        """
        header: Header | None = None

        def is_row(fields: Sequence[str]) -> bool:
            """Say whether a line is a row by itself: it fits, and its date and amount are good."""
            return header is not None and self._is_row(fields, header)

        with opening(is_row) as stream:
            header = self.begin(stream.header)
            stream.want(header.positions.values())
            self._points = None if stream.typed or self._declared else Points()
            rows = self._gather(stream.records, header, file, lambda: progress(stream.done()))
        fault = self._points.fault(stream.name) if self._points else None
        if fault is not None:
            raise SourceError(fault)
        notes = (*stream.notes, *self.meaning.notes())
        if header.line > 1:
            notes = (f"{stream.above} above the header, passed over: {header.line - 1}", *notes)
        return LoadedFile(
            stream.name, sha256, rows, stream.encoding, header.layout, header.line, notes
        )

    def _gather(
        self, records: Iterable[Record], header: Header, file: int, tell: Callable[[], None]
    ) -> int:
        """Take all records, some at a time; give how many there were."""
        rows = 0
        waiting: list[Record] = []
        for record in records:
            rows += 1
            fitted = self._fit(record, header, file)
            if fitted is None:
                continue
            waiting.append(fitted)
            if len(waiting) == CHUNK:
                self.take(waiting, header, file)
                waiting = []
                tell()
        self.take(waiting, header, file)
        return rows

    def begin(self, header: Header) -> Header:
        """Take in columns that a file has beyond its layout, where the source keeps them."""
        self.amounts = self.meaning.sides if _SIDES[0] in header.positions else self.meaning.amounts
        self.typed = {**self.meaning.typed, "amount": self.amounts}
        extra = self.meaning.begin(header.names, frozenset(header.positions.values()))
        self._gathered.grow(extra)
        return replace(header, positions={**header.positions, **extra}) if extra else header

    def _is_row(self, fields: Sequence[str], header: Header) -> bool:
        if len(fields) != header.width:
            return False
        days, amounts = (_written(name, [[field] for field in fields], header) for name in _OF_ROWS)
        return bool(self.typed["date"][days[0]] and self.amounts[amounts[0]])

    def _fit(self, record: Record, header: Header, file: int) -> Record | None:
        """Give a record with as many fields as the header; None, and kept, where it has others."""
        if record.reason:
            self._gathered.reject(file, record.line, record.reason, record.shown)
            return None
        fields = delimited.fitted(record.fields, header.width)
        if fields is not None:
            return record if fields is record.fields else record._replace(fields=fields)
        if delimited.is_blank(record.fields):
            self._gathered.blank += 1
        else:
            reason = delimited.ragged(len(record.fields), header.width)
            self._gathered.reject(file, record.line, reason, record.shown)
        return None

    def take(self, records: list[Record], header: Header, file: int) -> None:
        """Take records apart into columns; keep the good rows, and tell of the others."""
        if not records:
            return
        fields = list(zip(*(record.fields for record in records), strict=True))
        written: Columns = {
            name: _written(name, fields, header) for name in (*self.typed, *self._gathered.columns)
        }
        self.meaning.see(written)
        forms: Columns = {
            **{name: reader.column(written[name]) for name, reader in self.typed.items()},
            **{
                name: self.meaning.text(name).column(written[name])
                for name in self._gathered.columns
            },
        }
        if self._points is not None:
            lines = [record.line for record in records]
            self._points.see(lines, written["amount"], forms["amount"], forms["currency"])
        faults = self._faults(written, forms)
        for index, record in enumerate(records):
            if record.doubt:
                known = faults[index].reason if index in faults else ""
                faults[index] = _Fault("; ".join(filter(None, (record.doubt, known))))
        for index, fault in sorted(faults.items()):
            if not fault.reason:
                self._gathered.blank += 1
                continue
            record = records[index]
            currency = forms["currency"][index]
            amount = forms["amount"][index] if currency and not fault.other_currency else ""
            self._gathered.reject(file, record.line, fault.reason, record.shown, amount, currency)
        if faults:
            good = [index for index in range(len(records)) if index not in faults]
            records = [records[index] for index in good]
            forms = {name: [column[index] for index in good] for name, column in forms.items()}
        if records:
            self._gathered.add(file, [record.line for record in records], forms)

    def _faults(self, written: Columns, forms: Columns) -> dict[int, _Fault]:
        """Give what is wrong with rows, by their index; a blank row has no reason."""
        bad = {
            index
            for name in self.typed
            if "" in forms[name]
            for index, form in enumerate(forms[name])
            if not form
        }
        faults = {}
        for index in bad:
            if delimited.is_blank([column[index] for column in written.values()]):
                faults[index] = _Fault("")
                continue
            reasons = (
                reader.reason(written[name][index])
                for name, reader in self.typed.items()
                if not forms[name][index]
            )
            faults[index] = _Fault("; ".join(reasons))
        if self.amounts.marked:
            faults |= self._contradicting(written["amount"], forms["currency"], faults)
        return faults

    def _contradicting(
        self, amounts: Sequence[str], currencies: Sequence[str], faults: Mapping[int, _Fault]
    ) -> dict[int, _Fault]:
        """Find amounts whose sign is that of another currency than the row's."""
        found = {}
        for index, (mark, currency) in enumerate(
            zip(self.amounts.marks.column(amounts), currencies, strict=True)
        ):
            if mark and currency and not may_mean(mark, currency):
                known = faults[index].reason if index in faults else ""
                reason = f"{shown(amounts[index])} is not in {currency}, the currency of the row"
                found[index] = _Fault("; ".join(filter(None, (known, reason))), other_currency=True)
        return found


def _written(name: str, fields: Sequence[Sequence[str]], header: Header) -> Sequence[str]:
    """Give a column of ours as the file has it; empty where it has none."""
    if name in header.positions:
        return fields[header.positions[name]]
    if name == "amount" and _SIDES[0] in header.positions:
        return columns.beside(*(fields[header.positions[side]] for side in _SIDES))
    return ("",) * len(fields[0])

"""What `check` and `build` print of each source: what came in, which months, what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.cli.wording import counted, wrapped
from truecost.kernel.calendars import CALENDAR_MONTHS
from truecost.kernel.money import shown, to_minor
from truecost.sources.rejects import held_lines
from truecost.sources.statistics import change, coverage

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from decimal import Decimal

    from truecost.kernel.calendars import Calendar
    from truecost.kernel.periods import Period
    from truecost.sources.statistics import Tally
    from truecost.store.run import Run
    from truecost.store.runs import Store
    from truecost.store.sources import CodedSource, Statistics

_LABEL = 38
_COUNT = 10
_SUM = 30
_LISTED = 5
_NAMED = 20
_ALIKE = 3


def sources_report(
    sources: Iterable[CodedSource],
    distinct: Collection[str] = (),
    before: Run | None = None,
    store: Store | None = None,
    calendar: Calendar = CALENDAR_MONTHS,
) -> str:
    """Say for each source what came in and what became of it.

    `distinct` names the sources of which equal rows of one file count once. With the run `before`,
    also what changed since the loads that it was made from, as far as `store` still has them.
    """
    lines: list[str] = []
    for source in sources:
        lines += _came_in(source, distinct=source.name in distinct)
        lines += _months(source, calendar)
        if before is not None and store is not None:
            lines += _since(source, before, store)
    return "\n".join(lines)


def _came_in(source: CodedSource, *, distinct: bool) -> Iterator[str]:
    found = source.statistics
    yield f"Source {source.name}: {counted(len(source.files), 'file')}{_days(found)}"
    yield from _row("  rows", found.rows)
    yield from _row("  = loaded", found.loaded, found.totals, "loaded")
    yield from _row(_rejected(found.rejected), found.rejected, found.totals, "rejected")
    yield from _held(source)
    if found.repeated:
        yield from _row("  + repeated or replaced", found.repeated, found.totals, "repeated")
    if found.blank:
        yield from _row("  + blank", found.blank)
    if found.equal:
        equal = f"{found.equal:,} {'row equals' if found.equal == 1 else 'rows equal'}"
        counts = "counted once" if distinct else "each counts"
        yield f"  {equal} another row of the same file: {counts}"
    yield from _overlaps(source)
    yield from _notes(source)


def _notes(source: CodedSource) -> Iterator[str]:
    """Say what was out of the ordinary, once for all files of which the same is said.

    What differs in its figures only, as it does for each month's bill, is said of a few files.
    """
    said: dict[str, dict[str, list[str]]] = {}
    for file in source.files:
        for note in file.notes:
            of_kind = said.setdefault(note.partition(":")[0], {})
            of_kind.setdefault(note, []).append(file.name)
    for of_kind in said.values():
        notes = list(of_kind.items())
        for note, (first, *others) in notes[:_ALIKE]:
            more = f" and {counted(len(others), 'other file')}" if others else ""
            yield from wrapped(f"{first}{more}: {note}", "  ")
        if rest := sum(len(files) for _, files in notes[_ALIKE:]):
            yield f"    and the like of {counted(rest, 'other file')}"


def _days(found: Statistics) -> str:
    if found.first_day is None:
        return ", no lines"
    days = {str(found.first_day): None, str(found.last_day): None}
    return f", {' to '.join(days)}"


def _overlaps(source: CodedSource) -> Iterator[str]:
    """Say which files bring rows again, and where that looks like a corrected file."""
    rows = {file.name: file.rows for file in source.files}
    for lap in source.statistics.overlaps:
        stand = "row stands" if lap.rows == 1 else "rows stand"
        text = f"{lap.rows:,} {stand} in {lap.file} and in {lap.of}: counted once"
        rest = rows.get(lap.file, 0) - lap.rows
        if 0 < rest <= lap.rows:
            text += (
                f"; the other {rest:,} of {lap.file} {'counts' if rest == 1 else 'count'} too:"
                f" if it corrects {lap.of}, keep only one of the two files"
            )
        yield from wrapped(text, "  ")


def _rejected(count: int) -> str:
    """Say what became of rejected lines: a build goes on only where the model holds them back."""
    return "  + rejected, held back by the model" if count else "  + rejected"


def _held(source: CodedSource) -> Iterator[str]:
    """Name the lines that are held back, as far as they are few."""
    found = source.statistics
    if found.unreadable:
        has = "has" if found.unreadable == 1 else "have"
        yield f"    {found.unreadable:,} of them {has} no amount that can be read"
    for line in held_lines(source, _NAMED):
        yield from wrapped(line, "    ")
    if found.rejected > _NAMED:
        yield f"    and {counted(found.rejected - _NAMED, 'more line')}"


def _months(source: CodedSource, calendar: Calendar) -> Iterator[str]:
    """Say how many months have lines, and which between them have none."""
    covered = coverage(source, calendar)
    months = len(covered.months)
    if not months:
        return
    unit = calendar.unit
    words = f"{months} {unit}s have lines" if months > 1 else f"1 {unit} has lines"
    if not covered.gaps:
        yield f"  {words}, none between them is missing" if months > 1 else f"  {words}"
        return
    gaps = ", ".join(_ranges(covered.gaps))
    yield from wrapped(f"{words}; WITHOUT LINES: {gaps}", "  ")


def _ranges(months: Sequence[Period]) -> Iterator[str]:
    """Write months that follow each other as `2021-02 to 2021-04`."""
    first = last = months[0]
    for month in months[1:]:
        if month != last + 1:
            yield str(first) if first == last else f"{first} to {last}"
            first = month
        last = month
    yield str(first) if first == last else f"{first} to {last}"


def _since(source: CodedSource, before: Run, store: Store) -> Iterator[str]:
    """Say what changed since the load that a run was made from."""
    load = before.manifest["inputs"]["sources"].get(source.name)
    known = store.source(load) if load else None
    lead = f"  since run {before.id}:"
    if known is None:
        yield f"{lead} a new source" if load is None else f"{lead} its lines are not kept any more"
        return
    if load == source.load_id:
        yield f"{lead} unchanged"
        return
    found = change(known, source)
    files = [
        *(f"{name} is new" for name in found.new),
        *(f"{name} is gone" for name in found.gone),
        *(f"{name} has changed" for name in found.changed),
        *(f"{was} is called {now} now" for was, now in found.renamed),
    ]
    rows = [
        *_tallied("+", found.added, "added"),
        *_tallied("−", found.removed, "taken out"),
        *_tallied("±", found.corrected, "corrected, which makes", sign=True),
    ]
    yield lead if rows else f"{lead} the same rows"
    for line in files[:_LISTED]:
        yield from wrapped(line, "    ")
    if len(files) > _LISTED:
        yield f"    and {len(files) - _LISTED:,} more files"
    yield from rows


def _tallied(mark: str, tally: Tally, word: str, *, sign: bool = False) -> Iterator[str]:
    if not tally.rows:
        return
    sums = [_money(tally.amounts[each], each, sign=sign) for each in sorted(tally.amounts)]
    label = f"    {mark} {counted(tally.rows, 'row')} {word}"
    yield from _laid_out(f"{label:<{_LABEL + _COUNT}}", sums)


def _row(
    label: str, count: int, totals: Mapping[str, object] | None = None, of: str = ""
) -> Iterator[str]:
    """Lay out a label, a count, and the sums behind it, each currency on a line."""
    sums = [_money(getattr(total, of), currency) for currency, total in (totals or {}).items()]
    yield from _laid_out(f"{label:<{_LABEL}}{count:>{_COUNT},}", sums)


def _laid_out(label: str, sums: Sequence[str]) -> Iterator[str]:
    first, *more = sums or [""]
    yield f"{label}{first:>{_SUM}}".rstrip()
    yield from (f"{text:>{_LABEL + _COUNT + _SUM}}" for text in more)


def _money(amount: Decimal, currency: str, *, sign: bool = False) -> str:
    return shown(to_minor(amount, currency), currency, sign=sign)

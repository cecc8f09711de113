"""A figure explained: the chain of cost objects behind it, and the ledger lines, to the last digit.

The figure itself is settled. What stands behind it is *derived* from stored shares and shown with
decimals beyond the minor unit; a rounding row closes it, so that the parts add up to the figure.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from truecost.engine.capacity import LINES
from truecost.engine.lineage_lines import TOP, Cell, merged, portion_of
from truecost.engine.lineage_search import Behind, Search
from truecost.engine.lineage_session import Session
from truecost.engine.savings import SAVINGS
from truecost.kernel import money
from truecost.model.types import Kind
from truecost.statements import capacities, figures
from truecost.statements.explain_chain import Step, chain
from truecost.statements.safe import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from truecost.engine.lineage import Paths, Pulled
    from truecost.kernel.periods import Period
    from truecost.statements.book import Book
    from truecost.store.run import Run
    from truecost.store.runs import Store

#: Digits that a derived part has beyond the minor unit.
BEYOND = 2
_STEPS = 12
NO_LINES = (
    "Run {run} was built before runs kept their rules, so the ledger lines can't be told. Build"
    " the period again to see them."
)


@dataclass(frozen=True, slots=True)
class Entry:
    """Where the ledger entered the model: `amount` in minor units, `portion` of it in major units.

    `object` is a cost object, or empty for what was never allocated.
    """

    object: str
    name: str
    pool: str
    lines: int
    amount: int
    portion: Decimal


@dataclass(frozen=True, slots=True)
class LineBehind:
    """A ledger line behind a figure: its amount, and the portion of it in the figure.

    `amount` is in the ledger's `currency`; where that is another than the figure's, one unit of it
    is worth `rate` of the figure's.
    """

    day: str
    file: str
    line: int
    identity: str
    source: str
    texts: tuple[tuple[str, str], ...]
    amount: Decimal
    entered: str
    rule: str
    part: Fraction
    portion: Decimal
    currency: str
    rate: Fraction | None


@dataclass(frozen=True, slots=True)
class Moved:
    """What is in a figure and is no ledger line: savings shared, an exchange difference."""

    name: str
    portion: Decimal


@dataclass(frozen=True, slots=True)
class Rest:
    """The ledger lines that are not listed, together."""

    lines: int
    amount: Decimal
    portion: Decimal


@dataclass(frozen=True, slots=True)
class Explanation:
    """A figure, whole. `amount` is settled, in minor units; portions are major units.

    `more_steps` objects of the chain are not told. `entries` and `entries_rounding` add up to the
    amount; so do `lines`, `rest`, `moved` and `rounding`. `lines` is None where the run can't tell
    them; `notes` say why. `amount` is the true cost; `charged` says what is charged instead, where
    that is something else.
    """

    organisation: str
    run_id: str
    subject: str
    who: str
    periods: tuple[Period, ...]
    currency: str
    cls: str
    amount: int
    steps: tuple[Step, ...]
    more_steps: int
    entries: tuple[Entry, ...]
    entries_rounding: Decimal
    lines: tuple[LineBehind, ...] | None
    rest: Rest | None
    moved: tuple[Moved, ...]
    rounding: Decimal
    bound: Decimal
    notes: tuple[str, ...]
    charged: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """What is asked about: a settled amount, and the cells that are in it with their parts.

    `who` says whose it is, as a sentence goes on: "you", "consumers together". `charged` says in
    sentences what is charged instead of the amount, where that is something else.
    """

    subject: str
    who: str
    periods: tuple[Period, ...]
    currency: str
    cls: str
    amount: int
    cells: tuple[Cell, ...]
    pulled: Pulled
    paths: Paths | None
    targets: tuple[str, ...]
    sources: frozenset[str] | None
    charged: tuple[str, ...] = ()


def explained(
    store: Store,
    run: Run,
    book: Book,
    figure: Figure,
    top: int | None = TOP,
    session: Session | None = None,
) -> Explanation:
    """Explain a figure from a run and the coded sources that it pins.

    `top` limits the ledger lines; None lists all, and the whole chain. A `session` of the run that
    is kept for several questions saves reading things again. Raise StoreError where a source is
    gone.
    """
    with nullcontext(session) if session else Session(store, run) as used:
        return _explained(run, book, figure, top, used)


def _explained(
    run: Run, book: Book, figure: Figure, top: int | None, session: Session
) -> Explanation:
    places = money.digits(figure.currency) + BEYOND
    cells = merged(cell for cell in figure.cells if cell.part and cell.amount)
    rules = session.rules
    with nullcontext() if rules is None else Search(session, rules, cells, top) as search:
        # told while the search begins
        entries, entered = _entries(book, figure, cells, places)
        steps, more = _chain(book, figure, None if top is None else _STEPS)
        found = None if search is None else search.found()
    notes: list[str] = []
    listed: tuple[LineBehind, ...] | None = None
    rest = None
    moved: tuple[Moved, ...] = ()
    rounding = Decimal(0)
    if found is None:
        notes.append(NO_LINES.format(run=run.id))
    else:
        listed = tuple(_line(each, figure.currency, places) for each in found)
        rest = _rest(figure, cells, found, places)
        moved = _moved(cells, figure.currency, places)
        closed = sum((each.portion for each in listed), rest.portion if rest else Decimal(0))
        closed += sum((each.portion for each in moved), Decimal(0))
        rounding = money.to_major(figure.amount, figure.currency) - closed
    return Explanation(
        organisation=book.said("organisation"),
        run_id=run.id,
        subject=str(visible(figure.subject)),
        who=figure.who,
        periods=figure.periods,
        currency=figure.currency,
        cls=figure.cls,
        amount=figure.amount,
        steps=steps,
        more_steps=more,
        entries=entries,
        entries_rounding=entered,
        lines=listed,
        rest=rest,
        moved=moved,
        rounding=rounding,
        bound=Decimal(figure.pulled.bound),
        notes=tuple(notes),
        charged=figure.charged,
    )


def in_major(minor: Fraction, currency: str, places: int) -> Decimal:
    """Give a derived amount in major units, rounded half to even to so many places."""
    return figures.rounded(minor / 10 ** money.digits(currency), places)


def with_parts(cells: Iterable[Cell], pulled: Pulled, cls: str) -> tuple[Cell, ...]:
    """Give the allocated cells (of a class, or of all) with what part of each is pulled."""
    return tuple(
        cell.partly(pulled.parts[cell.object])
        for cell in cells
        if cell.outcome == "allocated" and cell.object in pulled.parts and cls in {"", cell.cls}
    )


def object_name(book: Book, period: Period, text: str) -> str:
    """Give what people call a cost object."""
    if text.startswith(LINES):
        return capacities.line_name(text, _services(book, period))
    kind, _, name = text.partition(" ")
    if kind == Kind.SERVICE:
        return str(visible(_services(book, period).get(name, name)))
    if kind == Kind.CONSUMER:
        node = book.tree(period).get(name)
        return node.name if node else name
    return str(visible(name if kind == Kind.TOWER else text))


def _services(book: Book, period: Period) -> dict[str, str]:
    def read() -> dict[str, str]:
        return {row["id"]: row["name"] for row in book.rows("services", period)}

    return book.once(("services by id", period), read)


def _chain(book: Book, figure: Figure, limit: int | None) -> tuple[tuple[Step, ...], int]:
    if figure.paths is None:
        return (), 0
    return chain(
        book, figure.paths, figure.pulled, figure.periods[0], figure.currency, figure.cls,
        figure.targets, figure.sources, limit,
    )  # fmt: skip


def _entries(
    book: Book, figure: Figure, cells: Sequence[Cell], places: int
) -> tuple[tuple[Entry, ...], Decimal]:
    """Add cells up by object and pool, the largest portion first; and what is left by rounding."""
    grouped: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells:
        grouped.setdefault((cell.object or cell.label or cell.outcome, cell.pool), []).append(cell)
    made = []
    for (entered, pool), group in grouped.items():
        portion = portion_of(group)
        made.append(
            Entry(
                entered,
                object_name(book, figure.periods[-1], entered) if group[0].object else entered,
                str(visible(pool)),
                sum(cell.lines for cell in group),
                sum(cell.amount for cell in group),
                in_major(portion, figure.currency, places),
            )
        )
    made.sort(key=lambda entry: (-abs(entry.portion), entry.object, entry.pool))
    total = sum((entry.portion for entry in made), Decimal(0))
    return tuple(made), money.to_major(figure.amount, figure.currency) - total


def _line(each: Behind, currency: str, places: int) -> LineBehind:
    line = each.line
    exact = Fraction(line.amount) * each.cell.weight * 10 ** money.digits(currency)
    texts = [(column, str(visible(value))) for column, value in line.texts.items() if value]
    amount = figures.shortened(line.amount, money.digits(line.currency))
    other, share = line.currency != currency, each.cell.share
    return LineBehind(
        line.day.isoformat(), str(visible(line.file)), line.line, line.identity, line.source,
        tuple(texts), amount, each.cell.object or each.cell.label or each.cell.outcome,
        str(visible(each.cell.rule)), each.part * share, in_major(exact, currency, places),
        str(visible(line.currency)), each.cell.worth / share if other and share else None,
    )  # fmt: skip


def _moved(cells: Sequence[Cell], currency: str, places: int) -> tuple[Moved, ...]:
    """Add up what no ledger line stands behind, by name."""
    by_name: dict[str, list[Cell]] = {}
    for cell in cells:
        if not cell.lines:
            by_name.setdefault(cell.label or SAVINGS, []).append(cell)
    return tuple(
        Moved(name, in_major(portion_of(group), currency, places))
        for name, group in sorted(by_name.items())
    )


def _rest(
    figure: Figure, cells: Sequence[Cell], found: Sequence[Behind], places: int
) -> Rest | None:
    """Add up what is not listed, from the cells: their lines less those that are."""
    count = sum(cell.lines for cell in cells) - len(found)
    if count <= 0:
        return None
    scale = 10 ** money.digits(figure.currency)
    listed = sum(
        (Fraction(each.line.amount) * scale * each.cell.worth for each in found), Fraction(0)
    )
    portions = sum(
        (Fraction(each.line.amount) * scale * each.cell.weight for each in found), Fraction(0)
    )
    of_lines = [cell for cell in cells if cell.lines]
    amount = sum(cell.amount for cell in of_lines) - listed
    portion = portion_of(of_lines) - portions
    digits = money.digits(figure.currency)
    exact = digits if amount.denominator == 1 else places
    return Rest(
        count,
        in_major(amount, figure.currency, exact),
        in_major(portion, figure.currency, places),
    )

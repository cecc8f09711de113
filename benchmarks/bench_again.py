"""What was computed, asked again after a change: the waterfall of `bench_waterfall`.

A million ledger lines through 30 pools, 60 towers and 500 services to 1,000 departments. Somebody
changes one thing, and the figures are wanted again:

`a driver of the last tier`: one department uses more of what ten services are shared by. The full
run computes all from the coded ledger (`rehearse`); a month that stands (`Standing`) is asked what
it would be. To open it, from a run at hand, is a contender of its own: it is paid once, and not for
each question. What both come to is compared, line by line, in a work of its own.

`elsewhere`: an upstream driver, an allocation rule, the amount of a ledger line. Nothing is settled
less than all, so the bar is that it costs no more than the full run: what is timed is the full run,
and the same preceded by what is tried in vain: looking for the build in the store, and, where there
is a driver, asking the month.

`nothing`: the workspace is untouched. A full build that is saved, against one that is taken from
the store.

Notes say the processor's seconds: the clock counts what others do on the machine.

    python benchmarks/bench_again.py [--quick | --full] [--json]
"""

from __future__ import annotations

import hashlib
import shutil
import time
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import pyarrow.compute as pc
import pyarrow.parquet as pq

from bench_waterfall import LAST, Data, at_hand, decimals, generate
from harness import Work, main
from truecost.engine.build import rehearse
from truecost.engine.closed import ClosedPeriods
from truecost.engine.drivers import DriverBook
from truecost.engine.ledger import Ledger
from truecost.engine.remembered import asked, remember, remembered
from truecost.model.load import load
from truecost.scenarios.base import Base
from truecost.scenarios.further import Rehearsal
from truecost.scenarios.lines import MonthLines
from truecost.store.runs import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from truecost.engine.build import Rehearsed
    from truecost.engine.drivers import Quantities
    from truecost.engine.standing import Standing
    from truecost.store.run import Run

    Asked: TypeAlias = Callable[[str], Quantities | None]

ROWS = {"quick": 100_000, "usual": 1_000_000, "full": 1_000_000}
DRIVER, FILE, OTHER = "use3", "use-003.csv", "use4"
UPSTREAM, UPSTREAM_FILE = "hours", "hours.csv"
CURRENCY = "EUR"


def files(shape: str, rows: int, months: int, folder: Path) -> None:
    """Write the workspace, and next to it what it is after each change."""
    generate(shape, rows, months, folder)
    made = folder / "workspace"
    for name in ("last", "upstream", "rule", "line"):
        shutil.copytree(made, folder / name, ignore=shutil.ignore_patterns("source"))
    for name, file in (("last", FILE), ("upstream", UPSTREAM_FILE)):
        path = folder / name / "data" / file
        *head, final = path.read_text(encoding="ascii").splitlines()
        period, target, _ = final.split(",")
        path.write_text("\n".join([*head, f"{period},{target},777.77", ""]), encoding="ascii")
    rules = folder / "rule" / "model" / "allocations.yaml"
    text = rules.read_text(encoding="utf-8")
    rules.write_text(text.replace(": 10%", ": 11%", 1), encoding="utf-8")
    table = pq.read_table(made / "source" / "rows.parquet")
    minor = (table["amount"].cast("float64").to_numpy() * 100).round().astype("int64")
    minor[-1] += 4_321
    table = table.set_column(2, "amount", decimals(minor))
    (folder / "line" / "source").mkdir()
    pq.write_table(table, folder / "line" / "source" / "rows.parquet")
    dictionary = made / "source" / "dictionary.parquet"
    shutil.copy(dictionary, folder / "line" / "source" / "dictionary.parquet")


@dataclass(frozen=True)
class Hand:
    """A workspace as it was, solved, and as it is after a change, its drivers' files read."""

    before: Data
    after: Data
    store: Store
    made: Rehearsed
    standing: Standing
    quantities: Asked


def changed(name: str, months: int, folder: Path) -> Hand:
    """Have both at hand; the month has been asked once already, about another driver."""
    before = at_hand(months, folder)
    source = before.source
    if name == "line":
        source = replace(source, folder=folder / name / "source", load_id="1" * 32)
    after = Data(load(folder / name) if name else before.model, source)
    made = rehearse(before.model, [before.source])
    store = Store.open(folder / "store")
    new = _quantities(after)
    standing = opened(before, made)
    other = dict(new(OTHER) or {})
    other[next(iter(other))] += 1
    standing.changed(lambda driver: other if driver == OTHER else new(driver), [OTHER])
    return Hand(before, after, store, made, standing, new)


def _quantities(data: Data) -> Asked:
    """Read the files of all drivers."""
    ledger = Ledger(data.model, [data.source])
    book = DriverBook(data.model, ledger.owners, ledger.measure, ledger.begins, ledger.data_file)
    book.faults([LAST])
    return partial(book.quantities, period=LAST)


def opened(data: Data, made: Rehearsed) -> Standing:
    """Open the last month from a run's tables."""
    base = Base(data.model, Rehearsal(made.tables, made.manifest), lambda *_: None)
    return base.standing(made.periods[-1], CURRENCY)


def timed(work: Callable[[Hand], str | None], hand: Hand) -> str:
    """Do it; say how long the processor took."""
    begun = time.process_time()
    said = work(hand)
    return f"processor {time.process_time() - begun:.3g} s{said or ''}"


def in_full(hand: Hand) -> None:
    """Compute what it is after the change, from the coded ledger."""
    rehearse(hand.after.model, [hand.after.source])


def opening(hand: Hand) -> None:
    """Open the month from the run's tables, settle its classes, ask it for the first time."""
    opened(hand.before, hand.made).changed(hand.quantities, [DRIVER])


def asking(hand: Hand) -> str:
    """Ask the month that stands."""
    found = hand.standing.changed(hand.quantities, [DRIVER])
    if found is None:
        raise AssertionError("the last tier was not told from the others")
    return f", {len(found):,} lines are others"


def tried(driver: str, hand: Hand) -> None:
    """Look for the build in the store, ask the month, and compute all."""
    if hand.standing.changed(hand.quantities, [driver]) is not None and driver:
        raise AssertionError("more than the last tier was changed")
    if _remembered(hand, hand.after) is not None:
        raise AssertionError("this was never built")
    in_full(hand)


def _remembered(hand: Hand, data: Data) -> Run | None:
    closed = ClosedPeriods.of(hand.store)
    build = asked(data.model, [data.source], closed, (None, None), None)
    found = remembered(hand.store, build) if build else None
    return found[0] if found else None


def saved(months: int, folder: Path) -> Hand:
    """Have a workspace at hand whose run is in the store, and was noted."""
    hand = changed("", months, folder)
    with hand.store.lock(wait=False):
        build = asked(
            hand.before.model, [hand.before.source], ClosedPeriods.of(hand.store),
            (None, None), None,
        )  # fmt: skip
        run = hand.store.save_run(hand.made.tables, hand.made.manifest)
        if build is None:
            raise AssertionError
        remember(hand.store, build, run, hand.made.warnings)
    return hand


def anew(hand: Hand) -> None:
    """Compute what was built, and save it."""
    made = rehearse(hand.before.model, [hand.before.source])
    hand.store.save_run(made.tables, made.manifest)


def taken(hand: Hand) -> None:
    """Take what was built from the store, verified."""
    if _remembered(hand, hand.before) is None:
        raise AssertionError("the build was not found")


def told(lines: Iterable[tuple[tuple[str, str, str], int]]) -> str:
    """Say what lines come to, each of them."""
    seen = hashlib.sha256(repr(sorted(lines)).encode())
    return seen.hexdigest()[:16]


def _lines(made: Rehearsed) -> MonthLines:
    table = made.tables["lines"]
    return MonthLines.of_run(table.filter(pc.equal(table["period"], LAST.index)))


def lines_in_full(hand: Hand) -> str:
    """Give the lines of the last month after the change, computed from the coded ledger."""
    return told(_lines(rehearse(hand.after.model, [hand.after.source])).items())


def lines_asked(hand: Hand) -> str:
    """Give the same of the month that was asked."""
    found = hand.standing.changed(hand.quantities, [DRIVER])
    return told(_lines(hand.made).with_(found or ()).items())


def works(size: str) -> Iterator[Work]:
    """Give the races: by shape and months, the last tier, then changes elsewhere, then none."""
    shapes = [("typical", 1), ("worst", 1), ("typical", 24)]
    for shape, months in shapes if size == "full" else shapes[:1]:
        title = f"{shape}, a month" if months == 1 else f"{shape}, {months} months"
        write = partial(files, shape, ROWS[size], months)
        last = partial(changed, "last", months)
        against = {"full run": in_full, "opening the month": opening, "asked again": asking}
        yield Work(f"a driver of the last tier, {title}", last, _timed(against), write)
        same = {"full run": lines_in_full, "asked again": lines_asked}
        yield Work(f"the same lines, {title}", last, same, write, agree=True)
        for name, driver in (("upstream", UPSTREAM), ("rule", ""), ("line", "")):
            against = {"full run": in_full, "tried first": partial(tried, driver)}
            elsewhere = partial(changed, name, months)
            yield Work(f"another {name}, {title}", elsewhere, _timed(against), write)
        against = {"full run, saved": anew, "taken from the store": taken}
        yield Work(f"nothing changed, {title}", partial(saved, months), _timed(against), write)


def _timed(
    works: Mapping[str, Callable[[Hand], str | None]],
) -> dict[str, Callable[[Hand], str | None]]:
    return {name: partial(timed, work) for name, work in works.items()}


if __name__ == "__main__":
    main(works)

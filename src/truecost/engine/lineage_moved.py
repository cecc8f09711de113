"""What recognition does to lineage: cells that count in a period for lines of another.

In a run a deferred cell stands beside the one that it takes away from, and what is released later
stands in its own month. For lineage they are one: the lines of the month in which they were posted,
of which so much counts here. All lines that are posted in one month under the same rules have the
same share, that of their cell; where their service periods differ it is their average.
"""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from truecost.engine.cells import Nature
from truecost.engine.tables import read
from truecost.model.recognition import ASSET, FROM, IN_SERVICE, TO
from truecost.sources.dates import ORDERS, parse_date
from truecost.sources.values import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from truecost.engine.cells import Key
    from truecost.engine.lineage_rows import LedgerLine
    from truecost.store.run import Run

_STAYS = frozenset({Nature.POSTED, Nature.LATE, Nature.SAVING})
_PLACE = "source label pool object class consumer".split()
#: (source, label, pool, object, class, consumer, period in which it was posted)
_Place = tuple[str, str, str, str, str, str, int]


class Counted(NamedTuple):
    """Ledger lines of a month and what of them counts in another: `net` of `whole` minor units."""

    row: dict[str, Any]
    net: int
    whole: int

    @property
    def share(self) -> Fraction:
        """What of each unit of the lines counts."""
        return Fraction(self.net, self.whole) if self.whole else Fraction(0)


def counted(run: Run, rows: Sequence[dict[str, Any]]) -> tuple[list[Counted], list[dict[str, Any]]]:
    """Put together what cells of a period and currency count for; give also what was not moved.

    `rows` are those of the run's `cells`.
    """
    key = ("source", "outcome", "label", "pool", "object", "class", "consumer", "rule",
           "centre_rule", "ledger_currency")  # fmt: skip
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
    moved: list[Counted] = []
    stays: list[dict[str, Any]] = []
    for row in rows:
        if row["nature"] == Nature.SAVING:  # no lines stand behind it
            stays.append(row)
        else:
            groups[(*(row[name] for name in key), _of_lines(row))].append(row)
    wholes: dict[_Place, dict[str, int]] | None = None
    for group in groups.values():
        if all(row["nature"] in _STAYS for row in group):
            stays += group
            continue
        own = [row for row in group if row["nature"] in _STAYS]
        net = sum(row["amount"] for row in group)
        whole = sum(row["amount"] for row in own)
        if not own:
            wholes = _wholes(run) if wholes is None else wholes
            found = wholes.get(_place(group[0]), {})
            rules = (group[0]["rule"], group[0]["centre_rule"], "")
            whole = sum(found.get(rule, 0) for rule in dict.fromkeys(rules))
        lines = sum(row["lines"] for row in own) or max(row["lines"] for row in group)
        moved.append(
            Counted({**group[0], "lines": lines, "posted": _of_lines(group[0])}, net, whole)
        )
    return moved, stays


def _of_lines(row: dict[str, Any]) -> int:
    """Give the period in which the lines of a cell stand in their source."""
    return int(row["period"] if row["nature"] in _STAYS else row["posted"])


def _place(row: dict[str, Any]) -> _Place:
    source, label, pool, object_, cls, consumer = (str(row[name]) for name in _PLACE)
    return source, label, pool, object_, cls, consumer, int(row["posted"])


def _wholes(run: Run) -> dict[_Place, dict[str, int]]:
    """Give what schedules are of, by where they enter, when, and the rule that recognises them."""
    columns = (*_PLACE, "entered", "rule", "begins", "ends", "disposed", "until", "asset",
               "residual", "sale", "total", "by_days", "currency")  # fmt: skip
    table = read(run, "schedules").select([*columns])
    sums: dict[_Place, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in table.group_by(list(columns)).aggregate([]).to_pylist():
        sums[_place({**row, "posted": row["entered"]})][row["rule"]] += row["total"]
    return sums


def months_of(run: Run, key: Key, rules: Iterable[str], line: LedgerLine) -> dict[int, Fraction]:
    """Give what of a ledger line counts in each period of the run; empty where it is not spread.

    `rules` are the names of those that took it. Among lines of one month and place the schedule is
    that of the line's own dates, or where these do not tell, the average of all.
    """
    if not run.manifest["tables"].get("schedules", {}).get("rows"):
        return {}
    place = (key.source, key.label, key.object, key.cls, key.consumer, line.period, key.currency)
    named = {*rules, ""}
    rows = [
        row
        for row in read(run, "schedules").to_pylist()
        if row["rule"] in named
        and place
        == (
            row["source"], row["label"], row["object"], row["class"], row["consumer"],
            row["entered"], row["currency"],
        )
    ]  # fmt: skip
    own = [row for row in rows if _is_of(row, line.texts)]
    whole: dict[tuple[Any, ...], int] = {}
    sums: dict[int, int] = defaultdict(int)
    for row in own or rows:
        terms = (row["begins"], row["ends"], row["disposed"], row["asset"], row["residual"],
                 row["sale"], row["total"], row["pool"])  # fmt: skip
        whole[terms] = row["total"]
        sums[row["period"]] += row["released"] + row["lost"]
    total = sum(whole.values())
    return {period: Fraction(part, total) for period, part in sorted(sums.items())} if total else {}


def _is_of(row: dict[str, Any], texts: Mapping[str, str]) -> bool:
    """Say whether a schedule may be that of a line with these texts."""
    told = [(row["begins"], texts.get(FROM)), (row["ends"], texts.get(TO))]
    told.append((row["begins"], texts.get(IN_SERVICE)))
    days = [(day, text) for day, text in told if text]
    asset = texts.get(ASSET)
    if asset is not None and row["asset"] != asset:
        return False
    return all(day in _readings(text) for day, text in days)


def _readings(text: str) -> set[str]:
    """Give every day that a text may mean, in whatever order it is written."""
    found = set()
    for order in ORDERS:
        try:
            found.add(parse_date(text, order).isoformat())
        except Unreadable:
            continue
    return found

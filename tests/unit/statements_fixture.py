"""A small run in memory: a city council, three services, four departments, thirteen months.

What the tables of a run hold is put together here by plain arithmetic, so that each figure of a
statement can be checked by hand. `council()` is the good case; `hostile()` the same with names that
try to break out of a page, a spreadsheet or a terminal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from truecost.engine import tables
from truecost.kernel.periods import Period, span

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pyarrow as pa

FIRST, LAST = Period.of(2021, 2), Period.of(2022, 2)
APART = "technology outside central IT"
LEFT = "old circuits that nobody claims"
SCOPE = "outside the scope of technology cost"
LEAVES = ("housing", "care", "libraries", "planning")
WORKPLACE, HOSTING, CYBER = "service workplace", "service hosting", "service cyber"
VOICE = "tower Network / Voice"
TOWERS = {
    WORKPLACE: "tower End User / Workspace",
    HOSTING: "tower Platform / Container Orchestration",
    CYBER: "tower Security & Compliance / Cyber Security & Incident Response",
}

CONSUMERS = (
    # id, name, parent, head, leaf, depth
    ("council", "Northmoor City Council", "", "Chief executive", False, 0),
    ("people", "People", "council", "Director of people", False, 1),
    ("housing", "Housing and neighbourhoods", "people", "Head of housing", True, 2),
    ("care", "Adult social care", "people", "Head of adult social care", True, 2),
    ("place", "Place", "council", "Director of place", False, 1),
    ("libraries", "Libraries and museums", "place", "Head of libraries", True, 2),
    ("planning", "Planning and building control", "place", "Head of planning", True, 2),
)
SERVICES = (
    # id, name, owner, tower, unit, behaviour, step, notice, description
    (
        "workplace",
        "Workplace",
        "Amira Haddad, workplace services",
        "End User / Workspace",
        "device",
        "step",
        25,
        3,
        "A managed laptop, its software, repair and the service desk.",
    ),
    (
        "hosting",
        "Applications and cloud hosting",
        "Tom Okafor, platforms",
        "Platform / Container Orchestration",
        "server hour",
        "variable",
        None,
        0,
        "Servers for your applications, by the hour.",
    ),
    (
        "cyber",
        "Cyber security",
        "Head of information security",
        "Security & Compliance / Cyber Security & Incident Response",
        "",
        "fixed",
        None,
        24,
        "Watching, testing and answering for all departments.",
    ),
)


@dataclass(frozen=True)
class MemoryRun:
    """A run as a statement sees it."""

    id: str
    manifest: Mapping[str, Any]
    tables: Mapping[str, pa.Table]

    def table(self, name: str) -> pa.Table:
        return self.tables[name]


def split(total: int, weights: Sequence[int]) -> list[int]:
    """Split an integer by weights, by largest remainder."""
    whole = sum(weights)
    parts = [total * weight // whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for i in order[: total - sum(parts)]:
        parts[i] += 1
    return parts


def devices(month: int) -> list[int]:
    return [300 + 4 * month, 210 + month, 96 - month, 60 + (5 if month == 12 else 0)]


def hours(month: int) -> list[int]:
    return [1_440, 2_160 + 90 * month, 720, 0 if month < 12 else 360]


def payments(month: int) -> list[int]:
    return [40 + month % 3, 25, 9, 6]


def costs(month: int) -> dict[str, tuple[int, int, int]]:
    """Give what stands on each tower before services share, by run, grow and transform."""
    season = [0, 7, 3, -2, 4, 1, 0, 5, -3, 2, 6, -4, 1][month]
    return {
        WORKPLACE: (4_310_077 + season * 61_003, 240_000, 90_011),
        HOSTING: (2_903_331 + season * 40_009, 310_007, 0),
        CYBER: (1_100_000, 0, 125_003),
    }


def _table_rows() -> dict[str, list[tuple[Any, ...]]]:
    rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in tables.SCHEMAS}
    for month, period in enumerate(span(FIRST, LAST)):
        _add_month(rows, month, period.index)
    return rows


def _add_month(rows: dict[str, list[tuple[Any, ...]]], month: int, period: int) -> None:
    key = (period, "GBP")
    consumers = [f"consumer {leaf}" for leaf in LEAVES]
    use = {WORKPLACE: devices(month), HOSTING: hours(month), CYBER: payments(month)}
    cost = costs(month)
    ledger: dict[tuple[str, str], int] = {}
    bills: dict[str, int] = {}
    rests: dict[tuple[str, str], int] = {}

    def posted(cls: str, source: str, amount: int) -> None:
        ledger[cls, source] = ledger.get((cls, source), 0) + amount

    def billed(cls: str, service: str, consumer: str, amount: int) -> None:
        rows["lines"].append((*key, cls, service, consumer, amount))
        bills[cls] = bills.get(cls, 0) + amount

    def left(cls: str, name: str, obj: str, consumer: str, amount: int) -> None:
        rows["remainders"].append((*key, cls, name, obj, consumer, amount))
        rests[cls, name] = rests.get((cls, name), 0) + amount

    def cell(
        source: str,
        outcome: str,
        label: str,
        pool: str,
        obj: str,
        cls: str,
        owner: str,
        n: int,
        p: int,
    ) -> None:
        rows["cells"].append(
            (*key, source, outcome, label, pool, obj, cls, owner, "rule", "", n, p)
        )
        if outcome != "ignored":
            posted(cls, source, p)

    for i, cls in enumerate(("run", "grow", "transform")):
        entered = {service: cost[service][i] for service in TOWERS}
        for service, amount in entered.items():
            if amount:
                pool = "Software & SaaS / Licensing" if service == CYBER else "Staffing / Internal"
                cell("ledger", "allocated", "", pool, TOWERS[service], cls, "", 40 + month, amount)
        # a twentieth of hosting serves the workplace's own servers
        passed = round(entered[HOSTING] / 20)
        gross = {**entered, WORKPLACE: entered[WORKPLACE] + passed}
        for service, amount in gross.items():
            if amount:
                rows["objects"].append((*key, TOWERS[service], cls, entered[service]))
                rows["objects"].append((*key, service, cls, amount))
            charged = amount - passed if service == HOSTING else amount
            for leaf, part in zip(LEAVES, split(charged, use[service]), strict=True):
                if part:
                    billed(cls, service, leaf, part)
    if month == 12:
        cell("ledger", "allocated", "", "Telecom / Voice", VOICE, "run", "", 2, -41_250)
        rows["objects"].append((*key, VOICE, "run", -41_250))
        rows["flows"].append(
            (*key, VOICE, "consumer planning", "1", "1", "", "", "", "", "allocations.yaml:30")
        )
        billed("run", VOICE, "planning", -41_250)
    cell(
        "purchase cards",
        "allocated",
        "",
        "Hardware / Expensed",
        "consumer libraries",
        "run",
        "libraries",
        3,
        18_499,
    )
    billed("run", "", "libraries", 18_499)
    cell(
        "ledger",
        "kept apart",
        APART,
        "Staffing / External",
        "",
        "grow",
        "libraries",
        14,
        960_000 + month,
    )
    left("grow", APART, "", "libraries", 960_000 + month)
    cell(
        "ledger", "allocated", "", "Telecom / Circuits", "tower Network / WAN", "run", "", 5, 31_007
    )
    rows["objects"].append((*key, "tower Network / WAN", "run", 31_007))
    left("run", LEFT, "tower Network / WAN", "", 31_007)
    cell("ledger", "ignored", SCOPE, "", "", "run", "", 2_290, 812_345_678)

    for (cls, source), amount in ledger.items():
        rows["proof"].append((*key, cls, "ledger", source, amount))
    for cls, amount in bills.items():
        rows["proof"].append((*key, cls, "statements", "", amount))
    for (cls, name), amount in rests.items():
        rows["proof"].append((*key, cls, "remainder", name, amount))
    rows["proof"].append((*key, "run", "ignored", SCOPE, 812_345_678))

    for service, tower in TOWERS.items():
        rows["flows"].append((*key, tower, service, "1", "1", "", "", "", "", "allocations.yaml:2"))
    rows["flows"].append(
        (*key, HOSTING, WORKPLACE, "5", "100", "", "", "", "", "allocations.yaml:9")
    )
    named = {
        WORKPLACE: ("devices", "device"),
        HOSTING: ("server hours", "server hour"),
        CYBER: ("payments", "payment"),
    }
    for service, (driver, unit) in named.items():
        total = sum(use[service])
        for target, quantity in zip(consumers, use[service], strict=True):
            weight, whole = (
                (quantity * 95, total * 100) if service == HOSTING else (quantity, total)
            )
            rows["flows"].append(
                (*key, service, target, str(weight), str(whole), driver, str(quantity), str(total),
                 unit, "allocations.yaml:14")
            )  # fmt: skip
        rows["drivers"].append(
            (
                period,
                driver,
                unit,
                "headcount" if service == CYBER else "",
                service == CYBER,
                str(total),
            )
        )
    rows["services"].extend((period, *service) for service in SERVICES)
    rows["consumers"].extend(
        (period, *consumer, position) for position, consumer in enumerate(CONSUMERS)
    )


def _manifest() -> dict[str, Any]:
    return {
        "format": 1,
        "run": "5f0c2ab1d3e49786",
        "inputs": {
            "code_version": "0.1.0",
            "model": {str(period): "ab" * 32 for period in span(FIRST, LAST)},
            "sources": {"ledger": "0" * 32, "purchase cards": "1" * 32},
            "drivers": {},
            "settings": {},
        },
        "workspace": {
            "organisation": "Northmoor City Council",
            "currency": "GBP",
            "fiscal_year_begins": 4,
            "about": "An invented city council, for trying out statements.",
            "attribution": "Figures are made up; nobody's data.",
            "sources": {
                "ledger": {"basis": "cash", "basis_note": "payments over £25,000"},
                "purchase cards": {"basis": "cash", "basis_note": ""},
            },
        },
    }


def council(change: Callable[[dict[str, list[tuple[Any, ...]]]], None] | None = None) -> MemoryRun:
    """Build the run; `change` may alter the rows before they become tables."""
    rows = _table_rows()
    if change:
        change(rows)
    built = {name: tables.table(name, entries) for name, entries in rows.items()}
    return MemoryRun("5f0c2ab1d3e49786", _manifest(), built)


HOSTILE = {
    "Northmoor City Council": '=HYPERLINK("http://evil.example","Northmoor")',
    "Libraries and museums": "</title></style><script>alert(1)</script>&amp;",
    "Head of libraries": "\u202egnp.exe\u2066 head",
    "Workplace": "@SUM(A1:A9)\u200b\x1b[31m",
    "Applications and cloud hosting": "\uff1dcmd|' /C calc'!A0",
    "Amira Haddad, workplace services": "+44 123\r\n456",
    "Tom Okafor, platforms": "\t-2+3",
    APART: 'a;=1+1" onmouseover="alert(1)',
    "An invented city council, for trying out statements.": "{{ 7 * 7 }} {% raw %}\x00\u2028",
}


def hostile() -> MemoryRun:
    """Build the run with names that try to break out."""

    def rename(rows: dict[str, list[tuple[Any, ...]]]) -> None:
        for entries in rows.values():
            entries[:] = [tuple(HOSTILE.get(value, value) for value in row) for row in entries]

    run = council(rename)
    workspace = run.manifest["workspace"]
    for name in ("organisation", "about"):
        workspace[name] = HOSTILE[workspace[name]]
    return run

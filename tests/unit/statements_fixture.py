"""A small run in memory: a city council, three services, four departments, thirteen months.

What the tables of a run hold is put together here by plain arithmetic, so that each figure of a
statement can be checked by hand. `council()` is the good case; `hostile()` the same with names that
try to break out of a page, a spreadsheet or a terminal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from truecost.engine import tables
from truecost.kernel.apportion import apportion
from truecost.kernel.periods import Period, span

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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

DRIVERS = {
    WORKPLACE: ("devices", "device"),
    HOSTING: ("server hours", "server hour"),
    CYBER: ("payments", "payment"),
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


Rows = dict[str, list[tuple[Any, ...]]]


def _table_rows() -> Rows:
    rows: Rows = {name: [] for name in tables.SCHEMAS}
    for number, period in enumerate(span(FIRST, LAST)):
        month = _Month(rows, number, period.index)
        for i, cls in enumerate(("run", "grow", "transform")):
            month.add_services(cls, {service: cost[i] for service, cost in costs(number).items()})
        month.add_the_rest()
        month.add_proof()
        month.add_flows()
        month.add_catalogues()
    return rows


class _Month:
    """Puts the rows of one month together, and keeps both sides of its proof."""

    def __init__(self, rows: Rows, number: int, period: int) -> None:
        self.rows = rows
        self.number = number
        self.period = period
        self.key = (period, "GBP")
        self.use = {WORKPLACE: devices(number), HOSTING: hours(number), CYBER: payments(number)}
        self.sides: dict[tuple[str, str, str], int] = {}

    def _prove(self, cls: str, side: str, label: str, amount: int) -> None:
        key = (cls, side, label)
        self.sides[key] = self.sides.get(key, 0) + amount

    def _bill(self, cls: str, service: str, consumer: str, amount: int) -> None:
        self.rows["lines"].append((*self.key, cls, service, consumer, amount))
        self._prove(cls, "statements", "", amount)

    def _keep(self, cls: str, name: str, source: str, consumer: str, amount: int) -> None:
        self.rows["remainders"].append((*self.key, cls, name, source, consumer, amount))
        self._prove(cls, "remainder", name, amount)

    def _cell(self, amount: int, lines: int, **other: str) -> None:
        """Post to the ledger; columns not given are run cost of the ledger that is allocated."""
        cell = {
            "source": "ledger", "outcome": "allocated", "label": "", "pool": "", "object": "",
            "class": "run", "consumer": "", "rule": "rule", "centre_rule": "", **other,
        }  # fmt: skip
        self.rows["cells"].append((*self.key, *cell.values(), lines, amount))
        if cell["outcome"] == "ignored":
            self._prove(cell["class"], "ignored", cell["label"], amount)
        else:
            self._prove(cell["class"], "ledger", cell["source"], amount)

    def _flow(self, source: str, target: str, weight: int, whole: int, *use: str) -> None:
        use = use or ("", "", "", "")
        self.rows["flows"].append(
            (*self.key, source, target, str(weight), str(whole), *use, "allocations.yaml:2")
        )

    def add_services(self, cls: str, entered: dict[str, int]) -> None:
        # a twentieth of hosting serves the workplace's own servers
        passed = round(entered[HOSTING] / 20)
        for service, amount in entered.items():
            gross = amount + passed if service == WORKPLACE else amount
            if not gross:
                continue
            pool = "Software & SaaS / Licensing" if service == CYBER else "Staffing / Internal"
            self._cell(
                amount, 40 + self.number, pool=pool, object=TOWERS[service], **{"class": cls}
            )
            self.rows["objects"].append((*self.key, TOWERS[service], cls, amount))
            self.rows["objects"].append((*self.key, service, cls, gross))
            charged = amount - passed if service == HOSTING else gross
            for leaf, part in zip(LEAVES, apportion(charged, self.use[service]), strict=True):
                if part:
                    self._bill(cls, service, leaf, part)

    def add_the_rest(self) -> None:
        """Add a credit, a direct cost, what is kept apart, what nobody claims, what is ignored."""
        if self.number == 12:
            self._cell(-41_250, 2, pool="Telecom / Voice", object=VOICE)
            self.rows["objects"].append((*self.key, VOICE, "run", -41_250))
            self._flow(VOICE, "consumer planning", 1, 1)
            self._bill("run", VOICE, "planning", -41_250)
        direct = {"pool": "Hardware / Expensed", "object": "consumer libraries"}
        self._cell(18_499, 3, source="purchase cards", consumer="libraries", **direct)
        self._bill("run", "", "libraries", 18_499)
        bought = 960_000 + self.number
        kept = {"outcome": "kept apart", "label": APART, "consumer": "libraries", "class": "grow"}
        self._cell(bought, 14, pool="Staffing / External", **kept)
        self._keep("grow", APART, "", "libraries", bought)
        self._cell(31_007, 5, pool="Telecom / Circuits", object="tower Network / WAN")
        self.rows["objects"].append((*self.key, "tower Network / WAN", "run", 31_007))
        self._keep("run", LEFT, "tower Network / WAN", "", 31_007)
        self._cell(812_345_678, 2_290, outcome="ignored", label=SCOPE)

    def add_proof(self) -> None:
        self.rows["proof"] += [(*self.key, *key, amount) for key, amount in self.sides.items()]

    def add_flows(self) -> None:
        for service, tower in TOWERS.items():
            self._flow(tower, service, 1, 1)
        self._flow(HOSTING, WORKPLACE, 5, 100)
        for service, (driver, unit) in DRIVERS.items():
            total = sum(self.use[service])
            # hosting passes a twentieth on before consumers share the rest
            part, parts = (95, 100) if service == HOSTING else (1, 1)
            for leaf, quantity in zip(LEAVES, self.use[service], strict=True):
                measured = (driver, str(quantity), str(total), unit)
                self._flow(service, f"consumer {leaf}", quantity * part, total * parts, *measured)

    def add_catalogues(self) -> None:
        for service, (driver, unit) in DRIVERS.items():
            stands_for = "headcount" if service == CYBER else ""
            total = str(sum(self.use[service]))
            self.rows["drivers"].append(
                (self.period, driver, unit, stands_for, service == CYBER, total, self.period)
            )
        self.rows["services"] += [(self.period, *service) for service in SERVICES]
        self.rows["consumers"] += [
            (self.period, *consumer, position) for position, consumer in enumerate(CONSUMERS)
        ]


def _manifest() -> dict[str, Any]:
    return {
        "format": 1,
        "run": "5f0c2ab1d3e49786",
        "sha256": "0123456789abcdef" * 4,
        # as a run of before charges were kept: each line is charged at what it costs
        "tables": {name: {} for name in tables.SCHEMAS if name not in tables.LATER_TABLES},
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


def council(change: Callable[[Rows], None] | None = None) -> MemoryRun:
    """Build the run; `change` may alter the rows before they become tables."""
    rows = _table_rows()
    if change:
        change(rows)
    # cells count where the ledger has them: posted, nature, service period, the ledger's amount
    rows["cells"] = [(*row, row[0], "", row[0], row[1], row[-1]) for row in rows["cells"]]
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

    def rename(rows: Rows) -> None:
        for entries in rows.values():
            entries[:] = [tuple(HOSTILE.get(value, value) for value in row) for row in entries]

    run = council(rename)
    workspace = run.manifest["workspace"]
    for name in ("organisation", "about"):
        workspace[name] = HOSTILE[workspace[name]]
    return run

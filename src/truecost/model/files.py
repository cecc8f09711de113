"""The files of a workspace: which there are, and their trees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.kernel.findings import Finding, Place
from truecost.model.names import suggestion
from truecost.model.yaml import Parsed, parse

if TYPE_CHECKING:
    from pathlib import Path

MAIN = "truecost.yaml"
ACCOUNTS = "model/accounts.yaml"
COST_CENTRES = "model/cost_centres.yaml"
TOWERS = "model/towers.yaml"
POOLS = "model/pools.yaml"
SERVICES = "model/services.yaml"
CONSUMERS = "model/consumers.yaml"
DRIVERS = "model/drivers.yaml"
ALLOCATIONS = "model/allocations.yaml"
RATES = "model/rates.yaml"
JOURNAL = "model/journal.yaml"
CHARGING_COSTS = "model/charging_costs.yaml"
#: The organisation's own tests: as many files as they like, no part of the model.
TESTS = "tests/*.yaml"
#: What-if: one file per scenario, no part of the model.
SCENARIOS = "scenarios/*.yaml"
FILES = (
    MAIN, ACCOUNTS, COST_CENTRES, TOWERS, POOLS, SERVICES, CONSUMERS, DRIVERS, ALLOCATIONS,
    RATES,
    JOURNAL,
    CHARGING_COSTS,
)  # fmt: skip
REQUIRED = (MAIN, ACCOUNTS, CONSUMERS)
_BROKEN = Parsed(None, broken=True)


def read_files(folder: Path, found: list[Finding]) -> dict[str, Parsed]:
    """Read every file of the workspace that is there, by name.

    Faults of syntax, missing files and files that are no part of the format are added to `found`.
    A file that is required and missing counts as broken.
    """
    if not (folder / MAIN).exists():
        hint = "name a workspace's folder, or make one with: truecost init"
        found.append(Finding(Place(MAIN), "there is no truecost.yaml in this folder", hint))
        return {MAIN: _BROKEN}
    read = {name: _read(folder, name, found) for name in FILES}
    for path in sorted((folder / "model").glob("*")):
        name = f"model/{path.name}"
        if path.suffix in (".yaml", ".yml") and name not in FILES:
            hint = suggestion(name, FILES) or f"known: {', '.join(FILES[1:])}"
            found.append(Finding(Place(name), "this file is no part of the format", hint))
    return {name: parsed for name, parsed in read.items() if parsed is not None}


def _read(folder: Path, name: str, found: list[Finding]) -> Parsed | None:
    try:
        data = (folder / name).read_bytes()
    except FileNotFoundError:
        if name not in REQUIRED:
            return None
        found.append(Finding(Place(name), "this file is missing", "every workspace has it"))
        return _BROKEN
    except OSError as error:
        found.append(Finding(Place(name), f"this file can't be read: {error.strerror}"))
        return _BROKEN
    parsed = parse(data, name)
    found.extend(parsed.findings)
    return parsed

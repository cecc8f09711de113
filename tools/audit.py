"""Look for known faults of the packages that are locked: `make audit`.

Asks the advisory database of PyPI, through pip-audit. Ends with 1 where a package has a known
fault. Where the database can't be reached it says so, and that nothing was audited, and ends with
0, unless it is called with `--strict`: who releases asks so, who builds offline does not.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
UV = ROOT / ".venv" / "bin" / "uv"
TOOL = ("tool", "run", "--quiet", "--from", "pip-audit>=2.9,<3", "pip-audit")
HOW = ("--disable-pip", "--no-deps", "--progress-spinner", "off", "--format", "json")
LOCKS = ("portal", "dev")
PATIENCE = 300


def main(strict: bool) -> int:  # noqa: FBT001  a program of one flag
    """Audit each lock file; give the code to end with."""
    faults, audited = [], 0
    for lock in LOCKS:
        said = _asked(ROOT / "requirements" / f"{lock}.txt")
        known = [each for each in said if "skip_reason" not in each]
        audited += len(known)
        print(f"{lock}: {len(known)} packages audited, {len(said) - len(known)} not")
        faults += [(each, fault) for each in known for fault in each["vulns"]]
    for each, fault in faults:
        fixed = ", ".join(fault["fix_versions"]) or "nowhere yet"
        print(f"{each['name']} {each['version']}: {fault['id']}, mended in {fixed}")
    if not audited:
        print("NOTHING WAS AUDITED: the advisory database can't be reached", file=sys.stderr)
    return 1 if faults or (strict and not audited) else 0


def _asked(lock: Path) -> list[dict[str, Any]]:
    """Give what pip-audit says of each package, nothing where it can't ask."""
    try:
        ended = subprocess.run(
            [str(UV), *TOOL, "-r", str(lock), *HOW],
            capture_output=True, text=True, check=False, timeout=PATIENCE,
        )  # fmt: skip
        found: list[dict[str, Any]] = json.loads(ended.stdout)["dependencies"]
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError):
        return []
    return found


if __name__ == "__main__":
    sys.exit(main("--strict" in sys.argv[1:]))

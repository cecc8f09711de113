"""The demo: the real example built, shown and written out, by the commands that anyone would type.

python tools/demo.py FOLDER
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

PROGRAM = Path(sys.executable).with_name("truecost")
MONTH = "2022-02"


def main(folder: Path) -> None:
    """Make the workspace anew in `folder`, build it, show it, write the statements."""
    if folder.exists() and not (folder / "truecost.yaml").exists():
        sys.exit(f"{folder} is there and is no workspace: name another folder")
    shutil.rmtree(folder, ignore_errors=True)
    began = time.perf_counter()
    statements = folder / "statements"
    truecost("init", str(folder), "--example", "cabinet-office")
    truecost("build", "-w", str(folder))
    truecost("show", "-w", str(folder), "--by", "service", "--from", "2021-04", "--to", "2022-03")
    truecost("show", "-w", str(folder), "--by", "consumer", "--from", "2021-04", "--to", "2022-03")
    truecost("verify", "-w", str(folder))
    everyone = ("statement", "--all", "-w", str(folder), "--period", MONTH, "-o", str(statements))
    truecost(*everyone)
    truecost(*everyone, "--format", "pdf")
    for form in ("html", "pdf"):
        summary = str(folder / f"summary.{form}")
        truecost("summary", "-w", str(folder), "--period", MONTH, "-o", summary)
    print(f"\nDone in {time.perf_counter() - began:.1f} s. Open in a browser:")
    print(f"  {folder / 'summary.html'}")
    print(f"  {statements / 'index.html'}")
    print("The tutorial explains each step: docs/tutorial/cabinet-office.md")


def truecost(*arguments: str) -> None:
    """Show a command and run it; end where it fails."""
    print(f"\n$ truecost {' '.join(arguments)}", flush=True)
    done = subprocess.run([PROGRAM, *arguments], check=False)
    if done.returncode:
        sys.exit(done.returncode)


if __name__ == "__main__":
    if len(sys.argv) != 2:  # noqa: PLR2004  the program and one folder
        sys.exit(__doc__)
    main(Path(sys.argv[1]))

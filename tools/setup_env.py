"""Set up the virtual environment, and the system packages that tests need.

    python3 tools/setup_env.py run     what the program needs
    python3 tools/setup_env.py portal  also what its portal needs
    python3 tools/setup_env.py dev     also what its tests and checks need
    python3 tools/setup_env.py bench   besides, what benchmarks measure against
    python3 tools/setup_env.py peers   and, in .venv/peers, what of it goes with nothing else

Versions and hashes come from requirements/*.txt, made by uv and read by uv or pip alike. Needs
nothing but Python 3.11; does nothing where everything is there already.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / "python"
OLDEST = (3, 11)
KINDS = ("run", "portal", "dev", "bench", "peers")
QUIET = [] if sys.stdout.isatty() else ["--quiet"]
# Debian package → the program or folder that shows that it is there, and what needs it.
SYSTEM = {
    "chromium": ("chromium", "the browser tests"),
    "fonts-liberation": ("/usr/share/fonts/truetype/liberation", "the pages that they measure"),
    "curl": ("curl", "the page on the API"),
    "hledger": ("hledger", "the tests in which it checks journals"),
    "postgresql": ("pg_ctlcluster", "the tests that query a PostgreSQL of their own"),
    "openjdk-17-jre-headless": ("java", "the tests that run Spark"),
    "xmlsec1": ("xmlsec1", "the tests that sign in by SAML"),
    "poppler-utils": ("pdftotext", "the tests that read PDFs again, by a reader that is not ours"),
}


def main(kind: str) -> None:
    """Bring the environment to what `kind` needs, saying what is done."""
    if sys.version_info < OLDEST:
        sys.exit(f"Truecost needs Python 3.11 or later; this is {sys.version.split()[0]}")
    lock = ROOT / "requirements" / f"{kind}.txt"
    wanted = hashlib.sha256(lock.read_bytes() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()
    stamp = VENV / f"truecost-{kind}"
    if not (stamp.exists() and stamp.read_text() == wanted and PYTHON.exists()):
        make_venv()
        install(lock, ["--target", str(VENV / kind)] if kind == "peers" else [])
        stamp.write_text(wanted)
    if kind == "dev":
        install_system()


def make_venv() -> None:
    """Make .venv unless it is there."""
    if PYTHON.exists():
        return
    say("making .venv")
    made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=False)
    if made.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        sys.exit("could not make a virtual environment; on Debian:  apt-get install python3-venv")


def install(lock: Path, apart: list[str]) -> None:
    """Install the locked packages, and the project unless `apart`, with uv if it can be had."""
    uv = find_uv()
    if uv:
        pip = [uv, "pip", "install", "--python", str(PYTHON)]
    else:
        pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check"]
    count = len(re.findall(r"^[\w.-]+==", lock.read_text(encoding="utf-8"), re.MULTILINE))
    say(f"installing {count} packages with {'uv' if uv else 'pip'}, a minute or a few")
    began = time.monotonic()
    # a terminal sees the installer's own progress
    run([*pip, *QUIET, *apart, "--require-hashes", "-r", str(lock)])
    if not apart:
        run([*pip, "--quiet", "--no-deps", "-e", str(ROOT)])
    say(f"installed in {time.monotonic() - began:.0f} s")


def find_uv() -> str | None:
    """Give the path of uv: on PATH, in the environment, or just installed there; else None."""
    for place in (shutil.which("uv"), str(BIN / "uv")):
        if place and Path(place).exists():
            return place
    say("fetching uv, which installs faster than pip")
    command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "uv"]
    if subprocess.run(command, check=False).returncode == 0:
        return str(BIN / "uv")
    return None


def install_system() -> None:
    """Install the Debian packages that tests need, or say which they are."""
    missing = {
        package: why
        for package, (sign, why) in SYSTEM.items()
        if not (shutil.which(sign) or Path(sign).exists())
    }
    if not missing:
        return
    command = f"apt-get install --no-install-recommends {' '.join(missing)}"
    if shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        say(f"installing Debian packages: {', '.join(missing)}")
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        run(["apt-get", "update", "-qq"], environment)
        run([*command.split(), "-y", "-qq"], environment)
        return
    say(f"not installed: {', '.join(f'{name} (for {why})' for name, why in missing.items())}")
    say(f"those tests will be skipped; to have them, as root:  {command}")


def run(command: list[str], environment: dict[str, str] | None = None) -> None:
    """Run a command; end with its exit code where it fails."""
    out = None if sys.stdout.isatty() else subprocess.DEVNULL
    done = subprocess.run(command, check=False, env=environment, stdout=out)
    if done.returncode:
        sys.exit(f"failed ({done.returncode}): {' '.join(command)}")


def say(text: str) -> None:
    """Tell the person what is being done."""
    print(f"· {text}", flush=True)


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in KINDS:  # noqa: PLR2004  the program and a kind
        sys.exit(__doc__)
    main(sys.argv[1])

"""The portal of the demo: what its pages take, and fifty people reading while a month is issued.

Seconds of the first work are the median of the server's own time of a page, its note the most; the
bar is 0.1 s. Of the second they are what 95 of 100 requests took at most, as who reads sees it; the
bar is 0.5 s, and no request may fail.
"""

from __future__ import annotations

import argparse
import datetime as dt
import http.client
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import psutil

from harness import Row, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MAKER = Path(__file__).parents[1] / "tools/serve_demo.py"
_PROGRAM = Path(sys.executable).with_name("truecost")
_PEOPLE, _HOST, _MONTH = 50, "larkwhistle.example", "2026-03"
#: Mean seconds that somebody looks at a page before they open the next.
_READING = 5.0
_SECONDS = {"quick": 15, "usual": 60, "full": 180}
_AT_REST = 5


def main() -> None:
    """Measure, and print rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", dest="size", action="store_const", const="quick")
    parser.add_argument("--full", dest="size", action="store_const", const="full")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--demo", type=Path, help="a demo that was made before, to be copied")
    parser.add_argument("--cookies", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.cookies:
        print(json.dumps(let_in(asked.cookies)))
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "demo"
        if asked.demo:
            shutil.copytree(asked.demo, folder)
        else:
            run([sys.executable, str(_MAKER), str(folder), "--make"])
        said = run([sys.executable, __file__, "--cookies", str(folder)])
        cookies = json.loads(said.splitlines()[-1])
        rows = [
            *at_rest(folder, cookies),
            *reading(folder, cookies, _SECONDS[asked.size or "usual"]),
        ]
    print(json.dumps([asdict(row) for row in rows]) if asked.json else "\n".join(table(rows)))


def let_in(folder: Path) -> list[str]:
    """Invite the readers, who see all or a branch, and give a cookie of each one's session."""
    from truecost.record.opening import open_record  # noqa: PLC0415  Django comes with it

    open_record(folder)
    from django.test import Client  # noqa: PLC0415

    from truecost.record.services import people  # noqa: PLC0415
    from truecost.record.services.acts import By  # noqa: PLC0415
    from truecost.record.services.permissions import Role  # noqa: PLC0415

    admin = By(people.find(f"admin@{_HOST}"), "portal", dt.datetime.now(dt.UTC))
    leader = people.find(f"leader@{_HOST}")
    who = [leader]
    for number in range(1, _PEOPLE):
        role, scope = (Role.DEPARTMENT_HEAD, "group") if number % 5 else (Role.LEADER, "")
        called = f"reader{number}@{_HOST}"
        who.append(people.invite(admin, called, f"Reader {number}", role, scope)[0])
    found = []
    for person in who:
        client = Client(headers={"host": "localhost"})
        client.force_login(person)
        found.append("; ".join(f"{name}={each.value}" for name, each in client.cookies.items()))
    return found


def at_rest(folder: Path, cookies: Sequence[str]) -> list[Row]:
    """Open every kind of page that a leader gets to, again and again, with nobody else there."""
    with served(folder) as (address, log, process):
        reader = Reader(address, cookies[0])
        pages = reader.pages()
        for _ in range(_AT_REST):
            for path in pages:
                reader.get(path)
        peak = round(process.memory_info().rss / 1e6)
        taken = times(log)
    rows = []
    for route, all_seconds in sorted(taken.items()):
        seconds = sorted(all_seconds[len(all_seconds) // (_AT_REST + 1) :])  # but the first look
        middle = seconds[len(seconds) // 2]
        note = f"{len(seconds)} times; the first {all_seconds[0]:.3f}"
        span = (seconds[0], seconds[-1])
        rows.append(Row("a page of the portal, server time", route, middle, span, peak, 1.0, note))
    return rows


def reading(folder: Path, cookies: Sequence[str], seconds: int) -> list[Row]:
    """Let fifty people read while a month is issued."""
    with served(folder) as (address, _, process):
        ending = threading.Event()
        readers = [Reader(address, cookie) for cookie in cookies]
        pages = readers[0].pages(("home", "statement", "document"))
        threads = [
            threading.Thread(target=each.read, args=(pages, ending, number))
            for number, each in enumerate(readers)
        ]
        for thread in threads:
            thread.start()
        began = time.perf_counter()
        time.sleep(seconds / 4)
        issue(folder)
        issued = time.perf_counter() - began - seconds / 4
        time.sleep(max(1.0, seconds - (time.perf_counter() - began)))
        peak = round(process.memory_info().rss / 1e6)
        ending.set()
        for thread in threads:
            thread.join()
    taken = sorted(each for reader in readers for each in reader.seconds)
    wrong = [each for reader in readers for each in reader.wrong]
    if wrong:
        raise SystemExit(f"{len(wrong)} of {len(taken)} requests failed: {wrong[:3]}")
    note = (
        f"{len(taken)} requests in {seconds} s, none failed; median {taken[len(taken) // 2]:.3f};"
        f" reviewing, closing and issuing took {issued:.0f} s"
    )
    most = taken[int(len(taken) * 0.95)]
    work = f"{_PEOPLE} people reading while a month is issued"
    return [Row(work, "95 of 100 requests", most, (taken[0], taken[-1]), peak, 1.0, note)]


def issue(folder: Path) -> None:
    """Review, close and issue the month that is open, by the commands."""
    analyst, leader = f"analyst@{_HOST}", f"leader@{_HOST}"
    for item in ("sources", "rejects", "unmapped", "variance", "sign-off"):
        accept = ("--accept", item, "--reason", "looked at")
        command = [str(_PROGRAM), "review", _MONTH, "-w", str(folder), "--as", analyst, *accept]
        subprocess.run(command, check=False, capture_output=True)  # some items have nothing open
    run([str(_PROGRAM), "close", _MONTH, "-w", str(folder), "--as", analyst])
    run([str(_PROGRAM), "issue", _MONTH, "-w", str(folder), "--as", leader])


class Reader:
    """Somebody with a browser: a connection that is kept, a session, what each answer took."""

    def __init__(self, address: str, cookie: str) -> None:
        parts = urlsplit(address)
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        self._cookie = cookie
        self.seconds: list[float] = []
        self.wrong: list[str] = []

    def get(self, path: str) -> str:
        """Open an address; take down what it took, and whether it failed."""
        began = time.perf_counter()
        try:
            self._connection.request("GET", path, headers={"Cookie": self._cookie})
            answer = self._connection.getresponse()
            content = answer.read()
            if answer.status != http.client.OK:
                self.wrong.append(f"{path}: {answer.status}")
            is_page = answer.headers.get_content_type() == "text/html"
        except (OSError, http.client.HTTPException) as error:
            self.wrong.append(f"{path}: {error!r}")
            self._connection.close()
            return ""
        self.seconds.append(time.perf_counter() - began)
        return content.decode() if is_page else ""

    def pages(self, only: Sequence[str] = ()) -> list[str]:
        """Follow links from home, twice deep; give addresses, at most three of each kind."""
        found: dict[str, list[str]] = defaultdict(list)
        waiting, seen = ["/"], {"/"}
        while waiting:
            path = waiting.pop(0)
            kind = re.sub(r"[^/]*[0-9][^/]*", "#", path.split("?")[0])
            if len(found[kind]) >= 3:
                continue
            found[kind].append(path)
            for each in re.findall(r'<a [^>]*href="(/[^"#]*)', self.get(path)):
                link = each.replace("&amp;", "&")
                if link not in seen and not link.startswith("/account/"):  # asks who one is anew
                    seen.add(link)
                    waiting.append(link)
        self.seconds.clear()
        pages = [path for each in found.values() for path in each]
        if only:
            pages = [path for path in pages if path == "/" or path.startswith("/statements/")]
        return pages

    def read(self, pages: Sequence[str], ending: threading.Event, number: int) -> None:
        """Open pages one after another, as somebody who reads."""
        dice = random.Random(number)
        while not ending.wait(dice.expovariate(1 / _READING)):
            self.get(dice.choice(pages))


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, Path, psutil.Process]]:
    """Serve the demo; give its address, its log, its process."""
    log = folder.with_name("portal.log")
    with (
        log.open("w") as errors,
        subprocess.Popen(
            [_PROGRAM, "serve", str(folder), "--port", "0"],
            stdout=subprocess.PIPE, stderr=errors, text=True, env=dict(os.environ),
        ) as process,
    ):  # fmt: skip
        try:
            out = process.stdout
            said = re.search(r"at (http://\S+)", out.readline() if out else "")
            if said is None:
                raise SystemExit(log.read_text(encoding="utf-8"))
            yield said[1], log, psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(30)


def times(log: Path) -> dict[str, list[float]]:
    """Give the server's own time of each request, in seconds, by route."""
    found = defaultdict(list)
    for line in log.read_text(encoding="utf-8").splitlines():
        said: dict[str, Any] = json.loads(line) if line.startswith("{") else {}
        if said.get("message") == "request" and said["route"]:
            found[said["route"]].append(said["ms"] / 1000)
    return found


def run(command: Sequence[str]) -> str:
    """Run a command; give what it prints."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()

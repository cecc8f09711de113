"""The page on the API can't lie: its commands run against a portal, and answer as it says.

Each block of `sh` is run by bash, in order, in one folder; what it prints is compared with the
block that follows. In any of these `…` stands for something that is not told:

* `json`: the same value; a text `…` is any value, a text with `…` in it begins and ends as told; a
  list that ends with `…` may go on, and so may an object with a key `…`.
* `http`: what `curl -i` prints: the first line, the headers that are told, a body as in `json`.
* `text`: the same lines.
"""

from __future__ import annotations

import datetime as dt
import difflib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from pyarrow import parquet
from tests.api.conftest import token
from tests.cli.transcript import blocks
from tests.portal.served import served

from truecost.api import paging, problems, rates
from truecost.record.models import Dispute
from truecost.record.services import answers, tokens
from truecost.record.services.permissions import Role
from truecost.record.services.tokens import Scope

if TYPE_CHECKING:
    from tests.record.workshop import Workshop

PAGE = Path(__file__).parents[2] / "docs/how-to/use-the-api.md"
ANY = "…"
SCOPES = (Scope.STATEMENTS, Scope.DISPUTES, Scope.DISPUTE)


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not there: apt-get install curl")
@pytest.mark.skipif(not shutil.which("bash"), reason="bash is not there")
def test_the_page_is_what_happens(issued: Workshop, tmp_path: Path) -> None:
    word = token(issued.person(Role.ANALYST), SCOPES)
    folder = tmp_path / "program"
    folder.mkdir()
    told = PAGE.read_text(encoding="utf-8")
    with served(issued.folder) as portal:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        there = {"PORTAL": portal.address, "TOKEN": word, "PATH": path}
        now = retold(told, folder, there)
        assert portal.troubles() == []
    assert Dispute.objects.count() == 1, "raised twice, there once"
    table = parquet.read_table(folder / "statements.parquet")
    assert table.num_rows == 3
    assert not now.count(word)
    if os.environ.get("TRUECOST_UPDATE"):
        PAGE.write_text(now, encoding="utf-8")
        return
    difference = difflib.unified_diff(told.splitlines(), now.splitlines(), "told", "now", n=1)
    assert now == told, "\n".join(["TRUECOST_UPDATE=1 writes the page again", *difference])


def test_limits_and_statuses_are_those_that_there_are() -> None:
    told = PAGE.read_text(encoding="utf-8")
    for row in (
        f"| reads | {rates.READS} a minute",
        f"| acts | {rates.ACTS.partition('/')[0]} a minute",
        f"| a body | {settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 2**20} MiB",
        f"| a part of a list | {paging.MOST} |",
        f"| tokens | {tokens.MOST} a person |",
        f"at most {tokens.LONGEST_DAYS})",
        f"kept for {answers.KEPT // dt.timedelta(hours=1)} hours",
        f"gives {paging.USUAL}, or up to {paging.MOST}",
    ):
        assert row in told
    statuses = {str(status) for status, _, _ in problems.KINDS.values()}
    rows = re.findall(r"^\| (\d{3}(?:, \d{3})*) \|", told, re.MULTILINE)
    assert {each for row in rows for each in row.split(", ")} == statuses


def retold(document: str, folder: Path, there: dict[str, str]) -> str:
    """Give the page with what its commands print, as it was told where that is the same."""
    pieces, last, said = [], 0, None
    for block in blocks(document):
        if block.language == "sh":
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", block.text], cwd=folder, check=False,
                capture_output=True, text=True, timeout=60, env={**os.environ, **there},
            )  # fmt: skip
            assert (done.returncode, done.stderr) == (0, ""), f"{block.text}\n{done}"
            said = done.stdout.replace("\r\n", "\n")
        elif said is not None:
            same = ALIKE[block.language](block.text, said)
            pieces += [document[last : block.start], block.text if same else f"{said.rstrip()}\n"]
            last, said = block.end, None
    assert said is None, "the page says of each block of sh what comes"
    return "".join([*pieces, document[last:]])


def text_alike(told: str, now: str) -> bool:
    """Say whether a text is as told, where `…` is anything."""
    parts = (re.escape(each) for each in told.strip().split(ANY))
    return re.fullmatch(".*".join(parts), now.strip()) is not None


def value_alike(told: Any, now: Any) -> bool:
    """Say whether a value is as told."""
    if told == ANY:
        return True
    if isinstance(told, str):
        return isinstance(now, str) and text_alike(told, now)
    if isinstance(told, list) and isinstance(now, list):
        more = told[-1:] == [ANY]
        some = told[: len(told) - more]
        return (len(some) <= len(now) if more else len(some) == len(now)) and all(
            value_alike(one, other) for one, other in zip(some, now, strict=False)
        )
    if isinstance(told, dict) and isinstance(now, dict):
        known = told.keys() - {ANY}
        return (known <= now.keys() if ANY in told else known == now.keys()) and all(
            value_alike(told[each], now[each]) for each in known
        )
    return type(told) is type(now) and bool(told == now)


def json_alike(told: str, now: str) -> bool:
    """Say whether JSON is as told, however it is broken into lines."""
    return value_alike(json.loads(told), json.loads(now))


def http_alike(told: str, now: str) -> bool:
    """Say whether an answer has the status, the headers and the body that are told."""
    (head, _, body), (now_head, _, now_body) = (each.partition("\n\n") for each in (told, now))
    (status, *headers), (now_status, *now_headers) = head.splitlines(), now_head.splitlines()
    return (
        status == now_status
        and all(any(text_alike(each, one) for one in now_headers) for each in headers)
        and (json_alike(body, now_body) if body.strip() else not now_body.strip())
    )


ALIKE = {"json": json_alike, "http": http_alike, "text": text_alike}


@pytest.mark.parametrize(
    ("told", "now", "same"),
    [
        ('{"a": 1, "b": [1, "…"]}', '{"b":[1,2,3],"a":1}', True),
        ('{"a": 1}', '{"a": 1, "b": 2}', False),
        ('{"a": 1, "…": "…"}', '{"a": 1, "b": 2}', True),
        ('{"a": 1, "…": "…"}', '{"a": 2, "b": 2}', False),
        ('{"a": "p-…"}', '{"a": "x-1"}', False),
        ("[1]", "[true]", False),
        ("[1]", "[1, 2]", False),
    ],
)
def test_what_is_told_otherwise_is_found(told: str, now: str, same: bool) -> None:  # noqa: FBT001
    assert json_alike(told, now) is same


def test_an_answer_is_told_by_its_status_and_the_headers_that_matter() -> None:
    now = 'HTTP/1.1 304 Not Modified\nDate: today\nEtag: "abc"\n\n'
    assert http_alike('HTTP/1.1 304 Not Modified\nEtag: "…"\n', now)
    assert not http_alike("HTTP/1.1 200 OK\n", now)
    assert not http_alike("HTTP/1.1 304 Not Modified\nLocation: …\n", now)
    assert not http_alike("HTTP/1.1 304 Not Modified\n", f"{now}{{}}")

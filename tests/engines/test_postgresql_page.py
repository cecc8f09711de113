"""The page on PostgreSQL can't lie: its SQL and its commands run."""

from __future__ import annotations

import difflib
import os
from typing import TYPE_CHECKING

import psycopg
from tests.cli.program import ROOT
from tests.cli.transcript import retold

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

PAGE = ROOT / "docs/how-to/run-in-postgresql.md"


def test_the_page_is_what_happens(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE", server)
    monkeypatch.setenv("LEDGER_URL", server.replace("erp:", "truecost:"))
    told = PAGE.read_text(encoding="utf-8")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS truecost CASCADE")
        try:
            now = retold(told, tmp_path)
        finally:
            connection.execute("DROP OWNED BY truecost")
            connection.execute("DROP ROLE truecost")
            connection.execute("DROP SCHEMA books CASCADE")
    if os.environ.get("TRUECOST_UPDATE"):
        PAGE.write_text(now, encoding="utf-8")
        return
    difference = difflib.unified_diff(told.splitlines(), now.splitlines(), "told", "now", n=1)
    assert now == told, "\n".join(["TRUECOST_UPDATE=1 writes the page again", *difference])

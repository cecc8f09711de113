"""The settings as they are where something is served: in a process of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from waitress.adjustments import Adjustments

from truecost.portal.serve import _proxied
from truecost.record.place import RecordPlace, Settings

if TYPE_CHECKING:
    from pathlib import Path


def ran(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ, "TRUECOST_WORKSPACE": str(folder),
        "DJANGO_SETTINGS_MODULE": "truecost.portal.settings",
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, "-m", "django", *command],
        env=environment, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    RecordPlace(tmp_path).begin()
    return tmp_path


def test_nothing_is_said_about_a_deployment_over_https(folder: Path) -> None:
    (folder / "record/settings.toml").write_text('address = "https://truecost.example.org"\n')
    ended = ran(folder, "check", "--deploy", "--fail-level", "DEBUG")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "no issues" in ended.stdout


def test_the_tables_are_those_of_the_models(folder: Path) -> None:
    ended = ran(folder, "makemigrations", "record", "--check", "--dry-run")
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_health_is_answered_without_tls_and_all_else_is_sent_to_it(folder: Path) -> None:
    (folder / "record/settings.toml").write_text('address = "https://truecost.example.org"\n')
    asks = (
        "from django.test import Client; c = Client();"
        "print(c.get('/health', headers={'host': 'localhost:8000'}).status_code,"
        " c.get('/sign-in', headers={'host': 'truecost.example.org'})['Location'],"
        " c.get('/health', headers={'host': 'elsewhere.example'}).status_code)"
    )
    ended = ran(folder, "shell", "--no-imports", "-c", asks)
    assert ended.stdout.split() == ["200", "https://truecost.example.org/sign-in", "400"]


def test_a_proxy_is_believed_only_where_there_is_one() -> None:
    alone, behind = (Adjustments(**_proxied(Settings(proxy=said))) for said in (False, True))
    assert (alone.trusted_proxy, alone.clear_untrusted_proxy_headers) == (None, True)
    assert behind.trusted_proxy == "*"
    assert behind.trusted_proxy_headers == {"x-forwarded-for", "x-forwarded-proto"}

"""The page of a statement: its doors open what the run has, to the cent, for its readers only."""

from __future__ import annotations

import os
import re
import shutil
import threading
from decimal import Decimal
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.core.wsgi import get_wsgi_application
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.portal.conftest import signed_in

from truecost.kernel import money
from truecost.record.models import Statement
from truecost.record.services import issuing, periods
from truecost.record.services.permissions import Role

if TYPE_CHECKING:
    from django.test import Client
    from tests.record.workshop import Workshop

PARTS = ("figure", "counts", "peers", "compare", "later", "acts", "less")
HOSTILE = "<img src=x onerror=alert(1)> \u202egnihton =1+1"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or ""


@pytest.fixture
def february(shop: Workshop) -> Workshop:
    """Give a workspace of which the second month is issued."""
    analyst = shop.person(Role.ANALYST)
    row = periods.close(analyst, shop.reviewed("2026-02"), history=True)
    issuing.issue(shop.person(Role.LEADER), row)
    return shop


def of(consumer: str, label: str = "2026-02") -> Statement:
    return Statement.objects.get(consumer=consumer, period__label=label, kind="statement")


def head(shop: Workshop, consumer: str = "sales") -> Client:
    return signed_in(shop.person(Role.DEPARTMENT_HEAD, consumer))


def page(client: Client, row: Statement, part: str = "", **query: str) -> str:
    name = f"statement_{part}" if part else "statement"
    answer = client.get(reverse(name, args=[row.number]), query)
    assert answer.status_code == 200, (part, query)
    text: str = answer.content.decode()
    return text


def test_ledger_lines_rest_and_rounding_come_to_the_figure(february: Workshop) -> None:
    row, client = of("sales"), head(february)
    for key in ("", "service workplace", "service shop"):
        for more in ({}, {"all": "1"}):
            text = page(client, row, "figure", line=key, **more)
            table = text.split('<table class="ledger">')[1].split("</table>")[0]
            body, foot = table.split("<tfoot>")
            parts = re.findall(r'<td class="money">([−€\d,.]+)</td></tr>', body)
            total = re.findall(r'<td class="money">([−€\d,.]+)</td></tr>', foot)
            assert len(parts) > 1
            assert sum(map(amount, parts)) == amount(total[0])
    assert amount(total[0]) < amount(money.shown(row.amount, row.currency))


def amount(text: str) -> Decimal:
    return Decimal(text.replace("€", "").replace(",", "").replace("−", "-").replace("+", ""))


def test_counts_name_the_file_and_the_line(february: Workshop) -> None:
    row, client = of("sales"), head(february)
    text = page(client, row, "counts", line="service workplace")
    assert "You had 42 people of 175 people" in text
    assert "data/drivers.csv" in text
    assert "line 5" in text
    drivers = february.folder / "data/drivers.csv"
    drivers.write_text(drivers.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    text = page(client, row, "counts", line="service workplace")
    assert "That file has changed since" in text
    assert "line 5" not in text


def test_both_answers_and_their_months(february: Workshop) -> None:
    row, client = of("sales"), head(february)
    text = page(client, row, "less")
    names = re.findall(r'name="(q\d)" min="0" max="(\d+)" step="1" value="(\d+)"', text)
    people = next(name for name, _, value in names if value == "42")
    text = page(client, row, "less", **{people: "32"})
    assert "32 people instead of 42" in text
    assert "falls by" in text
    assert "from March 2026" in text
    assert "of notice" in text
    for nonsense in ("-1", "1e9", "NaN", "x" * 5000, ""):
        assert "Move a slider" in page(client, row, "less", **{people: nonsense})
    assert page(client, row, "acts").count("Your bill falls by") in {1, 2, 3}


def test_no_department_is_told_by_its_peers(february: Workshop) -> None:
    text = page(head(february), of("sales"), "peers")
    assert "per head" in text
    assert "too few departments" in text
    assert "Factory" not in text


def test_another_month_beside_it_adds_up(february: Workshop) -> None:
    text = page(head(february), of("sales"), "compare", **{"with": "2026-01"})
    assert f"{money.shown(of('sales').amount, 'EUR')}, after €" in text
    rows = re.findall(r"<tr>(.*?)</tr>", text.split("<tbody>")[1].replace("\n", ""))
    changes = [re.findall(r'"money">([^<]*)<', row)[2:] for row in rows]
    assert len(changes) == 4
    for change, *parts in changes:
        assert amount(change) == sum(amount(part) for part in parts if part)
    client = head(february)
    strange = reverse("statement_compare", args=[of("sales").number])
    assert client.get(strange, {"with": "1999-01"}).status_code == 404


def test_the_page_and_its_parts_are_for_who_may_read_it(february: Workshop) -> None:
    client, theirs = head(february), of("factory").number
    for part in PARTS:
        assert client.get(reverse(f"statement_{part}", args=[theirs])).status_code == 404
        mine = client.get(reverse(f"statement_{part}", args=[of("sales").number]))
        assert mine.status_code == 200
        assert "<html" in mine.content.decode()
        alone = client.get(
            reverse(f"statement_{part}", args=[of("sales").number]), headers={"HX-Request": "true"}
        )
        assert "<html" not in alone.content.decode()
    csv = client.get(reverse("document", args=[of("sales").number, "csv"]))
    assert csv.content.startswith(b'"statement","period"')
    assert client.get(reverse("document", args=[theirs, "csv"])).status_code == 404


def test_parts_ask_few_questions_and_open_no_transaction(february: Workshop) -> None:
    client, row = head(february), of("sales")
    for part in PARTS:
        page(client, row, part)  # the run is opened
        with CaptureQueriesContext(connection) as queries:
            page(client, row, part)
        said = [each["sql"] for each in queries]
        assert not [sql for sql in said if not sql.startswith("SELECT")]
        assert len(said) == 6, (part, said)


def test_hostile_names_are_shown_harmlessly(shop: Workshop) -> None:
    for file, name in (("services", "A working place"), ("consumers", "Sales")):
        path = shop.folder / f"model/{file}.yaml"
        text = path.read_text(encoding="utf-8")
        assert f"name: {name}" in text
        path.write_text(text.replace(f"name: {name}", f'name: "{HOSTILE}"'), encoding="utf-8")
    shop.grown = True
    issuing.issue(shop.person(Role.LEADER), shop.closed("2026-01"))
    client, row = head(shop), of("sales", "2026-01")
    for text in (page(client, row), *(page(client, row, part) for part in PARTS)):
        assert "<img" not in text
        assert "\u202e" not in text
    assert "&lt;img src=x" in page(client, row)


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM, reason="Debian's package chromium is not installed")
def test_a_head_reads_drills_and_moves_a_slider(february: Workshop) -> None:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    row = of("sales")
    cookie = head(february).cookies["truecost_session"].value
    connections.close_all()
    server = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
            )
            context = browser.new_context(viewport={"width": 360, "height": 800})
            context.add_cookies([{"name": "truecost_session", "value": cookie, "url": address}])
            tab = context.new_page()
            faults: list[str] = []
            tab.on(
                "console", lambda said: faults.append(said.text) if said.type == "error" else None
            )
            tab.goto(f"{address}/statements/{row.number}")
            tab.locator(".acts li").first.wait_for()
            tab.locator("a[aria-label^='Ledger lines of']").first.click()
            tab.locator(".opened .ledger").first.wait_for()
            tab.get_by_role("link", name="What if we used less?").click()
            slider = tab.locator(".sliders input[type=range]").first
            slider.focus()
            slider.press("ArrowLeft")
            tab.locator("#answer .both").wait_for()
            assert "falls by" in tab.locator("#answer").inner_text()
            assert tab.evaluate("document.documentElement.scrollWidth") <= 360
            assert not faults
            browser.close()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        connections.close_all()

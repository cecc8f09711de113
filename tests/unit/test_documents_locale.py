"""Figures and months as a locale writes them, in every document; sentences stay English."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from tests.unit.documents_reading import needs_poppler, parts, pdf_text
from tests.unit.statements_fixture import LAST, MemoryRun, council

from truecost.kernel.periods import MONTHS, Period
from truecost.statements import locale
from truecost.statements.html import statement_html, summary_html
from truecost.statements.json import statement_json
from truecost.statements.pdf import statement_pdf, summary_pdf
from truecost.statements.summary import summary_view
from truecost.statements.text import statement_text, summary_text
from truecost.statements.views import statement_view
from truecost.statements.xlsx import statement_xlsx

if TYPE_CHECKING:
    from collections.abc import Callable

    from truecost.statements.views import StatementView

# months that German writes otherwise, and figures with an English point or comma
_MONTHS = "|".join(MONTHS[i] for i in (0, 1, 2, 4, 5, 6, 9, 11))
ENGLISH = re.compile(rf"£\d|\d,\d{{3}}\b|\b({_MONTHS}) \d")


def council_in(tag: str) -> MemoryRun:
    run = council()
    manifest = {**run.manifest, "workspace": {**run.manifest["workspace"], "locale": tag}}
    return replace(run, manifest=manifest)


@pytest.mark.parametrize(
    ("tag", "amount", "small", "month"),
    [
        ("en", "−£1,234,567.89", "£0.0034", "March 2022"),
        ("en_GB", "−£1,234,567.89", "£0.0034", "March 2022"),
        ("en_IN", "−£12,34,567.89", "£0.0034", "March 2022"),
        ("de_DE", "−1.234.567,89 £", "0,0034 £", "März 2022"),
        ("de_CH", "−£ 1’234’567.89", "£ 0.0034", "März 2022"),
        ("fr_FR", "−1 234 567,89 £GB", "0,0034 £GB", "mars 2022"),
        ("ar_EG", "−1,234,567.89 UK£", "0.0034 UK£", "مارس 2022"),
    ],
)
def test_figures_by_locale(tag: str, amount: str, small: str, month: str) -> None:
    def spaced(text: str) -> str:
        return re.sub(r"\s", " ", text)

    with locale.speaking(tag):
        assert spaced(locale.shown(-123_456_789, "GBP")) == amount
        assert spaced(locale.unit_cost(Decimal("0.0034"), "GBP")) == small
        assert locale.month(Period.of(2022, 3)) == month
    assert locale.shown(-123_456_789, "GBP") == "−£1,234,567.89"


@pytest.mark.parametrize("tag", ["en_GB", "de_DE", "en_IN"])
def test_no_digit_is_lost(tag: str) -> None:
    with locale.speaking(tag):
        for minor in (2**63 - 1, 10**17 + 1, 7, 0):
            for currency in ("GBP", "JPY", "BHD"):
                digits = re.sub(r"\D", "", locale.shown(minor, currency, sign=True))
                assert int(digits) == minor


def test_british_english_reads_as_plain_english() -> None:
    view, plain = (statement_view(council_in(tag), "libraries", LAST) for tag in ("en_GB", "en"))
    assert statement_text(view) == statement_text(plain)
    assert statement_html(view) == statement_html(plain)


def test_a_run_from_before_there_were_locales_is_english() -> None:
    assert statement_view(council(), "libraries", LAST).locale == "en"


FORMS: dict[str, Callable[[StatementView], str]] = {
    "html": statement_html,
    "text": statement_text,
    "json": statement_json,
    "pdf": lambda view: pdf_text(statement_pdf(view)),
    "xlsx": lambda view: parts(statement_xlsx(view))["xl/sharedStrings.xml"],
}


@pytest.mark.parametrize(
    "form", [pytest.param(form, marks=needs_poppler if form == "pdf" else ()) for form in FORMS]
)
@pytest.mark.parametrize("consumer", ["libraries", "people"])
def test_a_statement_writes_all_figures_by_its_locale(form: str, consumer: str) -> None:
    # what the model says is text and stays as it is
    text = FORMS[form](statement_view(council_in("de_DE"), consumer, LAST)).replace("£25,000", "")
    assert not ENGLISH.search(text)
    assert "Februar 2022" in text


@needs_poppler
def test_a_summary_writes_all_figures_by_its_locale() -> None:
    view = summary_view(council_in("de_DE"), LAST)
    for text in (summary_html(view), summary_text(view), pdf_text(summary_pdf(view))):
        found = text.replace("£25,000", "")
        assert not ENGLISH.search(found)
        assert "Februar 2022" in found


def test_a_workbook_puts_the_currency_where_the_locale_does() -> None:
    view = statement_view(council_in("de_DE"), "libraries", LAST)
    styles = parts(statement_xlsx(view))["xl/styles.xml"]
    assert "#,##0.00&quot;\N{NO-BREAK SPACE}£&quot;" in styles

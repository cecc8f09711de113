"""A statement, the index of a period and its summary, as one self-contained page each.

No script, no address outside the page, no clock: the same view gives the same bytes. The look is in
`templates/`; every word from a run is escaped, and freed of invisible characters.
"""

from __future__ import annotations

import functools
from importlib.resources import files
from typing import TYPE_CHECKING
from urllib.parse import quote

import jinja2
from markupsafe import Markup

from truecost.statements import charts, drawings, locale, sentences, words
from truecost.statements.blocks import Money, Rate
from truecost.statements.safe import visible
from truecost.statements.summary_pages import summary_document

if TYPE_CHECKING:
    from collections.abc import Callable

    from truecost.kernel.periods import Period
    from truecost.statements.blocks import Cell, Document, Section
    from truecost.statements.summary import SummaryView
    from truecost.statements.views import IndexView, StatementView


def file_name(consumer: str, period: Period, suffix: str = "html") -> str:
    """Give the file of a statement in a folder: `2022-02-gds.html`, safe on any file system."""
    return f"{period}-{quote(consumer, safe=' ').replace('%', '_').replace(' ', '_')}.{suffix}"


def statement_html(
    view: StatementView, link: Callable[[str], str] | None = None, *, bare: bool = False
) -> str:
    """Draw a statement. `link` gives a member's page by its id, where there are pages to go to.

    `bare` leaves out what stands around it, for a page that has its own frame and `style_sheet`.
    """
    with locale.speaking(view.locale):
        return _drawn(
            "statement.html",
            view,
            link=link,
            bare=bare,
            history=charts.history(view),
            bar=_classes(view),
            patterns=drawings.PATTERNS,
        )


def index_html(view: IndexView, link: Callable[[str], str] | None = None) -> str:
    """Draw the index of a period. `link` gives a statement's page by its consumer's id.

    Without it, pages are named as `file_name` names them.
    """
    with locale.speaking(view.locale):
        return _drawn("index.html", view, link=link or (lambda id_: file_name(id_, view.period)))


def style_sheet() -> str:
    """Give the look of all pages, as CSS."""
    source = (files("truecost.statements") / "templates" / "style.css").read_text(encoding="utf-8")
    return f"{source.rstrip()}\n"


def summary_html(view: SummaryView) -> str:
    """Draw a summary."""
    return document_html(summary_document(view))


def document_html(document: Document, *, bare: bool = False) -> str:
    """Draw a document of blocks. `bare` as in `statement_html`."""
    with locale.speaking(document.locale):
        return (
            _environment()
            .get_template("document.html")
            .render(
                view=document,
                bare=bare,
                history=document.history and drawings.months(document.history),
                patterns=drawings.PATTERNS,
                bar=drawings.bar,
                whole=_whole,
                figure=functools.partial(_figure, document.currency),
                money=functools.partial(_shown, document.currency),
            )
        )


def _whole(section: Section) -> Markup:
    return drawings.whole(section.bar, ", ".join(part.title for part in section.parts))


def _classes(view: StatementView) -> Markup | None:
    if not (blocks := charts.classes(view)):
        return None
    label = ", ".join(f"{words.capital(part.name)} {part.percent} percent" for part in view.classes)
    return drawings.whole(((each.name, each.x, each.width) for each in blocks), label)


def _figure(currency: str, cell: Cell) -> str:
    match cell:
        case Money(minor, sign):
            return _shown(currency, minor, sign=sign)
        case Rate(value):
            return locale.unit_cost(value, currency)
    return ""


def _drawn(template: str, view: StatementView | IndexView, **more: object) -> str:
    return (
        _environment()
        .get_template(template)
        .render(
            view=view,
            shown=functools.partial(_shown, view.currency),
            signed=functools.partial(_shown, view.currency, sign=True),
            **more,
        )
    )


def _shown(currency: str, minor: int | None, *, sign: bool = False) -> str:
    return "" if minor is None else locale.shown(minor, currency, sign=sign)


def _clean(value: object) -> object:
    # what a macro gives was cleaned when it was put together
    return value if isinstance(value, Markup) else visible(value)


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("truecost.statements"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_clean,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.update(
        say=sentences,
        words=words,
        drawings=drawings,
        month=locale.month,
        dated=locale.dated,
        bare=False,
    )
    return environment

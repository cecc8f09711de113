"""A statement, and the index of a period, as one self-contained page each.

No script, no address outside the page, no clock: the same view gives the same bytes. The look is in
`templates/`; every word from a run is escaped, and freed of invisible characters.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING
from urllib.parse import quote

import jinja2

from truecost.statements import charts, locale, sentences, words
from truecost.statements.safe import visible

if TYPE_CHECKING:
    from collections.abc import Callable

    from truecost.kernel.periods import Period
    from truecost.statements.views import IndexView, StatementView


def file_name(consumer: str, period: Period, suffix: str = "html") -> str:
    """Give the file of a statement in a folder: `2022-02-gds.html`, safe on any file system."""
    return f"{period}-{quote(consumer, safe=' ').replace('%', '_').replace(' ', '_')}.{suffix}"


def statement_html(view: StatementView, link: Callable[[str], str] | None = None) -> str:
    """Draw a statement. `link` gives a member's page by its id, where there are pages to go to."""
    with locale.speaking(view.locale):
        return _drawn(
            "statement.html",
            view,
            link=link,
            history=charts.history(view),
            bar=charts.classes(view),
        )


def index_html(view: IndexView, link: Callable[[str], str] | None = None) -> str:
    """Draw the index of a period. `link` gives a statement's page by its consumer's id.

    Without it, pages are named as `file_name` names them.
    """
    with locale.speaking(view.locale):
        return _drawn("index.html", view, link=link or (lambda id_: file_name(id_, view.period)))


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


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("truecost.statements"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=visible,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.update(say=sentences, words=words, charts=charts, month=locale.month)
    return environment

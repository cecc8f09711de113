"""Markdown made HTML that does nothing: no raw HTML, no pictures, links to http(s) and mail only.

Two lines of defence: `markdown-it` takes raw HTML as text, and what it makes goes through `nh3`,
which lets only the elements below pass. What is invisible or turns the way of reading is made
visible in what comes out (`statements.safe.visible`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

from truecost.statements.safe import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token

_SCHEMES = {"http", "https", "mailto"}
_TAGS = {
    "a", "blockquote", "br", "code", "em", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p",
    "pre", "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href"}, "ol": {"start"}, "td": {"class"}, "th": {"class", "scope"}}
_REL = "noopener nofollow"
_TOP, _LAST = 2, 6


def drawn(text: str) -> SafeString:
    """Give Markdown as HTML to stand under the heading of a page."""
    tokens = _READER.parse(text)
    _headings(tokens)
    _cells(tokens)
    made = nh3.clean(
        _READER.renderer.render(tokens, _READER.options, {}),
        tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, link_rel=_REL,
        url_relative="deny",
    )  # fmt: skip
    # only now: Markdown reads entities, which may stand for what is invisible
    seen = "\n".join(map(visible, made.split("\n")))
    return mark_safe(seen)  # noqa: S308  the sanitiser has made it


def _is_link(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme.lower() in _SCHEMES and bool(parts.netloc or parts.scheme == "mailto")


def _headings(tokens: Sequence[Token]) -> None:
    """Let headings begin under that of the page, and leave no level out."""
    above: list[str] = []
    for token in tokens:
        if token.type == "heading_open":
            while above and above[-1] >= token.tag:
                above.pop()
            above.append(token.tag)
        elif token.type != "heading_close":
            continue
        token.tag = f"h{min(_TOP + len(above) - 1, _LAST)}"


def _cells(tokens: Sequence[Token]) -> None:
    """Give cells a class where Markdown gives a style, which our policy refuses."""
    for token in tokens:
        if token.type in {"th_open", "td_open"}:
            style = str(token.attrs.pop("style", ""))
            if style == "text-align:right":
                token.attrs["class"] = "money"
            if token.type == "th_open":
                token.attrs["scope"] = "col"


_READER = MarkdownIt("commonmark", {"html": False, "linkify": False, "typographer": False})
_READER.enable(["table", "strikethrough"]).disable("image")
_READER.validateLink = _is_link  # type: ignore[method-assign]

"""Which function draws a document in which form; its module is imported when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

#: The forms of a document. A statement also comes as CSV, which has rows of one kind only.
FORMS = ("text", "html", "pdf", "xlsx", "json")


def renderer(what: Literal["statement", "summary"], form: str) -> Callable[..., str | bytes]:
    """Give the function that draws a view of a kind in a form."""
    place = f"{what}_{form}" if (what, form) == ("summary", "json") else form
    found: Any = getattr(import_module(f"truecost.statements.{place}"), f"{what}_{form}")
    draw: Callable[..., str | bytes] = found
    return draw

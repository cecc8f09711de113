"""Which run and month an endpoint shows, chosen by the same words as in addresses of pages."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Literal

from django.http import HttpRequest
from pydantic import Field

from truecost.api.answers import there
from truecost.api.door import by
from truecost.api.shapes import Body
from truecost.portal.shown import chosen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from truecost.portal.shown import Shown

Month = Annotated[
    str, Field(max_length=10, description="Such as 2026-01; by default the last that may be seen.")
]
Run = Annotated[
    Literal["", "latest"],
    Field(description="`latest`: the run built last, for who keeps periods; else the month's own."),
]
Unit = Annotated[
    str, Field(max_length=3, description="ISO 4217; by default that of the workspace.")
]


class At(Body):
    """What is looked at."""

    month: Month = ""
    run: Run = ""
    currency: Unit = ""


@contextmanager
def looked_at(request: HttpRequest, said: At) -> Iterator[Shown]:
    """Open what is looked at. Raise AbsentError where there is nothing, or nothing of theirs."""
    wanted = {"month": said.month, "run": said.run, "currency": said.currency}
    with chosen(by(request), wanted) as at:
        yield there(at)

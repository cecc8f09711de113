"""Answers that are not shapes: documents of the program's own, CSV, files; and which is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.http.request import MediaType

from truecost.api.answers import FormError, InvalidError

if TYPE_CHECKING:
    from django.http import HttpRequest

    from truecost.kernel.calendars import Calendar
    from truecost.kernel.periods import Period

CSV = "text/csv"
JSON = "application/json"


def wanted(request: HttpRequest, *forms: str) -> str:
    """Say in which of some media types an answer is wanted; the first where it is all the same.

    Raise FormError where none will do.
    """
    said = request.headers.get("Accept", "*/*")
    ranked: list[tuple[float, MediaType]] = []
    for each in said.split(","):
        kind, *parameters = (part.strip() for part in each.split(";"))
        weight = next((part[2:] for part in parameters if part.startswith("q=")), "1")
        try:
            ranked.append((float(weight), MediaType(kind)))
        except ValueError:
            continue
    for wish, media in sorted(ranked, key=lambda each: -each[0]):
        for form in forms:
            if wish > 0 and media.match(form):
                return form
    raise FormError


def json(text: str) -> HttpResponse:
    """Answer JSON that is written already."""
    return HttpResponse(text, content_type=JSON)


def csv(text: str, name: str) -> HttpResponse:
    """Answer CSV, to be kept."""
    answer = HttpResponse(text, content_type=f"{CSV}; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def period(calendar: Calendar, text: str, where: str = "path/label") -> Period:
    """Read a period's label. Raise InvalidError for what is none."""
    try:
        return calendar.parse(text)
    except ValueError as error:
        raise InvalidError(where, str(error)) from None

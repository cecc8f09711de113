"""The chain of events, filtered and paged, and as CSV."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.http import StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from truecost.portal.acting import by
from truecost.record.services import people, reading
from truecost.statements.safe import defused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest, HttpResponse

_PAGE = 50
_FILTERS = ("kind", "person", "subject", "day")
_COLUMNS = (
    "sequence", "moment", "kind", "actor", "via", "subject", "before", "after", "payload",
    "previous", "sha256",
)  # fmt: skip


@require_safe
def events_page(request: HttpRequest) -> HttpResponse:
    """Show events, the newest first."""
    asked = _asked(request)
    who = by(request)
    found = reading.events(who, **asked)
    page = Paginator(found, _PAGE).get_page(request.GET.get("page"))
    rows = list(page)
    kept = request.GET.copy()
    kept.pop("page", None)
    content = {
        "events": _shown(who, rows),
        "page": page,
        "kept": f"{kept.urlencode()}&" if kept else "",
        "asked": asked,
        "kinds": reading.event_kinds(who),
    }
    return render(request, "events/events.html", content)


@require_safe
def as_csv(request: HttpRequest) -> StreamingHttpResponse:
    """Give the events that are asked for as CSV, in the order of the chain."""
    found = reading.events(by(request), **_asked(request)).order_by("sequence")
    answer = StreamingHttpResponse(_lines(found), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="events.csv"'
    return answer


def _asked(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET.get(name, "").strip() for name in _FILTERS}


def _shown(who: Any, rows: list[Any]) -> list[dict[str, Any]]:
    keys = {row.actor for row in rows} | {row.subject.removeprefix("person ") for row in rows}
    names = people.names(keys)
    personal = reading.personal(who, [row.sequence for row in rows])
    return [
        {
            "row": row,
            "actor": names.get(row.actor, row.actor) or "the program",
            "about": names.get(row.subject.removeprefix("person "), ""),
            "before": _pairs(row.before),
            "after": _pairs(row.after),
            "personal": _pairs(personal.get(row.sequence, "{}")),
        }
        for row in rows
    ]


def _pairs(text: str) -> list[tuple[str, str]]:
    """Give what stands in JSON as pairs to be read."""
    said = json.loads(text)
    return [
        (key, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        for key, value in said.items()
    ]


def _lines(found: Any) -> Iterator[str]:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for row in found.iterator(1_000):
        writer.writerow(defused(str(getattr(row, name))) for name in _COLUMNS)
        yield out.getvalue()
        out.seek(0)
        out.truncate()
    yield out.getvalue()

"""What those who watch the portal ask: does it answer, and is all there that it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import DatabaseError
from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from truecost.record.services import integrity

if TYPE_CHECKING:
    from django.http import HttpRequest


@require_safe
def health(_request: HttpRequest) -> HttpResponse:
    """Say that the process answers."""
    return JsonResponse({"status": "up"})


@require_safe
def ready(_request: HttpRequest) -> HttpResponse:
    """Say whether database, tables and guards are there; 503 with what lacks, where not."""
    try:
        lacks = [each.what for each in integrity.ready()]
    except DatabaseError:
        lacks = ["the database can't be reached"]
    said = {"status": "not ready" if lacks else "ready", "lacks": lacks}
    return JsonResponse(said, status=503 if lacks else 200)

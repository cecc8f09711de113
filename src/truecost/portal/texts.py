"""Texts that no database holds: a request with a NUL in it is refused before anything reads it.

PostgreSQL refuses them in the middle of an act, SQLite keeps them; here both answer alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponseBadRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django.http import HttpRequest, HttpResponse

_NUL = "\x00"
#: It reads no forms, and says in its own words what it can't take.
_API = "/api/"


class Texts:
    """The middleware that looks at addresses, queries and forms."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, or refuse in words."""
        if request.path_info.startswith(_API):
            return self._get_response(request)
        if _NUL in request.path_info or _holds(request.GET.lists()) or _holds(request.POST.lists()):
            what = "A text holds a sign (NUL) that can't be kept. Go back, and remove it."
            return HttpResponseBadRequest(what, content_type="text/plain; charset=utf-8")
        return self._get_response(request)


def _holds(said: Iterable[tuple[str, list[str]]]) -> bool:
    return any(_NUL in name or any(_NUL in each for each in values) for name, values in said)

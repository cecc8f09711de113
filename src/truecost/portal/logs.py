"""Logs as lines of JSON, without personal data: no address of a person or machine, no path.

A path can hold the word that lets somebody in, so only the name of the address is told.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

_REQUESTS = logging.getLogger("truecost.requests")


class Lines(logging.Formatter):
    """A record as a line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record; what a request said is left out."""
        moment = dt.datetime.fromtimestamp(record.created, dt.UTC)
        line: dict[str, object] = {
            "time": moment.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
        }
        request = getattr(record, "request", None)
        if request is not None or record.name.startswith("django."):
            line["message"] = "a request failed" if record.exc_info else "a request was refused"
            line["route"] = route(request)
            line["status"] = getattr(record, "status_code", None)
        else:
            line["message"] = record.getMessage()
        line |= getattr(record, "said", {})
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["where"] = _where(record)
        return json.dumps(line, ensure_ascii=False)


def _where(record: logging.LogRecord) -> list[str]:
    """Give the way to a fault, file by file; not what the fault says, which may quote people."""
    found = []
    trace = record.exc_info[2] if record.exc_info else None
    while trace is not None:
        code = trace.tb_frame.f_code
        found.append(f"{code.co_filename.rsplit('site-packages/', 1)[-1]}:{trace.tb_lineno}")
        trace = trace.tb_next
    return found[-8:]


def route(request: object) -> str:
    """Give the name of a request's address."""
    match = getattr(request, "resolver_match", None)
    return str(match.view_name) if match else ""


class Requests:
    """The middleware that logs each request: route, status, time, the person's key."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and log."""
        began = time.perf_counter()
        response = self._get_response(request)
        # asking who it is would read the session for a page that did not
        person = getattr(getattr(request, "_cached_user", None), "key", "")
        said = {
            "method": request.method,
            "route": route(request),
            "status": response.status_code,
            "ms": round((time.perf_counter() - began) * 1000),
            "person": person,
        }
        _REQUESTS.info("request", extra={"said": said})
        return response


def begin(level: int = logging.INFO) -> None:
    """Write what is logged to standard error, as lines."""
    handler = logging.StreamHandler()
    handler.setFormatter(Lines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("truecost").setLevel(level)

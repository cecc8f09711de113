"""Errors as RFC 9457 says: `application/problem+json`, for the person who can fix them.

type      an address on the page of the reference that says what the problem is
title     what it is; detail: what is wrong this time; status
findings  each fault: what, hint, detail, and where it is in a file: file, line, column
errors    of a request that is not as the reference says: where (a JSON pointer) and what
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse

from truecost.record.services.acts import DeniedError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from truecost.kernel.findings import Finding, TruecostError

MEDIA_TYPE = "application/problem+json"
REFERENCE = "/api/v1/docs"
#: Each kind of problem: its status, its title, what it means.
KINDS: dict[str, tuple[int, str, str]] = {
    "unreadable": (400, "The request can't be read", "The body is no JSON, or says a key twice."),
    "unknown": (401, "Nobody is known by this", "Send a token that is good, or sign in."),
    "denied": (403, "This is not allowed", "The person or the token's scopes do not allow it."),
    "absent": (404, "There is no such thing", "It is not there, or not yours to see."),
    "method": (405, "This method does nothing here", "`Allow` says which methods there are."),
    "form": (406, "There is no such form", "It comes in the forms that the reference names."),
    "conflict": (409, "This can't be done now", "The findings say why, and what to do."),
    "at-work": (409, "This was asked already", "The same key is at work, or its answer was lost."),
    "changed": (
        412,
        "It has changed",
        "What `If-Match` names is not what there is: read it again.",
    ),
    "large": (413, "The request is too large", "A body has 2 MiB at most."),
    "media": (415, "The body is of another kind", "Send `application/json`."),
    "invalid": (422, "The request is not as it should be", "`errors` say where and how."),
    "other-request": (422, "The key was used", "The idempotency key was used for something else."),
    "often": (429, "Too many requests", "`Retry-After` says how many seconds to wait."),
    "fault": (500, "Something is broken", "It is logged; whoever runs the portal can find it."),
}


def problem(kind: str, detail: str = "", **more: Any) -> HttpResponse:
    """Give the answer that tells a problem of a kind; `more` are its other members."""
    status, title, meaning = KINDS[kind]
    content = {
        "type": f"{REFERENCE}#problem-{kind}",
        "title": title,
        "status": status,
        "detail": detail or meaning,
        **more,
    }
    answer = HttpResponse(
        json.dumps(content, ensure_ascii=False), status=status, content_type=MEDIA_TYPE
    )
    if status == HTTPStatus.UNAUTHORIZED:
        answer["WWW-Authenticate"] = 'Bearer realm="truecost"'
    return answer


def of(error: TruecostError) -> HttpResponse:
    """Tell what a service refused."""
    kind = "denied" if isinstance(error, DeniedError) else "conflict"
    found = findings(error.findings)
    return problem(kind, error.findings[0].what if error.findings else "", findings=found)


def findings(found: Iterable[Finding]) -> list[dict[str, Any]]:
    """Give findings as plain values."""
    return [
        {
            "what": each.what,
            "hint": each.hint,
            "detail": list(each.detail),
            "severity": str(each.severity),
            "file": each.place.file if each.place else None,
            "line": (each.place.line or None) if each.place else None,
            "column": (each.place.column or None) if each.place else None,
        }
        for each in found
    ]


def invalid(errors: Iterable[dict[str, Any]], kind: str = "invalid") -> HttpResponse:
    """Tell where a request is not as the reference says, or names what there is not."""
    told = [{"pointer": _pointer(each["loc"]), "what": str(each["msg"])} for each in errors]
    return problem(kind, told[0]["what"] if told else "", errors=told)


def _pointer(where: Iterable[Any]) -> str:
    """Write a place as a JSON pointer (RFC 6901), of which the first part says where it stands."""
    parts = [str(each).replace("~", "~0").replace("/", "~1") for each in where]
    return "/" + "/".join(parts)

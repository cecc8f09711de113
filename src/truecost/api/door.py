"""The door before every endpoint: who asks, may they, was it asked before, is it still the same.

A request with a token is its person's, whatever cookies it brings; it needs no CSRF token, for no
browser sends it by itself. One with a session does, as pages do. An endpoint without a rule is not
there: nobody gets in.
"""

from __future__ import annotations

import copy
import hashlib
import logging
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponse, QueryDict
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_vary_headers
from ninja.utils import check_csrf

from truecost.api import bodies, problems, rates
from truecost.api.endpoints import RULES, Rule
from truecost.kernel.likeness import meant
from truecost.record.services import answers, tokens
from truecost.record.services.acts import By

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    View = Callable[..., HttpResponseBase]

_FAULTS = logging.getLogger("truecost.api")
_BY = "truecost_by"
_READS = {"GET", "HEAD"}
_KEY = re.compile(rf"[!-~]{{1,{answers.LONGEST_KEY}}}")
#: The views, by the names of their addresses.
VIEWS: dict[str, View] = {}


def by(request: HttpRequest) -> By:
    """Give who asks; the door has seen to it."""
    found: By = getattr(request, _BY)
    return found


def before(name: str, view: View) -> View:
    """Put the door before a view."""
    VIEWS[name] = view

    def answered(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        head = request.method == "HEAD"
        try:
            answer = _answer(request, name, "GET" if head else request.method or "", kwargs)
        except Exception:  # noqa: BLE001  it is told as 500, and logged
            _FAULTS.exception("an endpoint failed")
            answer = problems.problem("fault")
        patch_vary_headers(answer, ("Accept", "Authorization", "Cookie"))
        answer.headers.setdefault("Cache-Control", "private, no-cache")
        if head and isinstance(answer, HttpResponse):
            answer.content = b""
        return answer

    answered.csrf_exempt = True  # type: ignore[attr-defined]  # the door asks for it of sessions
    return answered


def _answer(
    request: HttpRequest, name: str, method: str, kwargs: dict[str, Any]
) -> HttpResponseBase:
    rule = RULES.get((name, method))
    if rule is None:
        return not_allowed(name)
    texts = [*map(str, kwargs.values()), *request.GET, *request.GET.values()]
    if not all(bodies.keepable(each) for each in texts):
        return problems.problem("absent")
    if rule.open:
        return _conditional(request, VIEWS[name](request, **kwargs))
    who = _who(request, rule)
    if not isinstance(who, By):
        return who
    if rule.act is not None and who.rights.parts(rule.act) == frozenset():
        return problems.problem("denied", f"you may not {rule.act}")
    if wrong := _unknown(request, rule):
        return problems.invalid(wrong)
    if seconds := rates.wait(_counted(request, who), acts=method not in _READS):
        often = problems.problem("often")
        often["Retry-After"] = str(seconds)
        return often
    setattr(request, _BY, who)
    request.method = method
    if method in _READS:
        return _conditional(request, VIEWS[name](request, **kwargs))
    return _acted(request, rule, who, name, kwargs)


def _who(request: HttpRequest, rule: Rule) -> By | HttpResponse:
    """Say who asks, or why nobody does."""
    said = request.headers.get("Authorization")
    if said is not None:
        kind, _, word = said.partition(" ")
        found = tokens.acts_for(word.strip(), timezone.now()) if kind.lower() == "bearer" else None
        if found is None:
            return problems.problem("unknown", "this token is not known, or no longer good")
        row, who = found
        if rule.scope is None:
            return problems.problem("denied", "no token may: sign in")
        if rule.scope and rule.scope not in tokens.scopes_of(row):
            return problems.problem("denied", f'the token has no scope "{rule.scope}"')
        setattr(request, "_cached_user", who.person)  # noqa: B010  the log asks for it
        return who
    if not request.user.is_authenticated:
        return problems.problem("unknown")
    if request.method not in _READS and check_csrf(request) is not None:
        return problems.problem("denied", "a session needs its CSRF token here")
    return By(request.user, "api", timezone.now())


def _counted(request: HttpRequest, who: By) -> str:
    """Say whose requests are counted together: a token's, else a person's."""
    said = request.headers.get("Authorization", "")
    return hashlib.sha256(f"{who.key} {said}".encode()).hexdigest()


def _unknown(request: HttpRequest, rule: Rule) -> list[dict[str, Any]]:
    """Tell parameters that there are not: a filter that was misspelt must not give everything."""
    found = []
    for each in request.GET:
        if each not in rule.queries:
            hint = meant(each, sorted(rule.queries))
            what = f"there is no such parameter{f': {hint}' if hint else ''}"
            found.append({"loc": ("query", each), "msg": what})
        elif len(request.GET.getlist(each)) > 1:
            found.append({"loc": ("query", each), "msg": "say it once"})
    return found


def _acted(
    request: HttpRequest, rule: Rule, who: By, name: str, kwargs: dict[str, Any]
) -> HttpResponseBase:
    """Do what is asked, once by key, and only where it is still what was seen."""
    try:
        body = request.body
    except RequestDataTooBig:
        return problems.problem("large")
    if body and not rule.takes:
        return problems.invalid([{"loc": ("body",), "msg": "this takes no body: leave it out"}])
    if body and request.content_type != "application/json":
        return problems.problem("media")
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return _done(request, rule, name, kwargs)
    if not _KEY.fullmatch(key):
        where = ("header", "Idempotency-Key")
        return problems.invalid([{"loc": where, "msg": "1 to 200 visible characters of ASCII"}])
    return _once(request, rule, who, name, kwargs, key)


def _once(
    request: HttpRequest, rule: Rule, who: By, name: str, kwargs: dict[str, Any], key: str
) -> HttpResponseBase:
    """Do what is asked, or give the answer that it was given before by its key."""
    asked = f"{request.method} {request.get_full_path()}\n".encode() + request.body
    known, row = answers.begin(who, key, hashlib.sha256(asked).hexdigest())
    if known is answers.Known.OTHER:
        return problems.problem("other-request")
    if known is answers.Known.AT_WORK:
        return problems.problem("at-work")
    if known is answers.Known.ANSWERED:
        again = HttpResponse(bytes(row.body), status=row.status, content_type=row.kind)
        again["Idempotency-Replayed"] = "true"
        return again
    answer = _done(request, rule, name, kwargs)
    if answer.status_code < HTTPStatus.BAD_REQUEST and not rule.secret:
        content = answer.content if isinstance(answer, HttpResponse) else b""
        answers.answered(row, answer.status_code, answer.headers["Content-Type"], content)
    elif HTTPStatus.BAD_REQUEST <= answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
        answers.let_go(row)  # nothing was done
    return answer


def _done(request: HttpRequest, rule: Rule, name: str, kwargs: dict[str, Any]) -> HttpResponseBase:
    match = request.headers.get("If-Match")
    if match is not None and rule.guards:
        seen = copy.copy(request)
        seen.method, seen.GET = "GET", QueryDict()
        now = VIEWS[rule.guards](seen, **kwargs)
        if now.status_code != HTTPStatus.OK:
            return now
        if match != "*" and _tag(now) not in [each.strip() for each in match.split(",")]:
            return problems.problem("changed")
    return VIEWS[name](request, **kwargs)


def _conditional(request: HttpRequest, answer: HttpResponseBase) -> HttpResponseBase:
    """Name the state of an answer, and give 304 where the reader has it."""
    if answer.status_code != HTTPStatus.OK or not isinstance(answer, HttpResponse):
        return answer
    answer["ETag"] = _tag(answer)
    seen = request.headers.get("If-None-Match")
    if seen is None:
        return answer
    return get_conditional_response(request, answer["ETag"], None, answer) or answer


def _tag(answer: HttpResponseBase) -> str:
    content = answer.content if isinstance(answer, HttpResponse) else b""
    kind = answer.headers.get("Content-Type", "")
    return f'"{hashlib.sha256(kind.encode() + content).hexdigest()[:32]}"'


def not_allowed(name: str) -> HttpResponse:
    """Say which methods an address has."""
    methods = sorted({method for known, method in RULES if known == name})
    if "GET" in methods:
        methods.append("HEAD")
    answer = problems.problem("method")
    answer["Allow"] = ", ".join(methods)
    return answer

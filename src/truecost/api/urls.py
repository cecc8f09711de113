"""All endpoints, each behind the door; `portal.urls` puts them under `/api/v1`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpResponse, JsonResponse
from django.urls import path
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.security.base import AuthBase

from truecost import __version__
from truecost.api import (
    bodies,
    builds,
    disputes,
    door,
    endpoints,
    events,
    flow,
    model,
    organisation,
    overview,
    people,
    periods,
    problems,
    reference,
    runs,
    statements,
    tokens,
    trees,
)  # fmt: skip
from truecost.api.answers import AbsentError, FormError, InvalidError
from truecost.api.endpoints import RULES, Rule
from truecost.api.shapes import Fault, Problem, Wrong, plain
from truecost.kernel.findings import TruecostError

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.urls import URLPattern

ROOT = "/api/v1"
app_name = "api"
_AREAS = (
    organisation, overview, trees, flow, model, periods, runs, builds, statements, disputes, people,
    tokens, events,
)  # fmt: skip


class Token(AuthBase):
    """A token in the header `Authorization: Bearer …`; the door has read it."""

    openapi_type = "http"
    openapi_scheme = "bearer"

    def __call__(self, request: HttpRequest) -> Any:
        """Give who asks."""
        return door.by(request)


class Session(AuthBase):
    """The cookie of who is signed in on pages; what acts needs the CSRF token too."""

    openapi_type = "apiKey"
    openapi_in = "cookie"
    openapi_name = "truecost_session"

    def __call__(self, request: HttpRequest) -> Any:
        """Give who asks."""
        return door.by(request)


def _made() -> NinjaAPI:
    made = NinjaAPI(
        title="Truecost", version=__version__, urls_namespace=app_name, openapi_url=None,
        description="Everything that a page can do, for programs.", docs_url=None,
        auth=[Token(), Session()], parser=bodies.Bodies(),
    )  # fmt: skip
    for area in _AREAS:
        made.add_router("", area.router)

    def told(_request: HttpRequest, error: Any) -> HttpResponse:
        if isinstance(error, TruecostError):
            return problems.of(error)
        if isinstance(error, InvalidError):
            return problems.invalid([{"loc": error.where.split("/"), "msg": error.what}], "absent")
        if isinstance(error, ValidationError):
            return problems.invalid(error.errors)
        if isinstance(error, HttpError):
            return problems.problem("unreadable")
        return problems.problem("form" if isinstance(error, FormError) else "absent")

    kinds = (
        TruecostError, InvalidError, ValidationError, HttpError, FormError, AbsentError, Http404,
    )  # fmt: skip
    for kind in kinds:
        made.add_exception_handler(kind, told)
    return made


def document() -> dict[str, Any]:
    """Give the OpenAPI document."""
    made: dict[str, Any] = dict(API.get_openapi_schema(path_prefix=f"{ROOT}/"))
    schemas = made["components"]["schemas"]
    for each in (Problem, Fault, Wrong):
        schema = plain(each)
        schema.pop("$defs", None)
        schemas[each.__name__] = schema
    made["paths"] = dict(sorted(made["paths"].items()))
    made["info"]["license"] = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
    return made


def _openapi(_request: HttpRequest) -> HttpResponse:
    return JsonResponse(DOCUMENT)


def _docs(request: HttpRequest) -> HttpResponse:
    return reference.page(request, DOCUMENT)


def _absent(_request: HttpRequest, **_kwargs: Any) -> HttpResponse:
    return problems.problem("absent", "there is no such address; /api/v1/openapi.json has all")


def _patterns() -> list[URLPattern]:
    """Give each address once, behind the door."""
    found: dict[str, URLPattern] = {}
    made: Any = API.urls[0]
    for each in made:
        name = str(each.name)
        if name != "api-root":
            found.setdefault(
                name, path(str(each.pattern), door.before(name, each.callback), name=name)
            )
    for address, name, view in (("openapi.json", "openapi", _openapi), ("docs", "docs", _docs)):
        RULES[name, "GET"] = Rule(None, None, open=True)
        found[name] = path(address, door.before(name, view), name=name)
    for method in endpoints.METHODS:
        RULES["absent", method] = Rule(None, None, open=True)
    found["absent"] = path("<path:rest>", door.before("absent", _absent), name="absent")
    return list(found.values())


API = _made()
DOCUMENT = document()
urlpatterns = _patterns()

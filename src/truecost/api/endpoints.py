"""How an endpoint is declared: with the scope and the act that it asks for, or not at all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from truecost.api import problems

if TYPE_CHECKING:
    from collections.abc import Callable

    from ninja import Router

    from truecost.record.services.permissions import Act
    from truecost.record.services.tokens import Scope

F = TypeVar("F", bound="Callable[..., Any]")
_REF = {"$ref": "#/components/schemas/Problem"}
_USUAL = ("unknown", "denied", "invalid", "often")
_ETAG = {"ETag": {"description": "Of this answer.", "schema": {"type": "string"}}}


@dataclass(frozen=True, slots=True)
class Rule:
    """What an endpoint asks for. `scope` None: no token may, only a session; "": any token may.

    `act` None: nothing. `open` endpoints ask for nobody. `secret` answers are not kept for
    idempotency keys. `guards` names the address whose answer `If-Match` is about; `queries` are the
    parameters that there are; `takes` says that there is a body. `does` is the id of the operation:
    a verb and a noun, which programs call it by.
    """

    scope: Scope | Literal[""] | None
    act: Act | None
    open: bool = False
    secret: bool = False
    guards: str = ""
    queries: frozenset[str] = frozenset()
    takes: bool = False
    does: str = ""


METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
#: The rule of every endpoint, by the name of its address and the method.
RULES: dict[tuple[str, str], Rule] = {}


def get(
    router: Router, path: str, name: str, *, does: str, scope: Scope | Literal[""], act: Act,
    response: Any, **more: Any,
) -> Callable[[F], F]:  # fmt: skip
    """Declare an endpoint that reads.

    `also` are other media types that it answers in; `media` are all, where none is a shape.
    """
    also, media = more.pop("also", ()), more.pop("media", ())
    extra: dict[str, Any] = {
        "parameters": [_header("If-None-Match", "304 where the answer is the same as then.")],
        "responses": {
            "304": {"description": "It is as it was.", "headers": _ETAG},
            **_problems(*_USUAL, *more.pop("problems", ("absent", "conflict"))),
        },
    }
    if also or media:
        content = {each: {"schema": {"type": "string"}} for each in (*also, *media)}
        extra["responses"]["200"] = {"description": "OK", "content": content}
        extra["responses"] |= _problems("form")
    response = {200: response} if media else response
    return _declared(
        router, "GET", path, name, Rule(scope, act, does=does), response, extra, **more
    )


def post(
    router: Router, path: str, name: str, *, does: str, scope: Scope | None, act: Act,
    response: Any, secret: bool = False, guards: str = "", method: str = "POST", **more: Any,
) -> Callable[[F], F]:  # fmt: skip
    """Declare an endpoint that acts."""
    key = _header("Idempotency-Key", "Asked again with the same key, it is done once.", 200)
    match = _header("If-Match", f"412 where `{guards}` is not as it was then.")
    extra: dict[str, Any] = {
        "parameters": [key, match] if guards else [key],
        "responses": _problems(
            "unreadable", *_USUAL, "absent", "conflict", "large", "media",
            *(["changed"] if guards else []),
        ),
    }  # fmt: skip
    rule = Rule(scope, act, secret=secret, guards=guards, does=does)
    return _declared(router, method, path, name, rule, response, extra, **more)


def _declared(
    router: Router, method: str, path: str, name: str, rule: Rule, response: Any,
    extra: dict[str, Any], **more: Any,
) -> Callable[[F], F]:  # fmt: skip
    if (name, method) in RULES:
        raise ValueError(f"{method} {name} is declared twice")
    scope = f"Scope `{rule.scope}`." if rule.scope else "With any token."
    if rule.scope is None:
        scope = "For who is signed in; no token may."

    def declare(view: F) -> F:
        router.api_operation(
            [method], path, url_name=name, operation_id=rule.does,
            response=response, summary=_first(view.__doc__),
            description=f"{_rest(view.__doc__)}\n\n{scope}".strip(), openapi_extra=extra, **more,
        )(view)  # fmt: skip
        # ninja keeps there what it has read of the signature
        made = view._ninja_operation  # type: ignore[attr-defined]  # noqa: SLF001
        read = {
            each.__ninja_param_source__: getattr(each, "__ninja_flatten_map__", ())
            for each in made.models
        }
        queries = frozenset(read.get("query", ()))
        RULES[name, method] = replace(rule, queries=queries, takes="body" in read)
        return view

    return declare


def _first(text: str | None) -> str:
    return (text or "").strip().split("\n", 1)[0].rstrip(".")


def _rest(text: str | None) -> str:
    return " ".join((text or "").strip().partition("\n")[2].split())


def _header(name: str, what: str, longest: int = 1000) -> dict[str, Any]:
    schema = {"type": "string", "maxLength": longest, "minLength": 1, "pattern": "^[!-~]+$"}
    return {"in": "header", "name": name, "required": False, "description": what, "schema": schema}


def _problems(*kinds: str) -> dict[str, Any]:
    """Describe the answers that tell problems, by their status."""
    told: dict[str, Any] = {}
    for kind in kinds:
        status, title, _ = problems.KINDS[kind]
        content = {problems.MEDIA_TYPE: {"schema": _REF}}
        told[str(status)] = {"description": title, "content": content}
    return told

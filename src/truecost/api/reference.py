"""The page that shows all endpoints, scopes and problems: drawn by the server, without script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import render

from truecost.api import problems
from truecost.record.services.tokens import ACTS, Scope

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django.http import HttpRequest, HttpResponse


def page(request: HttpRequest, document: Mapping[str, Any]) -> HttpResponse:
    """Draw it from the OpenAPI document."""
    content = {
        "info": document["info"],
        "endpoints": list(endpoints(document)),
        "shapes": [
            {"name": name, "fields": list(_fields(schema))}
            for name, schema in sorted(document["components"]["schemas"].items())
        ],
        "scopes": [(each, sorted(map(str, ACTS[each]))) for each in Scope],
        "problems": [
            {"kind": kind, "status": status, "title": title, "meaning": meaning}
            for kind, (status, title, meaning) in problems.KINDS.items()
        ],
    }
    return render(request, "api/docs.html", content)


def endpoints(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Give each endpoint as the page shows it."""
    for path, methods in document["paths"].items():
        for method, said in methods.items():
            body = said.get("requestBody", {}).get("content", {}).get("application/json", {})
            good = {code: each for code, each in said["responses"].items() if int(code) < 300}  # noqa: PLR2004
            yield {
                "id": said["operationId"],
                "method": method.upper(),
                "path": path,
                "summary": said["summary"],
                "description": said.get("description", ""),
                "parameters": [
                    {"name": each["name"], "place": each["in"], "required": each["required"],
                     "kind": _kind(each["schema"]), "what": each.get("description", "")}
                    for each in said["parameters"]
                ],
                "body": _kind(body["schema"]) if body else "",
                "answers": [
                    {"status": code, "media": media, "kind": _kind(each.get("schema", {}))}
                    for code, answer in good.items()
                    for media, each in answer.get("content", {"": {}}).items()
                ],
            }  # fmt: skip


def _fields(schema: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    required = schema.get("required", ())
    for name, said in schema.get("properties", {}).items():
        yield {
            "name": name, "kind": _kind(said), "required": name in required,
            "what": said.get("description", ""),
        }  # fmt: skip


def _kind(schema: Mapping[str, Any]) -> str:
    """Say in a few words what a value is."""
    if "$ref" in schema:
        return str(schema["$ref"].rsplit("/", 1)[-1])
    if "anyOf" in schema:
        return " or ".join(_kind(each) for each in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    return str(schema.get("format") or schema.get("type") or "any")

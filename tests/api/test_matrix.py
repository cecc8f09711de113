"""Who gets in where by the API: every endpoint, every role, own and others' data."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from django.urls import reverse
from tests.api import addresses
from tests.api.conftest import Program, program, token

from truecost.api import door, urls
from truecost.api.endpoints import RULES
from truecost.record.models import Grant
from truecost.record.services.permissions import Role
from truecost.record.services.tokens import ACTS, Scope

if TYPE_CHECKING:
    import pytest
    from tests.record.workshop import Workshop

MATRIX = Path(__file__).with_name("matrix.txt")
NOTHING: tuple[dict[str, str | int], ...] = ({},)
SCOPES = {Role.DEPARTMENT_HEAD: addresses.OWN, Role.SERVICE_OWNER: "workplace"}


def test_every_address_has_a_door_and_a_rule_and_no_rule_is_left_over() -> None:
    names = [str(each.name) for each in urls.urlpatterns]
    assert len(set(names)) == len(names)
    assert {name for name, _ in RULES} == set(names)
    assert set(door.VIEWS) == set(names)
    for each in urls.urlpatterns:
        assert each.callback.__qualname__ == "before.<locals>.answered", each.name


def test_every_endpoint_asks_for_an_act_and_what_acts_for_a_scope_that_opens_it() -> None:
    opened = {name for (name, _), rule in RULES.items() if rule.open}
    assert opened == {"openapi", "docs", "absent"}
    for (name, method), rule in RULES.items():
        if not rule.open:
            assert rule.act is not None, name
            assert method == "GET" or rule.scope != "", f"{name}: any token may act"


def test_every_scope_is_asked_for_and_documented() -> None:
    asked = {rule.scope for rule in RULES.values() if rule.scope}
    assert asked == set(Scope) == set(ACTS)


def test_an_address_without_a_rule_lets_nobody_in(
    issued: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    asks = program(issued.person(Role.ANALYST))
    monkeypatch.delitem(RULES, ("periods", "GET"))
    assert asks.get("periods").status_code == 405


def test_every_role_at_every_endpoint(issued: Workshop) -> None:
    """What acts is asked with an empty body, so that who gets in does nothing: 409, 422 or 400."""
    readers: dict[str, Program] = {"visitor": Program("tc_nobody")}
    nobody = issued.person(Role.AUDITOR, name="nobody")
    readers["no role"] = program(nobody)
    Grant.objects.filter(person=nobody.person).delete()
    for role in Role:
        readers[role] = program(issued.person(role, SCOPES.get(role, "")))
    readers["no scope"] = Program(token(issued.person(Role.ANALYST), [Scope.TOKENS]))
    said_by_name = addresses.arguments(issued)
    lines = [f"{'':<32}{''.join(f'{name:<17}' for name in readers)}".rstrip()]
    for name, method in sorted(RULES):
        if name == "absent":
            continue
        for which, keys in zip(("own", "other"), said_by_name.get(name, NOTHING), strict=False):
            address = reverse(f"api:{name}", kwargs=keys)
            row = f"{name} {which if keys else ''} {method}".replace("  ", " ")
            cells = []
            for asks in readers.values():
                body = None if method == "GET" else {"": ""}
                status = asks.ask(method, address, body).status_code
                cells.append(f"{status:<17}")
            lines.append(f"{row:<32}{''.join(cells)}".rstrip())
    text = "\n".join(lines) + "\n"
    if os.environ.get("TRUECOST_UPDATE"):
        MATRIX.write_text(text, encoding="utf-8")
    assert MATRIX.read_text(encoding="utf-8") == text

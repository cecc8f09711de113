"""Who gets in where: every address, every role, own and others' data. A new address has to say."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from tests.portal.conftest import signed_in

from truecost.portal.areas import AREAS, urls_of
from truecost.record.models import Grant
from truecost.record.services.permissions import Role

if TYPE_CHECKING:
    from tests.record.workshop import Workshop

    from truecost.record.services.acts import By

MATRICES = Path(__file__).with_name("matrix")
METHODS = ("get", "post")
NOTHING: tuple[dict[str, object], ...] = ({},)


def addresses(area: str) -> list[URLPattern]:
    found = urls_of(area).urlpatterns
    for pattern in found:
        assert isinstance(pattern, URLPattern), "an included list needs its own walk"
        assert pattern.name, f"{pattern} has no name, so no rule can be about it"
    return list(found)


def arguments(area: str, shop: Workshop) -> dict[str, tuple[dict[str, object], ...]]:
    """Give what stands in addresses, by their names: of the reader's own part, and of another's."""
    if not Path(__file__).with_name("addresses").joinpath(f"{area}.py").exists():
        return {}
    found: dict[str, tuple[dict[str, object], ...]] = import_module(
        f"tests.portal.addresses.{area}"
    ).arguments(shop)
    return found


def test_every_address_is_of_an_area() -> None:
    of_areas = [each for area in AREAS for each in addresses(area)]
    *others, api = get_resolver().url_patterns
    assert of_areas == others
    # its addresses are walked in tests/api/test_matrix.py
    assert isinstance(api, URLResolver)
    assert (api.namespace, str(api.pattern)) == ("api", "api/v1/")
    assert len({each.name for each in of_areas}) == len(of_areas)


@pytest.mark.parametrize("area", AREAS)
def test_every_address_has_a_rule_and_no_rule_is_left_over(area: str) -> None:
    assert sorted(each.name or "" for each in addresses(area)) == sorted(urls_of(area).RULES)


@pytest.mark.parametrize("area", AREAS)
def test_every_role_at_every_address(issued: Workshop, area: str) -> None:
    said_by_name = arguments(area, issued)
    scopes = {Role.DEPARTMENT_HEAD: "sales", Role.SERVICE_OWNER: "workplace"}
    people = {role: issued.person(role, scopes.get(role, "")) for role in Role}
    nobody = issued.person(Role.AUDITOR, name="nobody")
    Grant.objects.filter(person=nobody.person).delete()
    readers: dict[str, By | None] = {"visitor": None, "no role": nobody}
    readers |= {str(role): by for role, by in people.items()}
    lines = [f"{'':<28}{''.join(f'{name:<17}' for name in readers)}".rstrip()]
    for name in sorted(each.name or "" for each in addresses(area)):
        for which, keys in zip(("own", "other"), said_by_name.get(name, NOTHING), strict=False):
            address = reverse(name, kwargs=keys)
            for method in METHODS:
                row = f"{name} {which if keys else ''} {method}".replace("  ", " ")
                cells = []
                for by in readers.values():
                    client = signed_in(by) if by else Client(headers={"host": "localhost"})
                    status = getattr(client, method)(address).status_code
                    cells.append(f"{status:<17}")
                lines.append(f"{row:<28}{''.join(cells)}".rstrip())
    text = "\n".join(lines) + "\n"
    expected = MATRICES / f"{area}.txt"
    if os.environ.get("TRUECOST_UPDATE"):
        expected.write_text(text, encoding="utf-8")
    assert expected.read_text(encoding="utf-8") == text

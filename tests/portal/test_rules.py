"""Who gets in where: every address, every role, own and others' data. A new address has to say."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from tests.portal.conftest import signed_in

from truecost.portal.rules import RULES
from truecost.record.models import Grant, Statement
from truecost.record.services.permissions import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.record.workshop import Workshop

    from truecost.record.services.acts import By

MATRIX = Path(__file__).with_name("matrix.txt")
METHODS = ("get", "post")
#: What stands in an address, by its name: of the reader's own part, and of another's.
ARGUMENTS: dict[str, tuple[dict[str, str], ...]] = {
    "statement": ({"number": "{own}"}, {"number": "{other}"}),
    "document": ({"number": "{own}", "form": "pdf"}, {"number": "{other}", "form": "pdf"}),
    "welcome": ({"token": "x"},),
}

NOTHING: tuple[dict[str, str], ...] = ({},)


def names() -> Iterator[str]:
    for pattern in get_resolver().url_patterns:
        assert isinstance(pattern, URLPattern), "an included list needs its own walk"
        assert pattern.name, f"{pattern} has no name, so no rule can be about it"
        yield pattern.name


def test_every_address_has_a_rule_and_no_rule_is_left_over() -> None:
    assert sorted(names()) == sorted(RULES)


def test_every_role_at_every_address(issued: Workshop) -> None:
    own = Statement.objects.get(consumer="sales").number
    other = Statement.objects.get(consumer="factory").number
    scopes = {Role.DEPARTMENT_HEAD: "sales", Role.SERVICE_OWNER: "workplace"}
    people = {role: issued.person(role, scopes.get(role, "")) for role in Role}
    nobody = issued.person(Role.AUDITOR, name="nobody")
    Grant.objects.filter(person=nobody.person).delete()
    readers: dict[str, By | None] = {"visitor": None, "no role": nobody}
    readers |= {str(role): by for role, by in people.items()}
    lines = [f"{'':<28}{''.join(f'{name:<17}' for name in readers)}".rstrip()]
    for name in sorted(names()):
        for which, said in zip(("own", "other"), ARGUMENTS.get(name, NOTHING), strict=False):
            keys = {key: value.format(own=own, other=other) for key, value in said.items()}
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
    if os.environ.get("TRUECOST_UPDATE"):
        MATRIX.write_text(text, encoding="utf-8")
    assert MATRIX.read_text(encoding="utf-8") == text

"""What the document says, asked of the real application with a real database, by schemathesis."""

from __future__ import annotations

import os
import re
import warnings
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from hypothesis import HealthCheck, Phase, given, seed, settings
from tests.api.conftest import both, token

from truecost.api import rates, urls
from truecost.record.services.permissions import Role

if TYPE_CHECKING:
    from tests.record.workshop import Workshop

_KEY = re.compile(r"[!-~]{1,200}")


def asked(shop: Workshop, role: Role, examples: int) -> None:
    """Ask every operation some times, as somebody; every check is on."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "truecost.portal.settings")
    word = token(shop.person(role))
    schema = schemathesis.openapi.from_dict(urls.document())
    schema.app = WSGIHandler()
    headers = {"Authorization": f"Bearer {word}", "Host": "localhost"}
    failed: list[str] = []
    keys = count()
    for found in schema.get_all_operations():
        operation: Any = found.ok()  # type: ignore[union-attr]  # of a document of ours

        @seed(1)
        @settings(
            max_examples=examples, deadline=None, database=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy())
        def ask(case: Any) -> None:
            rates.forget()
            if _KEY.fullmatch(str((case.headers or {}).get("Idempotency-Key", ""))):
                # by one seed the same is drawn again for other operations, which is refused
                case.headers["Idempotency-Key"] = f"key-{next(keys)}"
            case.call_and_validate(headers=headers)

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                ask()
            except BaseExceptionGroup as e:
                failed.append(f"{operation.label}: {e}"[:900])
    assert not failed, "\n\n".join(failed)


@both
@pytest.mark.parametrize("role", [Role.ANALYST, Role.DEPARTMENT_HEAD])
def test_every_operation_answers_as_it_says(issued: Workshop, role: Role) -> None:
    asked(issued, role, 2)


@pytest.mark.slow
def test_every_operation_answers_as_it_says_to_many_questions(issued: Workshop) -> None:
    asked(issued, Role.ANALYST, 15)

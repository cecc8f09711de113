"""What stands in the addresses of the API: of the reader's own part, and of another's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.record.models import Person, Statement, Token

if TYPE_CHECKING:
    from tests.record.workshop import Workshop

    Keys = dict[str, str | int]

OWN, OTHER = "sales", "factory"


def arguments(issued: Workshop) -> dict[str, tuple[Keys, ...]]:
    both = [Statement.objects.get(consumer=each).number for each in (OWN, OTHER)]
    of: tuple[Keys, ...] = tuple({"number": number} for number in both)
    label: tuple[Keys, ...] = ({"label": "2026-01"},)
    run: tuple[Keys, ...] = ({"run": issued.build().id},)
    person: tuple[Keys, ...] = ({"key": Person.objects.order_by("id")[0].key},)
    token = Token.objects.order_by("id").first()
    return {
        **dict.fromkeys(
            ("statement", "view", "documents", "corrections", "explanation", "change", "credits",
             "raise"),
            of,
        ),
        "document": tuple({**each, "form": "pdf"} for each in of),
        **dict.fromkeys(
            ("period", "checklist", "decisions", "review", "close", "reopen", "issue", "journal",
             "reversal"),
            label,
        ),
        **dict.fromkeys(("run", "tables", "models"), run),
        "table": ({**run[0], "name": "charges"},),
        **dict.fromkeys(("person", "grants", "erasure"), person),
        "end": ({"number": 10**6},),
        "revocation": ({"number": token.pk if token else 1},),
        **dict.fromkeys(
            ("dispute", "thread", "evidence", "say", "answer", "accept", "reject", "withdraw"),
            ({"number": "D-2026-00001"},),
        ),
        "build": ({"number": 1},),
        "service": ({"service": "workplace"}, {"service": "network"}),
        "consumer": ({"consumer": OWN}, {"consumer": OTHER}),
        "absent": ({"rest": "nowhere"},),
    }  # fmt: skip

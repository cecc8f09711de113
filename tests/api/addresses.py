"""What stands in the addresses of the API: of the reader's own part, and of another's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.record.models import Person, Statement, Token
from truecost.record.services import hooks
from truecost.record.services.deliveries import Kind
from truecost.record.services.permissions import Role

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
    made, _ = hooks.make(
        issued.person(Role.ADMIN), "Archive", "https://example.org/hooks", [Kind.CLOSED]
    )
    hook: Keys = {"number": made.pk}
    return {
        **dict.fromkeys(
            ("statement", "view", "documents", "corrections", "explanation", "change", "credits",
             "statement-disputes", "counts", "peers", "coming", "postings", "acts", "levers",
             "what-if"),
            of,
        ),
        "document": tuple({**each, "form": "pdf"} for each in of),
        **dict.fromkeys(
            ("period", "checklist", "decisions", "review", "close", "reopen", "issue", "journal",
             "reversal", "rejects", "reconciliation", "plan", "issuing", "journals", "sign-off",
             "unmapped", "credit-notes"),
            label,
        ),
        "journal-file": ({**label[0], "sequence": 1, "form": "csv"},),
        **dict.fromkeys(
            ("run", "tables", "models", "comparison", "comparison-csv", "comparison-parquet"), run
        ),
        "table": ({**run[0], "name": "charges"},),
        **dict.fromkeys(("person", "grants", "erasure", "link", "shut-out", "let-in"), person),
        "end": ({"number": 10**6},),
        "revocation": ({"number": token.pk if token else 1},),
        **dict.fromkeys(
            ("dispute", "thread", "evidence", "say", "answer", "accept", "reject", "withdraw"),
            ({"number": "D-2026-00001"},),
        ),
        **dict.fromkeys(
            ("briefing", "correction", "briefing-withdrawal", "briefing-replies"),
            ({"number": "B-2026-00001"},),
        ),
        **dict.fromkeys(("draft", "publication", "discard"), ({"key": "t-1"},)),
        **dict.fromkeys(("reply", "approval", "hiding"), ({"key": "r-1"},)),
        "statement-replies": of,
        **dict.fromkeys(
            ("webhook", "webhook-secret", "webhook-state", "webhook-end", "deliveries"), (hook,)
        ),
        "resending": ({**hook, "delivery": 10**6},),
        "build": ({"number": 1},),
        "unsubscribe": ({"key": "nobody"},),
        "service": ({"service": "workplace"}, {"service": "network"}),
        "consumer": ({"consumer": OWN}, {"consumer": OTHER}),
        "absent": ({"rest": "nowhere"},),
    }  # fmt: skip

"""Disputes of the reader's own part and service, and of another's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.record.models import Statement
from truecost.record.services import disputes
from truecost.record.services.disputes import Reason
from truecost.record.services.permissions import Role

if TYPE_CHECKING:
    from tests.record.workshop import Workshop


def arguments(issued: Workshop) -> dict[str, tuple[dict[str, str], ...]]:
    numbers = {}
    for consumer, line in (("sales", "service workplace"), ("factory", "")):
        row = Statement.objects.get(consumer=consumer, kind="statement")
        head = issued.person(Role.DEPARTMENT_HEAD, consumer, name=f"asks-{consumer}")
        made = disputes.raise_dispute(
            head, row, Reason.RATE, "Too dear.", line=line, amount=100, key="a"
        )
        numbers[row.number] = made.number
    return {
        "dispute_raise": tuple({"number": each} for each in numbers),
        "dispute": tuple({"number": each} for each in numbers.values()),
        "dispute_evidence": tuple({"number": each} for each in numbers.values()),
        "dispute_act": tuple({"number": each, "act": "reject"} for each in numbers.values()),
    }

"""A webhook, and what it was told; one that is ended is not there for who comes after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.record.models import Delivery
from truecost.record.services import events, hooks
from truecost.record.services.acts import acting
from truecost.record.services.deliveries import Kind
from truecost.record.services.permissions import Role

if TYPE_CHECKING:
    from tests.record.workshop import Workshop


def arguments(issued: Workshop) -> dict[str, tuple[dict[str, object], ...]]:
    admin = issued.person(Role.ADMIN)
    row, _ = hooks.make(admin, "Archive", "https://example.org/hooks", [Kind.CLOSED])
    with acting():
        events.record(admin, "period closed", "period 2026-01")
    number: dict[str, object] = {"number": row.pk}
    names = ("webhook", "webhook_change", "webhook_rotate", "webhook_switch", "webhook_end")
    return {
        **dict.fromkeys(names, (number,)),
        "webhook_resend": ({**number, "delivery": Delivery.objects.get().pk},),
    }

"""What somebody may read: statements, narrowed to their part of the organisation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from truecost.record import models
from truecost.record.services import papers
from truecost.record.services.acts import By, DeniedError
from truecost.record.services.permissions import Act

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet


def statements(by: By) -> QuerySet[models.Statement]:
    """Give the statements that somebody may read, the newest first; without view and documents."""
    if by.person is None:
        raise DeniedError("nobody reads statements who is not signed in")
    found = models.Statement.objects.defer("view").select_related("period", "cites")
    parts = by.rights.parts(Act.READ_STATEMENTS)
    if parts is not None:
        mine = models.Branch.objects.filter(consumer__in=parts).values("statement_id")
        found = found.filter(number__in=mine)
    return found.order_by("-period_id", "name", "number")


def statement(by: By, number: str) -> models.Statement | None:
    """Give a statement that somebody may read; None where it is not there or not theirs."""
    return statements(by).defer(None).filter(number=number).first()


def document(row: models.Statement, form: str) -> bytes | None:
    """Give the bytes that were issued in a form; None where there is no such form.

    Raise RuntimeError rather than give bytes that are not those that were issued.
    """
    found = row.documents.filter(form=form).first()
    if found is None:
        return None
    content = bytes(found.content)
    if papers.hash_of(content) != found.sha256:
        raise RuntimeError(f"document {row.number}.{form} is not as it was issued")
    return content


def corrections(by: By, row: models.Statement) -> list[models.Statement]:
    """Give what corrects a statement, in the order of issue."""
    return list(statements(by).filter(cites=row).order_by("day", "number"))


def events(
    by: By, kind: str = "", person: str = "", subject: str = "", day: str = ""
) -> QuerySet[models.Event]:
    """Give the events, newest first, without what is personal; "" is any.

    `person` is who acted, by key or a part of the name; `subject` what it was about, or how that
    begins; `day` is written as 2026-03-31.
    """
    by.need(Act.READ_EVENTS)
    found = models.Event.objects.order_by("-sequence")
    if kind:
        found = found.filter(kind=kind)
    if person:
        named = models.Person.objects.filter(name__icontains=person, erased=None).values("key")
        found = found.filter(Q(actor=person) | Q(actor__in=named))
    if subject:
        found = found.filter(subject__startswith=subject)
    if day:
        found = found.filter(moment__startswith=f"{day}T")
    return found


def event_kinds(by: By) -> list[str]:
    """Give the kinds of events that there are, by name."""
    by.need(Act.READ_EVENTS)
    return list(models.Event.objects.order_by("kind").values_list("kind", flat=True).distinct())


def personal(by: By, sequences: Iterable[int]) -> dict[int, str]:
    """Give what is personal of events, as JSON: to who manages people; to others nothing."""
    if not by.rights.may(Act.MANAGE_PEOPLE):
        return {}
    held = models.Payload.objects.filter(event_id__in=list(sequences))
    return dict(held.values_list("event_id", "content"))


def recent_events(by: By, count: int = 100) -> list[models.Event]:
    """Give the last events, newest first, without what is personal."""
    return list(events(by)[:count])

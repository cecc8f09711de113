"""What the pages of the period room have in common."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.shortcuts import render

from truecost.kernel.findings import UsageError
from truecost.portal.acting import by
from truecost.portal.opened import opened
from truecost.record.services import periods
from truecost.record.services.acts import DeniedError
from truecost.record.services.permissions import Act, Rights, rights_of
from truecost.statements import locale

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest, HttpResponse

    from truecost.kernel.findings import Finding, TruecostError
    from truecost.kernel.periods import Period
    from truecost.statements.book import Book


def period_of(label: str) -> Any:
    """Give a period of the record. Raise Http404 where it has none of that label."""
    try:
        return periods.get(label)
    except UsageError:
        raise Http404 from None


def rights(request: HttpRequest) -> Rights:
    """Give what the person may do who is signed in; the gate has seen to it that somebody is."""
    who = by(request)
    assert who.person is not None  # noqa: S101  the gate's rule
    return rights_of(who.person, who.day)


def may(request: HttpRequest) -> dict[str, bool]:
    """Say which acts of the room somebody may do at all, by the act's name in small letters."""
    held = rights(request)
    acts = (Act.KEEP_PERIODS, Act.ISSUE, Act.POST, Act.RUN_BUILDS)
    found = {act.name.lower(): held.may(act) for act in acts}
    return {**found, "sign_off": held.parts(Act.SIGN_OFF) != frozenset()}


def signs_off(request: HttpRequest, service: str) -> bool:
    """Say whether somebody may sign a service off."""
    return rights(request).may(Act.SIGN_OFF, (service,))


def told(findings: tuple[Finding, ...]) -> list[dict[str, Any]]:
    """Give findings as the templates show them."""
    return [
        {"place": str(each.place or ""), "what": each.what, "detail": each.detail,
         "hint": each.hint}
        for each in findings
    ]  # fmt: skip


def refused(
    request: HttpRequest, error: TruecostError, template: str, content: dict[str, Any]
) -> HttpResponse:
    """Show a page again with what a service refused: 403 for who may not, else 422."""
    status = 403 if isinstance(error, DeniedError) else 422
    return render(request, template, {**content, "faults": told(error.findings)}, status=status)


@contextmanager
def reading(row: Any) -> Iterator[tuple[Book, Period]]:
    """Give the book of a period's run once, with the language of its workspace."""
    with opened(row.run_id) as run, locale.speaking(run.book.locale):
        yield run.book, run.book.calendar.period(row.index)

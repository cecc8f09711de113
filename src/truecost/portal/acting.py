"""Who acts on a page, and how what a service refuses is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from truecost.record.services.acts import By

if TYPE_CHECKING:
    from django.http import HttpRequest


def by(request: HttpRequest) -> By:
    """Give who acts on this page; the gate has seen to it that somebody is signed in."""
    person = request.user if request.user.is_authenticated else None
    return By(person, "portal", timezone.now())

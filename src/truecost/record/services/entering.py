"""Coming in: by single sign-on, by a new password, with or without a second factor."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.sessions.models import Session

from truecost.kernel.findings import Finding, UsageError
from truecost.record.models import Invitation, Person
from truecost.record.services import events, grants, mail, subscriptions
from truecost.record.services.acts import By, DeniedError, acting
from truecost.record.services.permissions import Act, Role

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def signed_on(
    by: By, provider: str, uid: str, emails: Sequence[str], roles: Mapping[Role, bool] | None
) -> Person:
    """Give the person whom a provider of single sign-on means by `uid`.

    `by.person` is who is known by it already. Else it is who was invited with one of these verified
    addresses, and is known by `uid` from now on. `roles` says which roles, over all, they have and
    which they have not; None leaves roles alone. Raise UsageError for who may not come in.
    """
    with acting():
        person = by.person or _invited(emails)
        person = Person.objects.select_for_update().get(pk=person.pk)
        if not person.is_active:
            raise UsageError("you are no longer let in")
        by = By(person, by.via, by.now)
        known = SocialAccount.objects.filter(user=person, provider=provider)
        if not known.exists():
            SocialAccount.objects.create(user=person, provider=provider, uid=uid)
            Invitation.objects.filter(person=person, used=None).update(used=by.now)
            events.record(by, "single sign-on known", f"person {person}")
            subscriptions.offer(by, person)
        elif not known.filter(uid=uid).exists():
            what = "your address belongs to somebody else's account"
            raise UsageError(Finding(None, what, "ask an administrator"))
        for role, has in (roles or {}).items():
            grants.follow(By(None, provider, by.now), person, role, has=has)
    return person


def _invited(emails: Sequence[str]) -> Person:
    known = [each.strip().casefold() for each in emails]
    found = Person.objects.filter(email__in=known, is_active=True).first()
    if found is None:
        what = "nobody has invited you" if known else "the provider names no verified address"
        raise UsageError(Finding(None, what, "ask an administrator"))
    return found


def noted(by: By, what: str) -> None:
    """Record what somebody did to their own way of signing in: a password, a second factor."""
    if by.person is None:
        raise DeniedError("nobody is signed in")
    with acting():
        events.record(by, what, f"person {by.person}")


def mail_link(by: By, person: Person, subject: str, text: str, link: str) -> None:
    """Send somebody a link that lets them choose a password, once for each link."""
    with acting():
        mail.send(
            by,
            str(person.email),
            subject,
            text,
            kind="password",
            key=f"password {hashlib.sha256(link.encode()).hexdigest()}",
        )


def forget_second_factor(by: By, person: Person) -> None:
    """Take the second factor off somebody who has lost it, and end their sessions."""
    by.need(Act.MANAGE_PEOPLE)
    with acting():
        if not Authenticator.objects.filter(user=person).delete()[0]:
            return
        end_sessions(person)
        events.record(by, "second factor taken off", f"person {person}")


def end_sessions(person: Person) -> None:
    """Sign somebody out everywhere."""
    for session in Session.objects.iterator():
        if session.get_decoded().get("_auth_user_id") == str(person.pk):
            session.delete()

"""People: invited by a link, shut out and let in again, erased.

A person's e-mail and name stand in their row and in the personal part of events, and nowhere else.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from typing import TYPE_CHECKING

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from truecost.kernel.findings import Finding, UsageError
from truecost.kernel.likeness import meant
from truecost.record.models import Draft, Grant, Invitation, Person
from truecost.record.services import entering, events, grants, mail, subscriptions, tokens
from truecost.record.services.acts import By, acting
from truecost.record.services.permissions import Act, Role, holds

if TYPE_CHECKING:
    from collections.abc import Iterable

_OPEN = dt.timedelta(days=7)
_LONGEST = 200


def find(email: str) -> Person:
    """Give the active person with an e-mail address. Raise UsageError where there is none."""
    found = Person.objects.filter(email=email.strip().casefold(), is_active=True).first()
    if found is None:
        known = Person.objects.filter(is_active=True, email__isnull=False)
        hint = meant(email, [str(each.email) for each in known])
        raise UsageError(Finding(None, f'nobody in the record has the address "{email}"', hint))
    return found


def names(keys: Iterable[str]) -> dict[str, str]:
    """Give what those are called whose keys are given, who are not erased; in one query."""
    wanted = {key for key in keys if key}
    if not wanted:
        return {}
    found = Person.objects.filter(key__in=wanted, erased=None)
    return dict(found.values_list("key", "name"))


def first_link(by: By) -> str | None:
    """Give the token of a link for the first administrator; None once there is one.

    Links given out before lose their worth: only the last one printed is good.
    """
    if any(holds(each, by.day) and each.person.password for each in grants.administrators()):
        return None
    with acting():
        waiting = next((each.person for each in grants.administrators()), None)
        if waiting is None:
            waiting = Person.objects.create()
            Grant.objects.create(person=waiting, role=Role.ADMIN)
            events.record(by, "first administrator expected", f"person {waiting}")
        return _link(by, waiting)


def listed(by: By) -> list[Person]:
    """Give everybody who is not erased, with their grants, by name."""
    by.need(Act.MANAGE_PEOPLE)
    found = Person.objects.filter(erased=None).order_by("name", "pk")
    return list(found.prefetch_related(grants.standing()))


def by_key(by: By, key: str) -> Person | None:
    """Give somebody by their key, with their grants; None where there is nobody."""
    by.need(Act.MANAGE_PEOPLE)
    return Person.objects.filter(key=key, erased=None).prefetch_related(grants.standing()).first()


def invite_again(by: By, person: Person) -> str:
    """Give the token of a new link for somebody who is invited; the one before loses its worth.

    It also serves who has forgotten the password: an administrator hands it over.
    """
    by.need(Act.MANAGE_PEOPLE)
    if not person.is_active:
        raise UsageError("who is shut out can't be invited")
    with acting():
        token = _link(by, person)
        _told(by, person, token)
        events.record(by, "person invited again", f"person {person}")
    return token


def shut_out(by: By, person: Person, *, out: bool) -> None:
    """Shut somebody out, or let them in again; their roles rest meanwhile, and nothing is lost."""
    by.need(Act.MANAGE_PEOPLE)
    with acting():
        person = Person.objects.select_for_update().get(pk=person.pk)
        if person.erased or person.is_active is not out:
            return
        if out:
            grants.keep_an_administrator(by, without=person)
        person.is_active = not out
        person.save()
        events.record(by, "person shut out" if out else "person let in again", f"person {person}")


def invite(by: By, email: str, name: str, role: Role, scope: str = "") -> tuple[Person, str]:
    """Let somebody in; give the person and the token of the link that lets them set a password.

    Raise UsageError for an address that is none, or that somebody has.
    """
    by.need(Act.MANAGE_PEOPLE)
    address, called = _address(email), _called(name)
    with acting():
        _free(address)
        person = Person.objects.create(email=address, name=called)
        person_is = {"email": address, "name": called}
        events.record(by, "person invited", f"person {person}", personal=person_is, about=person)
        grants.give(by, person, role, scope)
        token = _link(by, person)
        _told(by, person, token)
        return person, token


def invitation(token: str, now: dt.datetime) -> Invitation | None:
    """Give the invitation of a link that is still good."""
    found = Invitation.objects.filter(token_sha256=_hash(token), used=None, expires__gt=now)
    return found.select_related("person").first()


def accept(token: str, now: dt.datetime, *, email: str, name: str, password: str) -> Person:
    """Use a link: set the password, and the address where the invitation has none.

    Raise UsageError for a link that is used up, and for what can't be accepted.
    """
    called = _called(name)
    with acting():
        found = Invitation.objects.select_for_update().filter(token_sha256=_hash(token)).first()
        if found is None or found.used or found.expires <= now or not found.person.is_active:
            what = "this link was used, or it is too old"
            raise UsageError(Finding(None, what, "ask whoever sent it for another"))
        person = found.person
        person.name = called
        if person.email is None:
            person.email = _address(email)
            _free(person.email)
        try:
            validate_password(password, person)
        except ValidationError as error:
            raise UsageError([Finding(None, each) for each in error.messages]) from None
        person.set_password(password)
        person.save()
        found.used = now
        found.save()
        by = By(person, "portal", now)
        person_is = {"email": person.email, "name": called}
        events.record(
            by, "invitation accepted", f"person {person}", personal=person_is, about=person
        )
        subscriptions.offer(by, person)
    return person


def erase(by: By, person: Person) -> None:
    """Forget who somebody is: address, name, password, sessions, what is personal in events.

    What they did stays, under a key that says nothing about them.
    """
    by.need(Act.MANAGE_PEOPLE)
    with acting():
        person = Person.objects.select_for_update().get(pk=person.pk)
        grants.keep_an_administrator(by, without=person)
        gone = {*events.erase(person), *events.forget(person.email or "-")}
        subscriptions.forget(person.email or "-")
        Draft.objects.filter(author=person.key).delete()
        for kept in (EmailAddress, Authenticator, SocialAccount, UserSession):
            kept.objects.filter(user=person).delete()
        entering.end_sessions(person)
        Grant.objects.filter(person=person, ended=None).update(ended=by.now)
        Invitation.objects.filter(person=person).delete()
        tokens.forget(person, by.now)
        person.email, person.name, person.last_login = None, "", None
        person.is_active, person.erased = False, by.now
        person.set_unusable_password()
        person.save()
        events.record(by, events.ERASED, f"person {person}", after={"events": sorted(gone)})


def _link(by: By, person: Person) -> str:
    Invitation.objects.filter(person=person, used=None).delete()
    token = secrets.token_urlsafe(32)
    Invitation.objects.create(person=person, token_sha256=_hash(token), expires=by.now + _OPEN)
    return token


def _told(by: By, person: Person, token: str) -> None:
    """Mail a link to who is invited, where there is a server that mails go through."""
    if not mail.delivers() or not person.email:
        return
    text = (
        f"{person.name}, you are invited to read what technology costs and to act on it.\n\n"
        f"Open this once, within a week, and choose a password:\n{mail.link(f'/welcome/{token}')}\n"
    )
    key = f"invitation {_hash(token)}"
    mail.send(by, person.email, "You are invited", text, kind="invitation", key=key)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _address(email: str) -> str:
    address = email.strip().casefold()
    try:
        validate_email(address)
    except ValidationError:
        raise UsageError(f'"{email[:_LONGEST]}" is no e-mail address') from None
    return address


def _called(name: str) -> str:
    called = " ".join(name.split())[:_LONGEST]
    if not called:
        raise UsageError("say the name")
    return called


def _free(address: str) -> None:
    if Person.objects.filter(email=address).exists():
        raise UsageError(f'somebody has the address "{address}" already')

"""People: invited by a link, given roles, stood in for, erased.

A person's e-mail and name stand in their row and in the personal part of events, and nowhere else.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from typing import TYPE_CHECKING, Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Prefetch, Q

from truecost.kernel.findings import Finding, UsageError
from truecost.kernel.likeness import meant
from truecost.record.models import Draft, Grant, Invitation, Person
from truecost.record.services import events, mail, subscriptions, tokens
from truecost.record.services.acts import By, DeniedError, acting
from truecost.record.services.permissions import SCOPED, Act, Role, holds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

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


def known(by: By) -> list[Person]:
    """Give everybody who is not erased, by the order in which they came."""
    by.need(Act.MANAGE_PEOPLE)
    return list(Person.objects.filter(erased=None).prefetch_related("grants").order_by("id"))


def held(by: By, number: int) -> Grant | None:
    """Give a grant: one's own, what was delegated of it, or as who manages people."""
    found = Grant.objects.select_related("person", "delegate_of__person").filter(pk=number)
    mine = Q(person=by.person) | Q(delegate_of__person=by.person)
    return (found if by.rights.may(Act.MANAGE_PEOPLE) else found.filter(mine)).first()


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
    if any(holds(each, by.day) and each.person.password for each in _administrators()):
        return None
    with acting():
        waiting = next((each.person for each in _administrators()), None)
        if waiting is None:
            waiting = Person.objects.create()
            Grant.objects.create(person=waiting, role=Role.ADMIN)
            events.record(by, "first administrator expected", f"person {waiting.key}")
        return _link(by, waiting)


def _administrators() -> Iterable[Grant]:
    admins = Grant.objects.filter(role=Role.ADMIN, ended=None, person__is_active=True)
    return admins.select_related("person", "delegate_of").order_by("id")


def listed(by: By) -> list[Person]:
    """Give everybody who is not erased, with their grants, by name."""
    by.need(Act.MANAGE_PEOPLE)
    found = Person.objects.filter(erased=None).order_by("name", "pk")
    return list(found.prefetch_related(_grants()))


def by_key(by: By, key: str) -> Person | None:
    """Give somebody by their key, with their grants; None where there is nobody."""
    by.need(Act.MANAGE_PEOPLE)
    return Person.objects.filter(key=key, erased=None).prefetch_related(_grants()).first()


def own(by: By) -> list[Grant]:
    """Give the roles that somebody has, with who stands in for them."""
    if by.person is None:
        return []
    held = Grant.objects.filter(person=by.person, ended=None).select_related("delegate_of__person")
    return list(held.prefetch_related(Prefetch("delegates", _grants("delegates").queryset)))


def grant_of(number: int) -> Grant | None:
    """Give a grant by its number."""
    return Grant.objects.select_related("person", "delegate_of__person").filter(pk=number).first()


def _grants(of: str = "grants") -> Prefetch[Any]:
    standing = Grant.objects.filter(ended=None).select_related("person", "delegate_of__person")
    return Prefetch(of, standing.order_by("pk"))


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
        events.record(by, "person invited again", _subject(person))
    return token


def shut_out(by: By, person: Person, *, out: bool) -> None:
    """Shut somebody out, or let them in again; their roles rest meanwhile, and nothing is lost."""
    by.need(Act.MANAGE_PEOPLE)
    with acting():
        person = Person.objects.select_for_update().get(pk=person.pk)
        if person.erased or person.is_active is not out:
            return
        if out:
            _keep_an_administrator(by, without=person)
        person.is_active = not out
        person.save()
        events.record(by, "person shut out" if out else "person let in again", _subject(person))


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
        events.record(by, "person invited", _subject(person), personal=person_is, about=person)
        _grant(by, person, role, scope)
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
        events.record(
            By(person, "portal", now), "invitation accepted", _subject(person),
            personal={"email": person.email, "name": called}, about=person,
        )  # fmt: skip
    return person


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
            events.record(by, "single sign-on known", _subject(person))
        elif not known.filter(uid=uid).exists():
            what = "your address belongs to somebody else's account"
            raise UsageError(Finding(None, what, "ask an administrator"))
        for role, has in (roles or {}).items():
            _follow(By(None, provider, by.now), person, role, has=has)
    return person


def _invited(emails: Sequence[str]) -> Person:
    known = [each.strip().casefold() for each in emails]
    found = Person.objects.filter(email__in=known, is_active=True).first()
    if found is None:
        what = "nobody has invited you" if known else "the provider names no verified address"
        raise UsageError(Finding(None, what, "ask an administrator"))
    return found


def _follow(by: By, person: Person, role: Role, *, has: bool) -> None:
    """Give or take a role over all, as a group says. The last administrator stays."""
    whole = Grant.objects.filter(
        person=person, role=role, scope="", ended=None, delegate_of=None
    ).order_by("id")
    held = [each for each in whole if holds(each, by.day)]
    if has and not held:
        _grant(by, person, role)
    for each in () if has else held:
        try:
            _keep_an_administrator(by, without=person if role == Role.ADMIN else None)
        except UsageError:
            return
        _end(by, each)


def noted(by: By, what: str) -> None:
    """Record what somebody did to their own way of signing in: a password, a second factor."""
    if by.person is None:
        raise DeniedError("nobody is signed in")
    with acting():
        events.record(by, what, _subject(by.person))


def mail_link(by: By, person: Person, subject: str, text: str, link: str) -> None:
    """Send somebody a link that lets them choose a password, once for each link."""
    with acting():
        mail.send(
            by, str(person.email), subject, text, kind="password", key=f"password {_hash(link)}"
        )


def forget_second_factor(by: By, person: Person) -> None:
    """Take the second factor off somebody who has lost it, and end their sessions."""
    by.need(Act.MANAGE_PEOPLE)
    with acting():
        if not Authenticator.objects.filter(user=person).delete()[0]:
            return
        _end_sessions(person)
        events.record(by, "second factor taken off", _subject(person))


def _end_sessions(person: Person) -> None:
    for session in Session.objects.iterator():
        if session.get_decoded().get("_auth_user_id") == str(person.pk):
            session.delete()


def grant(
    by: By,
    person: Person,
    role: Role,
    scope: str = "",
    *,
    from_day: dt.date | None = None,
    until_day: dt.date | None = None,
) -> Grant:
    """Give somebody a role, over a part where the role is of a part."""
    by.need(Act.MANAGE_PEOPLE)
    with acting():
        return _grant(by, person, role, scope, from_day, until_day)


def delegate(by: By, held: Grant, to: Person, from_day: dt.date, until_day: dt.date) -> Grant:
    """Let another stand in for a role of one's own, from one day to another, both included.

    What is itself delegated can't be passed on.
    """
    if by.person is None or held.person_id != by.person.pk or not holds(held, by.day):
        raise DeniedError("you may delegate only a role that you have")
    if held.delegate_of_id is not None:
        raise UsageError("what is delegated to you can't be passed on")
    with acting():
        return _grant(by, to, Role(held.role), held.scope, from_day, until_day, held)


def end_grant(by: By, held: Grant) -> None:
    """Take a role back, and with it what was delegated of it. The last administrator stays."""
    if held.delegate_of is None or by.person is None or held.delegate_of.person_id != by.person.pk:
        by.need(Act.MANAGE_PEOPLE)
    with acting():
        held = Grant.objects.select_for_update().get(pk=held.pk)
        if held.ended is not None:
            return
        _keep_an_administrator(by, without=held.person if held.role == Role.ADMIN else None)
        _end(by, held)


def _end(by: By, held: Grant) -> None:
    held.ended = by.now
    held.save()
    before = {"role": held.role, "scope": held.scope}
    events.record(by, "role ended", _subject(held.person), before=before)


def erase(by: By, person: Person) -> None:
    """Forget who somebody is: address, name, password, sessions, what is personal in events.

    What they did stays, under a key that says nothing about them.
    """
    by.need(Act.MANAGE_PEOPLE)
    with acting():
        person = Person.objects.select_for_update().get(pk=person.pk)
        _keep_an_administrator(by, without=person)
        gone = {*events.erase(person), *events.forget(person.email or "-")}
        subscriptions.forget(person.email or "-")
        Draft.objects.filter(author=person.key).delete()
        for kept in (EmailAddress, Authenticator, SocialAccount, UserSession):
            kept.objects.filter(user=person).delete()
        _end_sessions(person)
        Grant.objects.filter(person=person, ended=None).update(ended=by.now)
        Invitation.objects.filter(person=person).delete()
        tokens.forget(person, by.now)
        person.email, person.name, person.last_login = None, "", None
        person.is_active, person.erased = False, by.now
        person.set_unusable_password()
        person.save()
        events.record(by, events.ERASED, _subject(person), after={"events": sorted(gone)})


def _keep_an_administrator(by: By, without: Person | None) -> None:
    """Raise UsageError where nobody would be left to manage people."""
    if without is None:
        return
    able = {each.person_id for each in _administrators() if holds(each, by.day)}
    if able <= {without.pk}:
        raise UsageError("the last administrator stays: make another one first")


def _grant(
    by: By, person: Person, role: Role, scope: str = "", from_day: dt.date | None = None,
    until_day: dt.date | None = None, delegate_of: Grant | None = None,
) -> Grant:  # fmt: skip
    if (role in SCOPED) != bool(scope):
        of = SCOPED.get(role)
        what = f"the role of {role} is over {f'one {of}' if of else 'all'}"
        raise UsageError(Finding(None, what, f"name the {of}" if of else "leave the part out"))
    if from_day and until_day and until_day < from_day:
        raise UsageError(f"{until_day} lies before {from_day}")
    made = Grant.objects.create(
        person=person, role=role, scope=scope, from_day=from_day, until_day=until_day,
        delegate_of=delegate_of,
    )  # fmt: skip
    after = {"role": role, "scope": scope, "from": from_day, "until": until_day}
    kind = "role delegated" if delegate_of else "role granted"
    events.record(by, kind, _subject(person), after=after)
    return made


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


def _subject(person: Person) -> str:
    return f"person {person.key}"


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

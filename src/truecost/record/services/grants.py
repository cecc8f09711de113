"""Roles: given over all or over a part, delegated for some days, taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Prefetch, Q

from truecost.kernel.findings import Finding, UsageError
from truecost.record.models import Grant, Invitation
from truecost.record.services import events, subscriptions
from truecost.record.services.acts import By, DeniedError, acting
from truecost.record.services.permissions import SCOPED, Act, Role, holds

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from truecost.record.models import Person


def held(by: By, number: int) -> Grant | None:
    """Give a grant: one's own, what was delegated of it, or as who manages people."""
    found = Grant.objects.select_related("person", "delegate_of__person").filter(pk=number)
    mine = Q(person=by.person) | Q(delegate_of__person=by.person)
    return (found if by.rights.may(Act.MANAGE_PEOPLE) else found.filter(mine)).first()


def own(by: By) -> list[Grant]:
    """Give the roles that somebody has, with who stands in for them."""
    if by.person is None:
        return []
    held = Grant.objects.filter(person=by.person, ended=None).select_related("delegate_of__person")
    return list(held.prefetch_related(Prefetch("delegates", standing("delegates").queryset)))


def standing(of: str = "grants") -> Prefetch[Any]:
    """Give what fetches, together with people or grants, the roles that have not ended."""
    found = Grant.objects.filter(ended=None).select_related("person", "delegate_of__person")
    return Prefetch(of, found.order_by("pk"))


def grant(
    by: By,
    person: Person,
    role: Role,
    scope: str = "",
    *,
    from_day: dt.date | None = None,
    until_day: dt.date | None = None,
) -> Grant:
    """Give somebody a role, over a part where the role is of a part.

    Who is in already and comes to head a department is asked about its mails at once; who is only
    invited, on coming in.
    """
    by.need(Act.MANAGE_PEOPLE)
    with acting():
        made = give(by, person, role, scope, from_day, until_day)
        if not Invitation.objects.filter(person=person, used=None).exists():
            subscriptions.offer(by, person)
        return made


def delegate(by: By, held: Grant, to: Person, from_day: dt.date, until_day: dt.date) -> Grant:
    """Let another stand in for a role of one's own, from one day to another, both included.

    What is itself delegated can't be passed on.
    """
    if by.person is None or held.person_id != by.person.pk or not holds(held, by.day):
        raise DeniedError("you may delegate only a role that you have")
    if held.delegate_of_id is not None:
        raise UsageError("what is delegated to you can't be passed on")
    with acting():
        return give(by, to, Role(held.role), held.scope, from_day, until_day, held)


def end(by: By, held: Grant) -> None:
    """Take a role back, and with it what was delegated of it. The last administrator stays."""
    if held.delegate_of is None or by.person is None or held.delegate_of.person_id != by.person.pk:
        by.need(Act.MANAGE_PEOPLE)
    with acting():
        if held.role == Role.ADMIN:
            _wait_for_administrators()  # before its own row: so two never wait for each other
        held = Grant.objects.select_for_update().get(pk=held.pk)
        if held.ended is not None:
            return
        keep_an_administrator(by, without=held.person if held.role == Role.ADMIN else None)
        _ended(by, held)


def follow(by: By, person: Person, role: Role, *, has: bool) -> None:
    """Give or take a role over all, as a group says. The last administrator stays."""
    whole = Grant.objects.filter(
        person=person, role=role, scope="", ended=None, delegate_of=None
    ).order_by("id")
    held = [each for each in whole if holds(each, by.day)]
    if has and not held:
        give(by, person, role)
    for each in () if has else held:
        try:
            keep_an_administrator(by, without=person if role == Role.ADMIN else None)
        except UsageError:
            return
        _ended(by, each)


def keep_an_administrator(by: By, without: Person | None) -> None:
    """Raise UsageError where nobody would be left to manage people."""
    if without is None:
        return
    _wait_for_administrators()
    able = {each.person_id for each in administrators() if holds(each, by.day)}
    if able <= {without.pk}:
        raise UsageError("the last administrator stays: make another one first")


def _wait_for_administrators() -> None:
    """Let administrators who act at once wait for each other: each could end the other's role."""
    held = Grant.objects.select_for_update().filter(role=Role.ADMIN, ended=None)
    list(held.order_by("id"))  # what stands is read anew after that


def administrators() -> Iterable[Grant]:
    """Give the grants of administrators who may sign in, the first one first."""
    admins = Grant.objects.filter(role=Role.ADMIN, ended=None, person__is_active=True)
    return admins.select_related("person", "delegate_of").order_by("id")


def give(
    by: By, person: Person, role: Role, scope: str = "", from_day: dt.date | None = None,
    until_day: dt.date | None = None, delegate_of: Grant | None = None,
) -> Grant:  # fmt: skip
    """Give a role, inside an act that has asked whether it may be given."""
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
    events.record(by, kind, f"person {person}", after=after)
    return made


def _ended(by: By, held: Grant) -> None:
    held.ended = by.now
    held.save()
    before = {"role": held.role, "scope": held.scope}
    events.record(by, "role ended", f"person {held.person}", before=before)

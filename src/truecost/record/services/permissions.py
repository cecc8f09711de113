"""Who may do what: the one place that decides, for pages, the API and the command line alike.

A role allows acts; a grant gives somebody a role, over all or over a part of the organisation, for
some days. `Rights.may` is the only question that there is.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from truecost.record.models import Grant

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from truecost.record.models import Person


class Role(StrEnum):
    """What somebody is to the record."""

    ADMIN = "admin"
    ANALYST = "analyst"
    SERVICE_OWNER = "service owner"
    DEPARTMENT_HEAD = "department head"
    LEADER = "leader"
    AUDITOR = "auditor"


class Act(StrEnum):
    """What may be done; worded so that "you may not …" can stand before it."""

    ENTER = "enter"
    READ_STATEMENTS = "read this statement"
    READ_SERVICES = "read about this service"
    READ_PERIODS = "read how periods stand"
    READ_EVENTS = "read what was done"
    READ_DISPUTES = "read what was disputed"
    VERIFY = "have the record checked"
    DISPUTE = "ask about or dispute this statement"
    ANSWER = "answer for this service"
    SIGN_OFF = "sign this service off"
    RUN_BUILDS = "start builds"
    KEEP_PERIODS = "review, close or reopen periods"
    ISSUE = "issue statements"
    CORRECT = "correct statements"
    POST = "post journals"
    READ_BRIEFINGS = "read briefings"
    REPLY = "reply"
    BRIEF = "write briefings"
    MODERATE = "moderate replies"
    MANAGE_PEOPLE = "manage people"
    MANAGE_MAIL = "look after mail"
    MANAGE_HOOKS = "look after webhooks"
    MANAGE_RULES = "change the organisation's rules"


#: Roles over a part: a department head over a branch of consumers, an owner over a service.
SCOPED = {Role.DEPARTMENT_HEAD: "consumer", Role.SERVICE_OWNER: "service"}
#: What touches nothing in particular: roles over a part allow it too.
_ANYWHERE = frozenset({Act.ENTER, Act.READ_BRIEFINGS, Act.REPLY})
_READ = frozenset({
    Act.ENTER, Act.READ_STATEMENTS, Act.READ_SERVICES, Act.READ_PERIODS, Act.READ_EVENTS,
    Act.READ_DISPUTES, Act.READ_BRIEFINGS, Act.VERIFY,
})  # fmt: skip
_WRITE = frozenset({Act.REPLY, Act.BRIEF, Act.MODERATE})
ALLOWED: Mapping[Role, frozenset[Act]] = {
    Role.ADMIN: _READ | _WRITE | {
        Act.MANAGE_PEOPLE, Act.MANAGE_MAIL, Act.MANAGE_HOOKS, Act.MANAGE_RULES,
    },
    Role.ANALYST: _READ | _WRITE | {
        Act.RUN_BUILDS, Act.KEEP_PERIODS, Act.ISSUE, Act.CORRECT, Act.POST, Act.SIGN_OFF,
        Act.DISPUTE, Act.ANSWER,
    },
    Role.SERVICE_OWNER: frozenset({
        Act.ENTER, Act.READ_SERVICES, Act.SIGN_OFF, Act.READ_DISPUTES, Act.ANSWER,
        Act.READ_BRIEFINGS, Act.REPLY,
    }),
    Role.DEPARTMENT_HEAD: frozenset({
        Act.ENTER, Act.READ_STATEMENTS, Act.READ_DISPUTES, Act.DISPUTE,
        Act.READ_BRIEFINGS, Act.REPLY,
    }),
    Role.LEADER: _READ | _WRITE | {Act.ISSUE},
    Role.AUDITOR: _READ,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rights:
    """The roles that somebody has on a day, each with the part that it is over; "" is all.

    `within` are the acts that they are narrowed to, None for all.
    """

    grants: tuple[tuple[Role, str], ...]
    within: frozenset[Act] | None = None

    def narrowed(self, within: frozenset[Act] | None) -> Rights:
        """Give the same rights, for some acts only."""
        return Rights(self.grants, within)

    def may(self, act: Act, on: Iterable[str] = ()) -> bool:
        """Say whether an act is allowed.

        `on` names what it is done to: a consumer and all that it stands under, or a service. Roles
        over a part allow only what touches it, and what touches nothing in particular.
        """
        touched = frozenset(on)
        return self._open(act) and any(
            act in ALLOWED[role] and (role not in SCOPED or act in _ANYWHERE or scope in touched)
            for role, scope in self.grants
        )

    def parts(self, act: Act) -> frozenset[str] | None:
        """Give the ids that an act is allowed on, None for all: what lists are narrowed to."""
        if not self._open(act):
            return frozenset()
        roles = [(role, scope) for role, scope in self.grants if act in ALLOWED[role]]
        if any(role not in SCOPED for role, _ in roles):
            return None
        return frozenset(scope for _, scope in roles)

    def _open(self, act: Act) -> bool:
        return self.within is None or act in self.within


def rights_of(person: Person, day: dt.date) -> Rights:
    """Give what somebody may do on a day; nothing for who is not active."""
    if not person.is_active:
        return Rights(())
    held = Grant.objects.filter(person=person).select_related("delegate_of__person")
    return Rights(tuple((Role(each.role), each.scope) for each in held if holds(each, day)))


def holds(grant: Grant, day: dt.date) -> bool:
    """Say whether a grant holds on a day; that of a delegate only as long as what it stands for."""
    begun = grant.from_day is None or grant.from_day <= day
    running = grant.until_day is None or day <= grant.until_day
    of = grant.delegate_of
    there = of is None or (of.person.is_active and holds(of, day))
    return grant.ended is None and begun and running and there

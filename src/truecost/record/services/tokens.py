"""Tokens: words by which programs act for people, within scopes, until they expire.

A token allows what its person may do today, and of that what its scopes name. It is shown once,
when it is made; only its hash is kept (32 random bytes need no slow hash). Whoever is erased or no
longer active has no tokens that do anything.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from enum import StrEnum
from typing import TYPE_CHECKING

from truecost.kernel.findings import Finding, UsageError
from truecost.kernel.likeness import meant
from truecost.record.models import Token
from truecost.record.services import events
from truecost.record.services.acts import By, DeniedError, acting
from truecost.record.services.permissions import Act

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.db.models import QuerySet

    from truecost.record.models import Person

PREFIX = "tc_"
LONGEST_DAYS = 366
MOST = 50
_LONGEST_NAME = 100


class Scope(StrEnum):
    """What a token may be for."""

    STATEMENTS = "statements:read"
    CREDIT = "statements:credit"
    PERIODS = "periods:read"
    KEEP = "periods:write"
    ISSUE = "periods:issue"
    JOURNALS = "journals:write"
    RUNS = "runs:read"
    BUILDS = "builds:write"
    DISPUTES = "disputes:read"
    DISPUTE = "disputes:write"
    BRIEFINGS = "briefings:read"
    BRIEF = "briefings:write"
    REPLY = "replies:write"
    MODERATE = "replies:moderate"
    PEOPLE = "people:write"
    RULES = "rules:write"
    EVENTS = "events:read"
    VERIFY = "events:verify"
    SUBSCRIPTIONS = "subscriptions:write"
    MAIL = "mail:write"
    TOKENS = "tokens:write"
    HOOKS = "webhooks:write"


#: The acts that each scope opens, beside `ENTER`.
ACTS: Mapping[Scope, frozenset[Act]] = {
    Scope.STATEMENTS: frozenset({Act.READ_STATEMENTS, Act.READ_SERVICES}),
    Scope.CREDIT: frozenset({Act.READ_STATEMENTS, Act.CORRECT}),
    Scope.PERIODS: frozenset({Act.READ_PERIODS}),
    Scope.KEEP: frozenset({Act.READ_PERIODS, Act.KEEP_PERIODS, Act.SIGN_OFF}),
    Scope.ISSUE: frozenset({Act.READ_PERIODS, Act.ISSUE}),
    Scope.JOURNALS: frozenset({Act.READ_PERIODS, Act.POST}),
    Scope.RUNS: frozenset({Act.READ_PERIODS}),
    Scope.BUILDS: frozenset({Act.READ_PERIODS, Act.RUN_BUILDS}),
    Scope.DISPUTES: frozenset({Act.READ_DISPUTES}),
    Scope.DISPUTE: frozenset(
        {
            Act.READ_STATEMENTS,
            Act.READ_DISPUTES,
            Act.DISPUTE,
            Act.ANSWER,
            Act.CORRECT,
        }
    ),
    Scope.BRIEFINGS: frozenset({Act.READ_BRIEFINGS}),
    Scope.BRIEF: frozenset({Act.READ_BRIEFINGS, Act.BRIEF}),
    Scope.REPLY: frozenset({Act.READ_BRIEFINGS, Act.READ_STATEMENTS, Act.REPLY}),
    Scope.MODERATE: frozenset({Act.READ_BRIEFINGS, Act.READ_STATEMENTS, Act.MODERATE}),
    Scope.PEOPLE: frozenset({Act.MANAGE_PEOPLE}),
    Scope.RULES: frozenset({Act.MANAGE_RULES}),
    Scope.EVENTS: frozenset({Act.READ_EVENTS}),
    Scope.VERIFY: frozenset({Act.READ_EVENTS, Act.VERIFY}),
    Scope.SUBSCRIPTIONS: frozenset({Act.ENTER}),
    Scope.MAIL: frozenset({Act.MANAGE_MAIL, Act.MANAGE_PEOPLE}),
    Scope.TOKENS: frozenset({Act.MANAGE_PEOPLE}),
    Scope.HOOKS: frozenset({Act.MANAGE_HOOKS}),
}


def make(by: By, name: str, scopes: Iterable[str], days: int) -> tuple[Token, str]:
    """Make a token of one's own; give its row, and the word, which is not kept.

    Raise UsageError for a scope that there is not, or a time that is too long. A token makes no
    tokens: DeniedError.
    """
    by.need(Act.ENTER)
    if by.within is not None or by.person is None:
        raise DeniedError(Finding(None, "a token makes no tokens", "sign in to make one"))
    called = " ".join(name.split())[:_LONGEST_NAME]
    if not called:
        raise UsageError("say what the token is for")
    if not 1 <= days <= LONGEST_DAYS:
        raise UsageError(f"a token is good for 1 to {LONGEST_DAYS} days, not {days}")
    wanted = sorted({_scope(each) for each in scopes})
    if not wanted:
        raise UsageError("a token without a scope is good for nothing: choose one")
    word = PREFIX + secrets.token_urlsafe(32)
    with acting():
        if standing(by.person, by.now).count() >= MOST:
            raise UsageError(f"you have {MOST} tokens: revoke one first")
        row = Token.objects.create(
            person=by.person, name=called, token_sha256=_hash(word), ending=word[-4:],
            scopes=" ".join(wanted), made=by.now, expires=by.now + dt.timedelta(days=days),
        )  # fmt: skip
        after = {"scopes": wanted, "until": row.expires.date()}
        events.record(by, "token made", subject(row), after=after)
    return row, word


def of(by: By) -> list[Token]:
    """Give one's own tokens, the newest first; who manages people sees everybody's."""
    by.need(Act.ENTER)
    found = Token.objects.select_related("person").order_by("-id")
    if not by.rights.may(Act.MANAGE_PEOPLE):
        found = found.filter(person=by.person)
    return list(found)


def get(by: By, number: int) -> Token | None:
    """Give a token that is one's own or that one manages."""
    return next((each for each in of(by) if each.pk == number), None)


def revoke(by: By, row: Token) -> Token:
    """End a token: one's own, or as who manages people. Twice is once."""
    by.need(Act.ENTER)
    if by.person is None or row.person_id != by.person.pk:
        by.need(Act.MANAGE_PEOPLE)
    with acting():
        row = Token.objects.select_for_update().get(pk=row.pk)
        if row.revoked is None:
            row.revoked = by.now
            row.save()
            events.record(by, "token revoked", subject(row))
    return row


def standing(person: Person, now: dt.datetime) -> QuerySet[Token]:
    """Give the tokens of a person that are still good."""
    return Token.objects.filter(person=person, revoked=None, expires__gt=now)


def acts_for(word: str, now: dt.datetime) -> tuple[Token, By] | None:
    """Give the token of a word that is still good, and who acts by it; None where there is none."""
    if not word.startswith(PREFIX):
        return None
    row = Token.objects.select_related("person").filter(token_sha256=_hash(word)).first()
    if row is None or row.revoked or row.expires <= now or not row.person.is_active:
        return None
    if row.used != now.date():  # once a day: a read should not write
        Token.objects.filter(pk=row.pk).update(used=now.date())
    within = frozenset({Act.ENTER}).union(*(ACTS[each] for each in scopes_of(row)))
    return row, By(row.person, "api", now, within)


def scopes_of(row: Token) -> frozenset[Scope]:
    """Give the scopes of a token; those that this version does not know open nothing."""
    known = {str(each): each for each in Scope}
    return frozenset(known[each] for each in row.scopes.split() if each in known)


def subject(row: Token) -> str:
    """Give what events call a token."""
    return f"token {row.pk} of {row.person.key}"


def forget(person: Person, now: dt.datetime) -> None:
    """End all tokens of somebody, and forget what they were called; inside a transaction."""
    Token.objects.filter(person=person, revoked=None).update(revoked=now)
    Token.objects.filter(person=person).update(name="")


def _scope(word: str) -> Scope:
    try:
        return Scope(word)
    except ValueError:
        known = [str(each) for each in Scope]
        hint = meant(word, known) or f"there are {', '.join(known)}"
        raise UsageError(Finding(None, f'there is no scope "{word[:40]}"', hint)) from None


def _hash(word: str) -> str:
    return hashlib.sha256(word.encode()).hexdigest()

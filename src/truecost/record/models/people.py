"""People: who may sign in, and what they may do."""

from __future__ import annotations

import secrets
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


def new_key() -> str:
    """Give the key by which events know a person: it says nothing about them."""
    return f"p-{secrets.token_hex(8)}"


class People(BaseUserManager["Person"]):
    """The people of the record, found by their e-mail address in any case of letters."""

    def get_by_natural_key(self, username: str | None) -> Person:
        """Give the person with an e-mail address."""
        return self.get(email=(username or "").casefold())


class Person(AbstractBaseUser):
    """Somebody who may sign in.

    `email` (in lower case) and `name` are all the personal data that the record has of a person
    outside of events; erasing empties them, and what they did stays under `key`.
    """

    key = models.CharField(max_length=40, unique=True, default=new_key, editable=False)
    email = models.EmailField(unique=True, null=True)  # noqa: DJ001  many have none, and "" is one
    name = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=True)
    erased = models.DateTimeField(null=True)

    objects: ClassVar[People] = People()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        """Give the key: a person's name has no place in logs."""
        return self.key


class Grant(models.Model):
    """A role that somebody has, over a part of the organisation, from one day to another.

    `scope` is the id of a consumer (the whole branch under it) for a department head, the id of a
    service for a service owner, and "" for roles over all. Both days are included; None is open.
    `delegate_of` is the grant that this one stands in for.
    """

    person = models.ForeignKey(Person, models.PROTECT, related_name="grants")
    role = models.CharField(max_length=20)
    scope = models.CharField(max_length=200, blank=True)
    from_day = models.DateField(null=True)
    until_day = models.DateField(null=True)
    delegate_of = models.ForeignKey("self", models.PROTECT, null=True, related_name="delegates")
    ended = models.DateTimeField(null=True)

    def __str__(self) -> str:
        """Give role and scope."""
        return f"{self.role} {self.scope}".strip()


class Invitation(models.Model):
    """A link that lets somebody set a password, once. Only the hash of what it says is kept."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="invitations")
    token_sha256 = models.CharField(max_length=64, unique=True)
    expires = models.DateTimeField()
    used = models.DateTimeField(null=True)

    def __str__(self) -> str:
        """Give whom it is for."""
        return f"for {self.person}"

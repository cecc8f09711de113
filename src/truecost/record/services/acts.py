"""Who acts, and the transaction of an act."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from truecost.kernel.findings import Finding, UsageError
from truecost.record.place import RecordPlace
from truecost.record.services.permissions import Act, Rights, rights_of
from truecost.store.runs import Store

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from truecost.record.models import Person


class DeniedError(UsageError):
    """Somebody may not do what they asked for."""


@dataclass(frozen=True, slots=True)
class By:
    """Who acts (None: the program itself), by which way (`cli`, `portal`, `api`), and when (UTC).

    No service asks a clock: all that an act writes is of this moment. `within` are the acts that
    a token is for, None where somebody acts themselves: a token never allows more than its person.
    """

    person: Person | None
    via: str
    now: dt.datetime
    within: frozenset[Act] | None = None

    @property
    def key(self) -> str:
        """The key by which events know who acts."""
        return self.person.key if self.person else ""

    @property
    def day(self) -> dt.date:
        """The day of the act."""
        return self.now.date()

    @property
    def rights(self) -> Rights:
        """What the person may do today, and by this way."""
        held = rights_of(self.person, self.day) if self.person else Rights(())
        return held.narrowed(self.within)

    def need(self, act: Act, on: tuple[str, ...] = ()) -> None:
        """Raise DeniedError unless the person may do it, today, on one of these."""
        if not self.rights.may(act, on):
            what = f"you may not {act}"
            raise DeniedError(Finding(None, what, "ask an administrator for a role that may"))


@contextmanager
def acting() -> Iterator[None]:
    """Hold one transaction, the outermost: an act is whole or not there.

    Whoever needs the store's lock takes it before; so no two acts wait for each other. What takes
    long is done before too: on SQLite a transaction keeps all other writers waiting.
    """
    with transaction.atomic(durable=True):
        yield


def place() -> RecordPlace:
    """Give the folder of the record that is open."""
    return RecordPlace(settings.TRUECOST_WORKSPACE)


def store() -> Store:
    """Open the store that the record's runs are in."""
    return Store.open(place().store)

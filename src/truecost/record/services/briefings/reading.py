"""Who reads briefings, and what they read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from truecost.record import models
from truecost.record.services import periods
from truecost.record.services.permissions import Act

if TYPE_CHECKING:
    from collections.abc import Iterable

    from truecost.record.services.acts import By
    from truecost.record.services.permissions import Rights

_DELETED = "somebody who is no longer known"


@dataclass(frozen=True, slots=True)
class Shown:
    """A briefing as somebody reads it; `by` is the name of its author.

    Of one that was withdrawn the text is left to those who may write briefings or read events.
    """

    row: models.Briefing
    by: str
    withdrawn: models.Withdrawal | None
    corrected: str
    readable: bool

    @property
    def stands(self) -> bool:
        """Whether it is neither withdrawn nor corrected."""
        return self.withdrawn is None and not self.corrected


def public() -> bool:
    """Whether everybody reads briefings, also without signing in."""
    return periods.organisation().public_briefings


def may_read(by: By) -> bool:
    """Whether somebody may read briefings at all."""
    return _readable(by, by.rights)


def published(by: By, most: int = 200) -> list[Shown]:
    """Give the briefings, the newest first; none to who may not read them."""
    rights = by.rights
    if not _readable(by, rights):
        return []
    return _shown(rights, models.Briefing.objects.order_by("-moment", "-number")[:most])


def briefing(by: By, number: str) -> Shown | None:
    """Give a briefing; None where it is not there, or not theirs to read."""
    rights = by.rights
    if not _readable(by, rights):
        return None
    return next(iter(_shown(rights, models.Briefing.objects.filter(number=number))), None)


def names_of(keys: Iterable[str]) -> dict[str, str]:
    """Give the names of people by their keys; of who was erased, that they are not known."""
    wanted = set(keys)
    held = models.Person.objects.filter(key__in=wanted).values_list("key", "name")
    names = {key: name for key, name in held if name}
    return {key: names.get(key, _DELETED) for key in wanted}


def _readable(by: By, rights: Rights) -> bool:
    return rights.may(Act.READ_BRIEFINGS) or (by.within is None and public())


def _shown(rights: Rights, found: Iterable[models.Briefing]) -> list[Shown]:
    rows = list(found)
    numbers = [each.number for each in rows]
    names = names_of(each.author for each in rows)
    gone = {
        each.briefing_id: each for each in models.Withdrawal.objects.filter(briefing__in=numbers)
    }
    newer = dict(
        models.Briefing.objects.filter(cites__in=numbers).values_list("cites_id", "number")
    )
    all_of_it = rights.may(Act.BRIEF) or rights.may(Act.READ_EVENTS)
    return [
        Shown(
            each, names[each.author], gone.get(each.number), newer.get(each.number, ""),
            all_of_it or each.number not in gone,
        )
        for each in rows
    ]  # fmt: skip

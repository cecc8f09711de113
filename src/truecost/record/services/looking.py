"""Which runs somebody may look at: those of closed periods; who keeps periods, the latest too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.record import models
from truecost.record.services import runs
from truecost.record.services.acts import By, store
from truecost.record.services.periods import State
from truecost.record.services.permissions import Act

if TYPE_CHECKING:
    from truecost.store.run import Run


def periods(by: By) -> list[models.Period]:
    """Give the periods whose figures somebody may see, the last first.

    Who only reads statements sees what was issued; owners, who sign off, what is in review too.
    """
    rights = by.rights
    states = {State.ISSUED}
    if rights.parts(Act.READ_PERIODS) is None or rights.parts(Act.READ_SERVICES) != frozenset():
        states.add(State.CLOSED)
    if rights.parts(Act.SIGN_OFF) != frozenset():
        states.add(State.REVIEW)
    return _in(states)


def closed() -> list[models.Period]:
    """Give the periods that are closed or issued, the last first, for the program itself."""
    return _in({State.CLOSED, State.ISSUED})


def _in(states: set[State]) -> list[models.Period]:
    found = models.Period.objects.select_related("run").filter(state__in=states)
    return list(found.order_by("-index"))


def latest(by: By) -> Run | None:
    """Give the run that was built last, where somebody may see it."""
    return store().latest() if by.rights.may(Act.KEEP_PERIODS) else None


def runs_to_compare(by: By) -> list[Run]:
    """Give all runs of the store for who keeps periods, the one saved last first."""
    return store().readable() if by.rights.may(Act.KEEP_PERIODS) else []


def run_of(row: models.Period) -> Run:
    """Give the run of a period. Raise StoreError where it is not the one that was pinned."""
    return runs.opened(store(), row.run)


def services(by: By) -> frozenset[str] | None:
    """Give the ids of the services that somebody may read about, None for all."""
    return by.rights.parts(Act.READ_SERVICES)


def consumers(by: By) -> frozenset[str] | None:
    """Give the consumers whose branches somebody may read about, None for all."""
    return by.rights.parts(Act.READ_STATEMENTS)


def whole(by: By) -> bool:
    """Say whether somebody may see how cost flows through the whole organisation."""
    return by.rights.may(Act.READ_PERIODS)

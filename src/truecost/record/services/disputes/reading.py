"""What somebody may read of disputes: of statements that are theirs, and of services they own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.db.models import OuterRef, Prefetch, Q, Subquery, Value
from django.db.models.functions import Coalesce

from truecost.record import models
from truecost.record.services.acts import By, DeniedError
from truecost.record.services.disputes import notices, states
from truecost.record.services.disputes.acts import branches
from truecost.record.services.disputes.states import UNSETTLED, State, subject
from truecost.record.services.permissions import Act, rights_of
from truecost.statements import locale

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from django.db.models import QuerySet

_DELETED = "somebody who is no longer known"


class Whose(StrEnum):
    """Which disputes are listed: what one raised, what one answers for, all that one may read."""

    MINE = "mine"
    SERVICES = "services"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Case:
    """A dispute as it stands; `moves` in their order. Amounts are minor units of `currency`."""

    row: models.Dispute
    moves: tuple[models.Move, ...]
    day: dt.date

    @property
    def number(self) -> str:
        """Its number."""
        return self.row.number

    @property
    def state(self) -> State:
        """How far it has come."""
        return State(self.moves[-1].state) if self.moves else State.OPEN

    @property
    def settled(self) -> bool:
        """Whether nothing is to be done any more; a question is done once it is answered."""
        done = self.row.amount is None and self.state is State.ANSWERED
        return done or self.state not in UNSETTLED

    @property
    def currency(self) -> str:
        """The currency of its statement."""
        return self.row.statement.currency

    @property
    def amount(self) -> str:
        """What is disputed, as people read it; "" of a question."""
        return self._shown(self.row.amount)

    @property
    def proposed(self) -> int | None:
        """What an answer proposed to credit."""
        return next((each.amount for each in self.moves if each.state == State.ANSWERED), None)

    @property
    def proposal(self) -> str:
        """What an answer proposed to credit, as people read it."""
        return self._shown(self.proposed)

    @property
    def credit(self) -> models.Statement | None:
        """The credit note that it became."""
        return self.moves[-1].credit if self.moves else None

    @property
    def answered(self) -> dt.date | None:
        """The day of the first answer, or of what settled it without one."""
        first = next((each for each in self.moves if each.state != State.WITHDRAWN), None)
        return first.moment.date() if first else None

    @property
    def age(self) -> int:
        """How many days ago it was raised."""
        return (self.day - self.row.moment.date()).days

    @property
    def overdue(self) -> bool:
        """Whether an answer was due before the day, and there is none."""
        return self.state is State.OPEN and self.row.due < self.day

    def _shown(self, amount: int | None) -> str:
        return "" if amount is None else locale.shown(amount, self.currency)


@dataclass(frozen=True, slots=True)
class Said:
    """An entry of a thread: an act, with what was typed; None where that was erased.

    `name` is who it was as readers see them, `key` as events know them.
    """

    sequence: int
    moment: str
    kind: str
    key: str
    name: str
    text: str | None
    after: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Department:
    """What a consumer has that is not settled; `amounts` in minor units by currency."""

    consumer: str
    name: str
    disputes: int
    questions: int
    overdue: int
    amounts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class May:
    """What the reader may do to a dispute as it stands."""

    say: bool
    answer: bool
    accept: bool
    reject: bool
    withdraw: bool

    @property
    def anything(self) -> bool:
        """Whether there is any of it."""
        return self.say or self.answer or self.accept or self.reject or self.withdraw


def readable(by: By) -> QuerySet[models.Dispute]:
    """Give the disputes that somebody may read, the newest first, without their evidence.

    Each has `state`, that of its last move, to filter by.
    """
    if by.person is None:
        raise DeniedError("nobody reads disputes who is not signed in")
    last = models.Move.objects.filter(dispute=OuterRef("pk")).order_by("-ordinal")
    found = models.Dispute.objects.defer("evidence", "statement__view").annotate(
        state=Coalesce(Subquery(last.values("state")[:1]), Value(str(State.OPEN)))
    )
    rights = rights_of(by.person, by.day)
    consumers, services = (rights.parts(act) for act in (Act.READ_STATEMENTS, Act.ANSWER))
    if consumers is not None and services is not None:
        mine = models.Branch.objects.filter(consumer__in=consumers).values("statement_id")
        found = found.filter(
            Q(statement__in=mine) | Q(service__in=services - {""}) | Q(raiser=by.key)
        )
    return found.select_related("statement", "statement__period").order_by("-moment", "-number")


def cases(
    by: By, whose: Whose = Whose.ALL, states_: Iterable[State] = (), *, most: int | None = None
) -> list[Case]:
    """Give disputes as they stand, the newest first: whose, in which states (none: all)."""
    found = readable(by)
    if whose is Whose.MINE:
        found = found.filter(raiser=by.key)
    elif whose is Whose.SERVICES:
        found = _answered_by(by, found)
    if wanted := list(states_):
        found = found.filter(Q(("state__in", wanted)))
    return _cases(by, found[:most])


def case(by: By, number: str) -> Case | None:
    """Give one dispute that somebody may read; None where it is not there or not theirs."""
    found = _cases(by, readable(by).filter(number=number))
    return found[0] if found else None


def of_statement(by: By, statement: models.Statement) -> list[Case]:
    """Give all that was asked and disputed of a statement, the newest first."""
    return _cases(by, readable(by).filter(statement=statement))


def open_for(by: By, statement: models.Statement) -> list[Case]:
    """Give what was asked and disputed of a statement and is not settled, the newest first."""
    return [each for each in of_statement(by, statement) if not each.settled]


def by_department(by: By) -> list[Department]:
    """Give what is not settled by consumer, the most first; of what the reader may read."""
    groups: dict[str, list[Case]] = {}
    for each in cases(by, states_=UNSETTLED):
        if not each.settled:
            groups.setdefault(each.row.statement.consumer, []).append(each)
    made = []
    for consumer, group in groups.items():
        amounts: dict[str, int] = {}
        for each in group:
            if each.row.amount is not None:
                amounts[each.currency] = amounts.get(each.currency, 0) + each.row.amount
        questions = sum(each.row.amount is None for each in group)
        made.append(
            Department(
                consumer, group[0].row.statement.name, len(group) - questions, questions,
                sum(each.overdue for each in group), amounts,
            )
        )  # fmt: skip
    return sorted(made, key=lambda each: (-each.disputes, -each.questions, each.name))


def thread(by: By, row: models.Dispute) -> list[Said]:
    """Give all that was done and said of a dispute, in its order. Raise DeniedError for others."""
    if not readable(by).filter(pk=row.pk).exists():
        raise DeniedError("you may not read this dispute")
    found = list(
        models.Event.objects.filter(subject=subject(row))
        .select_related("personal")
        .order_by("sequence")
    )
    known = models.Person.objects.filter(key__in={each.actor for each in found})
    names = {each.key: each.name or _DELETED for each in known}
    return [
        Said(
            each.sequence, each.moment, each.kind, each.actor,
            names.get(each.actor, _DELETED) if each.actor else "the program",
            _text(each), json.loads(each.after),
        )
        for each in found
    ]  # fmt: skip


def evidence_of(by: By, row: models.Dispute) -> str:
    """Give the evidence that was kept, as JSON. Raise RuntimeError where it is another by now."""
    kept = readable(by).filter(pk=row.pk).values_list("evidence", "evidence_sha256").first()
    if kept is None:
        raise DeniedError("you may not read this dispute")
    if states.hash_of(kept[0]) != kept[1]:
        raise RuntimeError(f"the evidence of {row.number} is not as it was kept")
    return str(kept[0])


def owners(by: By, row: models.Dispute) -> list[str]:
    """Name who answers, by the day."""
    return [each.name or _DELETED for each in notices.owners(row, by.day)]


def may(by: By, found: Case) -> May:
    """Tell what somebody may do to a dispute as it stands: what a page offers."""
    if by.person is None:
        return May(say=False, answer=False, accept=False, reject=False, withdraw=False)
    row, rights = found.row, rights_of(by.person, by.day)
    live, other = found.state in UNSETTLED, by.key != row.raiser
    disputes = rights.may(Act.DISPUTE, branches(row.statement))
    answers = rights.may(Act.ANSWER, (row.service,))
    disputed = row.amount is not None
    return May(
        say=disputes or answers,
        answer=answers and other and found.state is State.OPEN,
        accept=rights.may(Act.CORRECT) and other and live and disputed,
        reject=answers and other and live and disputed,
        withdraw=not other and live and disputes and not found.settled,
    )


def _answered_by(by: By, found: QuerySet[models.Dispute]) -> QuerySet[models.Dispute]:
    """Narrow to what somebody answers for; an analyst does where no service owner is named."""
    assert by.person is not None  # noqa: S101  `readable` has seen to it
    services = rights_of(by.person, by.day).parts(Act.ANSWER)
    return found if services is None else found.filter(service__in=services - {""})


def _cases(by: By, found: QuerySet[models.Dispute]) -> list[Case]:
    moves = models.Move.objects.select_related("credit").defer("credit__view")
    rows = found.prefetch_related(Prefetch("moves", moves))
    return [Case(row, tuple(row.moves.all()), by.day) for row in rows]


def _text(event: models.Event) -> str | None:
    if not event.payload:
        return ""
    kept = getattr(event, "personal", None)
    return None if kept is None else str(json.loads(kept.content)["text"])

"""Questions and disputes: raised on a line of a statement, answered, and settled by a credit note.

    State, Reason, raise_dispute, say, answer, accept, reject, withdraw   acts
    readable, cases, case, open_for, of_statement, by_department, thread  reading, narrowed
    evidence_of, may                                                      of one
    ageing                                                                the report

States: open → answered → accepted, rejected or withdrawn. A question has no amount: it is answered
or withdrawn. Who owns the line's service answers, else an analyst; who raised it never settles it;
only who may correct statements accepts. `due` is when the answer is due, by the organisation's
rules. What people type, reasons apart, is personal: it stands in events and can be erased.
"""

from truecost.record.services.disputes.acts import (
    accept,
    answer,
    raise_dispute,
    reject,
    say,
    withdraw,
)
from truecost.record.services.disputes.ageing import BUCKETS, Aged, Ageing, ageing
from truecost.record.services.disputes.reading import (
    Case,
    Department,
    Said,
    Whose,
    by_department,
    case,
    cases,
    evidence_of,
    may,
    of_statement,
    open_for,
    owners,
    readable,
    thread,
)
from truecost.record.services.disputes.states import Reason, State, subject

__all__ = [
    "BUCKETS",
    "Aged",
    "Ageing",
    "Case",
    "Department",
    "Reason",
    "Said",
    "State",
    "Whose",
    "accept",
    "ageing",
    "answer",
    "by_department",
    "case",
    "cases",
    "evidence_of",
    "may",
    "of_statement",
    "open_for",
    "owners",
    "raise_dispute",
    "readable",
    "reject",
    "say",
    "subject",
    "thread",
    "withdraw",
]

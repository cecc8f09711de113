"""The tables of the record. Nothing outside of `record` imports them: `services` is the door.

* `people`: who may sign in, what they may do and for which part of the organisation
* `months`: the organisation's settings, runs, periods, decisions
* `statements`: what was issued: numbers, statements, documents, journals
* `mail`, `subscriptions`: the outbox, and who wants to be told of what
* `briefings`: what leaders write to the organisation, and what is replied
* `api`: tokens of programs, and what they were answered
* `hooks`: webhooks, and what was told to them
* `jobs`: what takes long and is done by the worker
* `disputes`: what was asked and contested of statements, how it was settled; credit notes posted
* `events`: the chain of what was done, and the personal part of it, which can be erased
* `limits`: how often somebody tried something lately

Money is minor units in a BigIntegerField: decimals on SQLite are floats and lose cents. Moments
that are hashed are text. Tables that `guards` names are never updated and never deleted from.
"""

from truecost.record.models.api import Answer, Token
from truecost.record.models.briefings import Briefing, Draft, Reply, Verdict, Withdrawal
from truecost.record.models.disputes import Dispute, Move, Posting
from truecost.record.models.events import Event, Head, Payload
from truecost.record.models.hooks import Delivery, Hook
from truecost.record.models.jobs import Job
from truecost.record.models.limits import Tally
from truecost.record.models.mail import Mail
from truecost.record.models.months import Decision, Organisation, Period, Run
from truecost.record.models.people import Grant, Invitation, Person
from truecost.record.models.statements import Batch, Branch, Document, Issue, Series, Statement
from truecost.record.models.subscriptions import Subscription

__all__ = [
    "Answer",
    "Batch",
    "Branch",
    "Briefing",
    "Decision",
    "Delivery",
    "Dispute",
    "Document",
    "Draft",
    "Event",
    "Grant",
    "Head",
    "Hook",
    "Invitation",
    "Issue",
    "Job",
    "Mail",
    "Move",
    "Organisation",
    "Payload",
    "Period",
    "Person",
    "Posting",
    "Reply",
    "Run",
    "Series",
    "Statement",
    "Subscription",
    "Tally",
    "Token",
    "Verdict",
    "Withdrawal",
]

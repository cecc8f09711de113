"""Briefings and replies: written, published, replied to, moderated."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from typing import TYPE_CHECKING, Annotated, Literal

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from truecost.api import statements
from truecost.api.answers import there
from truecost.api.door import by
from truecost.api.endpoints import get, post
from truecost.api.shapes import Body, Listed, Shape, Words
from truecost.portal.briefings import markup
from truecost.record.services import briefings, replies
from truecost.record.services.briefings import Text
from truecost.record.services.permissions import Act
from truecost.record.services.replies import State
from truecost.record.services.tokens import Scope

if TYPE_CHECKING:
    from typing import Any

    from truecost.record.services.briefings import Shown
    from truecost.record.services.replies import Entry, Post

router = Router(tags=["briefings"])
#: Not the type itself: in the document it would have the name of that of periods.
Stand = Literal["waiting", "shown", "hidden"]


class BriefingOut(Shape):
    """A briefing; `body` is Markdown, `html` the same made harmless, both null if withdrawn."""

    number: str
    title: str
    about: str
    by: str
    published: dt.datetime
    corrects: str | None
    corrected_by: str | None
    withdrawn: str | None
    body: str | None
    html: str | None
    sha256: str


class DraftOut(Shape):
    """A draft of one's own; `seen` is to be said when it is published as it is."""

    key: str
    title: str
    about: str
    body: str
    corrects: str | None
    html: str
    seen: str


class ReplyOut(Shape):
    """A reply as readers see it; `name` and `text` are null where they were hidden or erased."""

    key: str
    answers: str | None
    name: str | None
    text: str | None
    written: dt.datetime
    speaks: bool
    state: str


class ModeratedOut(Shape):
    """A reply as a moderator sees it."""

    key: str
    about: str
    name: str | None
    email: str | None
    text: str | None
    written: dt.datetime
    state: str
    why: str


class Standing(Shape):
    """How a reply stands."""

    key: str
    state: str


class TextIn(Body):
    """What a briefing is to say: `body` in Markdown."""

    title: Annotated[str, Field(min_length=1, max_length=200)]
    body: Annotated[str, Field(min_length=1, max_length=20_000)]
    about: Annotated[str, Field(max_length=60)] = ""


class PublicationIn(Body):
    """The `seen` of the draft as it was looked at."""

    seen: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class ReasonIn(Body):
    """Why."""

    reason: Words


class ReplyIn(Body):
    """A reply, or an answer to one."""

    text: Annotated[str, Field(min_length=1, max_length=5_000)]
    answers: Annotated[str, Field(max_length=40)] = ""


@get(
    router, "briefings", "briefings", does="list_briefings", scope=Scope.BRIEFINGS,
    act=Act.READ_BRIEFINGS, response=Listed[BriefingOut],
)  # fmt: skip
def listed(request: HttpRequest) -> Listed[BriefingOut]:
    """List the newest 200 briefings."""
    found = briefings.published(by(request))
    return Listed[BriefingOut](items=[_briefing(each) for each in found])


@get(
    router, "briefings/drafts", "drafts", does="list_briefing_drafts", scope=Scope.BRIEF,
    act=Act.BRIEF, response=Listed[DraftOut],
)  # fmt: skip
def drafts(request: HttpRequest) -> Listed[DraftOut]:
    """List one's own drafts."""
    return Listed[DraftOut](items=[_draft(each) for each in briefings.drafts(by(request))])


@post(
    router, "briefings/drafts", "drafts", does="begin_briefing_draft", scope=Scope.BRIEF,
    act=Act.BRIEF, response={201: DraftOut},
)  # fmt: skip
def begin(request: HttpRequest, body: TextIn) -> DraftOut:
    """Begin a draft."""
    return _draft(briefings.begin(by(request), Text(**body.model_dump())))


@get(
    router, "briefings/drafts/{key}", "draft", does="get_briefing_draft", scope=Scope.BRIEF,
    act=Act.BRIEF, response=DraftOut,
)  # fmt: skip
def draft(request: HttpRequest, key: str) -> DraftOut:
    """Give a draft of one's own, also as it will look."""
    return _draft(there(briefings.draft(by(request), key)))


@post(
    router, "briefings/drafts/{key}", "draft", does="save_briefing_draft", method="PUT",
    scope=Scope.BRIEF, act=Act.BRIEF, response=DraftOut, guards="draft",
)  # fmt: skip
def save(request: HttpRequest, key: str, body: TextIn) -> DraftOut:
    """Write a draft anew."""
    draft(request, key)
    return _draft(briefings.save(by(request), key, Text(**body.model_dump())))


@post(
    router, "briefings/drafts/{key}/discard", "discard", does="discard_briefing_draft",
    scope=Scope.BRIEF, act=Act.BRIEF, response=Listed[DraftOut],
)  # fmt: skip
def discard(request: HttpRequest, key: str) -> Listed[DraftOut]:
    """Throw a draft away; give those that are left."""
    briefings.discard(by(request), key)
    return drafts(request)


@post(
    router, "briefings/drafts/{key}/publication", "publication", does="publish_briefing",
    scope=Scope.BRIEF, act=Act.BRIEF, response={201: BriefingOut},
)  # fmt: skip
def publish(request: HttpRequest, key: str, body: PublicationIn) -> BriefingOut:
    """Publish a draft as it was looked at, and tell the subscribers."""
    who = by(request)
    return _briefing(there(briefings.briefing(who, briefings.publish(who, key, body.seen).number)))


@get(
    router, "briefings/{number}", "briefing", does="get_briefing", scope=Scope.BRIEFINGS,
    act=Act.READ_BRIEFINGS, response=BriefingOut,
)  # fmt: skip
def one(request: HttpRequest, number: str) -> BriefingOut:
    """Give a briefing."""
    return _briefing(_found(request, number))


@post(
    router, "briefings/{number}/correction", "correction", does="correct_briefing",
    scope=Scope.BRIEF, act=Act.BRIEF, response={201: DraftOut},
)  # fmt: skip
def correct(request: HttpRequest, number: str) -> DraftOut:
    """Begin a draft that corrects a briefing."""
    return _draft(briefings.correct(by(request), _found(request, number).row))


@post(
    router, "briefings/{number}/withdrawal", "briefing-withdrawal", does="withdraw_briefing",
    scope=Scope.BRIEF, act=Act.BRIEF, response=BriefingOut,
)  # fmt: skip
def withdraw(request: HttpRequest, number: str, body: ReasonIn) -> BriefingOut:
    """Take a briefing back for a reason, which readers see."""
    briefings.withdraw(by(request), _found(request, number).row, body.reason)
    return one(request, number)


@get(
    router, "briefings/{number}/replies", "briefing-replies", does="list_briefing_replies",
    scope=Scope.BRIEFINGS, act=Act.READ_BRIEFINGS, response=Listed[ReplyOut],
)  # fmt: skip
def of_briefing(request: HttpRequest, number: str) -> Listed[ReplyOut]:
    """List the replies to a briefing, each before its answers."""
    return _thread(request, _found(request, number).row)


@post(
    router, "briefings/{number}/replies", "briefing-replies", does="reply_to_briefing",
    scope=Scope.REPLY, act=Act.REPLY, response={201: Standing},
)  # fmt: skip
def to_briefing(request: HttpRequest, number: str, body: ReplyIn) -> Standing:
    """Reply to a briefing, under the name of who asks."""
    return _write(request, _found(request, number).row, body)


@get(
    router, "statements/{number}/replies", "statement-replies", does="list_statement_replies",
    scope=Scope.STATEMENTS, act=Act.READ_STATEMENTS, response=Listed[ReplyOut],
)  # fmt: skip
def of_statement(request: HttpRequest, number: str) -> Listed[ReplyOut]:
    """List the replies to a statement, each before its answers."""
    return _thread(request, statements.found(request, number))


@post(
    router, "statements/{number}/replies", "statement-replies", does="reply_to_statement",
    scope=Scope.REPLY, act=Act.REPLY, response={201: Standing},
)  # fmt: skip
def to_statement(request: HttpRequest, number: str, body: ReplyIn) -> Standing:
    """Reply to a statement, under the name of who asks."""
    return _write(request, statements.found(request, number), body)


@get(
    router, "replies", "replies", does="list_replies", scope=Scope.MODERATE, act=Act.MODERATE,
    response=Listed[ModeratedOut],
)  # fmt: skip
def queue(request: HttpRequest, state: Stand = "waiting") -> Listed[ModeratedOut]:
    """List 200 replies in a state, with addresses, for who moderates."""
    found = replies.to_look_at(by(request), State(state))
    return Listed[ModeratedOut](items=[_held(each) for each in found])


@get(
    router, "replies/{key}", "reply", does="get_reply", scope=Scope.MODERATE, act=Act.MODERATE,
    response=ModeratedOut,
)  # fmt: skip
def reply(request: HttpRequest, key: str) -> ModeratedOut:
    """Give one reply, with the address, for who moderates."""
    return _held(there(replies.one(by(request), key)))


@post(
    router, "replies/{key}/approval", "approval", does="approve_reply", scope=Scope.MODERATE,
    act=Act.MODERATE, response=Standing,
)  # fmt: skip
def approve(request: HttpRequest, key: str) -> Standing:
    """Let a reply be shown."""
    replies.approve(by(request), there(replies.one(by(request), key)).row)
    return Standing(key=key, state=State.SHOWN)


@post(
    router, "replies/{key}/hiding", "hiding", does="hide_reply", scope=Scope.MODERATE,
    act=Act.MODERATE, response=Standing,
)  # fmt: skip
def hide(request: HttpRequest, key: str, body: ReasonIn) -> Standing:
    """Hide a reply for a reason, which is kept."""
    replies.hide(by(request), there(replies.one(by(request), key)).row, body.reason)
    return Standing(key=key, state=State.HIDDEN)


def _found(request: HttpRequest, number: str) -> Shown:
    return there(briefings.briefing(by(request), number))


def _write(request: HttpRequest, on: Any, body: ReplyIn) -> Standing:
    """Write a reply; the answer holds nothing personal, for it is kept for its key."""
    said = request.headers.get("Idempotency-Key")
    key = hashlib.sha256(said.encode()).hexdigest() if said else secrets.token_hex(32)
    row, state = replies.write(by(request), on, body.text, key=key, parent=body.answers)
    return Standing(key=row.key, state=state)


def _thread(request: HttpRequest, on: Any) -> Listed[ReplyOut]:
    made: list[ReplyOut] = []

    def add(each: Post, above: str | None) -> None:
        made.append(
            ReplyOut(
                key=each.key, answers=above, name=each.name, text=each.text, written=each.moment,
                speaks=each.speaks, state=each.state,
            )
        )  # fmt: skip
        for answer in each.answers:
            add(answer, each.key)

    for each in replies.thread(by(request), on):
        add(each, None)
    return Listed[ReplyOut](items=made)


def _briefing(found: Shown) -> BriefingOut:
    row = found.row
    return BriefingOut(
        number=row.number, title=row.title, about=row.about, by=found.by, published=row.moment,
        corrects=row.cites_id, corrected_by=found.corrected or None,
        withdrawn=found.withdrawn.why if found.withdrawn else None,
        body=row.body if found.readable else None,
        html=markup.drawn(row.body) if found.readable else None, sha256=row.sha256,
    )  # fmt: skip


def _draft(row: Any) -> DraftOut:
    return DraftOut(
        key=row.key, title=row.title, about=row.about, body=row.body, corrects=row.cites_id,
        html=markup.drawn(row.body), seen=briefings.hash_of(row),
    )  # fmt: skip


def _held(found: Entry) -> ModeratedOut:
    return ModeratedOut(
        key=found.row.key, about=found.about, name=found.name, email=found.email, text=found.text,
        written=found.row.moment, state=found.state, why=found.why,
    )  # fmt: skip

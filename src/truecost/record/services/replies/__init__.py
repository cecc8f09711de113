"""Replies to briefings and to issued statements: written, looked at, shown.

    write                       by who is signed in, or by a visitor where briefings are public
    approve, hide               by who moderates; the last decision counts
    thread, to_look_at, one,
    waiting                     reading: names to readers, addresses to who moderates only
    agreed                      whether they are what events say

A visitor's reply is held until a moderator approves it, and so is the first one of anybody who
neither moderates nor speaks for what it is about; once one of theirs is shown, theirs are shown at
once. Who speaks for a briefing is its author; for a statement who issued it, and who answers for a
service on it. Name, address and text are the personal part of an event: they can be erased, the
thread then says that something was there.
"""

from truecost.record.services.replies.acts import DEEPEST, approve, hide, speaks, write
from truecost.record.services.replies.kept import agreed
from truecost.record.services.replies.reading import Entry, Post, one, thread, to_look_at, waiting
from truecost.record.services.replies.states import State

__all__ = [
    "DEEPEST",
    "Entry",
    "Post",
    "State",
    "agreed",
    "approve",
    "hide",
    "one",
    "speaks",
    "thread",
    "to_look_at",
    "waiting",
    "write",
]

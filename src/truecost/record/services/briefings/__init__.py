"""Briefings: a leader writes to the organisation, what IT costs, what changes and why.

    begin, save, drafts, draft, discard     drafts: whose they are, nobody else reads them
    publish, correct, withdraw              acts; what is published stays as it is
    may_read, public, published, briefing   reading; `newest` of what is not withdrawn
    sealed                                  whether they are what was published

The text is Markdown; who shows it makes it harmless (`portal.briefings.markup`). What is published
is corrected by another briefing that cites it, or withdrawn for a reason that stands. Everybody who
is signed in reads briefings; where the organisation's rules say so, everybody does. Publishing
tells the subscribers, each once.
"""

from truecost.record.services.briefings.acts import (
    Text,
    begin,
    correct,
    discard,
    draft,
    drafts,
    publish,
    save,
    withdraw,
)
from truecost.record.services.briefings.reading import (
    Shown,
    briefing,
    may_read,
    names_of,
    public,
    published,
)
from truecost.record.services.briefings.sealing import SHOWN_HASH, hash_of, seal, sealed

__all__ = [
    "SHOWN_HASH",
    "Shown",
    "Text",
    "begin",
    "briefing",
    "correct",
    "discard",
    "draft",
    "drafts",
    "hash_of",
    "may_read",
    "names_of",
    "public",
    "publish",
    "published",
    "save",
    "seal",
    "sealed",
    "withdraw",
]

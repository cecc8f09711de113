"""The addresses of briefings and replies."""

from __future__ import annotations

from django.urls import path

from truecost.portal.areas import Section
from truecost.portal.briefings import drafting, moderating, replying, views
from truecost.record.services.permissions import Act

SECTION = Section("Briefings", "briefings", Act.READ_BRIEFINGS)
RULES: dict[str, Act | None] = {
    "briefings": Act.READ_BRIEFINGS,
    "briefing": Act.READ_BRIEFINGS,
    "briefing_reply": Act.REPLY,
    "statement_reply": Act.REPLY,
    "briefing_write": Act.BRIEF,
    "briefing_draft": Act.BRIEF,
    "briefing_preview": Act.BRIEF,
    "briefing_publish": Act.BRIEF,
    "briefing_discard": Act.BRIEF,
    "briefing_correct": Act.BRIEF,
    "briefing_withdraw": Act.BRIEF,
    "replies": Act.MODERATE,
    "reply": Act.MODERATE,
    "reply_decide": Act.MODERATE,
}
#: What everybody gets to where the organisation's briefings are public.
PUBLIC = frozenset({"briefings", "briefing", "briefing_reply"})
urlpatterns = [
    path("briefings", views.listed, name="briefings"),
    path("briefings/write", drafting.begun, name="briefing_write"),
    path("briefings/drafts/<slug:key>", drafting.edited, name="briefing_draft"),
    path("briefings/drafts/<slug:key>/preview", drafting.preview, name="briefing_preview"),
    path("briefings/drafts/<slug:key>/publish", drafting.publish, name="briefing_publish"),
    path("briefings/drafts/<slug:key>/discard", drafting.discard, name="briefing_discard"),
    path("briefings/<str:number>", views.shown, name="briefing"),
    path("briefings/<str:number>/reply", replying.to_briefing, name="briefing_reply"),
    path("briefings/<str:number>/correct", views.correct, name="briefing_correct"),
    path("briefings/<str:number>/withdraw", views.withdraw, name="briefing_withdraw"),
    path("statements/<str:number>/reply", replying.to_statement, name="statement_reply"),
    path("replies", moderating.queue, name="replies"),
    path("replies/<slug:key>", moderating.one, name="reply"),
    path("replies/<slug:key>/<slug:act>", moderating.decided, name="reply_decide"),
]

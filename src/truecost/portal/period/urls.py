"""The addresses of the period room."""

from __future__ import annotations

from django.urls import path

from truecost.portal.areas import Group, Section
from truecost.portal.period import builds, figures, issue, journal, room, runs, sign_offs
from truecost.record.services.permissions import Act

SECTIONS = (
    Section("Sign-offs", "sign_offs", Act.SIGN_OFF, Group.DECIDE),
    Section("Periods", "periods", Act.READ_PERIODS, Group.RUN),
)
RULES: dict[str, Act | None] = {
    "periods": Act.READ_PERIODS,
    "builds": Act.READ_PERIODS,
    "build_start": Act.RUN_BUILDS,
    "build": Act.READ_PERIODS,
    "runs": Act.READ_PERIODS,
    "review": Act.KEEP_PERIODS,
    "room": Act.READ_PERIODS,
    "decide": Act.KEEP_PERIODS,
    "close": Act.KEEP_PERIODS,
    "month_job": Act.READ_PERIODS,
    "reopen": Act.KEEP_PERIODS,
    "rejects": Act.READ_PERIODS,
    "unmapped": Act.READ_PERIODS,
    "sign_offs": Act.SIGN_OFF,
    "sign_off": Act.SIGN_OFF,
    "reconciliation": Act.READ_PERIODS,
    "issue": Act.READ_PERIODS,
    "issue_start": Act.ISSUE,
    "issuing": Act.READ_PERIODS,
    "journal": Act.READ_PERIODS,
    "journal_post": Act.POST,
    "journal_reverse": Act.POST,
    "journal_credits": Act.POST,
    "journal_download": Act.READ_PERIODS,
}
urlpatterns = [
    path("period", room.known, name="periods"),
    path("period/builds", builds.builds, name="builds"),
    path("period/builds/start", builds.start, name="build_start"),
    path("period/builds/<int:number>", builds.build, name="build"),
    path("period/runs", runs.runs, name="runs"),
    path("period/runs/review", runs.review, name="review"),
    path("period/<str:label>", room.room, name="room"),
    path("period/<str:label>/decide", room.decide, name="decide"),
    path("period/<str:label>/close", room.close, name="close"),
    path("period/<str:label>/job/<int:number>", room.job_page, name="month_job"),
    path("period/<str:label>/reopen", room.reopen, name="reopen"),
    path("period/<str:label>/rejects", figures.rejects, name="rejects"),
    path("period/<str:label>/unmapped", figures.unmapped, name="unmapped"),
    path("sign-offs", sign_offs.sign_offs, name="sign_offs"),
    path("sign-offs/<str:label>/<path:service>", sign_offs.sign_off, name="sign_off"),
    path("period/<str:label>/reconciliation", figures.reconciliation, name="reconciliation"),
    path("period/<str:label>/issue", issue.issue, name="issue"),
    path("period/<str:label>/issue/start", issue.start, name="issue_start"),
    path("period/<str:label>/issue/<int:number>", issue.issuing_page, name="issuing"),
    path("period/<str:label>/journal", journal.journal_page, name="journal"),
    path("period/<str:label>/journal/post", journal.post, name="journal_post"),
    path("period/<str:label>/journal/credits", journal.post_credits, name="journal_credits"),
    path("period/<str:label>/journal/reverse", journal.take_back, name="journal_reverse"),
    path(
        "period/<str:label>/journal/<int:sequence>.<slug:form>",
        journal.download,
        name="journal_download",
    ),
]

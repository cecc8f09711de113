"""Whether the record is what was written: chain, documents, numbers, triggers, store."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from truecost.kernel.findings import Finding, TruecostError
from truecost.record import guards, models
from truecost.record.services import events, numbers, papers, periods, runs
from truecost.record.services.briefings import sealed
from truecost.record.services.disputes.kept import disputed
from truecost.record.services.replies import agreed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from truecost.store.runs import Store

_MANY = 50  # statements whose documents are read at once


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found wrong, and what was found to hold, in words."""

    findings: tuple[Finding, ...]
    held: tuple[str, ...]


def ready() -> tuple[Finding, ...]:
    """Tell what keeps the record from working: quick enough to be asked every few seconds."""
    return (*_unmigrated(), *_unguarded())


def check(store: Store) -> Checked:
    """Check everything: each event, each statement and document, each run that was pinned."""
    if found := ready():
        return Checked(found, ())
    links = events.check()
    issued = list(_issued())
    count = models.Statement.objects.count()
    bytes_of, asked = models.Document.objects.count(), models.Dispute.objects.count()
    findings = (
        *links.findings, *issued, *_told(), *disputed(), *_numbers(), *_runs(store), *_agree(store),
        *_posted(), *sealed(), *agreed(),
    )  # fmt: skip
    held = (
        f"{links.links:,} events, each following from the one before; the last is {links.head}",
        *([f"what is personal of {links.erased:,} events was erased"] if links.erased else []),
        f"{count:,} statements and corrections as issued, {bytes_of:,} documents byte for byte",
        *([f"{asked:,} questions and disputes as they were raised and settled"] if asked else []),
        *_briefed(),
        "numbers without a gap, every guard in its place",
    )
    return Checked(findings, held)


def _briefed() -> Iterator[str]:
    briefings, replies = models.Briefing.objects.count(), models.Reply.objects.count()
    if briefings or replies:
        yield f"{briefings:,} briefings and {replies:,} replies as they were written"


def _unmigrated() -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        what = f"the record's tables are {len(plan)} steps behind this version"
        yield Finding(None, what, "start  truecost serve  once: it brings them up to date")


def _unguarded() -> Iterator[Finding]:
    if lacking := guards.missing(connection):
        what = f"{len(lacking)} guards of the record are not in their place: {lacking[0]}"
        yield Finding(None, what, "truecost serve lays them again; find out who removed them")


def _issued() -> Iterator[Finding]:
    """Compare every statement and its documents with what was sealed."""
    for row in models.Statement.objects.order_by("number").iterator(_MANY):
        hashes = {}
        for each in row.documents.all():
            hashes[each.form] = each.sha256
            if papers.hash_of(bytes(each.content)) != each.sha256:
                yield Finding(None, f"document {row.number}.{each.form} is not as it was issued")
        if papers.seal(row, hashes) != row.sha256:
            yield Finding(None, f"statement {row.number} is not as it was issued")


def _told() -> Iterator[Finding]:
    """Compare what stands with what the chain says was issued: nothing added, nothing gone."""
    acts = models.Event.objects.filter(kind=events.ISSUED).order_by("sequence")
    told = [(each.subject, json.loads(each.after)) for each in acts]
    said = {(subject, after["closing"]): after for subject, after in told}
    for issue in models.Issue.objects.select_related("period"):
        after = said.pop((periods.subject(issue.period), issue.closing), None)
        rows = list(issue.statements.defer("view"))
        stands = (papers.digest_of(rows), len(rows))
        if after is None or (after["digest"], after["documents"]) != stands:
            yield Finding(None, f"what was issued of {issue.period.label} is not what events say")
    for subject, _ in said:
        yield Finding(None, f"what was issued of {subject} is gone")
    by_hand = models.Event.objects.filter(kind=events.CREDITED)
    credited = [json.loads(each.after) for each in by_hand]
    stand = models.Statement.objects.filter(issue=None).values_list("number", "sha256")
    if {after["number"]: after["sha256"] for after in credited} != dict(stand):
        yield Finding(None, "the credit notes are not those that events say")


def _numbers() -> Iterator[Finding]:
    given = (
        model._default_manager.values_list("pk", flat=True).iterator()
        for model in (models.Statement, models.Dispute, models.Briefing)
    )
    for gap in numbers.gaps(chain(*given)):
        yield Finding(None, f"numbers are missing in {gap}")


def _runs(store: Store) -> Iterator[Finding]:
    """Compare the pinned runs with the store's manifests; `verify` of a run looks inside."""
    for row in models.Run.objects.filter(pinned=True):
        try:
            runs.opened(store, row)
        except TruecostError as error:
            yield from error.findings


def _agree(store: Store) -> Iterator[Finding]:
    yield from periods.agree(store)
    posted = {each.sequence: each.sha256 for each in store.journals.read()}
    for batch in models.Batch.objects.order_by("sequence"):
        if posted.get(batch.sequence) != batch.sha256:
            yield Finding(None, f"journal {batch.number} is not in the store as it was posted")


def _posted() -> Iterator[Finding]:
    """Compare each batch of credit notes with the notes that it posts."""
    notes: dict[int, int] = {}
    for each in models.Posting.objects.select_related("statement").defer("statement__view"):
        notes[each.batch_id] = notes.get(each.batch_id, 0) + each.statement.amount
    for batch in models.Batch.objects.filter(pk__in=notes):
        if notes[batch.pk] != batch.amount:
            yield Finding(None, f"journal {batch.number} does not post what its credit notes say")

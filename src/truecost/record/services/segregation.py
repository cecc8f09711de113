"""Two people: whoever kept a month's figures does not issue them alone.

Who built the run in the portal, put it under review or closed the month has done their part, and
somebody else issues. A build on the command line names nobody; who puts its run under review does.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from truecost.kernel.findings import Finding
from truecost.record import models
from truecost.record.services import jobs
from truecost.record.services.acts import DeniedError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from truecost.record.services.acts import By

REVIEWED = "period in review"


def deed(row: models.Period, key: str) -> str:
    """Say what a person did to a closed period, which keeps them from issuing it.

    "" where that is nothing, or where the organisation's rules let one person do all.
    """
    if not models.Organisation.objects.get(id=1).two_people:
        return ""
    if row.closer == key:
        return f"closed {row.label}"
    put_up = models.Event.objects.filter(kind=REVIEWED, subject=f"period {row.label}", actor=key)
    if row.run_id in _runs(put_up.values_list("after", flat=True)):
        return f"put up the run of {row.label} for review"
    built = models.Job.objects.filter(kind=jobs.Kind.BUILD, actor=key, result__contains=row.run_id)
    if row.run_id in _runs(built.values_list("result", flat=True)):
        return f"built the run of {row.label}"
    return ""


def need_another(by: By, row: models.Period) -> None:
    """Raise DeniedError for who may not issue a closed period, because of what they did to it."""
    if done := deed(row, by.key):
        what = f"you {done}: another person issues it"
        raise DeniedError(Finding(None, what, "or let the organisation's rules allow one person"))


def _runs(written: Iterable[str]) -> set[str]:
    """Give the runs that JSON names."""
    return {str(json.loads(each).get("run", "")) for each in written}

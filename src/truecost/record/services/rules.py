"""The organisation's rules: which change of a bill is reviewed, how many people issuing takes."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields

from truecost.kernel.findings import UsageError
from truecost.record import models
from truecost.record.services import events
from truecost.record.services.acts import By, acting
from truecost.record.services.permissions import Act

_LONGEST = 366


@dataclass(frozen=True, slots=True)
class Rules:
    """What `models.Organisation` says; `threshold` in minor units."""

    threshold_percent: int
    threshold: int
    two_people: bool
    answer_days: int = 10
    answer_working_days: bool = True
    public_briefings: bool = False


def of(row: models.Organisation) -> Rules:
    """Give the rules of the organisation."""
    return Rules(**{each.name: getattr(row, each.name) for each in fields(Rules)})


def begin(by: By, name: str) -> models.Organisation:
    """Write the organisation down in a new record, or what it is called by now."""
    with acting():
        made, new = models.Organisation.objects.select_for_update().get_or_create(
            id=1, defaults={"name": name}
        )
        if new or made.name != name:
            before = {} if new else {"name": made.name}
            made.name = name
            made.save()
            events.record(by, "organisation named", "organisation", before=before,
                          after={"name": name})  # fmt: skip
    return made


def change(by: By, rules: Rules) -> models.Organisation:
    """Change the rules; from now on, not for what was closed."""
    by.need(Act.MANAGE_RULES)
    if rules.threshold < 0 or rules.threshold_percent < 0:
        raise UsageError("a threshold is not less than nothing")
    if not 0 < rules.answer_days <= _LONGEST:
        raise UsageError(f"an answer takes one day at least, and {_LONGEST} at most")
    with acting():
        row = models.Organisation.objects.select_for_update().get(id=1)
        before = of(row)
        if before != rules:
            for name, value in asdict(rules).items():
                setattr(row, name, value)
            row.save()
            events.record(by, "rules changed", "organisation", before=asdict(before),
                          after=asdict(rules))  # fmt: skip
    return row

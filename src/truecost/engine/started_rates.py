"""Whether rates that were charged are still what they were: one that has begun can only end.

What was charged stands in the runs of the store, with the model of their day. A month is known by
the run that was saved last of those that have it; a closed one by the run that it stands by.
"""

from __future__ import annotations

import dataclasses
from contextlib import suppress
from typing import TYPE_CHECKING

from truecost.engine.frozen import thaw
from truecost.engine.tables import values
from truecost.kernel.days import Days, first_day, last_day
from truecost.kernel.findings import Finding, ModelError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from truecost.kernel.periods import Period
    from truecost.model.charging import Rate
    from truecost.model.types import Model
    from truecost.store.run import Run
    from truecost.store.runs import Store

_MAY = "while nothing is closed yet, model/rates.yaml may say:  started_rates: may change"


def refuse_changed(store: Store, model: Model) -> None:
    """Refuse a model whose rates are not those that runs have charged.

    With `started_rates: may change` only closed months count. Raise ModelError with every rate
    that differs: its place, the place and run it had then.
    """
    findings: dict[Finding, None] = {}
    stands = {period: each.run for period, each in store.closings.standing().items()}
    known: set[Period] = set()
    for run in store.readable():  # what is damaged proves nothing; building anew mends it
        if "charges" not in run.manifest["tables"]:
            continue
        covered = {run.calendar.parse(name) for name in run.manifest["inputs"].get("model", {})}
        closed = {each for each in covered if stands.get(each.index) == run.id}
        still_open = {each for each in covered - known if each.index not in stands}
        known |= covered
        if closed:
            findings |= dict.fromkeys(_changed(run, model, closed, closed=True))
        if still_open and not model.rates_may_change:
            with suppress(StoreError):
                findings |= dict.fromkeys(_changed(run, model, still_open, closed=False))
    if findings:
        raise ModelError(list(findings))


def _changed(run: Run, model: Model, periods: set[Period], *, closed: bool) -> Iterator[Finding]:
    used: dict[str, set[Period]] = {}
    at_rates: dict[str, set[Period]] = {}
    for index, service, name in values(run, "charges", "period service rate"):
        period = run.calendar.period(index)
        if name and period in periods:
            used.setdefault(name, set()).add(period)
            at_rates.setdefault(service.removeprefix("service "), set()).add(period)
    if not used and not closed:
        return
    entries = [row for row in run.table("model").to_pylist() if row["kind"] in _NEEDED]
    then = {rate.name: rate for rate in thaw(entries).model.rates}
    now = {rate.name: rate for rate in model.rates}
    hint = "put it back as it was; end it, and begin a new one after it"
    if not closed:
        hint = f"{hint}\n   {_MAY}"
    for name, months in sorted(used.items()):
        yield from _differing(then[name], now.get(name), months, run, hint)
    for rate in model.rates:
        taken = periods if closed else at_rates.get(rate.service, set())
        if rate.name not in then and (early := [each for each in taken if _touches(rate, each)]):
            what = f'rate "{rate.name}" holds in {_span(early)}, which was charged without it'
            begin = (
                f"begin it after {max(taken)}, the last {max(taken).calendar.unit} that was charged"
            )
            begin = begin if closed else f"{begin}\n   {_MAY}"
            yield Finding(rate.place, what, begin, (f"run {run.id}",))


_NEEDED = frozenset({"rates", "settings"})


def _differing(
    was: Rate, now: Rate | None, months: set[Period], run: Run, hint: str
) -> Iterator[Finding]:
    """Say how a rate that was charged is another now."""
    told = (f"it was charged in {_span(months)} as {was.place} said (run {run.id})",)
    if now is None:
        yield Finding(None, f'rate "{was.name}" is gone', hint, told)
        return
    terms = [
        field.name
        for field in dataclasses.fields(was)
        if field.compare
        and field.name not in {"days", "reason"}
        and getattr(was, field.name) != getattr(now, field.name)
    ]
    if terms:
        what = f'rate "{was.name}" has begun, but its {" and ".join(map(_word, terms))} changed'
        yield Finding(now.place, what, hint, told)
    charged = Days(first_day(min(months)), last_day(max(months)))
    before, after = _within(was.days, charged), _within(now.days, charged)
    if before != after:
        what = f'rate "{was.name}" held {was.days}; {now.days} changes days that were charged'
        yield Finding(now.place, what, hint, told)


def _within(days: Days, charged: Days) -> Days | None:
    """Give what of some days lies in those that were charged."""
    if not days.overlaps(charged) or charged.first is None or charged.last is None:
        return None
    return Days(
        max(charged.first, days.first) if days.first else charged.first,
        min(charged.last, days.last) if days.last else charged.last,
    )


def _touches(rate: Rate, period: Period) -> bool:
    return rate.days.overlaps(Days(first_day(period), last_day(period)))


def _span(months: set[Period] | list[Period]) -> str:
    first, last = min(months), max(months)
    return str(first) if first == last else f"{first} to {last}"


_WORDS: Mapping[str, str] = {
    "target": "for",
    "tiers": "price",
    "package": "packages",
    "agreed_by": "agreed driver",
    "agreed_price": "agreed price",
    "funder": "funded_by",
}


def _word(field: str) -> str:
    """Give what a field is called in the file."""
    return _WORDS.get(field, field)

"""A workspace folder made into a model, or everything that is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.kernel.findings import Finding, ModelError, Severity
from truecost.model.charging_costs_reading import charging_costs_of
from truecost.model.checks import (
    Lifetimes,
    check_allocations,
    check_drivers,
    check_order,
    check_services,
    check_standard_rates,
    check_taxonomy,
)
from truecost.model.columns import check_columns
from truecost.model.commitments import commitments_of
from truecost.model.currencies import currencies_of
from truecost.model.draft import Draft, draft
from truecost.model.engine import engine_of
from truecost.model.entries import Entries, plain
from truecost.model.files import FILES
from truecost.model.journal_reading import journal_of
from truecost.model.moves import Moves, drivers_named
from truecost.model.rates import RateList, check_measured
from truecost.model.recognition_checks import check_depreciation
from truecost.model.references import References
from truecost.model.types import Between, Model, drivers_of

if TYPE_CHECKING:
    from pathlib import Path


def load(folder: Path) -> Model:
    """Read the workspace in `folder`. Raise ModelError with all findings of all files."""
    model, findings = load_with_findings(folder)
    if model is None:
        raise ModelError(findings)
    return model


def load_with_findings(folder: Path) -> tuple[Model | None, list[Finding]]:
    """Read the workspace in `folder`: the model, None if there is an error, and all findings.

    Findings stand in the order of the files and of their lines; warnings are among them.
    """
    found: list[Finding] = []
    read = draft(folder, found)
    model = _model(folder, read, found)
    ordered = _in_order(found)
    broken = any(finding.severity is Severity.ERROR for finding in ordered)
    return None if broken else model, ordered


def _in_order(found: list[Finding]) -> list[Finding]:
    """Sort findings by file, in the order in which an analyst reads them, and by line."""
    order = {name: number for number, name in enumerate(FILES)}

    def position(finding: Finding) -> tuple[int, str, int, int]:
        place = finding.place
        if place is None:
            return (-1, "", 0, 0)
        return (order.get(place.file, len(order)), place.file, place.line, place.column)

    return sorted(found, key=position)


def _model(folder: Path, read: Draft, found: list[Finding]) -> Model | None:
    """Make the model of what could be read, checking it against itself."""
    refer = References(read, found)
    entries = Entries(refer, found)
    workspace = read.workspace
    moves = Moves(refer, str(workspace.currency) if workspace else "", found)
    check_columns(read, found)
    unallocated = workspace.unallocated if workspace else True
    sources = tuple(entries.source(each) for each in read.sources)
    accounts = tuple(entries.rule(each) for each in read.accounts)
    centres = tuple(entries.rule(each) for each in read.cost_centres)
    services = tuple(entries.service(each) for each in read.services)
    consumers = tuple(entries.consumer(each) for each in read.consumers)
    drivers = tuple(entries.driver(each) for each in read.drivers)
    allocations = tuple(
        moves.allocation(each, entries.valid(each.shape.valid), unallocated=unallocated)
        for each in read.allocations
    )
    journal = journal_of(read.journal, refer, found) if read.journal else None
    order = moves.step_order(read)
    currencies = currencies_of(workspace, refer, found)
    found += check_taxonomy(read)
    found += check_order(accounts)
    found += check_order(centres)
    found += check_allocations(allocations)
    found += check_standard_rates(allocations, drivers)
    found += check_depreciation(accounts)
    if read.complete and moves.complete:
        severity = Severity.WARNING if unallocated else Severity.ERROR
        found += check_services(services, allocations, severity)
    price_list = RateList(refer, entries, str(workspace.currency) if workspace else "", found)
    rates = price_list.rates(read, {each.id: each for each in services})
    true_ups = price_list.true_ups(read)
    if read.complete and moves.complete:
        found += check_measured(rates, allocations)
    used = set(drivers_named(read.allocations))
    used |= drivers_of((), rates)
    if read.complete and all(name in read.driver_names for name in used):
        found += check_drivers(drivers, used)
    if workspace is None or read.calendar is None:
        return None
    computed = entries.valid(workspace.periods)
    lives = Lifetimes(services, consumers, drivers, computed)
    found += lives.check_mapping((*accounts, *centres))
    found += lives.check_allocations(allocations)
    engine = engine_of(workspace, found)
    how = read.between.between_services if read.between else Between.RECIPROCAL
    return Model(
        folder=folder,
        organisation=str(workspace.organisation),
        currency=str(workspace.currency),
        fiscal_year=read.calendar,
        first_period=computed.first,
        last_period=computed.last,
        default_class=workspace.default_class,
        unallocated=workspace.unallocated,
        about=plain(workspace.about),
        attribution=plain(workspace.attribution),
        locale=workspace.locale,
        sources=sources,
        pools=tuple(read.pool_names.places),
        own_pools=frozenset(str(each.shape.name) for each in read.pools if each.shape.own),
        towers=tuple(read.tower_names.places),
        own_towers=frozenset(str(each.shape.name) for each in read.towers if each.shape.own),
        accounts=accounts,
        cost_centres=centres,
        services=services,
        consumers=consumers,
        drivers=drivers,
        allocations=allocations,
        between_services=how if isinstance(how, Between) else Between.STEP_DOWN,
        step_order=order,
        rates=rates,
        true_ups=true_ups,
        rates_may_change=bool(read.charging and read.charging.started_rates),
        currencies=currencies,
        commitments=commitments_of(read, refer, found),
        journal=journal,
        charging_costs=charging_costs_of(read.charging_costs),
        restates=workspace.late_lines,
        engine=engine,
    )

"""`journal.yaml` made into its frozen words, or everything that is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.kernel.findings import Finding
from truecost.model.columns import check_posting
from truecost.model.entries import plain
from truecost.model.journal import (
    ACCOUNTS,
    COLUMNS,
    NUMBER,
    CsvForm,
    JournalModel,
    PostingRule,
    Scheme,
    Seat,
    Tax,
)
from truecost.model.names import suggestion
from truecost.model.types import Kind

if TYPE_CHECKING:
    from collections.abc import Collection

    from truecost.model.references import References
    from truecost.model.schema.journal import CsvShape, JournalFile, PostingShape, SeatShape
    from truecost.model.tree import Text


def journal_of(shape: JournalFile, refer: References, found: list[Finding]) -> JournalModel:
    """Make the journal's model; what is wrong is added to `found`."""
    entities = {str(id_): str(each.name) for id_, each in shape.entities.items()}
    if not shape.rules:
        what = "rules: no rule says how charges are posted"
        found.append(Finding(shape.place_of("rules"), what, "write at least one"))
    for consumer in shape.consumers:
        refer.name(Kind.CONSUMER, consumer)
    _check_names(shape.rules, found)
    return JournalModel(
        shape.place,
        str(shape.number or NUMBER),
        shape.dated,
        entities,
        _seat(shape.provider, entities, found),
        {str(id_): _seat(each, entities, found) for id_, each in shape.consumers.items()},
        tuple(_rule(each, entities, found) for each in shape.rules),
        _csv(shape.csv),
    )


def _rule(shape: PostingShape, entities: Collection[str], found: list[Finding]) -> PostingRule:
    check_posting(shape.where, COLUMNS, found)
    needed = ACCOUNTS[shape.scheme]
    given: dict[str, Text | None] = {
        "account": shape.account,
        "expense": shape.expense,
        "recovery": shape.recovery,
        "receivable": shape.receivable,
        "payable": shape.payable,
    }
    for name, value in given.items():
        if value is None and name in needed:
            what = f'rule "{shape.name}" does not say which account is the {name}'
            found.append(Finding(shape.place, what, f"write  {name}:  and the account's number"))
        elif value is not None and name not in needed:
            what = f'{name}: the scheme "{shape.scheme}" has no such account'
            found.append(Finding(value.place, what, f"it needs {', '.join(needed)}"))
    if shape.tax and shape.scheme is not Scheme.INTERCOMPANY:
        what = f'tax: the scheme "{shape.scheme}" has no tax: it stays inside one company'
        found.append(Finding(shape.place_of("tax"), what, "take it away"))
    if shape.scheme is Scheme.INTERCOMPANY and not entities:
        what = f'rule "{shape.name}" posts between companies, and there are no entities'
        found.append(Finding(shape.place, what, "name the companies under  entities:"))
    tax = shape.tax
    return PostingRule(
        shape.place,
        str(shape.name),
        str(shape.where),
        shape.scheme,
        {name: str(given[name]) for name in needed if given[name] is not None},
        Tax(str(tax.code), tax.rate, str(tax.output), str(tax.input)) if tax else None,
        _seat(shape.provider, entities, found),
    )


def _seat(shape: SeatShape, entities: Collection[str], found: list[Finding]) -> Seat:
    if shape.entity is not None and shape.entity not in entities:
        hint = suggestion(shape.entity, tuple(entities)) or "define it under  entities:"
        found.append(Finding(shape.entity.place, f'entity "{shape.entity}" is not defined', hint))
    return Seat(plain(shape.entity), plain(shape.cost_centre))


def _csv(shape: CsvShape | None) -> CsvForm:
    if shape is None:
        return CsvForm()
    columns = tuple((str(header), field) for header, field in shape.columns.items())
    return CsvForm(columns, str(shape.delimiter), shape.decimal_comma, shape.date)


def _check_names(rules: list[PostingShape], found: list[Finding]) -> None:
    seen: set[str] = set()
    for rule in rules:
        if rule.name in seen:
            what = f'a rule "{rule.name}" is here twice'
            found.append(Finding(rule.name.place, what, "give one of the two another name"))
        seen.add(str(rule.name))

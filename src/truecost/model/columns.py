"""The columns of a source: which its layouts and cleanings make, and where conditions use them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from truecost.kernel.findings import Finding
from truecost.model.bill import FOCUS, bill_names, check_kind, focus_of
from truecost.model.names import RESERVED, suggestion
from truecost.model.origin import check_origin
from truecost.model.registers import REGISTER_COLUMNS, check_register, own_name
from truecost.model.tree import Text
from truecost.rules.equation import parse_equation
from truecost.rules.errors import PredicateError
from truecost.rules.expression import parse_expression
from truecost.rules.measure import parse_measure
from truecost.rules.predicate import SOURCE, named_sources, parse_predicate

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from truecost.model.draft import Draft, Entry
    from truecost.model.schema.workspace import SourceShape
    from truecost.model.source_types import Source

T = TypeVar("T")

_CUT_OFF = "a # after a space begins a comment: put quotes around the whole text"
REQUIRED = ("date", "amount")
SIDES = ("debit", "credit")
NOT_TEXT = ("date", "amount", "debit", "credit", "quantity", "currency")


def columns_of(source: Source) -> tuple[str, ...]:
    """Give a source's columns of text after cleaning, in the order in which they first appear."""
    laid_out = (name for layout in source.layouts for name in layout.columns)
    return _text_columns(laid_out, (cleaning.column for cleaning in source.clean))


def laid_out_names(shape: SourceShape) -> Sequence[str]:
    """Give the names that a source's columns have before they are cleaned."""
    focus = focus_of(shape)
    if focus:
        return bill_names(focus)
    return [own_name(str(n), shape.kind) for one in shape.layouts or () for n in one]


def _text_columns(laid_out: Iterable[str], cleaned: Iterable[str]) -> tuple[str, ...]:
    names = dict.fromkeys(str(name) for name in (*laid_out, *cleaned))
    return tuple(name for name in names if name not in NOT_TEXT)


def check_columns(draft: Draft, found: list[Finding]) -> None:
    """Check every layout, cleaning, condition and measure of a draft."""
    by_source: dict[str, tuple[str, ...]] = {}
    for entry in draft.sources:
        check_kind(entry, found)
        check_origin(entry, found)
        check_register(entry, found)
        if entry.shape.kind != FOCUS:
            _check_layouts(entry, found)
        by_source[entry.id] = _check_cleanings(entry, found)
    if not draft.source_names.known or len(draft.sources) < len(draft.source_names.places):
        return  # the columns of a source that can't be read are not known
    every = tuple(dict.fromkeys(name for names in by_source.values() for name in names))
    conditions = [rule.shape.where for rule in draft.accounts]
    conditions += [rule.shape.where for rule in draft.cost_centres]
    conditions += [each.shape.where for each in draft.consumers if each.shape.where is not None]
    for where in conditions:
        _check_condition(where, every, tuple(by_source), found)
    for driver in draft.drivers:
        if driver.shape.equation is not None:
            _checked(lambda text, _: parse_equation(text), driver.shape.equation, (), found)
        columns = by_source.get(str(driver.shape.source))
        if columns is None:
            continue
        if driver.shape.where is not None:
            _check_condition(driver.shape.where, columns, tuple(by_source), found)
        if driver.shape.measure is not None:
            _checked(parse_measure, driver.shape.measure, columns, found)


def _check_layouts(entry: Entry[SourceShape], found: list[Finding]) -> None:
    if not entry.shape.layouts:
        what = f'source "{entry.id}" has no layout'
        found.append(Finding(entry.place, what, "say at least where date and amount stand"))
    for layout in entry.shape.layouts or ():
        place = next((name.place for name in layout), entry.place)
        for name in REGISTER_COLUMNS.get(entry.shape.kind) or _required(layout, found):
            header = layout.get(Text(name, place))
            if header is None:
                what = f"this layout does not say which column is the {name}"
                found.append(Finding(place, what, f"write {name}: and the header of that column"))
            elif header.endswith("?"):
                what = f"the {name} can't be optional"
                found.append(Finding(header.place, what, "take the ? away"))
        _check_own(layout, found)


def _required(layout: dict[Text, Text], found: list[Finding]) -> tuple[str, ...]:
    """Give the columns that a layout must have: a date, and an amount or both its sides."""
    sides = [name for name in layout if name in SIDES]
    if not sides:
        return REQUIRED
    amount = next((name for name in layout if name == "amount"), None)
    if amount is not None:
        what = "this layout has an amount and also debit or credit"
        found.append(Finding(amount.place, what, "keep the amount, or debit and credit"))
    return ("date", *SIDES)


def _check_own(names: Iterable[Text], found: list[Finding]) -> None:
    for name in names:
        if name in RESERVED:
            what = f'"{name}" is a name that Truecost uses itself'
            hint = "choose another name"
            if name == SOURCE:
                hint += ": in conditions, source is the name of the source a line is from"
            found.append(Finding(name.place, what, hint))


def _check_cleanings(entry: Entry[SourceShape], found: list[Finding]) -> tuple[str, ...]:
    """Check cleanings in order, each against the columns before it; give the columns after all."""
    laid_out = laid_out_names(entry.shape)
    done: list[Text] = []
    _check_own(entry.shape.clean, found)
    for column, how in entry.shape.clean.items():
        before = _text_columns(laid_out, done)
        if column in NOT_TEXT:
            what = f'"{column}" is not a column of text and can\'t be cleaned'
            found.append(Finding(column.place, what, f"columns of text: {', '.join(before)}"))
        elif isinstance(how, Text):
            _checked(parse_expression, how, before, found)
        elif column not in before:
            hint = suggestion(column, before) or "a new column is made by an expression"
            what = f'there is no column "{column}" whose values could be replaced'
            found.append(Finding(column.place, what, hint))
        done.append(column)
    return _text_columns(laid_out, done)


def check_posting(where: Text, columns: Collection[str], found: list[Finding]) -> None:
    """Check a condition over other columns than those of a source."""
    _checked(parse_predicate, where, columns, found)


def _check_condition(
    where: Text, columns: Collection[str], sources: Sequence[str], found: list[Finding]
) -> None:
    """Check a condition, and that the sources that it names are there."""
    condition = _checked(parse_predicate, where, columns, found)
    for name in named_sources(condition) if condition else ():
        if name not in sources:
            what = f'there is no source "{name}"'
            found.append(Finding(where.place, what, suggestion(name, sources)))


def _checked(
    parse: Callable[[str, Collection[str]], T], text: Text, columns: Collection[str],
    found: list[Finding],
) -> T | None:  # fmt: skip
    try:
        return parse(str(text), columns)
    except PredicateError as error:
        hint = _CUT_OFF if text.before_comment and text.count("'") % 2 else error.hint
        found.append(Finding(text.at(error.line, error.column), error.message, hint))
        return None

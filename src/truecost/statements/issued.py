"""A statement that is issued, as plain values: kept, and drawn again years later to the same bytes.

    schema      "truecost.view/1"
    calendar    as `Calendar.as_plain` gives it
    view        the view, field by field: amounts as integers, exact numbers and dates as text,
                periods as their index; of a correction, the fields of `CorrectionView`

Fields may be added with a default; none is removed or changes its meaning.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import json
import types
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from truecost.kernel.calendars import Calendar, Period
from truecost.kernel.findings import Finding, StoreError
from truecost.statements import changes, charged, headed, lines, posted, proof, savings, views
from truecost.statements.corrections import CorrectedLine, CorrectionView

SCHEMA = "truecost.view/1"
#: What the annotations of views are read with: their modules import some of it for checks only.
_NAMES: dict[str, Any] = {
    **{name: value for module in (headed, lines, proof, changes, charged, posted, savings, views)
       for name, value in vars(module).items() if isinstance(value, type)},
    **{each.__name__: each for each in (Calendar, CorrectedLine, CorrectionView, Decimal, Fraction,
                                        Period, charged.Unbilled, changes.Reason, posted.Posted)},
    "Part": charged.Part, "savings": savings, "dt": dt,
}  # fmt: skip
_TEXTS: dict[type, Any] = {Decimal: Decimal, Fraction: Fraction, dt.date: dt.date.fromisoformat}
View = views.StatementView | CorrectionView
V = TypeVar("V", views.StatementView, CorrectionView)


def issued(view: views.StatementView, number: str, day: dt.date) -> views.StatementView:
    """Give a draft's view as it is issued under a number on a day."""
    return dataclasses.replace(view, status=headed.ISSUED, number=number, issued=day)


def recorded(view: View) -> str:
    """Write a view as JSON."""
    content = {
        "schema": SCHEMA,
        "calendar": view.period.calendar.as_plain(),
        "view": _plain(view),
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def restored(text: str, kind: type[V]) -> V:
    """Make the view of what `recorded` wrote. Raise StoreError for what another version wrote."""
    content = json.loads(text)
    if content["schema"] != SCHEMA:
        what = f"a statement was kept as {content['schema']}, which this version can't read"
        raise StoreError(Finding(None, what, "use a later version of Truecost"))
    made: V = _made(kind, content["view"], Calendar.made(content["calendar"]))
    return made


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Decimal | Fraction):
        return str(value)
    if isinstance(value, Period):
        return value.index
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}


def _made(kind: Any, value: Any, calendar: Calendar) -> Any:
    """Make a value of a type out of plain values."""
    if get_origin(kind) in {Union, types.UnionType}:
        (one,) = (each for each in get_args(kind) if each is not type(None))
        return None if value is None else _made(one, value, calendar)
    if get_origin(kind) is tuple:
        of = get_args(kind)
        each = of[:1] * len(value) if of[-1] is Ellipsis else of
        return tuple(map(functools.partial(_made, calendar=calendar), each, value))
    if kind is Period:
        return calendar.period(value)
    if kind in _TEXTS:
        return _TEXTS[kind](value)
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        known = {
            name: _made(of, value[name], calendar)
            for name, of in _fields(kind).items()
            if name in value
        }
        return kind(**known)
    return kind(value) if isinstance(kind, type) and issubclass(kind, Enum) else value


@functools.cache
def _fields(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind, localns=_NAMES)

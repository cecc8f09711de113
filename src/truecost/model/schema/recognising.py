"""How `recognise:` is written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

from truecost.model.recognition import Recognition, Start, Way
from truecost.model.schema.word import Word

if TYPE_CHECKING:
    from truecost.model.tree import Text

_MOST = 1200
_MONTHS = r"(?P<months>\d{1,4}) months?"
_OVER = rf"over (?:{_MONTHS}|service period)(?P<days> by days)?"
_DEPRECIATE = rf"depreciate over {_MONTHS}(?P<in_service> from in-service date)?"
_FORMS = (
    "write  over 12 months , over service period , depreciate over 48 months ,"
    " depreciate over 48 months from in-service date , or  accrual"
)


def _recognition(text: Text) -> Recognition:
    if text == "accrual":
        return Recognition(Way.ACCRUAL)
    if match := re.fullmatch(_OVER, text, re.ASCII):
        start = Start.POSTED if match["months"] else Start.SERVICE
        months = _counted(match["months"]) if match["months"] else None
        return Recognition(Way.PREPAYMENT, months, start, by_days=bool(match["days"]))
    if match := re.fullmatch(_DEPRECIATE, text, re.ASCII):
        start = Start.IN_SERVICE if match["in_service"] else Start.POSTED
        return Recognition(Way.DEPRECIATION, _counted(match["months"]), start)
    raise ValueError(_FORMS)


def _counted(months: str) -> int:
    if not 1 <= int(months) <= _MOST:
        raise ValueError(f"from 1 to {_MOST} months can be said")
    return int(months)


RecogniseText = Annotated[
    Recognition,
    Word(
        "a way to recognise cost over time, such as over 12 months",
        _recognition,
        {
            "type": "string",
            "pattern": "^(accrual|over (\\d+ months?|service period)( by days)?"
            "|depreciate over \\d+ months?( from in-service date)?)$",
        },
    ),
]

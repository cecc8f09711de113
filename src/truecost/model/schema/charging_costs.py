"""The shape of `charging_costs.yaml`: what charging itself costs."""

import re
from decimal import Decimal
from typing import Annotated

from truecost.model.schema.calendar_words import Month
from truecost.model.schema.shape import Shape, key
from truecost.model.schema.word import Word
from truecost.model.schema.words import Amount, Count, Inside, Line
from truecost.model.tree import Text

_HOURS = r"\d{1,9}(\.\d{1,6})?"


def _hours(text: Text) -> Decimal:
    if not re.fullmatch(_HOURS, text, re.ASCII):
        raise ValueError
    return Decimal(text)


Hours = Annotated[
    Decimal,
    Word(
        "a number of hours such as 24 or 9.5",
        _hours,
        {"type": ["string", "number"], "pattern": f"^{_HOURS}$"},
    ),
]


class ChargingCostShape(Shape):
    """Hours of an activity in a month."""

    period: Month = key("The month in which the hours were spent.")
    activity: Line = key("What was done, as in: preparing statements.")
    hours: Hours = key("How many hours it took.")
    rate: Amount = key("What an hour costs, loaded: with everything that goes with it.")
    disputes: Count = key("How many disputes the hours went into.", 0, shown="0: no disputes")


class ChargingCostsFile(Shape):
    """What charging itself costs: hours and disputes, shown beside the money that it moves.

    Recorded when the month is over; no statement depends on it.
    """

    entries: list[ChargingCostShape] = key("Hours, month by month.", [], shown="none")
    file: Inside | None = key(
        "A CSV file with more of them: the columns period, activity, hours, rate and, where there"
        " are any, disputes.",
        None,
        shown="none",
    )

"""The shape of `currencies:` in `truecost.yaml`."""

from truecost.model.money_types import RateType
from truecost.model.schema.calendar_words import Days
from truecost.model.schema.shape import Shape, key
from truecost.model.schema.words import Inside, ObjectName, RateWord


class CurrenciesShape(Shape):
    """How cost in other currencies becomes cost in the workspace's."""

    translate_at: RateWord = key(
        "At which rates statements are: the mean of the days of a month, that of its last day, or"
        " the organisation's own for the budget.",
        RateType.AVERAGE,
        shown="average rates",
    )
    rates: Inside | None = key(
        "ECB for those that the European Central Bank publishes, or a CSV file with period (or"
        " date), from, to and rate: one unit of from is worth rate of to.",
        None,
        shown="ECB",
    )
    budget_rates: Inside | None = key(
        "A file of the budget's rates, a row per month.", None, shown="the file of rates"
    )
    booked_at: RateWord | None = key(
        "At which rates the money stands in the books. Where statements are at other rates, the"
        " exchange difference is named.",
        None,
        shown="as translate_at; average rates where that is the budget's",
    )
    exchange_difference: ObjectName | None = key(
        "The service or consumer that bears the exchange difference.",
        None,
        shown="a named remainder",
    )
    tokens: Inside | None = key(
        "A file of what tokens or credits, the virtual currencies of a bill, are worth: period,"
        " from, to and rate, each from its month on until the next.",
        None,
        shown="none",
    )
    last_known_for: Days = key(
        "For how many days without a rate the last known one holds; a longer gap is refused.",
        7,
        shown="7 days",
    )

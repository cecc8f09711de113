"""The shapes of `rates.yaml`, and of `charging` in `services.yaml`."""

from typing import Annotated

from pydantic import Tag

from truecost.model.charging import Proportion
from truecost.model.schema.calendar_words import DayOrMonth
from truecost.model.schema.shape import BY_FORM, LIST, TABLE, TEXT, Shape, key
from truecost.model.schema.words import (
    AllServices,
    Id,
    Line,
    Number,
    ObjectName,
    Percent,
    Price,
    ProportionWord,
    Prose,
    SettlingWord,
    StartedWord,
    TargetName,
    Threshold,
    TreatmentWord,
)
from truecost.model.schema.workspace import ValidShape

CHARGING = (
    "What becomes of the service's cost. charge: those who use it pay. show: they see what it"
    " costs and pay nothing. central: it is funded centrally."
)


class ChargingShape(Shape):
    """How a service is treated, from when to when."""

    how: TreatmentWord = key("charge, show or central.")
    funded_by: Id | None = key(
        "With central: the consumer that pays for all.", None, shown="nobody is billed"
    )
    valid: ValidShape = key(
        "From which month to which it is so; in other months the service is charged.",
        ValidShape(),
        shown="always",
    )


ChargingWords = Annotated[
    Annotated[TreatmentWord, Tag(TEXT)]
    | Annotated[list[ChargingShape], Tag(LIST)]
    | Annotated[ChargingShape, Tag(TABLE)],
    BY_FORM,
]


class DaysShape(Shape):
    """From which day to which, both included. A month means its first or its last day."""

    begins: DayOrMonth | None = key("The first day.", None, alias="from", shown="always")
    to: DayOrMonth | None = key("The last day.", None, shown="for ever")


class TierShape(Shape):
    """A range of the quantity."""

    up_to: Number | None = key(
        "The last quantity of the tier; the last tier has none.", None, shown="without end"
    )
    price: Price | None = key("What each unit of the tier costs.", None, shown="see percentage")
    percentage: Percent | None = key(
        "Instead of a price, where the quantity is an amount of money: so much of it.",
        None,
        shown="see price",
    )
    fee: Price | None = key("What falls due once when the tier is reached.", None, shown="nothing")


class PackagesShape(Shape):
    """Whole packages; one that is started counts."""

    of: Number = key("How many units a package has.")
    price: Price = key("What a package costs.")


class AgreedShape(Shape):
    """The fixed part of a dual rate."""

    by: Line = key("The driver that holds what each consumer agreed to, such as its capacity.")
    price: Price = key("What each agreed unit costs in a month, used or not.")


class PlannedShape(Shape):
    """What the rate was made from, for a month."""

    quantity: Number = key(
        "The quantity of all who are charged by the rate; of a fee alone, how many consumers."
    )
    cost: Price = key("What they were planned to cost.")
    fixed: Percent | None = key(
        "How much of that cost does not move with the quantity.",
        None,
        shown="nothing of a service whose behaviour is variable, else all",
    )


Whom = Annotated[Annotated[TargetName, Tag(TEXT)] | Annotated[list[ObjectName], Tag(LIST)], BY_FORM]


class RateShape(Shape):
    """What a service costs some consumers, from one day to another."""

    service: Id = key("The id of the service.")
    whom: Whom = key(
        "Who is charged so: consumers, consumers within an id, or a list of ids. Consumers that are"
        " listed go before a branch, a branch before the one that it lies in, and all come last.",
        "consumers",
        alias="for",
        shown="consumers",
    )
    by: Line | None = key(
        "The driver whose quantities are charged; or true cost: the consumer's share of the"
        " service's cost.",
        None,
        shown="the driver that splits the service's cost",
    )
    price: Price | None = key("What one unit costs.", None, shown="another form, or a fee alone")
    graduated: list[TierShape] | None = key(
        "Tiers, each unit at the price of the tier that it falls into.", None, shown="none"
    )
    volume: list[TierShape] | None = key(
        "Tiers, all units at the price of the tier that the whole quantity falls into.",
        None,
        shown="none",
    )
    packages: PackagesShape | None = key(
        "A price for each package that is started.", None, shown="none"
    )
    percentage: Percent | None = key(
        "So much of a quantity that is an amount of money, as in: by: true cost.",
        None,
        shown="none",
    )
    free: Number | None = key(
        "How many units are free in a month; tiers are chosen by what is left.",
        None,
        shown="none",
    )
    fee: Price | None = key(
        "What falls due in a month whatever the quantity, from each consumer that is listed, or"
        " that used the service.",
        None,
        shown="nothing",
    )
    minimum: Price | None = key(
        "The least that is charged in a month, all parts together.", None, shown="nothing"
    )
    agreed: AgreedShape | None = key(
        "The fixed part of a dual rate, by what was agreed.", None, shown="none"
    )
    planned: PlannedShape | None = key(
        "What the rate was made from; recovery is then split into volume, spending and price.",
        None,
        shown="the split is unknown",
    )
    instead_of: Line | None = key(
        "For a time: the rate that this one goes before. Needs funded_by, and a last day.",
        None,
        shown="none",
    )
    funded_by: Line | None = key(
        "Who bears the difference to the rate that it goes before: a consumer, or central.",
        None,
        shown="required with instead_of",
    )
    reason: Prose | None = key("Why it is so; kept with the rate.", None, shown="none")
    valid: DaysShape = key(
        "From which day to which the rate holds. In a month of which it holds for some days, it"
        " charges that part.",
        DaysShape(),
        shown="always",
    )


Services = Annotated[Annotated[AllServices, Tag(TEXT)] | Annotated[list[Id], Tag(LIST)], BY_FORM]


class TrueUpShape(Shape):
    """When the difference between charges at rates and cost is settled."""

    services: Services = key("all, or a list of ids.", (), shown="all")
    at: SettlingWord = key("The end of which stretch of the fiscal year.")
    over: Threshold | None = key(
        "Settled only where the difference is more than this amount, or percentage of the cost;"
        " then it is settled whole.",
        None,
        shown="always settled",
    )
    in_proportion_to: ProportionWord = key(
        "By what it is shared among those who were charged at rates.",
        Proportion.CHARGED,
        shown="what was charged",
    )
    valid: ValidShape = key(
        "From which month to which it is so; the month is the one that it is settled in.",
        ValidShape(),
        shown="always",
    )


class RatesFile(Shape):
    """The price list. Who is charged by no rate is charged what the service cost.

    A rate that has begun in a saved run stays as it is: it may be given a last day, and a new rate
    begins after it.
    """

    rates: dict[Line, RateShape] = key("The rates, by name.")
    true_up: list[TrueUpShape] = key(
        "When what rates charged too much or too little is settled.",
        (),
        shown="never: it stays named as recovery",
    )
    started_rates: StartedWord = key(
        "What may happen to a rate that a saved run has used: only end, or, while nothing is closed"
        " yet, may change.",
        default=False,
        shown="only end",
    )

"""The shapes of `drivers.yaml` and `allocations.yaml`."""

from typing import Annotated

from pydantic import RootModel, Tag

from truecost.model.schema.calendar_words import Span
from truecost.model.schema.shape import BY_FORM, LIST, TABLE, TEXT, Shape, key
from truecost.model.schema.words import (
    BetweenWord,
    Condition,
    EquationText,
    Evenly,
    Id,
    Inside,
    Line,
    Measure,
    MissingWord,
    ObjectName,
    OverUseWord,
    Percent,
    Practical,
    Prose,
    RowsWord,
    Share,
    Shares,
    TargetName,
    ToOne,
    Unallocated,
)
from truecost.model.schema.workspace import ValidShape
from truecost.model.types import Between, Missing


class DriverShape(Shape):
    """Quantities by which a cost is shared: from a file, or measured from a source."""

    unit: Line = key("What is counted, in the singular.")
    file: Inside | None = key(
        "A CSV file with the columns period and target (or consumer, or service), and the one"
        " named by column. An empty cell or 0 says that nothing was used; a target that had"
        " a value in the month before and has no row in a month that the file gives is warned"
        " of, since its bill would fall to nothing.",
        None,
        shown="required without source",
    )
    column: Line | None = key(
        "The column of the file that holds the quantity.", None, shown="the driver's name"
    )
    equation: EquationText | None = key(
        "How the quantity follows from other columns of the file, as in time-driven costing:"
        " 40 * orders + 220 * complaints. Columns add, subtract and multiply; CASE WHEN channel ="
        " 'paper' THEN 15 ELSE 0 END adds for a characteristic. An empty cell counts as 0.",
        None,
        shown="the quantity stands in column",
    )
    rows: RowsWord = key(
        "With an equation: whether there is one row for each target and month, or rows add up,"
        " each a transaction.",
        default=False,
        shown="one each",
    )
    rates: Inside | None = key(
        "A CSV file of loaded rates with the columns person (or grade, or team), rate, and from"
        " and to where a rate begins or ends. The column of the driver's own file then holds hours"
        " (or shares of a full-time equivalent), a row for each person and target, and the"
        " driver's value is money. Readers see shares only.",
        None,
        shown="none",
    )
    source: Id | None = key(
        "The source whose lines are measured, per consumer.", None, shown="required without file"
    )
    measure: Measure | None = key(
        "What is measured: count(*), sum(quantity), sum(amount) or count(DISTINCT a column).",
        None,
        shown="required with source",
    )
    where: Condition | None = key("Which lines of the source count.", None, shown="all lines")
    over: Span | None = key(
        "Over how many months, the last of them the period itself. A line counts for whoever"
        " owned it in the line's own month.",
        None,
        shown="1 month",
    )
    stands_for: Line | None = key(
        "What the quantity is a stand-in for, told to readers.", None, shown="itself"
    )
    show: Shares = key(
        "Whether readers see the quantities, or shares only.", default=False, shown="quantities"
    )
    when_missing: MissingWord = key(
        "What happens in a month for which there is no value at all. Values of the previous month"
        " are told to readers as such, and warned of by the build.",
        Missing.STOP,
        shown="stop",
    )
    valid: ValidShape = key(
        "From which month to which the driver holds.", ValidShape(), shown="always"
    )


class DriversFile(RootModel[dict[Line, DriverShape]]):
    """The drivers: measured quantities by which cost is shared, by name."""


Objects = Annotated[
    Annotated[ObjectName, Tag(TEXT)] | Annotated[list[ObjectName], Tag(LIST)], BY_FORM
]
PartTargets = Annotated[
    Annotated[TargetName, Tag(TEXT)] | Annotated[list[ObjectName], Tag(LIST)], BY_FORM
]


class UnusedShape(Shape):
    """What is not used, as a named line that nobody is charged."""

    keep_apart: Line = key("The name of the line.")
    owner: Line = key("Who answers for it; told with the name.")


Unused = Annotated[Annotated[ToOne, Tag(TEXT)] | Annotated[UnusedShape, Tag(TABLE)], BY_FORM]
_CAPACITY = (
    "The practical capacity for a month, in the driver's unit: a number, or a driver that has a"
    " value for what the cost comes from. The cost is then split over it, and what is not used is"
    " a line of its own. Or the words its cost, where the driver is labour at rates: these are then"
    " standard rates, and what they don't absorb of the cost is the line."
)
_UNUSED = (
    'Whose cost the unused capacity is: "to" and a consumer, or a table with keep_apart and owner.'
)
_FIXED = (
    "What share of the cost the capacity stands for; the rest varies with use and is split over"
    " what was used."
)
_OVER_USE = (
    "What happens when more is used than the capacity: charged (the whole cost is split over what"
    " was used) or capped (users pay for the capacity only, and the rest goes where the unused"
    " would). Either way the build warns of it."
)


class PartShape(Shape):
    """A part of a cost with its own way of being split."""

    share: Share = key("How much of the cost: a percentage, an amount per month, or rest, once.")
    to: PartTargets = key("Where it goes: an id, a list of ids, or a group.")
    by: Line | None = key("The driver that splits it.", None, shown="none")
    split: Evenly = key("Instead of a driver: equal parts.", default=False, shown="by the driver")
    capacity: Practical | None = key(_CAPACITY, None, shown="none: split over what was used")
    unused: Unused | None = key(_UNUSED, None, shown="required with capacity")
    fixed: Percent | None = key(_FIXED, None, shown="100%")
    over_use: OverUseWord | None = key(_OVER_USE, None, shown="charged")


Targets = Annotated[
    Annotated[TargetName, Tag(TEXT)]
    | Annotated[
        list[
            Annotated[Annotated[ObjectName, Tag(TEXT)] | Annotated[PartShape, Tag(TABLE)], BY_FORM]
        ],
        Tag(LIST),
    ]
    | Annotated[dict[TargetName, Share], Tag(TABLE)],
    BY_FORM,
]


class AllocationShape(Shape):
    """How the cost of a tower or service moves on."""

    begins: Objects = key(
        'Whose cost moves: "tower X / Y", "service x" or its id, or a list of them. Every tower in'
        " use and every service stands here exactly once in each month.",
        alias="from",
    )
    to: Targets = key(
        "Where it goes: the id of a service or consumer, a list of ids, or a group: consumers,"
        " services, services and consumers, consumers within an id. Or a table of these with a"
        " share each: a percentage of the whole, an amount per month, or rest, once. Or a list of"
        " parts, each with its own share, target and driver."
    )
    by: Line | None = key(
        "The driver that splits whatever goes to more than one.", None, shown="none"
    )
    split: Evenly = key("Instead of a driver: equal parts.", default=False, shown="by the driver")
    capacity: Practical | None = key(_CAPACITY, None, shown="none: split over what was used")
    unused: Unused | None = key(_UNUSED, None, shown="required with capacity")
    fixed: Percent | None = key(_FIXED, None, shown="100%")
    over_use: OverUseWord | None = key(_OVER_USE, None, shown="charged")
    reason: Prose | None = key("Why it is so; kept with the rule.", None, shown="none")
    unallocated: Unallocated | None = key(
        "Whether what can't be split may become a named line of its own.",
        None,
        shown="as the workspace says",
    )
    valid: ValidShape = key(
        "From which month to which the rule holds.", ValidShape(), shown="always"
    )


class StepDownShape(Shape):
    """Services passed on one after the other."""

    step_down: list[Id] = key(
        "All services, in the order in which they are passed on; none takes back."
    )


BetweenWords = Annotated[
    Annotated[BetweenWord, Tag(TEXT)] | Annotated[StepDownShape, Tag(TABLE)], BY_FORM
]


class AllocationsFile(Shape):
    """How cost moves: from towers to services, from services to each other and to consumers."""

    between_services: BetweenWords = key(
        "How services that use each other are treated: reciprocal (each carries its share of the"
        " others, exactly), direct (what services use of each other does not count), or a table"
        " with step_down.",
        Between.RECIPROCAL,
        shown="reciprocal",
    )
    rules: list[AllocationShape] = key("The rules; their order does not matter.")

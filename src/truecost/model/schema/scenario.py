"""The shape of `scenarios/*.yaml`."""

import re
from decimal import Decimal
from typing import Annotated

from pydantic import Tag

from truecost.model.scenario import Change, How
from truecost.model.schema.allocation import AllocationShape
from truecost.model.schema.calendar_words import Month
from truecost.model.schema.shape import BY_FORM, LIST, TABLE, TEXT, Shape, key
from truecost.model.schema.word import Word, choice
from truecost.model.schema.words import Amount, ClassWord, Id, Line, ObjectName, Prose, TargetName
from truecost.model.tree import Text

_NUMBER = r"(?:\d{1,15}|\d{1,3}(?:,\d{3}){1,4})(?:\.\d{1,12})?"
_CHANGE = rf"([+-]) ?({_NUMBER}) ?(%?)|(x|=) ?({_NUMBER})"
ALTOGETHER, EVERYTHING = "altogether", "everything"


def _change(text: Text) -> Change:
    match = re.fullmatch(_CHANGE, text.strip(), re.ASCII)
    if not match:
        raise ValueError("write what is added (+31), taken (-31), a percentage, x 0.9 or = 100")
    sign, number, percent, word, other = match.groups()
    said = Decimal((number or other).replace(",", ""))
    if word:
        return Change(How.SCALE if word == "x" else How.SET, said, text.strip())
    said = -said if sign == "-" else said
    if not percent:
        return Change(How.ADD, said, text.strip())
    if said < -100:  # noqa: PLR2004 - percent
        raise ValueError("more than all of it can't be taken")
    return Change(How.SCALE, 1 + said / 100, text.strip())


def _into(text: Text) -> Text:
    match = re.fullmatch(r"into +([A-Za-z0-9][A-Za-z0-9_-]{0,63})", text.strip(), re.ASCII)
    if not match:
        raise ValueError
    return Text(match[1], text.at(1, text.index(match[1]) + 1))


ChangeWord = Annotated[
    Change,
    Word(
        "a change such as +31, -5%, x 0.9 or = 100",
        _change,
        {"type": ["string", "number"], "pattern": f"^({_CHANGE})$"},
    ),
]
Into = Annotated[
    Text, Word('where to, as in "into cddo"', _into, {"type": "string", "pattern": "^into "})
]
Savings = Annotated[bool, choice({"counted": True, "not counted": False})]


class DriverChangeShape(Shape):
    """A change of quantities in some of the scenario's months."""

    change: ChangeWord = key("The change of the quantity.")
    begins: Month | None = key(
        "The first month.", None, alias="from", shown="as the scenario begins"
    )
    to: Month | None = key("The last month.", None, shown="as the scenario ends")


class CostChangeShape(Shape):
    """A change of cost in some of the scenario's months."""

    change: ChangeWord = key("The change of the cost, per month.")
    cls: ClassWord | None = key(
        "What an added cost is for.", None, alias="class", shown="as the cost before"
    )
    begins: Month | None = key(
        "The first month.", None, alias="from", shown="as the scenario begins"
    )
    to: Month | None = key("The last month.", None, shown="as the scenario ends")


OneDriver = Annotated[
    Annotated[ChangeWord, Tag(TEXT)] | Annotated[DriverChangeShape, Tag(TABLE)], BY_FORM
]
Drivers = Annotated[
    Annotated[ChangeWord, Tag(TEXT)] | Annotated[dict[TargetName, OneDriver], Tag(TABLE)], BY_FORM
]
OneCost = Annotated[
    Annotated[ChangeWord, Tag(TEXT)] | Annotated[CostChangeShape, Tag(TABLE)], BY_FORM
]
Left = Annotated[Annotated[Line, Tag(TEXT)] | Annotated[list[Id], Tag(LIST)], BY_FORM]


class ScenarioFile(Shape):
    """A scenario: a small patch over the workspace, computed and compared, never billed.

    One file per scenario; its name is the file's. Nothing in `model/` is changed.
    """

    description: Prose = key("What is supposed, in a sentence.")
    owner: Line | None = key("Who asks, or answers for it.", None, shown="nobody named")
    begins: Month | None = key(
        "The first month in which it holds. Beyond the months that are computed, the last of"
        " them stands for it.",
        None,
        alias="from",
        shown="all months",
    )
    to: Month | None = key("The last month in which it holds.", None, shown="for ever")
    costs: dict[ObjectName, OneCost] = key(
        "What costs more or less: a cost object (tower X / Y, service x, consumer x) or a pool"
        " (pool X / Y), with +10%, -5%, x 0.9, or an amount per month: +1,000.00, -1,000.00,"
        " = 1,000.00. Percentages are of all that it costs. What is added enters there.",
        {},
        shown="none",
    )
    rules: list[AllocationShape] = key(
        "Rules as in allocations.yaml; each takes the place of the one that its objects have.",
        [],
        shown="none",
    )
    drivers: dict[Line, Drivers] = key(
        "Quantities that are others: by driver, +10%, -5% or x 0.9 for all of them, or a table of"
        " consumers, services or groups, each with a change: +31, -31, -5%, x 0.9 or = 100.",
        {},
        shown="none",
    )
    leaves: dict[Id, Left] = key(
        "Consumers that no longer use services: a list of services, everything, or altogether:"
        " the consumer is gone, and what is its own goes with it. A consumer with consumers below"
        " it stands for all of them.",
        {},
        shown="none",
    )
    merge: dict[Id, Into] = key(
        "Consumers that become a part of another: gds: into cddo. It takes over their quantities,"
        " their shares and what is their own.",
        {},
        shown="none",
    )
    ends: list[Id] = key(
        "Services that are no longer given. What they cost by themselves is saved as their"
        " behaviour says; what stays is named and belongs to nobody.",
        [],
        shown="none",
    )
    rates: dict[Line, ChangeWord] = key(
        "Rates at other prices, by the rate's name: +5% or x 0.9 for all its prices and fees; ="
        " 12.50 or +1.00 where it has one price. Cost stays what it is.",
        {},
        shown="none",
    )
    savings: Savings = key(
        "Whether what less use saves, by cost behaviour, is taken off the bills.",
        default=True,
        shown="counted",
    )
    offers: dict[Id, dict[Id, Amount]] = key(
        "What a unit of a service costs consumers outside, per month. Whoever would pay less there"
        " leaves, one after the other.",
        {},
        shown="none",
    )

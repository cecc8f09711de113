"""The shapes of `towers.yaml`, `pools.yaml`, `services.yaml` and `consumers.yaml`."""

from typing import Annotated

from pydantic import RootModel, Tag

from truecost.model.charging import Treatment
from truecost.model.schema.charging import CHARGING, ChargingWords
from truecost.model.schema.shape import BY_FORM, TABLE, TEXT, Shape, key
from truecost.model.schema.words import BehaviourText, Condition, Id, Line, Prose, TwoLevels, YesNo
from truecost.model.schema.workspace import ValidShape


class NameShape(Shape):
    """A name with a mark that it is the organisation's own."""

    name: TwoLevels = key("The name, in two levels.")
    own: YesNo = key(
        "Whether the name is an addition of your own; otherwise it must be one of TBM 5.0.1.",
        default=False,
        shown="no",
    )


Names = list[Annotated[Annotated[TwoLevels, Tag(TEXT)] | Annotated[NameShape, Tag(TABLE)], BY_FORM]]


class TowersFile(RootModel[Names]):
    """Which towers exist here, written "Tower / Sub-Tower".

    A list of names; own additions are marked. Without this file every tower of TBM 5.0.1 may be
    used.
    """


class PoolsFile(RootModel[Names]):
    """Which cost pools exist here, written "Pool / Sub-Pool".

    A list of names; own additions are marked. Without this file every pool of TBM 5.0.1 may be
    used.
    """


class ServiceShape(Shape):
    """A service of the catalogue."""

    name: Line = key("The name, as statements print it.")
    owner: Line | None = key("Who answers for the service.", None, shown="nobody named")
    tower: TwoLevels | None = key(
        "The tower that it mainly stands on, for grouping.", None, shown="none"
    )
    unit: Line | None = key(
        "What is counted when the service is used, in the singular.", None, shown="no unit cost"
    )
    behaviour: BehaviourText = key(
        "How the cost answers to less use: fixed, variable, or in steps of so many units; after a"
        " comma, how many months of notice a saving takes, as in: step of 500, notice 3 months."
    )
    description: Prose | None = key("What a consumer gets, in a sentence.", None, shown="none")
    charging: ChargingWords = key(CHARGING, Treatment.CHARGE, shown="charge")
    valid: ValidShape = key(
        "From which month to which the service exists.", ValidShape(), shown="always"
    )


class ServicesFile(RootModel[dict[Id, ServiceShape]]):
    """The catalogue: the services that technology gives, by id."""


class ConsumerShape(Shape):
    """A business unit or department."""

    name: Line = key("The name, as statements print it.")
    head: Line | None = key("Who answers for the consumer.", None, shown="nobody named")
    where: Condition | None = key(
        "Which ledger lines are this consumer's own; the first consumer in the file that matches"
        " has the line. Only for consumers without consumers of their own.",
        None,
        shown="none",
    )
    consumers: "dict[Id, ConsumerShape] | None" = key(
        "The consumers that it consists of, by id.", None, shown="none: it is charged itself"
    )
    valid: ValidShape = key(
        "From which month to which the consumer exists.", ValidShape(), shown="always"
    )


class ConsumersFile(RootModel[dict[Id, ConsumerShape]]):
    """Who is charged: a tree of business units, by nesting.

    Only consumers that have no consumers of their own are charged; the others are sums.
    """

"""The shapes of `accounts.yaml` and `cost_centres.yaml`."""

from pydantic import RootModel

from truecost.model.schema.recognising import RecogniseText
from truecost.model.schema.shape import Shape, key
from truecost.model.schema.words import (
    ClassWord,
    Condition,
    Line,
    ObjectName,
    TwoLevels,
    YesNo,
)
from truecost.model.schema.workspace import ValidShape

_NAME = "What the rule is called; no other rule of the file is called so."
_WHERE = (
    "Which lines: a SQL condition over the columns of text, amount and quantity, and the line's"
    " source, as in source = 'cards'. \"TRUE\" is every line."
)
_IGNORE = "Instead: not a cost of technology, for this reason. Counted, and shown as ignored."
_APART = (
    "Instead: not charged to anyone, but named so and shown beside the bill of the line's own"
    " consumer."
)
_CLASS = "What such a cost is for."
_ONE_OFF = "A one-off or a correction: explanations of change show it apart from what recurs."
_RECOGNISE = (
    "When such a cost counts, where that is not when the ledger has it. over 12 months: a twelfth"
    " in the month it is posted, and in each that follows; over service period: equally over the"
    " months from the line's service_from to its service_to (columns of the source); by days after"
    " either weighs months by their days; depreciate over 48 months: capital expenditure,"
    " straight-line, from the month it is posted, or from in-service date (column in_service);"
    " accrual: taken back in the next month."
)
_DEPRECIATION_OF = (
    "Where another rule or a register of assets depreciates and this rule takes depreciation that"
    " the ledger itself has: which assets this is of, so that none is counted twice."
)
_VALID = "From which month to which the rule holds."


class CostCentreShape(Shape):
    """One rule that says where a line's cost enters."""

    name: Line = key(_NAME)
    where: Condition = key(_WHERE)
    to: ObjectName | None = key(
        'Where the cost enters: "tower X / Y", the id of a service or consumer, or "own consumer",'
        " the consumer whose own the line is.",
        None,
        shown="required without keep_apart and ignore",
    )
    cls: ClassWord | None = key(
        _CLASS, None, alias="class", shown="as the account's rule says, else default_class"
    )
    keep_apart: Line | None = key(_APART, None, shown="none")
    ignore: Line | None = key(_IGNORE, None, shown="none")
    one_off: YesNo = key(_ONE_OFF, default=False, shown="no")
    recognise: RecogniseText | None = key(
        _RECOGNISE, None, shown="as the account's rule says, else when it is posted"
    )
    valid: ValidShape = key(_VALID, ValidShape(), shown="always")


class AccountShape(Shape):
    """One rule that says what a line's cost is."""

    name: Line = key(_NAME)
    where: Condition = key(_WHERE)
    pool: TwoLevels | None = key(
        "The cost pool and sub-pool: a TBM name, or one of model/pools.yaml.",
        None,
        shown="required without keep_apart and ignore",
    )
    cls: ClassWord | None = key(_CLASS, None, alias="class", shown="default_class")
    to: ObjectName | None = key(
        "Where the cost enters, whatever its cost centre: written as in model/cost_centres.yaml.",
        None,
        shown="as the cost centre's rule says",
    )
    keep_apart: Line | None = key(_APART, None, shown="none")
    ignore: Line | None = key(_IGNORE, None, shown="none")
    one_off: YesNo = key(_ONE_OFF, default=False, shown="no")
    recognise: RecogniseText | None = key(_RECOGNISE, None, shown="when it is posted")
    depreciation_of: Line | None = key(_DEPRECIATION_OF, None, shown="none")
    valid: ValidShape = key(_VALID, ValidShape(), shown="always")


class AccountsFile(RootModel[list[AccountShape]]):
    """What each ledger line is: its cost pool, and whether it is a cost of technology at all.

    An ordered list: the first rule that matches a line decides.
    """


class CostCentresFile(RootModel[list[CostCentreShape]]):
    """Where each ledger line's cost enters: a tower, a service, or the line's own consumer.

    An ordered list: the first rule that matches a line decides, unless the account's rule has
    already said where.
    """

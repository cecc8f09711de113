"""What could be saved, and from when: cost behaviour in sentences.

A statement is read in the month after its period; notice given then runs for the service's notice
months. So what is decided on reading the statement of February, with three months of notice, saves
from June. The column of a statement says what the *organisation* saves; on cost that is fixed, or
shared by a figure that nobody can return, using less only moves cost to others.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from truecost.statements import locale, words

if TYPE_CHECKING:
    from truecost.kernel.periods import Period


class SavingKind(StrEnum):
    """How the cost of a line answers to less use by the reader."""

    AT_ONCE = "at once"
    NOTICE = "after notice"
    STEPS = "in steps"
    FIXED = "fixed"
    RATED = "by the rate"
    SHARED = "shared"
    OWN = "own purchase"
    UNKNOWN = "unknown"
    NONE = "nothing to save"


@dataclass(frozen=True, slots=True)
class Saving:
    """What could be saved: the kind, a phrase, the first period of a saving, the size of a step."""

    kind: SavingKind
    text: str
    start: Period | None = None
    step: str = ""


NOTHING = Saving(SavingKind.NONE, "")
CREDIT = Saving(SavingKind.NONE, "a credit: nothing to save")
OWN = Saving(SavingKind.OWN, "your own purchase: yours to end")
RATED = Saving(
    SavingKind.RATED, "your bill at once, by the rate; what IT saves follows its own cost"
)
FEE = Saving(SavingKind.NONE, "a fee: the same whatever you use")
UNKNOWN = Saving(SavingKind.UNKNOWN, "not known: the model does not say")


def saving(
    behaviour: str,
    step_size: int | None,
    notice_months: int,
    unit: str,
    period: Period,
    *,
    shared: bool,
) -> Saving:
    """Say what less use of a service saves.

    `shared` means that the reader pays a share rather than for a quantity that can be given back.
    """
    start = ends(period, notice_months)
    begins = f", from {locale.month(start)}" if start else ""
    match behaviour.split(" ", maxsplit=1)[0].rstrip(","):
        case "fixed" if start:
            reason = "fixed, and shared by all" if shared else "the contract is fixed"
            return Saving(SavingKind.FIXED, f"not before {locale.month(start)}: {reason}", start)
        case "fixed":
            reason = (
                "not by you: fixed, and shared by all" if shared else "not by using less: fixed"
            )
            return Saving(SavingKind.FIXED, reason)
        case "step" if step_size:
            step = words.counted(Decimal(step_size), "" if shared else unit)
            text = f"saved in steps of {step}"
            if shared:
                return Saving(SavingKind.SHARED, f"{text}, as all use less{begins}", start, step)
            return Saving(SavingKind.STEPS, f"{text}{begins}", start, step)
        case "variable" if shared:
            return Saving(SavingKind.SHARED, f"saved only as all use less{begins}", start)
        case "variable" if start:
            return Saving(SavingKind.NOTICE, f"saved from {locale.month(start)}", start)
        case "variable":
            return Saving(SavingKind.AT_ONCE, "saved at once")
    return UNKNOWN


def ends(period: Period, notice_months: int) -> Period | None:
    """Give the first period after a contract's end, where notice is given on reading `period`."""
    return period.calendar.after_months(period + 1, notice_months) if notice_months else None

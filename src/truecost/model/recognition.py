"""When a cost counts: the words of `recognise:`, and of the registers that it starts from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Way(StrEnum):
    """What a schedule does with a cost; the words are those of the run's table `schedules`."""

    PREPAYMENT = "prepayment"
    DEPRECIATION = "depreciation"
    ACCRUAL = "accrual"


class Start(StrEnum):
    """From when a cost is spread: columns of the line's own, or the period that it is posted in."""

    POSTED = "posted"
    SERVICE = "service period"
    IN_SERVICE = "in-service date"


class Register(StrEnum):
    """A source of what the ledger does not have: what began before it, or is not posted yet."""

    ASSETS = "assets"
    PREPAYMENTS = "prepayments"
    ACCRUALS = "accruals"


#: The standard columns of a source that say when its lines count, and of an asset's life.
FROM, TO, IN_SERVICE = "service_from", "service_to", "in_service"
ASSET, LIFE, RESIDUAL, DISPOSED, PROCEEDS = "asset", "life", "residual", "disposed", "proceeds"
OF_LIFE = (ASSET, RESIDUAL, DISPOSED, PROCEEDS)
OF_REGISTER = {
    Register.ASSETS: (LIFE, *OF_LIFE),
    Register.PREPAYMENTS: (FROM, TO),
    Register.ACCRUALS: (),
}


@dataclass(frozen=True, slots=True)
class Recognition:
    """How the lines of a rule are spread: equally over months, or over days.

    `months` is None where the line itself says how long (the service period), and for an accrual,
    which is taken back in the next period.
    """

    way: Way
    months: int | None = None
    start: Start = Start.POSTED
    by_days: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the line that it needs."""
        if self.start is Start.SERVICE:
            return (FROM, TO)
        return (IN_SERVICE,) if self.start is Start.IN_SERVICE else ()

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns of the line that it looks at, where the source has them."""
        return (*self.columns, *(OF_LIFE if self.way is Way.DEPRECIATION else ()))

    def __str__(self) -> str:
        """Give it as it is written in the model."""
        if self.way is Way.ACCRUAL:
            return "accrual"
        long = "service period" if self.months is None else f"{self.months} months"
        how = "depreciate over" if self.way is Way.DEPRECIATION else "over"
        start = " from in-service date" if self.start is Start.IN_SERVICE else ""
        return f"{how} {long}{start}{' by days' if self.by_days else ''}"

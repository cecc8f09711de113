"""The geometry of the two small drawings of a statement, in whole units of their view boxes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from truecost.statements import locale

if TYPE_CHECKING:
    from collections.abc import Sequence

    from truecost.kernel.periods import Period
    from truecost.statements.summary import SummaryView
    from truecost.statements.views import StatementView

WIDTH, HEIGHT = 520, 96
BAR = 1000


@dataclass(frozen=True, slots=True)
class Block:
    """A rectangle, with what it stands for."""

    name: str
    x: int
    y: int
    width: int
    height: int
    now: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """Bars of the last months, the line that they stand on, and the same in words."""

    blocks: tuple[Block, ...]
    ground: int
    text: str
    unit: str = "month"

    @property
    def caption(self) -> str:
        """What stands under the bars."""
        return f"{self.text}. This {self.unit} is the last bar."


def history(view: StatementView | SummaryView) -> History | None:
    """Draw the totals of the last months; None where there are fewer than three to compare."""
    return columns(view.history, view.period, view.currency)


def columns(months: Sequence[tuple[Period, int]], now: Period, currency: str) -> History | None:
    """Draw totals by month, `now` marked; None where there are fewer than three to compare."""
    if len(months) < 3:  # noqa: PLR2004 - two are compared in words
        return None
    top = max(0, *(total for _, total in months))
    bottom = min(0, *(total for _, total in months))
    if top == bottom:
        return None
    step = WIDTH // len(months)
    ground = HEIGHT * top // (top - bottom)
    blocks = []
    for i, (period, total) in enumerate(months):
        height = max(1, HEIGHT * abs(total) // (top - bottom))
        y = ground - height if total >= 0 else ground
        blocks.append(
            Block(locale.month(period), i * step, y, step - step // 4, height, period == now)
        )
    unit = now.calendar.unit
    least, most = min(months, key=lambda month: month[1]), max(months, key=lambda month: month[1])
    return History(
        tuple(blocks),
        ground,
        f"Total by {unit}, {locale.month(months[0][0])} to {locale.month(months[-1][0])}:"
        f" from {locale.shown(least[1], currency)} ({locale.month(least[0])})"
        f" to {locale.shown(most[1], currency)} ({locale.month(most[0])})",
        unit,
    )


def classes(view: StatementView | SummaryView) -> tuple[Block, ...]:
    """Draw run, grow and transform as parts of one bar; nothing where percents mean nothing."""
    blocks = []
    x = 0
    for part in view.classes:
        if part.percent is None:
            return ()
        width = BAR * part.percent // 100
        if width:
            blocks.append(Block(part.name, x, 0, width, 0))
        x += width
    return tuple(blocks)

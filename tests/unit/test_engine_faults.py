"""The same fault in several months is told once, with the months."""

from __future__ import annotations

from truecost.engine.faults import months, once
from truecost.kernel.findings import Finding, Place
from truecost.kernel.periods import Period

JANUARY = Period.of(2024, 1)
PLACE = Place("model/allocations.yaml", 3, 5)


def fault(
    months_on: int, source: str = "service help", cost: str = "£5.00"
) -> tuple[Period, Finding]:
    period = JANUARY + months_on
    what = f'driver "people 2" has no value for {period}'
    return period, Finding(PLACE, what, "give it", (f"{cost} can't go on from {source}",))


def test_faults_that_differ_in_month_and_amount_are_one() -> None:
    found = once([fault(0), fault(1, cost="-£1,234.50"), fault(2), fault(5)])
    assert [finding.what for finding in found] == [fault(0)[1].what]
    assert found[0].detail == (
        "£5.00 can't go on from service help",
        "so too in 2024-02 to 2024-03, 2024-06",
    )


def test_faults_of_other_objects_and_currencies_are_others() -> None:
    faults = [fault(0), fault(0, "service mail"), fault(0, cost="¥5"), fault(0)]
    assert once(faults) == [finding for _, finding in faults[:3]]


def test_months_in_a_row_are_a_span() -> None:
    assert months([JANUARY]) == "2024-01"
    assert months([JANUARY + 1, JANUARY, JANUARY + 3]) == "2024-01 to 2024-02, 2024-04"

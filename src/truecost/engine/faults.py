"""What stands in the way in several months, told once, with the months."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from truecost.kernel.findings import Finding
    from truecost.kernel.periods import Period

#: An amount inside a sentence; and the one that a line of detail begins with.
_AMOUNT = re.compile(r"\d[\d,]*\.\d+", re.ASCII)
_FIRST_AMOUNT = re.compile(r"^-?(\D*)\d[\d,.]*", re.ASCII)


def once(faults: Iterable[tuple[Period, Finding]]) -> list[Finding]:
    """Give each fault as it is in its first month, with the other months that have it too.

    Faults are the same where they differ in month and amount only.
    """
    first: dict[object, tuple[Period, Finding]] = {}
    others: dict[object, list[Period]] = {}
    for period, finding in faults:
        key = (
            finding.place,
            _AMOUNT.sub("", finding.what.replace(str(period), "")),
            finding.hint,
            tuple(_FIRST_AMOUNT.sub(r"\1", line) for line in finding.detail),
        )
        if key not in first:
            first[key] = period, finding
        elif period != first[key][0]:
            others.setdefault(key, []).append(period)
    return [
        dataclasses.replace(finding, detail=(*finding.detail, f"so too in {months(others[key])}"))
        if key in others
        else finding
        for key, (_, finding) in first.items()
    ]


def months(periods: Iterable[Period]) -> str:
    """List months, those in a row as a span: `2024-01 to 2024-03, 2024-06`."""
    spans: list[list[Period]] = []
    for period in sorted(set(periods)):
        if spans and spans[-1][-1] + 1 == period:
            spans[-1][1:] = [period]
        else:
            spans.append([period])
    return ", ".join(" to ".join(map(str, span)) for span in spans)

"""A source with rejects is complete only as far as the model says so."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from tests.unit.sources_ledger import load, source

from truecost.kernel.findings import StoreError
from truecost.model.source_types import Rejects
from truecost.sources.rejects import check_rejects, held_lines

if TYPE_CHECKING:
    from pathlib import Path

_SUMMARY = (
    'truecost.yaml:7:3: source "ledger": 3 lines can\'t be read'
    " (1,020.50 GBP; 1 without an amount that can be read)"
)
_HINT = (
    "   mend them in the files, or hold them back, named:"
    " rejects: { hold_up_to: 1020.50, unreadable: 1 }"
)
BAD = """Date,Amount,Account
2022-07-01,100.00,a
2022-02-30,"1,000.00",a
Total,(20.50),a
2022-07-01,many,a
"""


def told(folder: Path, limit: Rejects) -> list[str]:
    reads = source(rejects=limit)
    findings = check_rejects(load(folder, reads=reads, july=BAD), reads)
    return [line for finding in findings for line in str(finding).splitlines()]


def test_without_rejects_there_is_nothing_to_say(tmp_path: Path) -> None:
    coded = load(tmp_path, july="Date,Amount,Account\n2022-07-01,1,a\n")
    assert check_rejects(coded, source()) == []


def test_each_reject_is_told_and_what_to_write(tmp_path: Path) -> None:
    assert told(tmp_path, Rejects()) == [
        'july.csv:3: "2022-02-30" is not a date: February 2022 has no day 30',
        '   2022-02-30,"1,000.00",a',
        'july.csv:4: "Total" is not a date',
        "   Total,(20.50),a",
        'july.csv:5: "many" is not an amount',
        "   2022-07-01,many,a",
        _SUMMARY,
        _HINT,
    ]


@pytest.mark.parametrize(
    ("limit", "is_held"),
    [
        (Rejects(Decimal("1020.50"), 1), True),
        (Rejects(Decimal(5000), 3), True),
        (Rejects(Decimal("1020.49"), 1), False),
        (Rejects(Decimal("1020.50"), 0), False),
        (Rejects(None, 1), False),
    ],
)
def test_rejects_are_held_within_the_model_s_limits(
    tmp_path: Path, limit: Rejects, *, is_held: bool
) -> None:
    assert (told(tmp_path, limit) == []) == is_held


def test_what_the_model_holds_is_told_where_it_is_not_enough(tmp_path: Path) -> None:
    assert "   the model holds lines of up to 1,000.00 and 0 without an amount" in told(
        tmp_path, Rejects(Decimal(1000), 0)
    )


def test_a_damaged_table_of_rejects_is_told(tmp_path: Path) -> None:
    coded = load(tmp_path, july=BAD)
    coded.rejects.write_bytes(b"PAR1")
    with pytest.raises(StoreError, match=f"remove the folder store/v1/sources/{coded.load_id}"):
        check_rejects(coded, source())


def test_held_lines_are_named(tmp_path: Path) -> None:
    coded = load(tmp_path, july=BAD)
    assert held_lines(coded, 2) == [
        'july.csv:3: "2022-02-30" is not a date: February 2022 has no day 30',
        'july.csv:4: "Total" is not a date',
    ]


def test_many_rejects_are_not_all_listed(tmp_path: Path) -> None:
    text = "Date,Amount,Account\n" + "2022-07-01,many,a\n" * 100
    findings = check_rejects(load(tmp_path, july=text), source())
    assert len(findings) == 21
    assert findings[-1].detail == ("the first 20 are listed above",)

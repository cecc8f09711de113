"""Driver files: every value by period and target, and every line at fault."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from truecost.kernel.findings import SourceError
from truecost.kernel.periods import Period
from truecost.model.types import CostObject, Kind
from truecost.sources.quantities import read_quantities

if TYPE_CHECKING:
    from pathlib import Path

GDS = CostObject(Kind.CONSUMER, "gds")
NETWORKS = CostObject(Kind.SERVICE, "networks")
TARGETS = {"gds": GDS, "networks": NETWORKS}
FEBRUARY = Period.of(2022, 2).index


def read(folder: Path, text: str) -> tuple[dict[int, dict[CostObject, Decimal]], list[str]]:
    path = folder / "drivers.csv"
    path.write_text(text)
    column = read_quantities(path, "data/drivers.csv", "devices", TARGETS)
    return column.values, [str(finding).splitlines()[0] for finding in column.findings]


def test_values_are_read_by_period_and_target(tmp_path: Path) -> None:
    text = 'Period,Target,Note,Devices\n2022-02,gds,"two\nlines","1,204"\n\n2022-02,networks,,0\n'
    assert read(tmp_path, text) == ({FEBRUARY: {GDS: Decimal(1204), NETWORKS: Decimal(0)}}, [])


def test_an_empty_cell_says_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, "period,service,devices\n2022-02,networks,\n") == ({}, [])


def test_a_row_with_an_empty_cell_is_a_row(tmp_path: Path) -> None:
    path = tmp_path / "drivers.csv"
    path.write_text("period,target,devices\n2022-02,gds,\n2022-02,nobody,\n,gds,\n")
    column = read_quantities(path, "data/drivers.csv", "devices", TARGETS)
    assert column == ({}, {(FEBRUARY, GDS)}, [])


def test_every_line_at_fault_is_told(tmp_path: Path) -> None:
    lines = "2022,gds,1 2022-02,gdz,1 2022-02 2022-02,gds,many 2022-02,gds,1"
    assert read(
        tmp_path, "\n".join(["period,target,devices", *lines.split(), "2022-02,gds,2"])
    ) == (
        {FEBRUARY: {GDS: Decimal(1)}},
        [
            "data/drivers.csv:2:1: '2022' is not a period; write a month as 2022-02",
            'data/drivers.csv:3:9: "gdz" is no service and no consumer that is charged',
            "data/drivers.csv:4: 1 cells where the head has 3",
            'data/drivers.csv:5:13: "many" is not a number',
            'data/drivers.csv:7: "gds" has a second value for 2022-02: 2',
        ],
    )


def test_an_open_quote_hides_no_row(tmp_path: Path) -> None:
    text = 'period,target,note,devices\n2022-02,gds,"open,1\n2022-02,networks,24",2\n'
    with pytest.raises(SourceError, match=r"drivers\.csv:2: a quote opened here is not closed"):
        read(tmp_path, text)

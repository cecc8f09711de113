"""The monthly files of the Cabinet Office, read in place."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from tests.unit.sources_ledger import layout, replacing, source

from truecost.sources.ledger import check_rejects, load_ledger
from truecost.store.runs import Store
from truecost.store.sources import Overlap

if TYPE_CHECKING:
    from pathlib import Path

    from truecost.model.source_types import Source
    from truecost.store.sources import CodedSource

pytestmark = pytest.mark.realdata
_PAYMENTS = layout(
    date="Date", amount="Amount", account="Expense Type", cost_centre="Expense Area",
    vendor="Supplier?", document="Transaction number?", entity="Entity",
)  # fmt: skip
_ONE_NAME = replacing(
    "entity",
    **dict.fromkeys(("GPA", "Government Property Agency"), "GOVERNMENT PROPERTY AGENCY"),
)  # fmt: skip


def load(reads: Source, real_data: Path, tmp_path: Path) -> CodedSource:
    store = Store.open(tmp_path / "store")
    return load_ledger(reads, tmp_path, store, folder=real_data / "cabinet-office")


def test_every_payment_is_accounted_for(real_data: Path, tmp_path: Path) -> None:
    reads = source(_PAYMENTS, clean=(_ONE_NAME,))
    coded = load(reads, real_data, tmp_path)
    found = coded.statistics
    assert len(coded.files) == 38
    assert found.rows == 17_535
    assert (found.loaded, found.rejected, found.repeated, found.blank) == (17_294, 0, 181, 60)
    assert found.equal == 315
    assert found.totals["GBP"].came_in == Decimal("3633894722.66")
    assert found.totals["GBP"].repeated == Decimal("18438737.70")
    assert check_rejects(coded, reads) == []
    encodings = [file.encoding for file in coded.files]
    assert (encodings.count("cp1252"), encodings.count("utf-8")) == (7, 31)


def test_files_that_repeat_earlier_months_are_named(real_data: Path, tmp_path: Path) -> None:
    last = Overlap("2022-05.csv", "2022-04.csv", 14)
    cleaned = load(source(_PAYMENTS, clean=(_ONE_NAME,)), real_data, tmp_path)
    assert cleaned.statistics.overlaps == (Overlap("2021-08.csv", "2021-07.csv", 167), last)
    # the repeated rows give the agency by its initials, so only one name for it makes them equal
    raw = load(source(_PAYMENTS), real_data, tmp_path)
    assert raw.statistics.overlaps == (last,)


def test_control_characters_are_told(real_data: Path, tmp_path: Path) -> None:
    notes = {file.name: file.notes for file in load(source(_PAYMENTS), real_data, tmp_path).files}
    assert notes["2021-01.csv"] == ("control characters kept: 2 (U+0098), first in line 35",)

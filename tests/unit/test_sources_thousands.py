"""Whether the point of `1.234` parts thousands can't be guessed where nothing in a file tells."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from tests.unit.sources_ledger import layout, load, rows, source

from truecost.kernel.findings import SourceError

if TYPE_CHECKING:
    from pathlib import Path

SIDES = layout(date="Date", debit="Debit", credit="Credit")
FOREIGN = layout(date="Date", amount="Amount", currency="Currency")


def ledger(*amounts: str) -> str:
    return "Date;Amount;Account\n" + "".join(f"2022-07-01;{amount};a\n" for amount in amounts)


@pytest.mark.parametrize(
    ("amounts", "line"),
    [
        (["1.234"], 2),
        (["900", "0", "1.234", "12.000"], 4),
        (["-1.234", "999.999"], 2),
        (["(1.234)", "£ 1.234", "1.234-", "1.234 CR"], 2),
    ],
)
def test_thousands_and_thousandths_are_not_guessed(
    tmp_path: Path, amounts: list[str], line: int
) -> None:
    with pytest.raises(SourceError, match=rf"^july\.csv:{line}: .* three digits after it\n"):
        load(tmp_path, july=ledger(*amounts))


@pytest.mark.parametrize(
    "amounts",
    [
        ["1234", "900"],
        ["1.234", "1.5"],
        ["1.234", "10.00"],
        ["1.234567", "1.234"],
        ["1.234", "0.125"],  # no thousands begin with a nought
        ["1.234", "1234.125"],
        ["1.234", "1,234.125"],
    ],
)
def test_one_amount_that_has_decimals_tells(tmp_path: Path, amounts: list[str]) -> None:
    assert load(tmp_path, july=ledger(*amounts)).statistics.loaded == 2


def test_amounts_that_can_t_be_read_tell_nothing(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"july\.csv:3"):
        load(tmp_path, july=ledger("1.234.567", "1.234", "5.0.1"))


@pytest.mark.parametrize(
    ("key", "amount"), [("three_decimals", "1.234"), ("decimal_comma", "1234")]
)
def test_what_is_declared_is_not_asked(tmp_path: Path, key: str, amount: str) -> None:
    reads = source(**{key: True})
    assert rows(load(tmp_path, reads=reads, july=ledger("1.234")), "amount") == [(Decimal(amount),)]


def test_debit_and_credit_are_looked_at_each(tmp_path: Path) -> None:
    reads = source(SIDES)
    head = "Date,Debit,Credit\n"
    with pytest.raises(SourceError, match=r"july\.csv:2"):
        load(tmp_path, reads=reads, july=f"{head}2022-07-01,,1.234\n2022-07-01,5.000,0\n")
    text = f"{head}2022-07-01,,1.234\n2022-07-01,5.000,0.00\n"
    assert load(tmp_path, reads=reads, july=text).statistics.loaded == 2


def test_a_currency_of_three_decimals_is_as_it_stands(tmp_path: Path) -> None:
    head = "Date,Amount,Currency\n2022-07-01,1.234,KWD\n"
    assert load(tmp_path, reads=source(FOREIGN), july=head).statistics.loaded == 1
    with pytest.raises(SourceError, match=r"july\.csv:3"):
        load(tmp_path, reads=source(FOREIGN), july=f"{head}2022-07-01,1.234,JPY\n")


def test_each_file_must_tell_for_itself(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as fault:
        load(tmp_path, june=ledger("1.25"), july=ledger("1.234"), may=ledger("7.000"))
    assert [str(finding.place) for finding in fault.value.findings] == ["july.csv:2", "may.csv:2"]


def test_it_is_found_past_the_first_lines(tmp_path: Path) -> None:
    text = ledger(*["100"] * 25_000, "1.234")
    with pytest.raises(SourceError, match=r"july\.csv:25002"):
        load(tmp_path, july=text)

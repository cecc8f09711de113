"""Which layout a file has."""

from __future__ import annotations

import pytest
from tests.unit.sources_ledger import layout

from truecost.kernel.findings import SourceError
from truecost.sources.delimited import records
from truecost.sources.header import Header, find_header

OLD = layout(date="Date", amount="Amount", vendor="Supplier")
NEW = layout(date="Payment date", amount="Net amount", vendor="Supplier?", account="Account")


def find(text: str, *layouts: object) -> Header:
    return find_header(records(text, ","), layouts or (OLD, NEW), "july.csv", ",")  # type: ignore[arg-type]


def refused(text: str, *layouts: object) -> list[str]:
    with pytest.raises(SourceError) as caught:
        find(text, *layouts)
    return str(caught.value).splitlines()


def test_the_first_layout_whose_required_columns_are_there() -> None:
    assert find("Date,Supplier,Amount\n") == Header(1, 1, 3, {"date": 0, "amount": 2, "vendor": 1})
    assert find("Account,Payment date,Net amount\n") == Header(
        2, 1, 3, {"date": 1, "amount": 2, "account": 0}
    )
    both = "Date,Amount,Supplier,Payment date,Net amount,Account\n"
    assert find(both).layout == 1


def test_names_are_compared_without_regard_to_case_and_blanks() -> None:
    found = find('\ufeff payment  DATE ,"NET\nAMOUNT", supplier\u00a0,Account\n')
    assert found.positions == {"date": 0, "amount": 1, "vendor": 2, "account": 3}


def test_titles_above_the_header_are_passed_over() -> None:
    found = find("Payments over £25,000\n,,\n\nDate,Amount,Supplier\n2022-01-01,5,A\n")
    assert (found.line, found.width) == (4, 3)


def test_the_nearest_layout_and_what_it_lacks_are_told() -> None:
    assert refused("Payment date,Amount net,Account\n2022-01-01,5,A\n") == [
        "july.csv:1: no layout fits the header of this file",
        '   nearest is layout 2 (truecost.yaml:7:3), which needs "Net amount" too',
        "   the file has: Payment date, Amount net, Account",
        "   add a layout for this file under  layouts:  or mark columns that may be absent with ?",
    ]


def test_a_file_without_any_header_is_told_as_it_begins() -> None:
    assert refused("2022-01-01,5,A\n2022-01-02,6,B\n", OLD)[1:3] == [
        '   the layout (truecost.yaml:7:3) needs "Date", "Amount", "Supplier"',
        "   the file begins: 2022-01-01, 5, A",
    ]


@pytest.mark.parametrize(("sign", "written"), [(";", '";"'), ("\t", '"\\t"'), ("|", '"|"')])
def test_another_delimiter_is_recognised(sign: str, written: str) -> None:
    message = refused(f"Date{sign}Amount{sign}Supplier\n")
    assert message[-1] == f"   it looks parted by another sign; declare  delimiter: {written}"


def test_a_mapped_name_that_stands_twice_is_refused() -> None:
    assert refused("Date,Amount,Supplier,AMOUNT\n") == [
        'july.csv:1: the header has "Amount" 2 times',
        "   rename one of them: which one is the amount can't be guessed",
    ]
    assert find("Date,Amount,Supplier,Note,Note\n").layout == 1


def test_an_empty_file_is_refused() -> None:
    assert refused("\n,,\n")[0] == "july.csv: the file is empty"

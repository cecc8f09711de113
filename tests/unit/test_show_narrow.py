"""Tables of true cost in few columns."""

from __future__ import annotations

from truecost.cli.table import drawn
from truecost.kernel.periods import Period
from truecost.statements.show import RowKind, ShowRow, ShowTable

_NAMES = ("Software licences over the service period", "Servers, straight-line", "Total")


def _wide(labels: tuple[str, ...]) -> ShowTable:
    columns = ("opening", "posted", "counted", "lost", "sold for", "closing")
    periods = (Period(24270), Period(24275))
    rows = [ShowRow(each, each, RowKind.LINE, (123456789012,) * 6) for each in labels[:-1]]
    rows.append(ShowRow("", labels[-1], RowKind.TOTAL, (246913578024,) * 6))
    # the proof is not drawn
    return ShowTable(
        "schedule", "Firm", "GBP", periods, columns, "", tuple(rows), None, ""  # type: ignore[arg-type]
    )  # fmt: skip


def test_columns_that_leave_no_room_for_labels_follow_below() -> None:
    text = drawn(_wide(_NAMES))
    assert max(map(len, text.splitlines())) <= 80
    assert text.count("Software licences over") == 2
    heads = [line.split() for line in text.splitlines() if line.startswith("  ")]
    named = [word for head in heads for word in head if word.isalpha()]
    assert named == ["opening", "posted", "counted", "lost", "sold", "for", "closing"]


def test_a_wide_terminal_has_one_table() -> None:
    text = drawn(_wide(_NAMES), 200)
    assert text.count("Software licences over the service period") == 1

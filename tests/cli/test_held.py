"""Lines that the model holds back are named, wherever a person might look for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cli.program import done, replace

from truecost.store.runs import Store

if TYPE_CHECKING:
    from pathlib import Path

LEDGER = "data/ledger/2026-01.csv"


def holding(workspace: Path, *rows: str) -> Path:
    """Add rows to a workspace that holds back what can't be read."""
    held = "rejects: { hold_up_to: 100.00, unreadable: 50 }"
    replace(workspace / "truecost.yaml", "rejects: stop", held)
    with (workspace / LEDGER).open("a", encoding="utf-8") as file:
        file.writelines(f"{row}\n" for row in rows)
    return workspace


def test_held_lines_are_named_and_counted(fresh: Path) -> None:
    bad = ("2026-13-05,5.00,6400,IT-100,A,B", "2026-01-05,five,6400,IT-100,A,B")
    workspace = holding(fresh, *bad)
    for command in ("check", "build"):
        printed = done(command, "-w", workspace)
        assert "  + rejected, held back by the model           2" in printed
        assert "    1 of them has no amount that can be read\n" in printed
        assert f'{LEDGER}:8: "2026-13-05" is not a date' in printed
        assert f'{LEDGER}:9: "five" is not an amount' in printed
    assert "  held back, in no period: 2 lines, €5.00 (1 without an amount)\n" in printed
    (source,) = Store.open(workspace / "store").need().manifest["sources"]
    assert (source["rejected"], source["unreadable"]) == (2, 1)
    assert done("verify", "-w", workspace)
    assert "held back, on no statement" in " ".join(
        done("statement", "sales", "-w", workspace).split()
    )


def test_many_held_lines_are_not_all_listed(fresh: Path) -> None:
    rows = [f"2026-01-05,{'five ' * 20}{number},6400,IT-100,A,B" for number in range(25)]
    printed = done("build", "-w", holding(fresh, *rows))
    assert printed.count(f"    {LEDGER}:") == 20
    assert "\n    and 5 more lines\n" in printed
    assert "    25 of them have no amount that can be read\n" in printed
    assert max(map(len, printed.splitlines())) <= 80

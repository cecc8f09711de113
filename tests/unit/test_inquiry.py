"""A run kept open for questions answers as one that is opened for each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.test_lineage_ranking import FILES

from truecost.engine.build import build
from truecost.engine.lineage_lines import cells_of
from truecost.engine.lineage_search import behind
from truecost.engine.lineage_session import TRIES
from truecost.kernel.findings import StoreError, UsageError
from truecost.kernel.periods import Period
from truecost.model.load import load
from truecost.statements.explain_json import explanation_json, line_json
from truecost.statements.inquiry import Inquiry
from truecost.store.runs import Store

if TYPE_CHECKING:
    from pathlib import Path

    from truecost.store.run import Run

MONTHS = [Period.of(2026, month) for month in (1, 2)]
#: Plain comparisons, and what is left to DuckDB, before and behind each other; one ends.
_CENTRES = """
- { name: small, where: "cost_centre = 'A' AND amount < 500", to: service a }
- { name: pattern, where: "regexp_matches(cost_centre, '^[AB]$') AND account LIKE '4%3'", to: service b }
- { name: ended, where: "cost_centre IN ('B', 'C')", to: service a, valid: { to: 2026-01 } }
- { name: other, where: "lower(cost_centre) = 'b'", to: service b }
- { name: rest, where: "source = 'ledger'", to: service a }
"""  # noqa: E501


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, Run]:
    folder: Path = tmp_path_factory.mktemp("inquiry")
    rows = ["Date,Amount,Account,Centre"]
    rows += [
        f"2026-0{1 + number % 2}-{1 + number % 28:02},{number * 37 % 1009}.{number % 100:02},"
        f"{4000 + number % 7},{'ABCD'[number % 4]}"
        for number in range(600)
    ]
    files = {
        **FILES,
        "model/cost_centres.yaml": _CENTRES,
        "data/ledger.csv": "\n".join(rows),
        "model/consumers.yaml": "all:\n  name: All\n  consumers:\n"
        "    one: { name: One }\n    two: { name: Two }",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(f"{text.strip()}\n", encoding="utf-8")
    store = Store.open(folder / "store")
    with store.lock(wait=False):
        return store, build(load(folder), store).run


@pytest.mark.parametrize("top", [1, 10, TRIES[0], 290])
def test_top_lines_are_the_first_of_all_whoever_answers_the_rules(
    built: tuple[Store, Run], top: int
) -> None:
    store, run = built
    seen: set[str] = set()
    for month in MONTHS:
        cells = cells_of(run, month, "EUR")
        seen |= {cell.centre_rule for cell in cells}
        every = behind(store, run, cells, None)
        assert len(every) == 300
        assert behind(store, run, cells, top) == every[:top]
    assert seen == {"small", "pattern", "ended", "other", "rest"}


def test_later_answers_are_those_of_a_run_just_opened(built: tuple[Store, Run]) -> None:
    store, run = built
    asked = [
        (consumer, month, service)
        for month in MONTHS
        for consumer in ("one", "two", "all")
        for service in (None, "a", "b")
    ]
    with Inquiry(store, run) as kept:
        kept.ready()
        for _ in range(2):
            for consumer, month, service in asked:
                with Inquiry(store, run) as fresh:
                    one = fresh.statement(consumer, month, service=service)
                another = kept.statement(consumer, month, service=service)
                assert explanation_json(another) == explanation_json(one)
            with pytest.raises(UsageError):
                kept.statement("three", MONTHS[0])
            lines = kept.line("ledger.csv:7")
            identity = lines[0].identity
            assert line_json(kept.line(identity)) == line_json(lines)
            assert not identity.startswith("0" * 12)
            with pytest.raises(UsageError):
                kept.line("0" * 12)
            for kind, name in (("service", "a"), ("pool", "Hardware / Lease")):
                with Inquiry(store, run) as fresh:
                    one = fresh.figure(kind, name, MONTHS)
                assert explanation_json(kept.figure(kind, name, MONTHS)) == explanation_json(one)


def test_a_source_that_is_gone_is_told_when_it_is_needed(built: tuple[Store, Run]) -> None:
    store, run = built
    (load_id,) = run.manifest["inputs"]["sources"].values()
    source = store.source(load_id)
    assert source is not None
    away = source.folder.with_name("away")
    source.folder.rename(away)
    try:
        with Inquiry(store, run) as inquiry, pytest.raises(StoreError, match="is not in the store"):
            inquiry.statement("one", MONTHS[0])
    finally:
        away.rename(source.folder)

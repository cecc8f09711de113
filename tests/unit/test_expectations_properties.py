"""Whatever stands in a file of tests: it is read or refused with a place, and never crashes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from truecost.engine.build import build
from truecost.engine.expectations import Outcome, judge
from truecost.kernel.findings import Finding, TruecostError
from truecost.model.expectations_reading import parse_expectations
from truecost.model.load import load
from truecost.store.runs import Store

if TYPE_CHECKING:
    from truecost.model.types import Model
    from truecost.store.run import Run

EXAMPLES = Path(__file__).parents[2] / "examples"
FILES = sorted((EXAMPLES / "starter" / "tests").glob("*.yaml"))
FUZZ = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)

WORDS = st.sampled_from(
    [
        "\n", "\n  ", "\n- ", ": ", "- ", "{ ", " }", "[", "]", ", ", "'", '"', "#", "&a ", "*a",
        "name", "given", "latest run", "in", "each month", "each year", "year 2026", "2026-02",
        "9999-12", "0000-01", "costs", "drivers", "lines", "expect", "unless", "because", "error",
        "remainders", "others", "directly", "sales", "company", "service shop", "network", "orders",
        "every bill", "ledger", "moves by less than 0%", "less than 2%", "between 1 and 2", "-1.00",
        "1e9", "999,999,999,999.00", "0.000000000001", "0", "account", "cost_centre", "amount",
        "class transform", "pool", "to", "ignore", "keep_apart", "é", "😀", "\x00",
    ]
)  # fmt: skip
NAMES = st.sampled_from(["sales", "factory", "company", "network", "service shop", "others", "x"])
AMOUNTS = st.sampled_from(
    ["0.00", "1.00", "-3.10", "0.01", "1,000.00", "999,999,999,999.99", "1.001", "many", "", "rest"]
)
CLAIMS = AMOUNTS | st.sampled_from(
    ["less than 5%", "more than -1.00", "between 0% and 100%", "moves by less than 0%", "around 5",
     "moves by less than 10% or 500.00", "less than 999,999,999,999"]
)  # fmt: skip
MONTHS = st.sampled_from(["2026-01", "2026-02", "1999-12", "0000-00", "9999-12", "January"])
TARGETS = st.dictionaries(NAMES, AMOUNTS, max_size=3)
COSTS = st.fixed_dictionaries(
    {"name": st.text(max_size=5), "given": st.fixed_dictionaries(
        {"period": MONTHS, "costs": TARGETS},
        optional={"drivers": st.dictionaries(st.sampled_from(["people", "orders", "x"]), TARGETS)},
    )},
    optional={"expect": st.dictionaries(NAMES, AMOUNTS | TARGETS, max_size=4),
              "remainders": TARGETS, "error": st.sampled_from(["driver", "", "zero"])},
)  # fmt: skip
LINES = st.fixed_dictionaries(
    {"name": st.text(max_size=5), "given": st.fixed_dictionaries(
        {"period": MONTHS, "lines": st.lists(st.dictionaries(
            st.sampled_from(["account", "cost_centre", "vendor", "amount", "quantity", "x"]),
            st.sampled_from(["6400", "IT-100", "S-1", "", "%", "'", "7", "\u2028"]) | AMOUNTS,
            max_size=4), max_size=3)})},
    optional={"expect": st.dictionaries(
        st.sampled_from(["to", "pool", "class", "consumer", "ignore", "keep_apart"]),
        st.sampled_from(["run", "sales", "service shop", "not technology", "x", "Telecom / Lease"]),
    )},
)  # fmt: skip
RUNS = st.fixed_dictionaries(
    {"name": st.text(max_size=5), "given": st.just("latest run"),
     "in": MONTHS | st.sampled_from(["each month", "each year", "year 2026", "year 2025-26"]),
     "expect": st.dictionaries(
         NAMES | st.sampled_from(["ledger", "every bill", "unallocated", "class run", "class x",
                                  "remainder x: y", "tower Network / LAN", "remainder "]),
         CLAIMS, max_size=4)},
    optional={"unless": st.lists(st.fixed_dictionaries(
        {"in": MONTHS, "because": st.just("why")}, optional={"consumer": NAMES}), max_size=2)},
)  # fmt: skip


@pytest.fixture(scope="module")
def model() -> Model:
    return load(EXAMPLES / "starter")


@pytest.fixture(scope="module")
def run(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Run:
    store = Store.open(tmp_path_factory.mktemp("store"))
    with store.lock(wait=False):
        return build(model, store).run


def carried_out(model: Model, run: Run, text: str) -> None:
    found: list[Finding] = []
    tests = parse_expectations(model, text.encode("utf-8", "replace"), "tests/t.yaml", found)
    for finding in found:
        assert finding.place is not None
        assert finding.place.file == "tests/t.yaml"
        assert finding.place.line >= 1
        assert finding.what
    try:
        verdicts = judge(model, tests, run)
    except TruecostError:
        return
    assert [verdict.test for verdict in verdicts] == tests
    for verdict in verdicts:
        assert (verdict.outcome is Outcome.HOLDS) == (not verdict.findings)


@FUZZ
@given(st.sampled_from(FILES), st.data())
def test_any_change_of_a_file(model: Model, run: Run, file: Path, data: st.DataObject) -> None:
    sound = file.read_text(encoding="utf-8")
    at = data.draw(st.integers(0, len(sound)))
    end = data.draw(st.integers(at, min(len(sound), at + 30)))
    scribble = "".join(data.draw(st.lists(WORDS, max_size=12)))
    carried_out(model, run, sound[:at] + scribble + sound[end:])


@FUZZ
@given(st.lists(COSTS | LINES | RUNS, max_size=4))
def test_any_tests(model: Model, run: Run, tests: list[dict[str, Any]]) -> None:
    carried_out(model, run, written(tests, 0))


@FUZZ
@given(st.lists(WORDS, max_size=40).map("".join))
def test_any_scribble(model: Model, run: Run, text: str) -> None:
    carried_out(model, run, text)


def written(value: Any, depth: int) -> str:
    """Write plain values as YAML in which every text is quoted."""
    if isinstance(value, list):
        return "[" + ", ".join(written(each, depth + 1) for each in value) + "]"
    if isinstance(value, dict):
        pairs = (f"{quoted(key)}: {written(each, depth + 1)}" for key, each in value.items())
        return "{" + ", ".join(pairs) + "}"
    return quoted(value)


def quoted(text: str) -> str:
    plain = "".join(letter for letter in text if letter.isprintable())
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'

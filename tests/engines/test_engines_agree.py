"""Engines against this process, over rules and ledgers that tempt them to differ.

To draw many: TRUECOST_EXAMPLES=500 pytest tests/engines/test_engines_agree.py
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from tests.engines.choices import OTHERS, choice
from tests.engines.golden import outcome
from tests.unit.classify_source import COLUMNS, JANUARY, coded, row
from tests.unit.combined_workspace import Firm, firms
from tests.unit.engine_workspace import write

from truecost.engine import classify_signatures
from truecost.engine.classify import assigned, cells
from truecost.engine.dialects.choose import begun
from truecost.engine.measures import measure
from truecost.kernel.findings import TruecostError
from truecost.kernel.periods import ALWAYS, Validity
from truecost.model.engine import DuckdbEngine
from truecost.rules.measure import parse_measure
from truecost.rules.predicate import parse_predicate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

    from truecost.engine.dialects.choose import Engine
    from truecost.engine.dialects.rows import Kept
    from truecost.store.sources import CodedSource

EXAMPLES = {"postgresql": 20, "spark": 4}
WORKSPACES = {"postgresql": 3, "spark": 1}
#: Blanks at the end, cases, accents in two spellings, what patterns and numbers are made of.
VALUES = (
    "", " ", "a", "a ", " a", "A", "ab", "aB", "b%", "b\\%", "_", "10_0", "10", "9", "it's", "NULL",
    "é", "e\u0301", "É", "ß", "SS", "i", "I", "\u0131", "ä", "z", "Z",
    "😀z", "a\nb", "\t", "a\u00a0b",
)  # fmt: skip
PATTERNS = (
    "a%", "%B%", "_", "__", "%%", "", "%\\%", "b\\%", "%e%", "_%é", "10__", "% ", "%ß%", "i%",
)  # fmt: skip
REGEXES = ("^[a-b]+$", "A", "(?i)^ss$", "\\d+", "^.$", "a b|a\\sb", "\\bz", "[[:alpha:]]{2}", "é?$")
#: A column that rules may name because another source has it.
ABSENT = "elsewhere"
NAMES = (*COLUMNS, ABSENT)
SMALL = ("-10.00", "0.00", "0.01", "-0.01", "5.50", "1000.00", f"{10**16 - 1}.99", f"-{10**15}.01")
LARGE = (*SMALL, f"{10**34}.01", f"-{10**35 - 1}.99")
QUANTITIES = ("1", "1", "0", "-3", "2.5", "0.1", f"{10**17}.5", f"{10**18}", f"-{10**30}.9")
MEASURES = (
    "count(*)", "sum(quantity)", "min(quantity)", "max(quantity)", "sum(amount)", "min(amount)",
    "count(DISTINCT vendor)",
)  # fmt: skip
NUMBER = count()

columns = st.sampled_from(NAMES)
values = st.sampled_from(VALUES)


def sql(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


texts = st.builds(
    "{} {} {}".format, columns, st.sampled_from(["=", "<>", "<", ">=", ">"]), values.map(sql)
)
lists = st.builds(
    lambda column, entries: f"{column} IN ({', '.join(map(sql, entries))})",
    columns,
    st.lists(values, min_size=1, max_size=4),
)
likes = st.builds(
    "{} {} {}".format,
    columns,
    st.sampled_from(["LIKE", "NOT LIKE", "ILIKE", "NOT ILIKE"]),
    st.sampled_from(PATTERNS).map(sql),
)
regexes = st.builds("regexp_matches({}, {})".format, columns, st.sampled_from(REGEXES).map(sql))
others = st.builds(
    str.format,
    st.sampled_from(
        ["{0} IS NULL", "{0} IS NOT NULL", "length({0}) = 2", "lower({0}) = {1}", "{0} = {1}",
         "upper({0}) = {1}", "trim({0}) = 'a'", "{0} || {1} LIKE 'a%'", "{0} < {1}",
         "CASE WHEN {0} = 'a' THEN {1} END = ''", "coalesce({0}, {1}) = ''", "TRUE", "FALSE",
         "source = 'ledger'", "source = {0}"]
    ),
    columns,
    columns,
)  # fmt: skip
numbers = st.builds(
    "{} {} {}".format,
    st.sampled_from(["amount", "quantity"]),
    st.sampled_from(["<", ">=", "=", "<>"]),
    st.sampled_from(["0", "0.01", "-0.01", "5.5", "1", str(10**16), str(-(10**17))]),
)
atoms = st.one_of(texts, lists, likes, regexes, others, numbers)
conditions = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.builds("({}) AND ({})".format, inner, inner),
        st.builds("({}) OR ({})".format, inner, inner),
        st.builds("NOT ({})".format, inner),
    ),
    max_leaves=4,
)
months = st.none() | st.integers(-1, 4).map(lambda month: JANUARY + month)
validities = st.one_of(st.just(ALWAYS), st.builds(Validity, months, months))
rule_lists = st.lists(st.tuples(conditions, validities), max_size=6)
spans = st.none() | st.tuples(st.integers(-2, 4), st.integers(0, 3)).map(
    lambda drawn: (JANUARY + drawn[0], JANUARY + (drawn[0] + drawn[1]))
)
apart = st.dictionaries(
    st.sampled_from(COLUMNS),
    st.dictionaries(
        st.sampled_from(["account", "centre"]), st.sets(st.integers(0, 5), max_size=3), max_size=2
    ),
    max_size=2,
)


@dataclass(frozen=True)
class Drawn:
    """A ledger and what is asked of it. `few`: combinations are sought among the rows."""

    lines: list[dict[str, Any]]
    precision: int
    account: list[tuple[str, Validity]]
    centre: list[tuple[str, Validity]]
    periods: Any
    kept: Kept
    measure: str
    months: int
    few: bool


@st.composite
def drawn(draw: st.DrawFn) -> Drawn:
    precision = draw(st.sampled_from([18, 38]))
    line = st.builds(
        lambda period, amount, quantity, unit, found: row(
            period, amount, quantity=quantity, currency=unit,
            **dict(zip(COLUMNS, found, strict=True)),
        ),
        st.integers(0, 3),
        st.sampled_from(SMALL if precision == 18 else LARGE),
        st.sampled_from(QUANTITIES),
        st.sampled_from(["GBP", "GBP", "GBP", "JPY"]),
        st.tuples(*[values] * len(COLUMNS)),
    )  # fmt: skip
    return Drawn(
        draw(st.lists(line, max_size=25)),
        precision,
        draw(rule_lists),
        draw(rule_lists),
        draw(spans),
        draw(apart),
        draw(st.sampled_from(MEASURES)),
        draw(st.integers(1, 3)),
        draw(st.booleans()),
    )


#: Ten such amounts have a sum of 38 digits; were the largest rounded up, it would be refused.
EDGE = Drawn(
    [
        row(at, "-" + "9" * 35 + ".99", currency="GBP", quantity="1", **dict.fromkeys(COLUMNS, ""))
        for at in range(10)
    ],
    38, [], [], None, {}, "count(*)", 1, few=False,
)  # fmt: skip


def answers(source: CodedSource, of: Drawn, engine: Engine | None) -> Iterator[pa.Table | str]:
    """Ask all there is to ask; a refusal is an answer too."""
    found = {
        name: [(parse_predicate(text, NAMES), valid) for text, valid in rules]
        for name, rules in {"account": of.account, "centre": of.centre}.items()
    }
    asked = parse_measure(of.measure, COLUMNS)
    where = found["centre"][0][0] if found["centre"] else None
    ways: tuple[Callable[[], pa.Table], ...] = (
        lambda: cells(source, found, of.periods, kept=of.kept, engine=engine),
        lambda: cells(source, found, engine=engine),
        lambda: assigned(source, found, of.periods, engine=engine),
        lambda: measure(
            source, found["account"], asked, where,
            months=of.months, periods=of.periods, engine=engine,
        ),
    )  # fmt: skip
    for way in ways:
        try:
            yield way()
        except TruecostError as fault:
            yield str(fault)


def written(answer: pa.Table | str) -> Any:
    """Give all that an answer says, so that a difference can be read."""
    return answer if isinstance(answer, str) else (str(answer.schema), answer.to_pylist())


@pytest.mark.slow
@pytest.mark.parametrize("kind", OTHERS)
def test_generated_ledgers(kind: str, request: pytest.FixtureRequest) -> None:
    examples = int(os.environ.get("TRUECOST_EXAMPLES", "0")) or EXAMPLES[kind]

    with begun(choice(kind, request)) as engine:

        @settings(
            max_examples=examples,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[each for each in Phase if kind != "spark" or each != Phase.shrink],
        )  # shrinking takes many minutes on Spark
        @example(EDGE)
        @given(drawn())
        def agrees(of: Drawn) -> None:
            with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
                if of.few:
                    patch.setattr(classify_signatures, "FEW", 2)
                path = Path(folder) / f"load{next(NUMBER)}"
                source = coded(path, of.lines, precision=of.precision)
                expected = list(answers(source, of, None))
                for got, right in zip(answers(source, of, engine), expected, strict=True):
                    assert isinstance(got, str) == isinstance(right, str), (got, right)
                    assert written(got) == written(right), of

        agrees()


@pytest.mark.slow
@pytest.mark.parametrize("kind", OTHERS)
def test_generated_workspaces(kind: str, request: pytest.FixtureRequest) -> None:
    engine = choice(kind, request)
    examples = int(os.environ.get("TRUECOST_EXAMPLES", "0")) or WORKSPACES[kind]

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(firms())
    def agrees(firm: Firm) -> None:
        with tempfile.TemporaryDirectory() as folder:
            workspace = write(Path(folder), firm.files())
            expected = outcome(workspace, DuckdbEngine())
            assert outcome(workspace, engine, "other") == expected

    agrees()

"""The first rule of a list that holds is found by texts: as when each rule is asked in turn."""

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.direct_conditions import COLUMNS, CONDITIONS, TEXTS

from truecost.engine.classify_signatures import NONE
from truecost.engine.lineage_lists import Rule, RuleList
from truecost.rules.direct import direct
from truecost.rules.predicate import SOURCE, parse_predicate

PERIODS = range(3)


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    checked = parse_predicate(draw(CONDITIONS), COLUMNS)
    first, last = sorted(draw(st.tuples(*(st.sampled_from(PERIODS),) * 2)))
    return Rule("", first, last, frozenset(checked.columns), direct(checked.sql))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(rules(), max_size=8),
    st.lists(st.tuples(st.sampled_from(PERIODS), TEXTS, TEXTS, TEXTS), min_size=1, max_size=8),
)
def test_the_first_that_holds_wins(
    drawn: list[Rule], lines: list[tuple[int, str, str, str]]
) -> None:
    needed = {
        text for rule in drawn for _, _, text in (rule.direct.needs or () if rule.direct else ())
    }
    lines += [(1, text, f"{text}a", text[:-1]) for text in sorted(needed)]
    periods = [period for period, *_ in lines]
    columns = zip(*(values for _, *values in lines), strict=True)
    texts = {name: list(values) for name, values in zip(COLUMNS, columns, strict=True)}
    texts[SOURCE] = ["ledger"] * len(lines)
    naive = []
    for number, period in enumerate(periods):
        line = {column: values[number] for column, values in texts.items()}
        held = (
            index
            for index, rule in enumerate(drawn)
            if rule.direct and rule.first <= period <= rule.last and rule.direct.holds(line)
        )
        naive.append(next(held, NONE))
    ordered = RuleList(drawn)
    assert ordered.firsts(periods, texts) == naive
    assert ordered.firsts(periods[::-1], {c: v[::-1] for c, v in texts.items()}) == naive[::-1]

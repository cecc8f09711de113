"""Conditions and texts that tempt what answers them without a database."""

from hypothesis import strategies as st

COLUMNS = ("account", "cost centre", 'say "x"')
#: What texts are made of: quotes, signs of patterns, letters of one to four bytes, of several
#: cases and codes, joined and apart, and those whose order differs between code pages.
LETTERS = (
    "aAbB%_'\"\\!() ,\t\n\0\x7fäßẞ\u0131ǆ\u017f\u0301\u200d\ud7ff\ue000\uffff\U0001f600\U0010ffff"
)
TEXTS = st.text(st.sampled_from(LETTERS) | st.characters(exclude_categories=["Cs"]), max_size=6)
#: A condition has no control characters but these.
WRITTEN = st.text(
    st.sampled_from("".join(sorted(set(LETTERS) - {"\0", "\x7f"})))
    | st.characters(exclude_categories=["Cs", "Cc"]),
    max_size=6,
)


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def named(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


@st.composite
def comparisons(draw: st.DrawFn) -> str:
    column = named(draw(st.sampled_from(COLUMNS)))
    text = quoted(draw(WRITTEN))
    other = draw(
        st.sampled_from([text, quoted(draw(WRITTEN)), named(draw(st.sampled_from(COLUMNS)))])
    )
    sign = draw(st.sampled_from(["=", "<>", "<", "<=", ">", ">="]))
    no = draw(st.sampled_from(["", "NOT "]))
    return draw(
        st.sampled_from(
            [
                f"{column} {sign} {other}",
                f"{text} {sign} {column}",
                f"{column} {no}LIKE {text}",
                f"{column} {no}LIKE {quoted('%' + draw(WRITTEN) + '%')}",
                f"{column} {no}LIKE {quoted(draw(WRITTEN) + '%')}",
                f"{column} {no}IN ({text}, {quoted(draw(WRITTEN))})",
                f"{column} {no}BETWEEN {text} AND {quoted(draw(WRITTEN))}",
                f"{column} IS {no}NULL",
                f"starts_with({column}, {text})",
                f"ends_with({column}, {text})",
                f"contains({column}, {text})",
                "TRUE",
            ]
        )
    )


CONDITIONS = st.recursive(
    comparisons(),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=4).map(lambda some: f"({' AND '.join(some)})"),
        st.lists(inner, min_size=2, max_size=4).map(lambda some: f"({' OR '.join(some)})"),
        inner.map(lambda one: f"NOT ({one})"),
    ),
    max_leaves=5,
)

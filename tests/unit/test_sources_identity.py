"""Which rows are the same row: against a slow and plain way of counting."""

from __future__ import annotations

import hashlib
from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from truecost.sources.gathering import row_hashes
from truecost.sources.identity import content_keys, keepers, ordinals

FILES = st.lists(st.lists(st.integers(0, 4), max_size=8), max_size=4)


@given(FILES)
def test_as_many_as_the_file_that_has_most(files: list[list[int]]) -> None:
    key = np.array([row for rows in files for row in rows], np.int64)
    file = np.array([number for number, rows in enumerate(files) for _ in rows], np.int32)
    within = ordinals(key, file)
    first = keepers(key, within)
    kept = Counter(key[first == np.arange(len(key))].tolist())
    counts = [Counter(rows) for rows in files]
    assert kept == {row: max(count[row] for count in counts) for row in {*key.tolist()}}
    assert (first <= np.arange(len(key))).all()
    assert (key[first] == key).all()
    for number, rows in enumerate(files):
        seen: Counter[int] = Counter()
        for row, ordinal in zip(rows, within[file == number], strict=True):
            assert ordinal == seen[row]
            seen[row] += 1


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 2**31 - 1), st.integers(0, 2**31 - 1)),
        max_size=20,
    )
)
def test_keys_are_equal_where_all_codes_are(rows: list[tuple[int, int, int]]) -> None:
    columns = [np.array(column, np.int32) for column in zip(*rows, strict=True)]
    keys = content_keys(columns * 2, len(rows)).tolist()
    for one, row in zip(keys, rows, strict=True):
        for other, another in zip(keys, rows, strict=True):
            assert (one == other) == (row == another)


def test_the_hash_of_a_row_is_what_the_reference_says() -> None:
    forms = {
        "date": ["2022-04-07"] * 3,
        "amount": ["1234.5"] * 3,
        "currency": ["GBP"] * 3,
        "quantity": ["1", "1", "2"],
        "vendor": ["CAFÉ", "", "CAFÉ"],
        "account": [""] * 3,
    }
    said = "amount=1234.5\x1fcurrency=GBP\x1fdate=2022-04-07\x1f"
    assert row_hashes(forms) == [
        hashlib.sha256(text.encode()).digest()[:16]
        for text in (
            f"{said}vendor=CAFÉ\x1f",
            said,
            f"{said}quantity=2\x1fvendor=CAFÉ\x1f",
        )
    ]
    absent = {name: column for name, column in forms.items() if name != "account"}
    assert row_hashes(absent) == row_hashes(forms)

"""Planning: rules meet the dictionary, and become integers.

A rule of one column is evaluated on that column's dictionary. A rule of several columns is
evaluated on combinations; before that, each column's values are put into *classes*: two values are
of one class where every condition of the signature that touches this column alone answers alike.
A class is represented by one of its values. So forty conditions on fifty thousand vendors give some
forty classes, not fifty thousand values, and the combinations of a signature are few however many
rows there are. Columns that a condition compares with each other keep all their values.

Each dictionary is read once, whatever is asked of its values. In the SQL here, names that begin
with # are ours; all others are the analyst's.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from truecost.engine import classify_signatures as signatures
from truecost.engine.classify_session import name, text
from truecost.engine.classify_signatures import NONE, NUMBERS, PERIOD, first_match, place
from truecost.engine.plan import Combined, Lookup, Plan
from truecost.kernel.findings import Finding, StoreError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb
    from numpy.typing import NDArray

    from truecost.engine.classify_signatures import Placed, RuleLists
    from truecost.engine.dialects.rows import Rows
    from truecost.rules.predicate import Leaf

#: Values that are looked at together, and conditions whose answers fit one integer.
_BATCH = 1 << 20
_BITS = 62


@dataclass(slots=True)
class _Domain:
    """A column's values, and what is to be asked of each.

    `size` counts codes, from 0 without a gap; of a period from `offset`. `absent` columns are the
    empty text on every row. `rules` gives rules by list, `leaves` conditions by signature, None
    where each value is a class of its own.
    """

    column: str
    offset: int
    size: int
    absent: bool
    rules: dict[int, list[Placed]] = field(default_factory=dict)
    leaves: dict[int, list[Leaf] | None] = field(default_factory=dict)
    least: dict[int, NDArray[np.int32]] = field(default_factory=dict)
    classes: dict[int, NDArray[np.int64]] = field(default_factory=dict)

    def take(self, rules: Sequence[Placed]) -> None:
        """Take rules that look at this column alone."""
        for rule in rules:
            self.rules.setdefault(rule.rule_list, []).append(rule)

    def query(self, asked: Sequence[str]) -> str:
        """Give the SQL of `#code`, from 0, and expressions over the column's values."""
        if self.column == PERIOD:
            values = (
                f'SELECT range AS "#code", CAST(range + {self.offset} AS INTEGER) AS "#value"'
                f" FROM range({self.size})"
            )
        elif self.absent:
            values = """SELECT 0 AS "#code", '' AS "#value\""""
        else:
            values = (
                'SELECT code AS "#code", value AS "#value" FROM dictionary'
                f' WHERE "column" = {text(self.column)}'
            )
        chosen = ", ".join(('"#code"', *(f"{sql} AS q{at}" for at, sql in enumerate(asked))))
        named = f'SELECT "#code", "#value" AS {name(self.column)} FROM ({values})'
        return f"SELECT {chosen} FROM ({named})"


def planned(connection: duckdb.DuckDBPyConnection, rule_lists: RuleLists, rows: Rows) -> Plan:
    """Evaluate rules on a source's dictionary.

    The connection has the view `dictionary`. Raise StoreError where rows have codes that have no
    value: they would be lost.
    """
    by_line, groups = _grouped(rule_lists)
    columns = sorted(frozenset[str]().union(*groups))
    domains = {column: _domain(column, rows) for column in columns}
    for number, (signature, rules) in enumerate(groups.items()):
        for column in signature:
            if len(signature) > 1:
                domains[column].leaves[number] = _leaves(column, rules)
            else:
                domains[column].take(rules)
    parts: dict[str, dict[int, NDArray[np.int64]]] = {column: {} for column in columns}
    for domain in domains.values():
        _answer(connection, domain)
    combined = []
    for number, (signature, rules) in enumerate(groups.items()):
        if len(signature) == 1:
            continue
        found = _combined(connection, number, rules, domains, rows)
        if found is None:
            by_line += rules
            continue
        combined.append(found[0])
        for column, part in found[1].items():
            parts[column][number] = part
    by_line.sort(key=lambda rule: (rule.rule_list, rule.index))
    lookups = [
        Lookup(column, domains[column].offset, domains[column].least, parts[column])
        for column in columns
        if domains[column].least or parts[column]
    ]
    return Plan(tuple(rule_lists), tuple(lookups), tuple(combined), tuple(by_line))


def _grouped(
    rule_lists: RuleLists,
) -> tuple[list[Placed], dict[frozenset[str], list[Placed]]]:
    """Give the rules that must see the row itself, and the others by their signature."""
    groups: dict[frozenset[str], list[Placed]] = defaultdict(list)
    for rule in place(rule_lists):
        groups[rule.columns].append(rule)
    by_line: list[Placed] = []
    for signature in list(groups):
        if not signature or signature & NUMBERS:
            by_line += groups.pop(signature)
    return by_line, {signature: groups[signature] for signature in sorted(groups, key=sorted)}


def _domain(column: str, rows: Rows) -> _Domain:
    if column == PERIOD:
        first, last = rows.span() or (0, -1)
        return _Domain(column, first, last - first + 1, absent=False)
    if column not in rows.columns:
        return _Domain(column, 0, 1, absent=True)
    return _Domain(column, 0, rows.largest(column) + 1, absent=False)


def _leaves(column: str, rules: Sequence[Placed]) -> list[Leaf] | None:
    """Give the conditions that touch a column; None where one touches others too."""
    leaves = {leaf for rule in rules for leaf in rule.leaves if column in leaf.columns}
    if any(leaf.columns != {column} for leaf in leaves):
        return None
    return sorted(leaves, key=lambda leaf: leaf.sql)


def _answer(connection: duckdb.DuckDBPyConnection, domain: _Domain) -> None:
    """Ask a dictionary's values all that is asked of them."""
    lists = {which: first_match(rules, which) for which, rules in domain.rules.items()}
    words: dict[int, list[str]] = {}
    for number, leaves in domain.leaves.items():
        if leaves is None:
            domain.classes[number] = np.arange(domain.size)
        else:
            words[number] = [
                " + ".join(
                    f"CASE WHEN {leaf.sql} THEN {1 << bit} ELSE 0 END"
                    for bit, leaf in enumerate(leaves[start : start + _BITS])
                )
                for start in range(0, len(leaves), _BITS)
            ]
    asked = [f"CAST({sql} AS INTEGER)" for sql in lists.values()]
    asked += [f"CAST({sql} AS BIGINT)" for sqls in words.values() for sql in sqls]
    least = [np.full(domain.size, NONE, np.int32) for _ in lists]
    bits = [np.zeros(domain.size, np.int64) for sqls in words.values() for _ in sqls]
    answers: list[NDArray[Any]] = [*least, *bits]
    known = np.zeros(domain.size, np.bool_)
    for batch in connection.sql(domain.query(asked)).to_arrow_reader(_BATCH):
        codes = batch.column(0).to_numpy(zero_copy_only=False)
        inside = (codes >= 0) & (codes < domain.size)
        known[codes[inside]] = True
        for at, array in enumerate(answers, 1):
            array[codes[inside]] = batch.column(at).to_numpy(zero_copy_only=False)[inside]
    if not known.all():
        what = f'a coded source has codes of "{domain.column}" that its dictionary lacks'
        hint = "remove the store's folder of sources; they are read again"
        raise StoreError(Finding(None, what, hint))
    domain.least = dict(zip(lists, least, strict=True))
    taken = iter(bits)
    for number, sqls in words.items():
        domain.classes[number] = _classes([next(taken) for _ in sqls])


def _classes(words: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Give values the same number, from 0 up, where all words are alike."""
    classes = np.zeros(len(words[0]), np.int64)
    for word in words:
        _, ranks = np.unique(word, return_inverse=True)
        size = int(ranks.max(initial=0)) + 1
        _, classes = np.unique(classes * size + ranks, return_inverse=True)
    return classes


def _combined(
    connection: duckdb.DuckDBPyConnection,
    number: int,
    rules: Sequence[Placed],
    domains: Mapping[str, _Domain],
    rows: Rows,
) -> tuple[Combined, dict[str, NDArray[np.int64]]] | None:
    """Evaluate rules that touch the same columns on every combination of values.

    Give what matches, and each column's part of a key. None where rows have about as many
    combinations as there are rows: evaluating them one by one is as cheap then.
    """
    columns = sorted(rules[0].columns)
    classes = [domains[column].classes[number] for column in columns]
    sizes = [int(each.max(initial=-1)) + 1 for each in classes]
    radices = [prod(sizes[:position]) for position in range(len(sizes))]
    if prod(sizes) > signatures.LARGEST_KEY:
        return None
    parts = {
        column: each * radix for column, each, radix in zip(columns, classes, radices, strict=True)
    }
    count = rows.count()
    keys: NDArray[np.int64] | None = None
    if prod(sizes) > max(signatures.FEW, count // signatures.PER_ROWS):
        keys = rows.distinct(parts, count // 2)
        if keys is None:
            return None
    whole = prod(sizes) if keys is None else len(keys)
    lists = sorted({rule.rule_list for rule in rules})
    matches = ", ".join(f'{first_match(rules, which)} AS "#rule_{which}"' for which in lists)
    faces = [
        _faces(connection, domains[column], each)
        for column, each in zip(columns, classes, strict=True)
    ]
    found: list[list[NDArray[np.int64]]] = [[] for _ in range(len(lists) + 1)]
    for start in range(0, whole, _BATCH):
        some = (
            np.arange(start, min(start + _BATCH, whole))
            if keys is None
            else keys[start : start + _BATCH]
        )
        values = {
            column: face.take(pa.array(some // radix % size))
            for column, face, radix, size in zip(columns, faces, radices, sizes, strict=True)
        }
        connection.register("#combinations", pa.table(values))
        table = connection.sql(f'SELECT {matches} FROM "#combinations"').to_arrow_table()
        least = [column.to_numpy() for column in table.columns]
        hit = np.any([each != NONE for each in least], axis=0)
        for into, array in zip(found, (some, *least), strict=True):
            into.append(array[hit])
    key, *least = (np.concatenate(arrays) if arrays else np.zeros(0, np.int64) for arrays in found)
    return (
        Combined(
            number,
            key,
            {which: each.astype(np.int32) for which, each in zip(lists, least, strict=True)},
        ),
        parts,
    )


def _faces(
    connection: duckdb.DuckDBPyConnection, domain: _Domain, classes: NDArray[np.int64]
) -> pa.Array:
    """Give a value of each class."""
    numbers, codes = np.unique(classes, return_index=True)
    if domain.column == PERIOD:
        return pa.array(codes + domain.offset, pa.int32())
    if domain.absent:
        return pa.array([""])
    connection.register("#faces", pa.table({"#class": numbers, "#face": codes}))
    query = (
        'SELECT value FROM dictionary JOIN "#faces" ON code = "#face"'
        f' WHERE "column" = {text(domain.column)} ORDER BY "#class"'
    )
    return connection.sql(query).to_arrow_table()["value"].combine_chunks()

"""The query that gives each ledger line its rules, for those who ask DuckDB further questions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.engine.dialects.duckdb import DuckdbRows
from truecost.engine.planning import planned

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

    from truecost.engine.classify_signatures import RuleLists
    from truecost.engine.dialects.rows import Span


def assignment(
    connection: duckdb.DuckDBPyConnection,
    rule_lists: RuleLists,
    fetched: Mapping[str, str],
    periods: Span | None = None,
) -> str:
    """Prepare the tables that rules need; give the query of each line's rules.

    The query gives `fetched` (a name that begins with # → SQL over the ledger's row `x`), then one
    column per list with the index of the rule, -1 for none.
    """
    rows = DuckdbRows(connection)
    return rows.lines(planned(connection, rule_lists, rows), fetched, periods)

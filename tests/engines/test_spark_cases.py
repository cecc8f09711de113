"""Every golden case by Spark, on a master and two workers: the bytes that this process comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.engines.golden import CASES, laid, outcome
from tests.engines.spark_cluster import chosen, cluster, session

from truecost.model.engine import DuckdbEngine

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.slow
def test_every_case_on_two_workers(tmp_path: Path) -> None:
    """One test, so that one session serves them all."""
    different = []
    with cluster() as of, session(of.address):
        for case in CASES:
            workspace = laid(case, tmp_path / case)
            expected = outcome(workspace, DuckdbEngine())
            if outcome(workspace, chosen(master=of.address), "other") != expected:
                different.append(case)
    assert not different

"""A worker that dies in the middle of a job changes nothing in what comes out."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from tests.engines.spark_cluster import chosen, cluster, needed
from tests.engines.spark_rows import made, rules

from truecost.engine import classify
from truecost.engine.dialects.choose import begun

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engines.spark_cluster import Cluster

ROWS = 500_000
#: Small parts, so that each worker has many tasks.
PARTS = {"spark.sql.files.maxPartitionBytes": "262144"}
_SECONDS = 180


class Killer(threading.Thread):
    """Kills a worker once both have tasks, and some are done; keeps what it saw then."""

    def __init__(self, of: Cluster) -> None:
        super().__init__(daemon=True)
        self._of = of
        self.seen: Any = None
        self.failed = 0

    def run(self) -> None:
        from pyspark import SparkContext  # noqa: PLC0415  where it is

        ends = time.monotonic() + _SECONDS
        while time.monotonic() < ends:
            context: Any = SparkContext._active_spark_context
            if getattr(context, "_jsc", None) is None:  # not yet, or not whole yet
                time.sleep(0.01)
                continue
            tracker = context.statusTracker()
            for stage in tracker.getActiveStageIds():
                found = tracker.getStageInfo(stage)
                if found is None:
                    continue
                if self.seen is None and found.numActiveTasks >= 2 and found.numCompletedTasks >= 3:
                    self.seen = found
                    self._of.kill(1)
                if self.seen is not None and stage == self.seen.stageId:
                    self.failed = max(self.failed, found.numFailedTasks)
                    if self.failed:
                        return
            time.sleep(0.005)


@pytest.mark.slow
def test_a_worker_killed_in_the_middle(tmp_path: Path) -> None:
    needed()
    source = made(tmp_path / "source", ROWS)
    expected = classify.cells(source, rules())
    assert expected.num_rows > 1000
    with cluster() as of:
        killer = Killer(of)
        killer.start()
        with begun(chosen(master=of.address, settings=PARTS)) as engine:
            found = classify.cells(source, rules(), engine=engine)
            killer.join(_SECONDS)
            assert killer.seen is not None, "the job was over before a worker could be killed"
            assert killer.seen.numCompletedTasks < killer.seen.numTasks
            assert killer.failed, "no task was running on the worker that was killed"
            again = classify.cells(source, rules(), engine=engine)
            by_row = classify.assigned(source, rules(), engine=engine)
        assert [worker.poll() is None for worker in of.workers] == [True, False]
    assert found.equals(expected)
    assert again.equals(expected)
    assert by_row.equals(classify.assigned(source, rules()))

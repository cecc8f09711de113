"""One build at a time: the second waits, or says that the workspace is held."""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from truecost.kernel.findings import BusyError
from truecost.store.runs import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_HOLD = """
import sys, pathlib
from truecost.store.runs import Store
with Store.open(pathlib.Path(sys.argv[1])).lock(wait=True):
    print("held", flush=True)
    sys.stdin.readline()
"""


@contextmanager
def another_build(folder: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(folder)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def end(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    print(file=process.stdin, flush=True)


def test_a_second_build_says_who_holds_the_workspace(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "store")
    with another_build(tmp_path / "store") as process:
        with pytest.raises(BusyError) as caught, store.lock(wait=False):
            pass
        message = str(caught.value)
        assert message.startswith(f"store/v1/lock: the workspace is held by process {process.pid}")
        assert f"since {datetime.now(UTC):%Y-}" in message
        with pytest.raises(BusyError), store.lock(wait=True, timeout=0.1):
            pass


def test_a_second_build_waits(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "store")
    told = []
    with another_build(tmp_path / "store") as process:

        def waiting() -> None:
            told.append("waiting")
            end(process)

        with store.lock(wait=True, waiting=waiting, timeout=30):
            assert process.wait() == 0
    assert told == ["waiting"]


def test_a_killed_build_holds_nothing(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "store")
    with another_build(tmp_path / "store") as process:
        process.kill()
        process.wait()
        with store.lock(wait=False):
            pass


def test_what_killed_builds_left_is_swept(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "store")
    left = tmp_path / "store" / "v1" / "tmp" / "0123"
    left.mkdir()
    (left / "half.parquet").write_bytes(b"PAR1")
    (left.parent / "pointer").write_text("half")
    with store.lock(wait=True):
        assert list(left.parent.iterdir()) == []


def test_the_same_thread_may_enter_again_and_others_not(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "store")
    found: list[str] = []

    def try_it(other: Store) -> None:
        try:
            with other.lock(wait=False):
                found.append("entered")
        except BusyError:
            found.append("busy")

    with store.lock(wait=True):
        with store.lock(wait=False), store.lock(wait=False):
            pass
        for other in (store, Store.open(tmp_path / "store")):
            thread = threading.Thread(target=try_it, args=(other,))
            thread.start()
            thread.join()
        try_it(Store.open(tmp_path / "store"))
    try_it(store)
    assert found == ["busy", "busy", "busy", "entered"]


def test_a_lock_is_given_back_after_a_fault(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "store")
    with pytest.raises(ZeroDivisionError), store.lock(wait=False), store.lock(wait=False):
        _ = 1 // 0
    with Store.open(tmp_path / "store").lock(wait=False):
        pass
    assert (tmp_path / "store" / "v1" / "lock").read_bytes() == b""


def test_the_clock_is_the_caller_s(tmp_path: Path) -> None:
    def noon() -> datetime:
        return datetime(2022, 3, 9, 12, tzinfo=UTC)

    one, other = Store.open(tmp_path / "store", noon), Store.open(tmp_path / "store")
    busy = pytest.raises(BusyError, match="since 2022-03-09T12:00:00")
    with one.lock(wait=True), busy, other.lock(wait=False):
        pass

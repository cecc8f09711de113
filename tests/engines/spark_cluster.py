"""A Spark cluster on loopback for tests: a master and workers, each in a Java of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from truecost.kernel.findings import Place
from truecost.model.engine import SparkEngine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

#: What makes Spark quick where there is little to do.
SETTINGS = {
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.adaptive.enabled": "false",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.executor.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.pyspark.python": sys.executable,
}
_SECONDS = 120


def needed() -> None:
    """Skip the test where there is no Spark or no Java."""
    if find_spec("pyspark") is None:
        pytest.skip("Spark is not installed: pip install 'truecost[spark]'")
    if shutil.which("java") is None:
        pytest.skip("Java is not installed: apt-get install openjdk-17-jre-headless")


def chosen(**of: Any) -> SparkEngine:
    """Give a choice of Spark with the settings of tests."""
    settings = ({} if "remote" in of else SETTINGS) | of.pop("settings", {})
    return SparkEngine(Place("truecost.yaml"), settings=tuple(settings.items()), **of)


@dataclass
class Cluster:
    """A master, by its address, and its workers."""

    address: str
    folder: Path
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def kill(self, number: int) -> None:
        """End a worker and all that it runs, at once and without a word."""
        os.killpg(self.workers[number].pid, signal.SIGKILL)
        self.workers[number].wait()


@contextlib.contextmanager
def cluster(workers: int = 2) -> Iterator[Cluster]:
    """Run a master and workers of one core each, until the test is over."""
    needed()
    with contextlib.ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="truecost-spark-")))
        port, page = _free(), _free()
        master = ("master.Master", "--port", str(port), "--webui-port", str(page))
        held.enter_context(_running(folder, *master))
        address = f"spark://127.0.0.1:{port}"
        _wait(f"http://127.0.0.1:{page}/json/", '"status"')
        worker = ("worker.Worker", "--webui-port", "0", "--cores", "1", "--memory", "1g")
        made = Cluster(address, folder)
        for number in range(workers):
            place = ("--work-dir", str(folder / f"worker{number}"), address)
            made.workers.append(held.enter_context(_running(folder, *worker, *place)))
        _wait(f"http://127.0.0.1:{page}/json/", f'"aliveworkers" : {workers}')
        yield made


@contextlib.contextmanager
def session(master: str) -> Iterator[SparkSession]:
    """Begin a session that all builds use while it lasts."""
    needed()
    from pyspark.sql import SparkSession  # noqa: PLC0415  where it is

    settings: dict[str, Any] = SETTINGS | {"spark.ui.enabled": "false", "spark.log.level": "ERROR"}
    settings |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    begun = SparkSession.builder.master(master).config(map=settings).getOrCreate()
    begun.sparkContext.pythonExec = sys.executable
    yield begun
    begun.stop()


@contextlib.contextmanager
def connect_server() -> Iterator[str]:
    """Run a Spark Connect server with two threads; give its address."""
    needed()
    port = _free()
    with (
        tempfile.TemporaryDirectory(prefix="truecost-spark-") as folder,
        _java(
            Path(folder), "spark-submit", "--master", "local[2]",
            *(part for name, value in SETTINGS.items() for part in ("--conf", f"{name}={value}")),
            "--conf", f"spark.connect.grpc.binding.port={port}",
            "--conf", "spark.connect.grpc.binding.address=127.0.0.1",
            "--conf", "spark.ui.enabled=false",
            "--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "spark-internal",
        ) as server,
    ):  # fmt: skip
        ends = time.monotonic() + _SECONDS
        while not _listens(port):
            assert server.poll() is None, (Path(folder) / "log").read_text()
            assert time.monotonic() < ends, (Path(folder) / "log").read_text()
            time.sleep(0.1)
        yield f"sc://127.0.0.1:{port}"


def _running(
    folder: Path, what: str, *asked: str
) -> contextlib.AbstractContextManager[subprocess.Popen[bytes]]:
    return _java(
        folder, "spark-class", f"org.apache.spark.deploy.{what}", "--host", "127.0.0.1", *asked
    )


@contextlib.contextmanager
def _java(folder: Path, program: str, *asked: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program of Spark as a group of its own, and end the group."""
    found = find_spec("pyspark")
    assert found is not None
    assert found.origin is not None
    home = Path(found.origin).parent
    environment = {
        **os.environ,
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_DAEMON_JAVA_OPTS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    }
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            [home / "bin" / program, *asked],
            env=environment, cwd=folder, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _free() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def _wait(page: str, sign: str) -> None:
    """Wait until a page of the master has a sign."""
    ends = time.monotonic() + _SECONDS
    seen = ""
    while sign not in seen:
        assert time.monotonic() < ends, seen
        time.sleep(0.1)
        with contextlib.suppress(OSError), urllib.request.urlopen(page, timeout=5) as answer:  # noqa: S310  the test's own
            seen = answer.read().decode()

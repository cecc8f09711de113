"""A Spark session for as long as a build takes, and its faults in words.

A session begins when the first source is opened. One that is there already (in a notebook, say) is
used and left alone; so is the server behind a Spark Connect address.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import sys
import tempfile
import time
from typing import IO, TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

import pandas as pd  # noqa: F401  Spark's Arrow needs it
from py4j.protocol import Py4JError
from pyspark import SparkConf, SparkContext
from pyspark.errors import PySparkException
from pyspark.java_gateway import launch_gateway
from pyspark.sql import SparkSession

from truecost.engine.dialects.spark import SparkRows
from truecost.engine.dialects.spark_folder import placed
from truecost.kernel.findings import Finding, SourceError
from truecost.sources.variables import filled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from truecost.model.engine import SparkEngine
    from truecost.store.sources import CodedSource

#: What a session must do alike wherever it runs; nothing in `settings:` changes these.
_PINNED = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.caseSensitive": "true",
    "spark.sql.files.ignoreCorruptFiles": "false",
    "spark.sql.files.ignoreMissingFiles": "false",
}
_CHOSEN = {
    "spark.app.name": "truecost",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
}
_HERE = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
#: What a session by Spark Connect leaves in the environment.
_OF_REMOTE = ("SPARK_CONNECT_MODE_ENABLED", "SPARK_REMOTE", "SPARK_LOCAL_REMOTE")
_SECONDS = 10
#: Seconds in which a worker must take part, or the build ends.
WAIT = 120
_PAUSE = 0.2
#: What Spark counts as those that hold memory: this process, and a worker.
_WITH_ONE = 2
_ON_DEMAND = "spark.dynamicAllocation.enabled"
_PORTS = {"spark": 7077, "sc": 15002}
_SHOWN = 200
#: What Spark says, and what that means.
_NO_PYTHON = (
    "they need this version of Python with duckdb and pyarrow; name it in truecost.yaml, as in"
    "  settings: { spark.pyspark.python: /opt/python/bin/python }"
)
_NO_FOLDER = (
    "name a folder in truecost.yaml that this machine and all workers see, as in"
    "  engine: { spark: { folder: /shared/truecost } }"
)
_FAULTS = (
    (
        r"OutOfMemoryError|exceeds? .*memory|GC overhead|Container killed|maxResultSize|137 \(",
        "Spark has not enough memory",
        "give it more in truecost.yaml, as in  settings: { spark.executor.memory: 8g }",
    ),
    (
        r"FileNotFound|PATH_NOT_FOUND|FAILED_READ_FILE|does not exist",
        "Spark's workers can't read the ledger lines",
        _NO_FOLDER,
    ),
    (
        r"No module named|ModuleNotFoundError|PYTHON_VERSION_MISMATCH|Cannot run program",
        "Spark's workers can't evaluate a rule on an amount or quantity",
        _NO_PYTHON,
    ),
)


class Spark:
    """The engine `spark`: a session that begins with the first source, and ends with the build."""

    def __init__(self, chosen: SparkEngine) -> None:
        self._chosen = chosen
        self._session: SparkSession | None = None
        self._ours = False
        self._environment = {each: os.environ[each] for each in _OF_REMOTE if each in os.environ}
        self._hide: Callable[[str], str] = str
        self._log: IO[bytes] | None = None

    def __enter__(self) -> Self:
        """Begin nothing yet."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Stop the session where it began here."""
        session, self._session = self._session, None
        if session is not None and self._ours:
            session.stop()
        if self._chosen.remote:  # or this process could begin no other kind of session
            for name in _OF_REMOTE:
                os.environ.pop(name, None)
            os.environ.update(self._environment)
        if self._log is not None:
            self._log.close()

    @contextlib.contextmanager
    def rows(self, source: CodedSource, threads: int | None) -> Iterator[SparkRows]:  # noqa: ARG002  Spark has its own
        """Open the rows of a source, beginning the session where it has not."""
        path = placed(source, self._chosen)
        try:
            if self._session is None:
                self._session = self._begun()
            yield SparkRows(self._session, source, path)
        except (PySparkException, Py4JError, OSError) as error:
            raise SourceError(self._fault(error)) from error

    def _begun(self) -> SparkSession:
        settings = {name: self._filled(value) for name, value in self._chosen.settings}
        there = SparkSession.getActiveSession()
        if there is not None and not self._chosen.remote:
            session = there.newSession()
        elif self._chosen.remote:
            address = self._filled(self._chosen.remote)
            self._reach(address)
            session = SparkSession.builder.remote(address).create()
            for name, value in settings.items():
                session.conf.set(name, value)
            self._ours = True
        else:
            session = self._started(settings)
            self._ours = True
        for name, value in _PINNED.items():
            session.conf.set(name, value)
        return session

    def _started(self, settings: dict[str, str]) -> SparkSession:
        """Start Spark in a Java of its own; what that says goes to a file, not to the terminal."""
        master = self._filled(self._chosen.master)
        local = master.startswith("local")
        if not local:
            self._reach(master)
        if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
            what = "Spark needs Java, and there is none"
            hint = "install Java 17 or 21; on Debian:  apt-get install openjdk-17-jre-headless"
            raise SourceError(Finding(self._chosen.place, what, hint))
        conf = SparkConf().setMaster(master)
        for name, value in {**_CHOSEN, **(_HERE if local else {}), **settings, **_PINNED}.items():
            conf.set(name, value)
        gateway = None
        if SparkContext._gateway is None:  # noqa: SLF001 - no other way to know
            self._log = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as Java runs
            to_file = {"stdout": self._log, "stderr": self._log}
            launch: Any = launch_gateway
            gateway = launch(conf, to_file)
        context = SparkContext(conf=conf, gateway=gateway)
        if master.startswith("spark://") and not context.getConf().get(_ON_DEMAND):
            self._await_workers(context)
        python = settings.get("spark.pyspark.python") or os.environ.get("PYSPARK_PYTHON")
        if python or local:
            context.pythonExec = python or sys.executable
        return SparkSession(context)

    def _await_workers(self, context: SparkContext) -> None:
        """Refuse a master of which no worker has room: Spark itself would wait for ever."""
        began = time.monotonic()
        java: Any = context
        while java._jsc.sc().getExecutorMemoryStatus().size() < _WITH_ONE:  # noqa: SLF001  no other
            if time.monotonic() - began > WAIT:
                context.stop()
                what = f"no worker has room for this build after {WAIT} seconds"
                hint = "look at the master's page: workers are down or busy, or have less memory"
                hint += " than  settings: { spark.executor.memory: … }  asks for (1g by default)"
                raise SourceError(Finding(self._chosen.place, what, hint))
            time.sleep(_PAUSE)

    def _reach(self, address: str) -> None:
        """Refuse an address that nobody answers at: Spark itself would try for minutes."""
        first = address.partition(",")[0]  # of several masters
        found = urlsplit(first)
        if found.scheme not in _PORTS or not found.hostname:
            return
        try:
            port = found.port or _PORTS[found.scheme]
            socket.create_connection((found.hostname, port), _SECONDS).close()
        except (OSError, ValueError):
            what = f"nobody answers at {self._hide(first.partition(';')[0])}"
            hint = "check the address, and that Spark runs there"
            raise SourceError(Finding(self._chosen.place, what, hint)) from None

    def _filled(self, written: str) -> str:
        text, hide = filled(written, self._chosen.place, "…")
        before = self._hide
        self._hide = lambda said: hide(before(said))
        return text

    def _fault(self, error: Exception) -> Finding:
        """Give a fault of Spark in words."""
        said = self._hide(str(error))
        for pattern, what, hint in _FAULTS:
            if re.search(pattern, said):
                return Finding(self._chosen.place, what, hint)
        lines = [line.strip() for line in said.splitlines() if line.strip()] or ["no reason given"]
        what = f"Spark failed: {lines[0][:_SHOWN]}"
        return Finding(self._chosen.place, what, "look at what Spark logged, or use engine: duckdb")

"""`truecost serve`: pages by waitress, jobs by child processes, until somebody ends it."""

from __future__ import annotations

import datetime as dt
import logging
import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from truecost.portal.jobs import QUEUES
from truecost.record.opening import begin_record
from truecost.record.place import RecordPlace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from truecost.record.place import Settings

_THREADS = 8
_PATIENCE = 10.0  # seconds that the worker may take to end the job that it does
_BREATH = 1.0  # seconds before a worker that died is started again
_LARGEST = 16 * 1024 * 1024  # bytes of a request
_LOG = logging.getLogger("truecost.serve")


def serve(workspace: Path, name: str, host: str, port: int, tell: Callable[[str], None]) -> None:
    """Serve a workspace until SIGINT or SIGTERM. `tell` is told the address, and the first link.

    `name` is what the organisation is called. Raise ModelError for settings that are not
    understood, OSError where the address is taken.
    """
    begin_record(workspace, name)
    from django.db import connections  # noqa: PLC0415  Django is set up by now
    from waitress.server import create_server  # noqa: PLC0415  comes with the extra

    from truecost.portal import logs, warming  # noqa: PLC0415
    from truecost.portal.wsgi import application  # noqa: PLC0415

    logs.begin()
    settings = RecordPlace(workspace).settings()
    server: Any = create_server(
        application, host=host, port=port, threads=_THREADS, ident=None,
        max_request_body_size=_LARGEST, **_proxied(settings),
    )  # fmt: skip
    address = settings.address or f"http://{_shown(host)}:{server.effective_port}"
    tell(f"Truecost serves {name} at {address}")
    if (link := _first_link()) is not None:
        tell(
            f"the first administrator begins here, once, within a week:\n  {address}/welcome/{link}"
        )
    connections.close_all()  # each thread has its own
    with _ended_by_signals(server), warming.running(), _workers():
        server.run()
    server.close()


def _proxied(settings: Settings) -> dict[str, Any]:
    """Believe what a proxy says of scheme and sender only where there is one."""
    if not settings.proxy:
        return {"clear_untrusted_proxy_headers": True}
    return {
        "trusted_proxy": "*",
        "trusted_proxy_count": 1,
        "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"},
        "clear_untrusted_proxy_headers": True,
    }


def _first_link() -> str | None:
    from truecost.record.services import people  # noqa: PLC0415  needs Django
    from truecost.record.services.acts import By  # noqa: PLC0415  needs Django

    return people.first_link(By(None, "serve", dt.datetime.now(dt.UTC)))


def _shown(host: str) -> str:
    if host in {"127.0.0.1", "0.0.0.0", "::", ""}:  # noqa: S104  shown, not bound
        return "localhost"
    return f"[{host}]" if ":" in host else host


@contextmanager
def _ended_by_signals(server: Any) -> Iterator[None]:
    def end(_number: int, _frame: object) -> None:
        raise SystemExit(0)  # waitress ends its loop, and its threads what they are at

    before = {each: signal.signal(each, end) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
        server.task_dispatcher.shutdown()


@contextmanager
def _workers() -> Iterator[None]:
    """Keep a worker of each queue at work: start it, start it again where it dies, end it."""
    ending = threading.Event()
    keepers = [
        threading.Thread(target=_keep, args=(queue, ending), daemon=True) for queue in QUEUES
    ]
    for keeper in keepers:
        keeper.start()
    try:
        yield
    finally:
        ending.set()
        for keeper in keepers:
            keeper.join(_PATIENCE * 2)


def _keep(queue: str, ending: threading.Event) -> None:
    while not ending.is_set():
        process = subprocess.Popen(  # noqa: S603  our own module, and no shell
            [sys.executable, "-P", "-m", "truecost.portal.worker", queue],
            stdin=subprocess.PIPE, env=dict(os.environ),
        )  # fmt: skip
        while not ending.wait(_BREATH) and process.poll() is None:
            pass
        if ending.is_set():
            _end(process)
        else:
            _LOG.warning("the worker died and is started again")
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a worker: closing its input asks it to."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

"""Jobs: asked for on a page, done by the worker as it is started by `serve`, and killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psutil
import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.portal.conftest import signed_in

from truecost.kernel.findings import UsageError
from truecost.portal.jobs import LONG, builds, months
from truecost.record.models import Event, Job, Period
from truecost.record.opening import SETTINGS
from truecost.record.services import events, periods
from truecost.record.services.permissions import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.record.workshop import Workshop

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals to send")


@contextmanager
def worker(queue: str = LONG) -> Iterator[subprocess.Popen[bytes]]:
    """Start a worker as `serve` does, on the record that is open."""
    there = {**os.environ, "TRUECOST_WORKSPACE": str(settings.TRUECOST_WORKSPACE)}
    with subprocess.Popen(
        [sys.executable, "-m", "truecost.portal.worker", queue],
        stdin=subprocess.PIPE, env={**there, "DJANGO_SETTINGS_MODULE": SETTINGS},
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.kill()


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "in vain"
        time.sleep(0.01)


def state(number: int) -> str:
    return Job.objects.get(pk=number).state


def stopped_child(process: subprocess.Popen[bytes]) -> psutil.Process:
    """Give the child that builds, held where it is."""
    found: list[psutil.Process] = []

    def there() -> bool:
        found[:] = psutil.Process(process.pid).children()
        return bool(found)

    until(there)
    found[0].suspend()
    return found[0]


def test_a_build_is_started_and_its_run_shown(shop: Workshop) -> None:
    shop.add("2026-01-31,10.00,6400,IT-100,Late,Late")
    client = signed_in(shop.person(Role.ANALYST))
    answer = client.post(reverse("build_start"))
    assert answer.status_code == 303
    page = answer["Location"]
    assert "It waits" in client.get(page).content.decode()
    assert client.post(reverse("build_start")).status_code == 422, "one at a time"
    number = int(page.rsplit("/", 1)[1])
    with worker():
        until(lambda: state(number) not in {"waiting", "running"})
    said = client.get(page).content.decode()
    latest = shop.store.latest()
    assert latest
    assert "Done" in said, said
    assert latest.id in said
    assert latest.id in client.get(reverse("builds")).content.decode()
    part = client.get(page, headers={"hx-request": "true"}).content.decode()
    assert "<html" not in part
    assert "hx-get" not in part
    told = Event.objects.filter(kind__startswith="job ").order_by("sequence")
    assert [each.kind for each in told] == ["job asked for", "job ended"]
    assert events.check().findings == ()


def test_findings_are_shown_where_they_are(shop: Workshop) -> None:
    with (shop.folder / "model/services.yaml").open("a", encoding="utf-8") as model:
        model.write("\n  nonsense: [\n")
    client = signed_in(shop.person(Role.ANALYST))
    page = client.post(reverse("build_start"))["Location"]
    number = int(page.rsplit("/", 1)[1])
    with worker():
        until(lambda: state(number) == "failed")
    said = client.get(page).content.decode()
    assert "model/services.yaml:" in said


def test_a_second_build_says_that_the_workspace_is_held(shop: Workshop) -> None:
    row = builds.ask(shop.person(Role.ANALYST))
    with shop.store.lock(wait=True), worker():
        until(lambda: state(row) == "failed")
    page = signed_in(shop.person(Role.ANALYST)).get(reverse("build", args=[row]))
    assert f"the workspace is held by process {os.getpid()}" in page.content.decode()


@posix
def test_a_build_that_is_killed_has_failed_and_is_started_again(shop: Workshop) -> None:
    shop.add("2026-01-31,10.00,6400,IT-100,Late,Late")
    runs = shop.store.ids()
    by = shop.person(Role.ANALYST)
    first = builds.ask(by)
    with worker() as process:
        child = stopped_child(process)
        assert state(first) == "running"
        child.send_signal(signal.SIGKILL)
        until(lambda: state(first) == "failed")
        assert "SIGKILL" in Job.objects.get(pk=first).result
        assert shop.store.ids() == runs, "nothing half"
        second = builds.ask(by)
        until(lambda: state(second) == "done")
    assert len(shop.store.ids()) == len(runs) + 1


@posix
def test_a_worker_that_is_killed_leaves_a_failed_job_and_no_child(shop: Workshop) -> None:
    by = shop.person(Role.ANALYST)
    first = builds.ask(by)
    with worker() as process:
        child = stopped_child(process)
        process.kill()
        process.wait()
    child.resume()
    _, alive = psutil.wait_procs([child], timeout=30)
    assert alive == []
    assert state(first) == "running"
    with worker():
        until(lambda: state(first) == "failed")
        second = builds.ask(by)
        until(lambda: state(second) == "done")


@posix
def test_closing_that_is_killed_leaves_the_period_as_it_was(shop: Workshop) -> None:
    label = shop.reviewed().label
    by = shop.person(Role.ANALYST)
    first = months.ask_close(by, label, history=False)
    with pytest.raises(UsageError, match="a closing is under way already"):
        months.ask_close(by, label, history=False)
    with worker() as process:
        child = stopped_child(process)
        assert (state(first), periods.get(label).state) == ("running", "in review")
        process.kill()
        process.wait()
    child.resume()
    _, alive = psutil.wait_procs([child], timeout=30)
    assert alive == []
    with worker() as process:
        until(lambda: state(first) == "failed")
        assert "nothing is half done" in Job.objects.get(pk=first).result
        second = months.ask_close(by, label, history=False)
        stopped_child(process).send_signal(signal.SIGKILL)
        until(lambda: state(second) == "failed")
        assert "SIGKILL" in Job.objects.get(pk=second).result
        assert periods.get(label).state == "in review"
        third = months.ask_close(by, label, history=False)
        until(lambda: state(third) == "done")
        fourth = months.ask_close(by, label, history=False)
        until(lambda: state(fourth) == "done")
    assert Event.objects.filter(kind="period closed").count() == 1
    assert len(shop.store.closings.read()) == 1


def test_a_run_that_does_not_hold_is_not_put_under_review(shop: Workshop) -> None:
    run = shop.build()
    (run.folder / "lines.parquet").write_bytes(b"PAR1")
    by = shop.person(Role.ANALYST)
    with pytest.raises(UsageError):
        months.ask_review(by, "1999-13", run.id)
    label, job = months.ask_review(by, "2026-01", run.id)
    with worker():
        until(lambda: state(job) == "failed")
    page = signed_in(by).get(reverse("month_job", args=[label, job])).content.decode()
    assert "lines.parquet" in page
    assert not Period.objects.exists()


def test_jobs_are_listed_with_few_queries(shop: Workshop) -> None:
    client = signed_in(shop.person(Role.ANALYST))
    row = builds.ask(shop.person(Role.ANALYST))
    counts = {}
    for name, address in (
        ("builds", reverse("builds")),
        ("build", reverse("build", args=[row])),
    ):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        counts[name] = len(queries)
    assert counts == {"builds": 7, "build": 6}

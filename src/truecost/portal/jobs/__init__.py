"""Jobs: what takes long, done by the worker of `truecost serve` and not by a page.

A job is a function with `django_tasks.task`; it calls a service, and does the same twice without
harm: a worker may be killed at any moment. Two queues have a worker process each, so that mail does
not wait for a build: `SHORT` (the default) and `LONG`.

* `builds`: a workspace becomes a run, in a child of the worker (`child`): so it has its memory for
  itself, none of the worker's, and no connection to the database;
* `months`: putting a run under review, and closing: such a child checks the run (`checking`)
* `papers`: issuing a period, and checking the whole record
* `children`, `telling`: both sides of such a child: progress, result, its end with the worker
* `STARTING`: jobs that a worker of a queue hands to itself when it begins, by the path of their
  task: for what another left undone.

People see the state of a job in `record.services.jobs`, where it has one there.
"""

from __future__ import annotations

SHORT, LONG = "default", "long"
QUEUES = (SHORT, LONG)
#: Tasks (`module.function`) without arguments that a worker of the queue begins with.
STARTING: dict[str, tuple[str, ...]] = {SHORT: (), LONG: ()}

"""Disputes: raise one on a line of a statement, follow and settle it, see how long they wait.

* `raising`: the form that a statement leads to
* `views`: the list, one dispute with its thread and evidence, the acts on it
* `shown`: evidence and threads as templates want them
* `ageing`: the report, as a page and as CSV
"""

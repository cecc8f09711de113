"""Briefings: read, written, previewed, published; replied to, also statements; replies moderated.

* `views`: the list, one briefing, what its writers do to it
* `drafting`: writing, previewing, publishing
* `replying`: the thread under a briefing or a statement, the form
* `moderating`: what waits, and what was decided
* `markup`: Markdown of strangers made HTML that does nothing
"""

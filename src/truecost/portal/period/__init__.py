"""The period room: what the analyst sees and does between a build and the posted journal.

* `builds`: start a build, and see how far it is and what came of it
* `runs`: which runs there are, what differs between two, and putting one under review
* `room`: a period: its checklist with decisions; closing and reopening it
* `figures`: the lines that were refused, with file and line, and the reconciliation
* `issue`: what will be issued, issuing it (a job), what was issued
* `journal`: the journal of what was issued: preview, posting, reversal, download
* `shared`: what these have in common
"""

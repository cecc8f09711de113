"""The period room: what the analyst sees and does between a build and the posted journal.

* `builds`: start a build, and see how far it is and what came of it
* `runs`: which runs there are, what differs between two, and putting one under review
* `room`: a period: closing and reopening it; `checks`: its checklist, with who decided what
* `sign_offs`: what waits for owners, who sign off or refuse
* `figures`: what was refused, with file and line, what has no place, the reconciliation
* `issue`: what will be issued, issuing it (a job), what was issued
* `journal`: the journal of what was issued, and of credit notes: preview, posting, reversal
* `shared`: what these have in common
"""

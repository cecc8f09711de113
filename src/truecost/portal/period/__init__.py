"""The period room: what the analyst sees and does between a build and the posted journal.

* `builds`: start a build, and see how far it is and what came of it
"""

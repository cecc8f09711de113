"""A whole organisation to try, made of a seed: `truecost init DIR --example group`.

Enters: a seed. Leaves: the text of every file of a workspace, by its path (`workspace.files`).
Nothing is read, no clock is asked; the same seed gives the same bytes on any machine.

A `World` (`world.py`) is what everything follows from: months, companies, units, services, dice.
Each other module makes one kind of data, as pure functions of a world:

* `people`: how many work in each unit; `use`: seats, devices, tickets, machine hours
* `staff`: IT's own people, their pay and hours; `contracts`: what suppliers are paid, and when
* `assets`: what was bought to last; `cloud`: bills in FOCUS; `currency`: rates of exchange
* `ledger`: all of these as postings in the books of three companies, so that they reconcile
* `model_*`, `expectations`, `story`: the cost model, its tests, and the README

A new kind of data is a new module: a function of a world, named in `workspace.PARTS` where it
makes files, in `ledger.PARTS` where it is posted. Every chance is rolled under a name of its own
(`Dice`), so what is added changes nothing that was there.

All that it makes is invented, and says so.
"""

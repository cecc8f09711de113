"""Scenarios: a small patch over a model, computed over a run and compared with it.

Enters: a run with its model (`base`) and scenarios as written (`truecost.model.scenario`). Leaves:
what each month would have been (`month`), who pays more and who less, what is saved and from when
(`compute`, `savings`), and who would leave next (`cascade`). Nothing is written to the store.

For each month in which it holds, a scenario is applied in a fixed order:

1. **costs** (`costs`): what more or less enters cost objects;
2. **rules** (`rewrite`): allocation rules that take the place of others;
3. **quantities** (`quantities`): drivers that are others;
4. **who** (`rewrite`): consumers that leave services, or altogether; services that end; consumers
   that merge;
5. **savings** (`savings`): what less use saves, by cost behaviour, is taken off what the service
   costs once its notice has run out.

Then the engine allocates, and, where the model charges otherwise than at cost, charges
(`billing`): the result is what a full build of the changed workspace would give, to the bit.
Ledger lines are never classified again, and what a scenario leaves as it is (the flows of a cost
object whose rule, targets and quantities are the run's) is taken from the run. A comparison is
taken apart by computing it step by step: each step's effect is the difference of two settled
results, so that they add up to the minor unit.

`what_if` answers one question again and again, as sliders ask it: what bills would be if a driver
had other quantities. A month that stands (`truecost.engine.standing`) answers both, where nothing
but the last tier is another.

Terms. The *base* is the run. A *patch* is what a scenario makes of one month's model. *Stranded*
is a service that nobody uses and that still costs: it goes to a named remainder. The *unit cost* of
a service is what it comes to over the quantity that shares it. A *cascade*: consumers who leave one
after the other as the unit cost rises.
"""

"""The kernel: ideas that every other folder needs and that need none of them.

Enters: nothing but the standard library and numpy. Leaves:

* `money`: currencies, minor units, how an amount is shown;
* `apportion`: an integer total split by weights, to the unit, by largest remainder;
* `calendars` (with `year_turns`): fiscal calendars, and the periods that they make of days;
* `periods`: periods in a row, validity; `days`: validity by the day;
* `likeness`: which known name was meant by one that is not known;
* `findings`: where a fault is, what it is, what to do; one exception class per kind of failure;
* `digest`: hashes of values and tables that mean the same on every machine.
"""

"""The engine: ledger lines and a model become settled bills that add up to the ledger.

Enters: coded sources (`truecost.sources`) and a checked model (`truecost.model`), one period and
currency at a time. Leaves: the tables of a run (`tables`), each amount in int64 minor units, with
their proof. Nothing here reads a clock, and the same input gives the same bytes on every machine.

    lines ──classify──▶ cells ──graph──▶ network ──solve──▶ gross costs ──settle──▶ bill lines

1. **Classify** (`classify`, `ledger`, `unmapped`). The first rule that matches a ledger line says
   what it was spent on, where it stands and what it is for. Rules meet the dictionary and become a
   `plan` of integers (`planning`); lines are looked up in it where they are (`dialects`). They are
   added up exactly into cells (`cells`); each source's total of a period is rounded once.
   Savings of commitments move between cells (`savings`, from `bill_charges`); cells in other
   currencies are translated (`exchange`, at `rates`; `exchange_again` checks a run).
2. **Network** (`graph`, `drivers`, `measures` → `edges`, `network`). Rules and driver quantities
   become integer weights between cost objects; objects may consume each other. `network.solve`
   gives what each object comes to. Doubles (`equations`: `sweeps` and `relaxation` on all cores,
   by `products`; else `components` and `elimination`) only propose it; what they leave is computed
   in integers without rounding (`units`) and bounds the error (`certificate`). Small networks are
   asked in fractions (`rational`), huge weights in `fixedpoint`.
3. **Settle** (`settle`). The lines of bills, and named remainders, are rounded together by largest
   remainder to the exact total of their period, currency and class. Doubles only tell early what
   is beyond doubt; the exact amounts, on a `grid` of 2⁻⁶⁴ of a unit, decide.

4. **Charge** (`charging`, `charges`, `recovery`). Lines are cost at actual. What consumers are
   charged is another table: at rates (`rating`), at cost, shown or funded; the difference, by
   service, is recovery, which true-ups settle. `started_rates` refuses what would change the past.

5. **Explain** (`lineage`, `bridge`). On demand, from a run alone: it keeps its model (`frozen`). A
   figure is pulled back to where cost entered (`lineage_system`) and to its ledger lines
   (`lineage_search` of `lineage_lines`: `lineage_rows` and `lineage_texts` read them,
   `lineage_rules` and `lineage_lists` say which rules win, a `lineage_session` keeps what was
   found); a change is bridged (`bridge`, with `bridge_sides` and `model_changes`).

What there is many of is columns, texts as numbers (`codes`): `spreads` of drivers become `flows`,
settled amounts `lines`, and both the tables of a run (`run_columns`, `columnar`). `between` takes
out what a method between services does not pass.

`allocate` does 2 and 3 for one period and currency, `build` the whole (`rows`, `proof`, `manifest`,
`code`), and `verify` checks a run afterwards. What was built before is taken again (`remembered`);
a month that stands (`standing`, over `again`) says in milliseconds what other quantities would do.
`expectations` carries out the organisation's own tests: of allocation rules through `allocate`, of
mapping rules on given lines, of a saved run.

Terms. A *cell*: lines added up that share where they enter the model and what for. A *cost object*:
a tower, service or consumer; a *node* of the network. An *edge*: what part of its cost a node, the
*tail*, passes to another, the *head*: a *weight* out of the tail's *whole*. A *terminal*: a node
that passes nothing on: a consumer or a named remainder. An *entry*: cost that enters a node
directly. A *gross cost*: all that comes to a node, directly or from others, before it passes it on.
A *column*: one class of cost (run, grow, transform), a problem of its own. A *rest*: what an exact
amount has beyond its whole units.
"""

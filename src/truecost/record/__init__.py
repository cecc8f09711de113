"""The system of record: what people did with what was computed, kept for good.

Enters: runs of the store, and acts of people. Leaves: periods, numbered statements with the very
bytes that were sent, journals, roles, and a chain of events that says who did what. One workspace
has one record, in `WORKSPACE/record` (SQLite) or in PostgreSQL (`place`, `database`).

* `services`: the only door. Pages, the API and the command line call it and nothing else here.
* `models`: the tables; nobody outside imports them (`make lint` says so).
* `guards`: database triggers that refuse to change or delete what is written; laid again after
  every migration, looked for by `ready` and `verify`.
* `opening`: from a program, without Django set up: `has_record`, `begin_record`, `open_record`.
* `place`, `database`: where the record lies, its settings, its key; Django's database settings.

How an act goes. A service asks whether the person may (`By.need`), does what takes long, takes the
store's lock if it writes there, and then opens one transaction (`acting`): it looks again whether
all is as it was, writes, records an event, commits. So a transaction is short, which SQLite needs;
locks are taken in one order (store, period, numbers, chain), so nobody waits for each other; and
whoever is killed leaves nothing half. What is written to the store before the commit is recognised
and taken over when the act is done again.

To add a table: a model, `makemigrations record`, its name in `guards` if it is written once, a
service with an event for every change, tests on both databases (`tests/record`, fixture `shop`).

Terms. *Period*: open → in review → closed → issued, and back to open by a recorded act. *Entry*:
what the checklist of a period asks; a *decision* settles it while its figures are the same.
*Correction*: a supplement or credit note that cites a statement. *Grant*: a role over all or a part
of the organisation, for some days. *Seal*: the hash of all that a row says.
"""

"""The store: what was computed, whole or not there; the only folder that writes to the disk.

Enters: Arrow tables and a manifest (a run), or the coded rows of a source. Leaves: `runs.Run` and
`sources.CodedSource`, which read them back. The format is v1, described file by file in
`docs/reference/store.md`; issued hashes depend on it, so readers support it for ever.

* `runs`: `Store`, the door to everything here; `Run`, tables and a manifest named by their inputs;
* `sources`: a ledger read once, dictionary-coded, named by the hash of its bytes and its recipe;
* `pins`: runs that are never collected;
* `lock`: one build at a time in a workspace;
* `layout`: where everything lies, and the version check;
* `durable`: files and folders that survive a kill or a power cut whole;
* `parquet`: the one way in which tables are written; `content`: hashes of what a table says.

Terms. *Load id*: the name of a coded source. *Run id*: the name of a run, from the hash of its
inputs. *Manifest*: what a run was made from, and the hash of each of its tables. *Pin*: a promise
to keep a run, with its reason.
"""

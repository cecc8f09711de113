"""The API under `/api/v1`: what pages do, for programs.

Enters: requests with a token, or of somebody signed in. Leaves: JSON, CSV, Parquet; problems as
RFC 9457 says. It computes nothing and writes nothing but through a service.

* `urls`: all endpoints, and the door before each; `portal.urls` includes it, and nothing else of
  the portal knows of the API
* `door`: who asks, may they, how often, was it asked before; conditions of the answer
* `endpoints`: how an endpoint is declared: its scope and its act, without which it can't be
* `problems`, `shapes`, `paging`, `tables`, `bodies`: errors, answers, pages of lists, large tables,
  what is read
* `looking`: which run and month are shown
* a module per area: `statements`, `periods`, `runs`, `overview`, `trees`, `flow`, `people`, …
* `reference`: the page that shows them all

To add an endpoint: a function in its area's module under `@get` or `@post` of `endpoints`, with
the id of its operation (`list_…` and `get_…` read, any other verb acts); what stands in its address
in `tests/api/addresses.py`; which page does the same in `tests/api/correspondence.py`, where every
page names its endpoints, or why it needs none; then `make docs`.
"""

"""The portal: pages over the record's services, drawn by the server.

Enters: requests. Leaves: pages with the look of statements (`statements.html.style_sheet`), light
and dark, without inline script. A page computes nothing and writes nothing but through a service.

* `settings`: all of Django's settings, from `WORKSPACE/record/settings.toml`; `wsgi`
* `areas`: the packages that hold the pages, each with its `urls` (addresses, the act that each asks
  for, the entry of the menu) and its templates in `templates/<area>`; `urls` gathers them
* `rules`: the gate: an address without a rule lets nobody in
* `acting`: who acts; `frame`: what stands around every page
* `texts`: what no text may hold
* `limits`: how often a page may be asked to write
* `spoken`: the locale of the workspace, for pages that show no run
* `opened`: runs that are open, for pages that explain figures
* `headers`: content security policy and the like; `logs`: lines without personal data
* `delivery`: mails leave the outbox
* `calls`, `outward`: webhooks are told; the one request that goes out to where somebody said
* `serve`, `worker`: `truecost serve`: waitress, and the processes that do jobs
* `jobs`: what those processes do

To add a page: a view in its area's package, an address and a rule in the area's `urls`, a template
that extends `portal/base.html`, what stands in its address in `tests/portal/addresses/<area>.py`, a
case in `tests/portal`. A page that acts takes POST, calls one service, and sends on to a page
(303). What takes long is a job (`jobs`).
"""

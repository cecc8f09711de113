"""The portal: pages over the record's services, drawn by the server.

Enters: requests. Leaves: pages with the look of statements (`statements.html.style_sheet`), light
and dark, without inline script. A page computes nothing and writes nothing but through a service.

* `settings`: all of Django's settings, from `WORKSPACE/record/settings.toml`; `urls`, `wsgi`
* `rules`: which act each address asks for; an address without a rule lets nobody in
* `views`, `welcome`, `health`: the pages; `frame`: what stands around them
* `headers`: content security policy and the like; `logs`: lines without personal data
* `serve`, `worker`: `truecost serve`: waitress, and the process that does jobs
* `accounts`: what we want of allauth otherwise than it does

To add a page: a view in a module of its own, an address in `urls` with a name, a rule for the name
in `rules`, a template that extends `portal/base.html`, a case in `tests/portal`. A page that acts
takes POST, calls one service, and sends on to a page (303). Jobs are functions with
`django_tasks.task`; they call services too.
"""

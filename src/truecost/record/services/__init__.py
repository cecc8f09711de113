"""The only door to the record. Every function that acts takes `By`: who, by which way, when.

    periods      known, get, review, entries (the checklist), decide, close, reopen
    signing      asked, say, owners: what owners sign off or refuse
    issuing      issue: every consumer's statement, or what corrects it, in one act
    corrections  credit: a credit note by hand
    disputes     questions and disputes on lines of statements: raise, answer, settle, ageing
    briefings    begin, save, publish, correct, withdraw; published, briefing
    replies      write, approve, hide; thread, to_look_at
    journals     post, reverse: what was issued, as balanced entries, once; post_credits
    reading      statements, statement, document, corrections, events: narrowed to the reader
    people       invite, accept, grant, delegate, end_grant, erase, first_link, find
    mail         send: queued with the act, delivered by the worker; outbox, bounced, forget
    subscriptions  ask, confirm, end, mine; tell: who is told of what is issued or published
    hooks        make, change, rotate, switch, end a webhook; what it was told; resend
    deliveries   queue (by `events`), take: what webhooks are told, for the worker
    rules        change: thresholds, two people, days until an answer
    integrity    ready (quick), check (everything): what is not as it was written
    tokens       make, of, revoke, acts_for: words by which programs act for people
    answers      what requests with an idempotency key were answered
    jobs         ask, known, get: what the worker does; begin, progressed, end for the worker
    permissions  Role, Act, Rights.may: the one place that decides
    segregation  deed, need_another: who kept a month's figures does not issue them
    events       record, check: the chain
    limits       take, forget: how often something may be tried
    acts         By, DeniedError, acting, store
    checklist, runs, papers, numbers: parts of the above, pure but for `runs` and `numbers`

What goes wrong is a `TruecostError` that says what to do; who may not gets a `DeniedError`. Rows of
`models` are given out to be read; only services write them. No service asks a clock.

Rules for a new service: `by.need(Act.…, on)` first, with an `Act` of `permissions` (add one there,
and to the roles that may); what takes long before `acting`; one `acting` per function; inside it,
lock the row that decides (`periods.locked`), look again, write, `events.record` with `before` and
`after` free of personal data, and `personal=` for what is. Doing it twice does it once.
"""

"""Subscriptions: the form for anybody, the links of the mails, one's own, and the outbox."""

"""What the API has for each page: operations, or the reason why it has none."""

from __future__ import annotations

from typing import Final


class Because(str):
    """Why no operation is needed."""

    __slots__ = ()


_FORM = Because("a form to be filled in: a program has what it fills in already")
_LOOK = Because("how pages look")
_SELF = Because("how somebody signs in, and keeps that safe: no token may, and none needs to")
_PROVIDER = Because("the way to a provider of single sign-on and back, which a browser goes")
_HEALTH = Because("it answers programs as it is")
_LINK = Because("the link of a mail: who has the mail opens it, or their mail program does")

#: Of areas that are being written, to be named above; empty where all is named.
WAITING: Final[frozenset[str]] = frozenset({
    "statement_counts", "statement_peers", "statement_later", "statement_acts", "statement_less",
    "disputes_ageing", "disputes_ageing_csv", "rejects", "reconciliation", "issue_start",
    "issuing", "journal_download", "standing_in", "events_csv", "verification_start",
    "subscribe", "subscriptions", "outbox", "outbox_bounced", "outbox_forget",
})  # fmt: skip

PAGES: Final[dict[str, tuple[str, ...] | Because]] = {
    # statements
    "home": ("get_me", "get_statements", "get_periods"),
    "statement": ("get_statement", "get_view", "get_corrections", "get_documents", "get_disputes"),
    "document": ("get_document",),
    "statement_figure": ("get_explanation",),
    "statement_compare": ("get_change",),
    "style": _LOOK,
    # overview, trees, flow, model
    "overview": ("get_overview", "get_movements", "get_trends", "get_disputes"),
    "services": ("get_services", "get_services-csv", "get_services-parquet"),
    "service": ("get_service",),
    "consumers": ("get_consumers",),
    "consumer": ("get_consumer",),
    "flow": ("get_flow", "get_flow-node", "get_flow-csv", "get_flow-parquet"),
    "model": ("get_model",),
    "model_changes": ("get_models",),
    # disputes
    "dispute_raise": ("post_raise",),
    "disputes": ("get_disputes",),
    "dispute": ("get_dispute", "get_thread"),
    "dispute_evidence": ("get_evidence",),
    "dispute_act": ("post_say", "post_answer", "post_accept", "post_reject", "post_withdraw"),
    # periods
    "periods": ("get_periods",),
    "builds": ("get_builds",),
    "build_start": ("post_builds",),
    "build": ("get_build",),
    "runs": ("get_runs", "get_run", "get_tables", "get_table"),
    "review": ("post_review",),
    "room": ("get_period", "get_checklist"),
    "decide": ("post_decisions",),
    "close": ("post_close",),
    "reopen": ("post_reopen",),
    "issue": ("get_period", "get_statements", "get_statements-csv", "get_statements-parquet"),
    "journal": ("get_journal",),
    "journal_post": ("post_journal",),
    "journal_reverse": ("post_reversal",),
    # people
    "people": ("get_people",),
    "person_invite": ("post_people",),
    "person": ("get_person",),
    "person_act": ("post_grants", "post_erasure"),
    "grant_end": ("post_end",),
    "rules": ("get_organisation",),
    "rules_change": ("put_organisation",),
    # events
    "events": ("get_events",),
    "verification": ("get_verification",),
    # subscriptions
    "subscribe_asked": _FORM,
    "subscription_confirm": _LINK,
    "subscription_end": _LINK,
    # tokens
    "tokens": ("get_tokens",),
    "token_made": ("post_tokens",),
    "token_revoke": ("post_revocation",),
    # signing in
    "account_login": _SELF,
    "mfa_authenticate": _SELF,
    "account_logout": _SELF,
    "account_signup": _SELF,
    "welcome": _SELF,
    "account_reset_password": _SELF,
    "account_reset_password_done": _SELF,
    "account_reset_password_from_key_done": _SELF,
    "account_reset_password_from_key": _SELF,
    "mfa_index": _SELF,
    "account_change_password": _SELF,
    "account_reauthenticate": _SELF,
    "mfa_reauthenticate": _SELF,
    "mfa_activate_totp": _SELF,
    "mfa_deactivate_totp": _SELF,
    "mfa_view_recovery_codes": _SELF,
    "mfa_generate_recovery_codes": _SELF,
    "end_others": _SELF,
    "end_session": _SELF,
    "socialaccount_login_cancelled": _PROVIDER,
    "saml_login": _PROVIDER,
    "saml_acs": _PROVIDER,
    "saml_finish_acs": _PROVIDER,
    "saml_sls": _PROVIDER,
    "saml_metadata": _PROVIDER,
    "openid_connect_login": _PROVIDER,
    "openid_connect_callback": _PROVIDER,
    # health
    "health": _HEALTH,
    "ready": _HEALTH,
}
#: Operations that no page has, each with why.
BEYOND: Final[dict[str, str]] = {
    "post_credits": "pages credit what was disputed; a program may correct what nobody disputed",
    "post_issue": "pages have the worker issue; a program may wait for it",
    "post_delegations": "on the page of one's own roles",
}

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

PAGES: Final[dict[str, tuple[str, ...] | Because]] = {
    # statements
    "home": ("get_me", "get_statements", "get_periods"),
    "statement": (
        "get_statement",
        "get_view",
        "get_corrections",
        "get_documents",
        "get_statement-disputes",
    ),
    "document": ("get_document",),
    "statement_figure": ("get_explanation",),
    "statement_counts": ("get_counts",),
    "statement_peers": ("get_peers",),
    "statement_compare": ("get_change",),
    "statement_later": ("get_coming", "get_postings"),
    "statement_acts": ("get_acts",),
    "statement_less": ("get_levers", "post_what-if"),
    "style": _LOOK,
    # overview, trees, flow, model
    "overview": ("get_overview", "get_movements", "get_trends", "get_departments"),
    "services": ("get_services", "get_services-csv", "get_services-parquet"),
    "service": ("get_service",),
    "consumers": ("get_consumers",),
    "consumer": ("get_consumer",),
    "flow": ("get_flow", "get_flow-node", "get_flow-csv", "get_flow-parquet"),
    "model": ("get_model",),
    "model_changes": ("get_models",),
    # briefings
    "briefings": ("get_briefings", "get_drafts"),
    "briefing": ("get_briefing", "get_briefing-replies"),
    "briefing_reply": ("post_briefing-replies",),
    "statement_reply": ("post_statement-replies", "get_statement-replies"),
    "briefing_write": ("post_drafts",),
    "briefing_draft": ("put_draft",),
    "briefing_preview": ("get_draft",),
    "briefing_publish": ("post_publication",),
    "briefing_discard": ("post_discard",),
    "briefing_correct": ("post_correction",),
    "briefing_withdraw": ("post_briefing-withdrawal",),
    "replies": ("get_replies",),
    "reply": ("get_reply",),
    "reply_decide": ("post_approval", "post_hiding"),
    # disputes
    "dispute_raise": ("post_statement-disputes",),
    "disputes": ("get_disputes", "get_disputes-csv", "get_disputes-parquet"),
    "disputes_ageing": ("get_ageing",),
    "disputes_ageing_csv": ("get_ageing",),
    "dispute": ("get_dispute", "get_thread"),
    "dispute_evidence": ("get_evidence",),
    "dispute_act": ("post_say", "post_answer", "post_accept", "post_reject", "post_withdraw"),
    # periods
    "periods": ("get_periods",),
    "builds": ("get_builds",),
    "build_start": ("post_builds",),
    "build": ("get_build",),
    "runs": (
        "get_runs",
        "get_run",
        "get_tables",
        "get_table",
        "get_comparison",
        "get_comparison-csv",
        "get_comparison-parquet",
    ),
    "review": ("post_review",),
    "room": ("get_period", "get_checklist"),
    "decide": ("post_decisions",),
    "close": ("post_close",),
    "reopen": ("post_reopen",),
    "month_job": Because("by the API a program waits for reviewing and closing"),
    "rejects": ("get_rejects",),
    "reconciliation": ("get_reconciliation",),
    "issue": ("get_plan", "get_statements", "get_statements-csv", "get_statements-parquet"),
    "issue_start": ("post_issuing",),
    "issuing": ("get_issuing",),
    "journal": ("get_journal", "get_journals"),
    "journal_download": ("get_journal-file",),
    "journal_post": ("post_journal",),
    "journal_reverse": ("post_reversal",),
    "journal_credits": ("post_credit-notes",),
    "unmapped": ("get_unmapped",),
    "sign_offs": ("get_sign-offs",),
    "sign_off": ("post_sign-off",),
    # people
    "people": ("get_people",),
    "person_invite": ("post_people",),
    "person": ("get_person",),
    "person_act": ("post_grants", "post_link", "post_shut-out", "post_let-in", "post_erasure"),
    "grant_end": ("post_end",),
    "standing_in": ("get_delegations", "post_delegations"),
    "rules": ("get_organisation",),
    "rules_change": ("put_organisation",),
    # events
    "events": ("get_events",),
    "events_csv": ("get_events-csv", "get_events-parquet"),
    "verification": ("get_verifications", "get_verification"),
    "verification_start": ("post_verifications",),
    # subscriptions
    "subscribe": ("post_subscriptions",),
    "subscribe_asked": _FORM,
    "subscriptions": ("get_subscriptions", "post_unsubscribe"),
    "outbox": ("get_mail", "get_subscribers"),
    "outbox_bounced": ("post_bounces",),
    "outbox_forget": ("post_forget",),
    "subscription_confirm": _LINK,
    "subscription_end": _LINK,
    # tokens
    "webhooks": ("get_webhooks",),
    "webhook_made": ("post_webhooks",),
    "webhook": ("get_webhook", "get_deliveries"),
    "webhook_change": ("put_webhook",),
    "webhook_rotate": ("post_webhook_secret",),
    "webhook_switch": ("post_webhook_state",),
    "webhook_end": ("post_webhook_end",),
    "webhook_resend": ("post_resending",),
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
}

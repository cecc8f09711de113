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
    "home": ("get_me", "list_statements", "list_periods"),
    "statement": (
        "get_statement",
        "get_statement_view",
        "list_statement_corrections",
        "list_statement_documents",
        "list_statement_disputes",
    ),
    "document": ("get_statement_document",),
    "statement_figure": ("get_statement_explanation",),
    "statement_counts": ("list_statement_counts",),
    "statement_peers": ("get_statement_peers",),
    "statement_compare": ("get_statement_change",),
    "statement_later": ("get_statement_outlook", "list_statement_postings"),
    "statement_acts": ("list_statement_acts",),
    "statement_less": ("list_statement_levers", "compute_what_if"),
    "style": _LOOK,
    # overview, trees, flow, model
    "overview": ("get_overview", "get_movements", "list_trends", "list_dispute_departments"),
    "services": ("list_services", "get_services_csv", "get_services_parquet"),
    "service": ("get_service",),
    "consumers": ("list_consumers",),
    "consumer": ("get_consumer",),
    "flow": ("get_flow", "get_flow_node", "get_flow_csv", "get_flow_parquet"),
    "model": ("get_model",),
    "model_changes": ("get_model_changes",),
    # briefings
    "briefings": ("list_briefings", "list_briefing_drafts"),
    "briefing": ("get_briefing", "list_briefing_replies"),
    "briefing_reply": ("reply_to_briefing",),
    "statement_reply": ("reply_to_statement", "list_statement_replies"),
    "briefing_write": ("begin_briefing_draft",),
    "briefing_draft": ("save_briefing_draft",),
    "briefing_preview": ("get_briefing_draft",),
    "briefing_publish": ("publish_briefing",),
    "briefing_discard": ("discard_briefing_draft",),
    "briefing_correct": ("correct_briefing",),
    "briefing_withdraw": ("withdraw_briefing",),
    "replies": ("list_replies",),
    "reply": ("get_reply",),
    "reply_decide": ("approve_reply", "hide_reply"),
    # disputes
    "dispute_raise": ("raise_dispute",),
    "disputes": ("list_disputes", "get_disputes_csv", "get_disputes_parquet"),
    "disputes_ageing": ("get_dispute_ageing",),
    "disputes_ageing_csv": ("get_dispute_ageing",),
    "dispute": ("get_dispute", "list_dispute_messages"),
    "dispute_evidence": ("get_dispute_evidence",),
    "dispute_act": (
        "add_dispute_message",
        "answer_dispute",
        "accept_dispute",
        "reject_dispute",
        "withdraw_dispute",
    ),
    # periods
    "periods": ("list_periods",),
    "builds": ("list_builds",),
    "build_start": ("start_build",),
    "build": ("get_build",),
    "runs": (
        "list_runs",
        "get_run",
        "list_run_tables",
        "get_run_table",
        "get_run_comparison",
        "get_run_comparison_csv",
        "get_run_comparison_parquet",
    ),
    "review": ("review_period",),
    "room": ("get_period", "list_checklist_entries"),
    "decide": ("settle_checklist_entries",),
    "close": ("close_period",),
    "reopen": ("reopen_period",),
    "month_job": Because("by the API a program waits for reviewing and closing"),
    "rejects": ("get_rejects",),
    "reconciliation": ("get_reconciliation",),
    "issue": (
        "list_planned_issues",
        "list_statements",
        "get_statements_csv",
        "get_statements_parquet",
    ),
    "issue_start": ("start_issuing",),
    "issuing": ("list_issuings",),
    "journal": ("get_journal", "list_journals"),
    "journal_download": ("get_journal_file",),
    "journal_post": ("post_journal",),
    "journal_reverse": ("reverse_journal",),
    "journal_credits": ("post_credit_notes",),
    "unmapped": ("list_unmapped",),
    "sign_offs": ("list_sign_offs",),
    "sign_off": ("sign_off_service",),
    # people
    "people": ("list_people",),
    "person_invite": ("invite_person",),
    "person": ("get_person",),
    "person_act": (
        "give_grant",
        "renew_person_link",
        "shut_out_person",
        "let_in_person",
        "erase_person",
    ),
    "grant_end": ("end_grant",),
    "standing_in": ("list_delegations", "delegate_role"),
    "rules": ("get_organisation",),
    "rules_change": ("change_organisation",),
    # events
    "events": ("list_events",),
    "events_csv": ("get_events_csv", "get_events_parquet"),
    "verification": ("get_verifications", "get_verification"),
    "verification_start": ("start_verification",),
    # subscriptions
    "subscribe": ("request_subscription",),
    "subscribe_asked": _FORM,
    "subscriptions": ("list_subscriptions", "end_subscription"),
    "outbox": ("list_mail", "list_mail_subscriptions"),
    "outbox_bounced": ("record_bounce",),
    "outbox_forget": ("forget_address",),
    "subscription_confirm": _LINK,
    "subscription_end": _LINK,
    # tokens
    "webhooks": ("list_webhooks",),
    "webhook_made": ("make_webhook",),
    "webhook": ("get_webhook", "list_webhook_deliveries"),
    "webhook_change": ("change_webhook",),
    "webhook_rotate": ("rotate_webhook_secret",),
    "webhook_switch": ("switch_webhook",),
    "webhook_end": ("end_webhook",),
    "webhook_resend": ("resend_delivery",),
    "tokens": ("list_tokens",),
    "token_made": ("make_token",),
    "token_revoke": ("revoke_token",),
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
    "credit_statement": "pages credit what was disputed; a program may correct anything else",
    "issue_period": "pages have the worker issue; a program may wait for it",
}

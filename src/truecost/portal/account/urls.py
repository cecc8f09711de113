"""The addresses of signing in, and of one's own account.

They have the names that allauth asks for; which of its addresses there are is decided here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account import views as account
from allauth.mfa.base import views as factors
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.socialaccount.providers.openid_connect import views as oidc
from django.conf import settings
from django.urls import path

from truecost.portal.account import views, welcome
from truecost.portal.account.single import cancelled
from truecost.portal.limits import limited

if TYPE_CHECKING:
    from truecost.record.services.permissions import Act

_again = limited("confirm", "20/10m")
urlpatterns = [
    path("sign-in", views.sign_in, name="account_login"),
    path("sign-in/second-factor", factors.authenticate, name="mfa_authenticate"),
    path("sign-out", account.logout, name="account_logout"),
    # allauth asks for this address; the adapter keeps it closed
    path("sign-up", account.signup, name="account_signup"),
    path("welcome/<str:token>", welcome.welcome, name="welcome"),
    path("forgotten", views.forgotten, name="account_reset_password"),
    path("forgotten/sent", account.password_reset_done, name="account_reset_password_done"),
    path(
        "forgotten/done",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path(
        "forgotten/<str:uidb36>/<str:key>",
        limited("reset", "20/h")(account.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path("account", views.Account.as_view(), name="mfa_index"),
    path("account/password", views.change_password, name="account_change_password"),
    path("account/confirm", _again(account.reauthenticate), name="account_reauthenticate"),
    path("account/confirm/code", _again(factors.reauthenticate), name="mfa_reauthenticate"),
    path("account/second-factor", _again(totp.activate_totp), name="mfa_activate_totp"),
    path("account/second-factor/off", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("account/recovery-codes", recovery.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "account/recovery-codes/new",
        recovery.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path("account/sessions/end", views.end_others, name="end_others"),
    path("account/sessions/end/<int:number>", views.end_session, name="end_session"),
    path("sign-on/cancelled", cancelled, name="socialaccount_login_cancelled"),
]
if settings.TRUECOST_SAML:
    from allauth.socialaccount.providers.saml import views as saml

    urlpatterns += [
        path("sign-on/<str:organization_slug>/saml", saml.login, name="saml_login"),
        path("sign-on/<str:organization_slug>/saml/answer", saml.acs, name="saml_acs"),
        path("sign-on/<str:organization_slug>/saml/in", saml.finish_acs, name="saml_finish_acs"),
        path("sign-on/<str:organization_slug>/saml/out", saml.sls, name="saml_sls"),
        path("sign-on/<str:organization_slug>/saml/metadata", saml.metadata, name="saml_metadata"),
    ]
urlpatterns += [
    path("sign-on/<str:provider_id>", oidc.login, name="openid_connect_login"),
    path("sign-on/<str:provider_id>/answer", oidc.callback, name="openid_connect_callback"),
]
# whoever is there may come: who they are is what is found out here, and one's own is one's own
RULES: dict[str, Act | None] = {str(each.name): None for each in urlpatterns}

"""Django's settings: all of them, made here from the workspace that `TRUECOST_WORKSPACE` names.

What may be decided is in `WORKSPACE/record/settings.toml` (`record.place.Settings`). Where people
reach the portal over HTTPS, `check --deploy` has nothing to say.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from truecost.portal.account.providers import providers
from truecost.portal.jobs import QUEUES
from truecost.record.database import database
from truecost.record.place import RecordPlace

WORKSPACE_VARIABLE = "TRUECOST_WORKSPACE"
_YEAR = 31_536_000
_DAY = 86_400

TRUECOST_WORKSPACE = Path(os.environ.get(WORKSPACE_VARIABLE, "."))
_PLACE = RecordPlace(TRUECOST_WORKSPACE)
_SAID = _PLACE.settings()
#: The address that people type, and the server that mails go through.
TRUECOST_ADDRESS, TRUECOST_MAIL = _SAID.address, _SAID.mail

DEBUG = False
#: Without a record nothing is served, so nothing is signed with this.
SECRET_KEY = _PLACE.secret_key() if _PLACE.begun else "-" * 60
DATABASES = {"default": database(_PLACE.database, _SAID.database)}
# what watches the portal asks for its health on the machine itself
ALLOWED_HOSTS = [*filter(None, [_SAID.host]), "localhost", "127.0.0.1", "[::1]"]
ROOT_URLCONF = "truecost.portal.urls"
WSGI_APPLICATION = "truecost.portal.wsgi.application"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-gb"
USE_I18N = False

INSTALLED_APPS = [
    "truecost.record",
    "truecost.portal",
    "truecost.api",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    *(["allauth.socialaccount.providers.saml"] if _SAID.saml else []),
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
]
MIDDLEWARE = [
    "truecost.portal.logs.Requests",
    "truecost.portal.headers.Headers",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "truecost.portal.texts.Texts",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "truecost.portal.rules.Gate",
]
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # before the apps', so that pages of others are drawn as ours
        "DIRS": [Path(__file__).parent / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "truecost.portal.frame.frame",
            ],
        },
    }
]

AUTH_USER_MODEL = "record.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("UserAttributeSimilarityValidator", {"user_attributes": ("email", "name")}),
        ("MinimumLengthValidator", {"min_length": 12}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "truecost.portal.account.adapter.Adapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False  # of other sessions Django sees to it
# `portal.limits` counts, in the database
ACCOUNT_RATE_LIMITS = False
MFA_RATE_LIMITS = False
MFA_ADAPTER = "truecost.portal.account.second_factor.Adapter"
MFA_FORMS = {
    "authenticate": "truecost.portal.account.second_factor.Authenticate",
    "reauthenticate": "truecost.portal.account.second_factor.Reauthenticate",
}
MFA_TOTP_TOLERANCE = 1  # a telephone's clock may be half a minute off
SOCIALACCOUNT_ADAPTER = "truecost.portal.account.single.Adapter"
SOCIALACCOUNT_PROVIDERS = providers(_PLACE, _SAID)
# a form would be stopped on its way to the provider by our content security policy
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_QUERY_EMAIL = True
PASSWORD_RESET_TIMEOUT = 2 * 3_600
TRUECOST_ADDRESS = _SAID.address.rstrip("/")
TRUECOST_MFA = _SAID.mfa
TRUECOST_WEBHOOKS = _SAID.webhooks
TRUECOST_SAML = _SAID.saml is not None

SESSION_COOKIE_AGE = _DAY // 2
SESSION_COOKIE_NAME = "truecost_session"
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = _SAID.https
CSRF_COOKIE_NAME = "truecost_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SECURE = _SAID.https
CSRF_TRUSTED_ORIGINS = [_SAID.address.rstrip("/")] if _SAID.address else []
SECURE_SSL_REDIRECT = _SAID.https
# readiness is asked by what stands on the machine itself, without TLS
SECURE_REDIRECT_EXEMPT = [r"^(health|ready)$"]
SECURE_HSTS_SECONDS = _YEAR if _SAID.https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _SAID.https
SECURE_HSTS_PRELOAD = _SAID.https
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _SAID.proxy else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": [*QUEUES]}}
LOGGING_CONFIG = None  # `portal.logs` sets it up, where something is served

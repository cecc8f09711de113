"""The addresses of the portal. Each has a rule in `rules`, by its name."""

from __future__ import annotations

from allauth.account import views as account
from django.urls import path

from truecost.portal import health, views, welcome

urlpatterns = [
    path("", views.home, name="home"),
    path("statements/<str:number>", views.statement, name="statement"),
    path("statements/<str:number>/document.<slug:form>", views.document, name="document"),
    path("statement.css", views.style, name="style"),
    path("sign-in", account.login, name="account_login"),
    path("sign-out", account.logout, name="account_logout"),
    # allauth asks for this address; the adapter keeps it closed
    path("sign-up", account.signup, name="account_signup"),
    path("welcome/<str:token>", welcome.welcome, name="welcome"),
    path("health", health.health, name="health"),
    path("ready", health.ready, name="ready"),
]

"""The addresses of subscriptions and of the outbox."""

from __future__ import annotations

from django.urls import path

from truecost.portal.areas import Group, Section
from truecost.portal.subscriptions import outbox, views
from truecost.record.services.permissions import Act

SECTIONS = (
    Section("Subscriptions", "subscriptions", Act.ENTER),
    Section("Mail", "outbox", Act.MANAGE_MAIL, Group.ADMINISTER),
)
RULES: dict[str, Act | None] = {
    "subscribe": None,
    "subscribe_asked": None,
    "subscription_confirm": None,
    "subscription_end": None,
    "subscriptions": Act.ENTER,
    "outbox": Act.MANAGE_MAIL,
    "outbox_bounced": Act.MANAGE_MAIL,
    "outbox_forget": Act.MANAGE_PEOPLE,
}
urlpatterns = [
    path("subscribe", views.subscribe, name="subscribe"),
    path("subscribe/asked", views.asked, name="subscribe_asked"),
    path("subscriptions", views.mine, name="subscriptions"),
    path("subscriptions/confirm/<str:token>", views.confirm, name="subscription_confirm"),
    path("subscriptions/end/<str:token>", views.end, name="subscription_end"),
    path("mail", outbox.page, name="outbox"),
    path("mail/bounced", outbox.bounced, name="outbox_bounced"),
    path("mail/forget", outbox.forget, name="outbox_forget"),
]

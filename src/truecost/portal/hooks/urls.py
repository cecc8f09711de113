"""The addresses of webhooks."""

from __future__ import annotations

from django.urls import path

from truecost.portal.areas import Group, Section
from truecost.portal.hooks import views
from truecost.record.services.permissions import Act

SECTION = Section("Webhooks", "webhooks", Act.MANAGE_HOOKS, Group.ADMINISTER)
RULES: dict[str, Act | None] = {
    "webhooks": Act.MANAGE_HOOKS,
    "webhook_made": Act.MANAGE_HOOKS,
    "webhook": Act.MANAGE_HOOKS,
    "webhook_change": Act.MANAGE_HOOKS,
    "webhook_rotate": Act.MANAGE_HOOKS,
    "webhook_switch": Act.MANAGE_HOOKS,
    "webhook_end": Act.MANAGE_HOOKS,
    "webhook_resend": Act.MANAGE_HOOKS,
}
urlpatterns = [
    path("webhooks", views.hooks_page, name="webhooks"),
    path("webhooks/made", views.made, name="webhook_made"),
    path("webhooks/<int:number>", views.hook, name="webhook"),
    path("webhooks/<int:number>/change", views.change, name="webhook_change"),
    path("webhooks/<int:number>/secret", views.rotate, name="webhook_rotate"),
    path("webhooks/<int:number>/state", views.switch, name="webhook_switch"),
    path("webhooks/<int:number>/end", views.end, name="webhook_end"),
    path("webhooks/<int:number>/deliveries/<int:delivery>", views.resend, name="webhook_resend"),
]

"""The addresses of people, roles and rules."""

from __future__ import annotations

from django.urls import path

from truecost.portal.areas import Group, Section
from truecost.portal.people import administering, rules, standing_in
from truecost.record.services.permissions import Act

SECTION = Section("People", "people", Act.MANAGE_PEOPLE, Group.ADMINISTER)
RULES: dict[str, Act | None] = {
    "people": Act.MANAGE_PEOPLE,
    "person_invite": Act.MANAGE_PEOPLE,
    "person": Act.MANAGE_PEOPLE,
    "person_act": Act.MANAGE_PEOPLE,
    "grant_end": Act.ENTER,
    "standing_in": Act.ENTER,
    "rules": Act.READ_PERIODS,
    "rules_change": Act.MANAGE_RULES,
}
urlpatterns = [
    path("people", administering.people_page, name="people"),
    path("people/invite", administering.invite, name="person_invite"),
    path("people/standing-in", standing_in.standing_in, name="standing_in"),
    path("people/rules", rules.rules_page, name="rules"),
    path("people/rules/change", rules.change, name="rules_change"),
    path("people/grants/<int:number>/end", standing_in.end, name="grant_end"),
    path("people/<slug:key>", administering.person, name="person"),
    path("people/<slug:key>/<slug:act>", administering.act, name="person_act"),
]

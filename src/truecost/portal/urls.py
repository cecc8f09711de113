"""The addresses of the portal: those of its areas; and the API, which has its own door."""

from __future__ import annotations

from django.urls import include, path

from truecost.portal.areas import AREAS, urls_of

urlpatterns = [
    *(pattern for area in AREAS for pattern in urls_of(area).urlpatterns),
    # by name: the portal does not know what stands above it
    path("api/v1/", include("truecost.api.urls")),
]

"""The addresses of the portal: those of its areas."""

from __future__ import annotations

from truecost.portal.areas import AREAS, urls_of

urlpatterns = [pattern for area in AREAS for pattern in urls_of(area).urlpatterns]

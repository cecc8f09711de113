"""The entries of a model by file, with search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from truecost.portal.shown import shown
from truecost.statements.model_read import entries

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from truecost.portal.shown import Shown

_LISTED = 200
_LONGEST = 100


@require_safe
def model(request: HttpRequest) -> HttpResponse:
    """Show the model of a month: one file of it, or what is searched for."""
    wanted = request.GET.get("q", "").strip()[:_LONGEST]
    with shown(request) as at:
        if at is None:
            return render(request, "overview/nothing.html", {"title": "Model"})
        all_ = entries(at.book, at.period)
        files = {each.file: 0 for each in all_}
        for each in all_:
            files[each.file] += 1
        file = request.GET.get("file", "")
        if file and file not in files:
            raise Http404
        found = [
            each for each in all_
            if (not file or each.file == file) and (not wanted or each.has(wanted))
        ] if file or wanted else []  # fmt: skip
        content = {
            "at": at, "files": files, "file": file, "wanted": wanted, "entries": found[:_LISTED],
            "count": len(found), "listed": _LISTED, "drivers": _drivers(at),
            "keep": {name: value for name, value in (("file", file), ("q", wanted)) if value},
        }  # fmt: skip
        return render(request, "model/model.html", content)


def _drivers(at: Shown) -> dict[str, str]:
    """Give how much there was of each driver in the month; what is shown as shares is not told."""
    return {
        row["name"]: f"{row['total']} {row['unit']}".strip()
        for row in at.book.rows("drivers", at.period)
        if not row["shares_only"]
    }

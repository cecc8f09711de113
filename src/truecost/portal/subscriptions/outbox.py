"""The outbox, for whoever looks after mail: what waits, what was refused, who subscribed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from truecost.kernel.findings import UsageError
from truecost.portal.acting import by
from truecost.record.services import mail, subscriptions

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show the last mails and the subscriptions."""
    who = by(request)
    rows = [
        {"row": each, "words": subscriptions.words(each)} for each in subscriptions.everybody(who)
    ]
    content = {"mails": mail.outbox(who), "rows": rows, "delivers": mail.delivers()}
    return render(request, "subscriptions/outbox.html", content)


@require_POST
def bounced(request: HttpRequest) -> HttpResponse:
    """Take the address that a mail came back to."""
    found = mail.bounced(by(request), request.POST.get("returned", ""))
    said = "It is marked as refused." if found else "No mail of ours has this return path."
    messages.info(request, said)
    return HttpResponseRedirect(reverse("outbox"), status=303)


@require_POST
def forget(request: HttpRequest) -> HttpResponse:
    """Forget an address."""
    try:
        count = subscriptions.erase(by(request), request.POST.get("email", ""))
        messages.info(request, f"{count} entries are forgotten.")
    except UsageError as error:
        messages.info(request, error.findings[0].what)
    return HttpResponseRedirect(reverse("outbox"), status=303)

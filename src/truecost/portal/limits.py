"""Limits on tries, for pages: who does something too often gets 429 and is told how long to wait.

    @limited("subscribe", "5/h")            # one after the other, as many as are needed
    @limited("subscribe-to", "3/d", by=lambda request: request.POST.get("email", ""))
    def subscribe(request): ...

Counted is whoever is signed in, else the address of the machine (of IPv6 its network), in the
database. What only reads is not counted. `wait` is the same for who answers otherwise.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from functools import wraps
from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils import timezone

from truecost.record.services import limits

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    View = Callable[..., HttpResponseBase]

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}
_IPV6_PREFIX = 64


def limited(
    name: str, rate: str, *, by: Callable[[HttpRequest], str] | None = None
) -> Callable[[View], View]:
    """Let a view be asked to write only so often: `5/h`, `20/10m`, `1/s`.

    `by` gives whose tries are counted, such as the address that mail would go to; what it gives is
    kept as a keyed hash. Requests for which it gives "" are not counted.
    """
    amount, span = _rate(rate)

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            whose = who(request) if by is None else by(request)
            if request.method in _SAFE or not whose:
                return view(request, *args, **kwargs)
            seconds = limits.take((name, whose), amount, span, timezone.now())
            return too_many(request, seconds) if seconds else view(request, *args, **kwargs)

        return guarded

    return decorate


def wait(name: str, whose: str, rate: str) -> int:
    """Count a try, and give the seconds to wait: 0 where it may go on."""
    return limits.take((name, whose), *_rate(rate), timezone.now())


def too_many(request: HttpRequest, seconds: int) -> HttpResponseBase:
    """Draw the page that says to wait."""
    minutes = -(-seconds // 60)
    response = render(request, "429.html", {"minutes": minutes}, status=429)
    response.headers["Retry-After"] = str(seconds)
    return response


def who(request: HttpRequest) -> str:
    """Give the key of whoever is signed in, else the address of the machine."""
    user = getattr(request, "user", None)
    return str(user.key) if user is not None and user.is_authenticated else address(request)


def address(request: HttpRequest) -> str:
    """Give the address that a request comes from, of IPv6 the network.

    Behind a proxy it is what the proxy says: the server has put it there, where the settings have
    `proxy = true`, and has thrown away what anybody else said.
    """
    said = request.META.get("REMOTE_ADDR", "")
    try:
        found = ipaddress.ip_address(said.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        mapped = found.ipv4_mapped
        if mapped is not None:
            return str(mapped)
        network = ipaddress.IPv6Network((found, _IPV6_PREFIX), strict=False)
        return str(network.network_address)
    return str(found)


def _rate(text: str) -> tuple[int, dt.timedelta]:
    amount, _, span = text.partition("/")
    return int(amount), dt.timedelta(seconds=int(span[:-1] or 1) * _UNITS[span[-1]])

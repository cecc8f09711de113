"""One request to an address that somebody wrote down, and of its answer nothing but the status.

The name is resolved once, each number that it stands for is checked, and one of them is connected
to: a name that stands for something else a moment later changes nothing. Redirects are answers like
any other. What is answered is read to a bound, and thrown away; proxies of the environment are not
asked.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from truecost.kernel.findings import UsageError
from truecost.record.calling import reachable, target

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from truecost.record.calling import Calling, Target

    _Way = tuple[socket.AddressFamily, Any]

_PATIENCE = 10.0  # seconds that connecting, or one piece of an answer, may take
_WHOLE = 20.0  # seconds that all of it may take: somebody may answer letter by letter
_MOST = 64 * 1024  # bytes of an answer that are read


class UnansweredError(Exception):
    """There was no answer; it says why in words that may be shown."""


def post(url: str, headers: Mapping[str, str], body: bytes, may: Calling) -> int:
    """Send a body, and give the status that it is answered with. Raise UnansweredError."""
    try:
        to = target(url, may)
    except UsageError as error:
        raise UnansweredError(error.findings[0].what) from None
    ways = _resolved(to, may)
    line = http.client.HTTPConnection(to.host, to.port)
    try:
        line.sock = _connected(ways)
        watch = threading.Timer(_WHOLE, _hang_up, [line])
        watch.daemon = True
        watch.start()
        try:
            if to.tls:
                line.sock = safe = _context(may).wrap_socket(
                    line.sock, server_hostname=to.host, do_handshake_on_connect=False
                )
                safe.do_handshake()
            line.request("POST", to.path, body, {**headers, "connection": "close"})
            answer = line.getresponse()
            status = answer.status
            with suppress(OSError, http.client.HTTPException):
                answer.read(_MOST)
        finally:
            watch.cancel()
    except ssl.SSLError as error:
        raise UnansweredError(_tls(error)) from None
    except TimeoutError:
        raise UnansweredError("it did not answer in time") from None
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise UnansweredError(f"there was no answer: {type(error).__name__}") from None
    finally:
        line.close()
    return status


def _resolved(to: Target, may: Calling) -> list[_Way]:
    """Give the ways to a name. Raise UnansweredError where any of them may not be gone."""
    try:
        found = socket.getaddrinfo(to.host, to.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise UnansweredError("its name stands for no machine") from None
    for *_, way in found:
        if not reachable(ipaddress.ip_address(way[0]), may, tls=to.tls):
            raise UnansweredError("its name stands for a machine that may not be called")
    return [(family, way) for family, _, _, _, way in found]


def _connected(ways: Sequence[_Way]) -> socket.socket:
    """Connect by the first way that goes, in the time of one."""
    fault = OSError("there is no way")
    for family, way in ways:
        made = socket.socket(family, socket.SOCK_STREAM)
        made.settimeout(_PATIENCE / len(ways))
        try:
            made.connect(way)
        except OSError as error:
            made.close()
            fault = error
        else:
            made.settimeout(_PATIENCE)
            return made
    raise fault


def _context(may: Calling) -> ssl.SSLContext:
    made = ssl.create_default_context()
    if may.authority is not None:
        made.load_verify_locations(may.authority)
    return made


def _tls(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    return "it speaks no TLS that we trust"


def _hang_up(line: http.client.HTTPConnection) -> None:
    if line.sock is not None:
        with suppress(OSError):
            # whoever waits for an answer wakes up; TLS's own way would go on in plain text
            socket.socket.shutdown(line.sock, socket.SHUT_RDWR)

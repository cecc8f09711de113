"""A mail server on this machine, for a test: it takes, refuses, is slow, or hangs up."""

from __future__ import annotations

import email
import email.policy
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller

from truecost.record.mailing import MailServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage


@dataclass
class Box:
    """What came in. `answers` are given to the next mails, after their text; then all is taken."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)

    async def handle_RCPT(  # noqa: N802  as the library calls it
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if address in self.unknown:
            return "550 5.1.1 nobody is called so\u202e here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith("250") or answer == "take and hang up":
            self.raw.append(envelope.content)
            parsed = email.message_from_bytes(envelope.content, policy=email.policy.default)
            self.mails.append(parsed)
            self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
        if answer.endswith("hang up"):
            server.transport.abort()
        return answer

    @property
    def server(self) -> MailServer:
        return MailServer(
            host="127.0.0.1", port=self.port, security="none", sender="it@shop.example"
        )

    def to(self, address: str) -> list[EmailMessage]:
        return [each for each in self.mails if each["To"] == address]


@contextmanager
def mail_server() -> Iterator[Box]:
    """Start a server on a free port of the loopback, and stop it again."""
    box = Box()
    controller: Any = _Anywhere(box, hostname="127.0.0.1", port=0, ready_timeout=20)
    controller.start()
    box.port = controller.port
    try:
        yield box
    finally:
        controller.stop()


class _Anywhere(Controller):
    """On whatever port is free: the library would knock at port 0 to see whether it is there."""

    def _trigger_server(self) -> None:
        server: Any = self.server
        self.port = server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]

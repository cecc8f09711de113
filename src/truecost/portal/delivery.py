"""Mails leave the outbox through SMTP: a thread of the worker's process.

A refusal for good (55x of the recipient or of the message) ends a mail; all else is tried later.
What the server says of us (our sender, our password) is no fault of the mail's recipient.
"""

from __future__ import annotations

import logging
import smtplib
import socket
import ssl
import threading
from contextlib import suppress
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone

from truecost.portal.beside import beside
from truecost.record.services import mail, periods

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from email.policy import Policy

    from truecost.record.mailing import MailServer
    from truecost.record.services.mail import Mail

_LOG = logging.getLogger("truecost.mail")
_PATIENCE = 30.0  # seconds that one answer of the server may take
_WHOLE = 120.0  # seconds that one mail may take; far less than the lease
#: What a server says of a mailbox or message; other 5xx are about how we speak to it.
_FOR_GOOD = frozenset({521, *range(550, 600)})


class _Plain(UnstructuredHeader, BaseHeader):
    """A header that is never folded: a folded link is none."""

    def fold(self, *, policy: Policy[Any]) -> str:
        """Give the line."""
        return f"{self.name}: {self}{policy.linesep}"


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("list-unsubscribe", _Plain)
_POLICY = SMTP.clone(header_factory=_HEADERS)


class AwayError(Exception):
    """The server can't be reached, or does not let us in."""


def running() -> AbstractContextManager[None]:
    """Deliver in a thread, while something else goes on; the mail in hand is brought to an end."""
    return beside("mail", _due, _LOG, expected=AwayError)


def _due(ending: threading.Event) -> None:
    if mail.delivers():
        deliver(settings.TRUECOST_MAIL, timezone.now, ending)


def deliver(
    server: MailServer, now: Callable[[], dt.datetime], ending: threading.Event | None = None
) -> int:
    """Deliver what is due; give how many the server took. Raise AwayError where it is away."""
    count = 0
    line: smtplib.SMTP | None = None
    name = periods.organisation().name
    try:
        while not (ending and ending.is_set()) and (row := mail.take(now())) is not None:
            try:
                if line is None:
                    line = _connected(server)
                _given(line, server, row, letter(server, name, row))
            except AwayError as error:
                mail.failed(now(), row, str(error))
                raise
            except smtplib.SMTPResponseException as error:
                _close(line)
                line = None
                _refused(now(), row, error.smtp_code, _said(error.smtp_error), error)
            except smtplib.SMTPRecipientsRefused as error:
                _close(line)
                line = None
                code, said = next(iter(error.recipients.values()))
                _refused(now(), row, code, _said(said), error)
            except (OSError, smtplib.SMTPException) as error:
                _close(line)
                line = None
                mail.failed(now(), row, f"the connection broke off: {type(error).__name__}")
            else:
                mail.sent(now(), row)
                count += 1
    finally:
        _close(line)
    return count


def _refused(now: dt.datetime, row: Mail, code: int, said: str, error: Exception) -> None:
    ours = isinstance(error, smtplib.SMTPSenderRefused)
    _LOG.warning("a mail was not taken", extra={"said": {"mail": row.pk, "code": code}})
    end = mail.refused if code in _FOR_GOOD and not ours else mail.failed
    end(now, row, f"{code} {said}")


def _connected(server: MailServer) -> smtplib.SMTP:
    context = ssl.create_default_context()
    line: smtplib.SMTP | None = None
    try:
        if server.security == "tls":
            line = smtplib.SMTP_SSL(server.host, server.port, timeout=_PATIENCE, context=context)
        else:
            line = smtplib.SMTP(server.host, server.port, timeout=_PATIENCE)
        if server.security == "starttls":
            line.starttls(context=context)
        if server.user:
            line.login(server.user, server.password)
    except smtplib.SMTPResponseException as error:
        _close(line)
        raise AwayError(f"it answers {error.smtp_code} to our greeting or password") from error
    except (OSError, smtplib.SMTPException) as error:
        _close(line)
        raise AwayError(type(error).__name__) from error
    return line


def _given(line: smtplib.SMTP, server: MailServer, row: Mail, content: bytes) -> None:
    """Give a mail to the server, within a time: a server may answer letter by letter."""
    watch = threading.Timer(_WHOLE, _hang_up, [line])
    watch.daemon = True
    watch.start()
    try:
        line.sendmail(_return_path(server, row), [row.recipient], content)
    finally:
        watch.cancel()


def _hang_up(line: smtplib.SMTP) -> None:
    if line.sock is not None:
        with suppress(OSError):
            line.sock.shutdown(socket.SHUT_RDWR)  # whoever waits for an answer wakes up


def _close(line: smtplib.SMTP | None) -> None:
    if line is not None:
        with suppress(OSError, smtplib.SMTPException):
            line.quit()
        line.close()


def _return_path(server: MailServer, row: Mail) -> str:
    """Give the address that a mail comes back to, which says which mail it was."""
    if not server.bounces:
        return server.sender
    local, _, domain = server.bounces.rpartition("@")
    return f"{local}+{row.tag}@{domain}"


def letter(server: MailServer, name: str, row: Mail) -> bytes:
    """Write a mail as it goes over the line; the same row gives the same Message-ID."""
    made = EmailMessage(policy=_POLICY)
    made["From"] = Address(mail.one_line(name), addr_spec=server.sender)
    made["To"] = row.recipient
    made["Subject"] = row.subject
    made["Date"] = format_datetime(row.queued)
    made["Message-ID"] = f"<{row.tag}@{server.sender.rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"
    made["X-Auto-Response-Suppress"] = "All"
    if row.unsubscribe:
        made["List-Unsubscribe"] = f"<{row.unsubscribe}>"
        made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    made.set_content(row.text)
    if row.html:
        made.add_alternative(row.html, subtype="html")
    return made.as_bytes()


def _said(answer: bytes | str) -> str:
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer

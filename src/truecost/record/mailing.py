"""The mail server of a record: the table `[mail]` of its settings, and the password."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from truecost.kernel.findings import Finding, ModelError, Place
from truecost.kernel.likeness import meant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

PASSWORD_VARIABLE = "TRUECOST_MAIL_PASSWORD"  # noqa: S105  the name of a variable
PASSWORD_FILE = "mail.password"  # noqa: S105  the name of a file
_SECURITY = {"starttls": 587, "tls": 465, "none": 25}
_TEXTS = ("host", "security", "user", "sender", "bounces")
_KEYS = (*_TEXTS, "port")


@dataclass(frozen=True, slots=True)
class MailServer:
    """The server that mails go through; without a `host` mails wait in the outbox.

    `security` is `starttls`, `tls` or `none`. `sender` is the address that mails come from.
    `bounces` is the address that servers send back to, with the mail's tag put in
    (`name+tag@host`); without it they send back to the sender.
    """

    host: str = ""
    port: int = 0
    security: str = "starttls"
    user: str = ""
    sender: str = ""
    bounces: str = ""
    password: str = field(default="", repr=False)


def mail_server(
    said: object, folder: Path, environment: Mapping[str, str] = os.environ
) -> MailServer:
    """Read the table. Raise ModelError for what is not understood, or a password others can read.

    `folder` is the record's: the password is in the environment, or in `mail.password` there.
    """
    if said is None:
        return MailServer()
    if not isinstance(said, dict):
        raise ModelError(Finding(_place(), "mail is a table", 'write  [mail]  and  host = "…"'))
    if findings := _faults(said):
        raise ModelError(findings)
    security = said.get("security", "starttls")
    port = said.get("port", _SECURITY[security])
    password = environment.get(PASSWORD_VARIABLE) or _kept(folder)
    if said.get("user") and not password:
        what = "the mail server wants a user, and there is no password"
        hint = f"set {PASSWORD_VARIABLE}, or write record/{PASSWORD_FILE} with mode 600"
        raise ModelError(Finding(_place(), what, hint))
    return MailServer(**{**said, "security": security, "port": port, "password": password})


def _faults(said: Mapping[str, object]) -> list[Finding]:
    found = []
    for key, value in said.items():
        if key not in _KEYS:
            hint = meant(key, _KEYS) or f"there are {', '.join(_KEYS)}"
            found.append(Finding(_place(), f'there is no setting "mail.{key}"', hint))
        elif key == "port" and (type(value) is not int or not 0 < value < 1 << 16):
            found.append(Finding(_place(), f"mail.port must be 1 to 65535, not {value!r}"))
        elif key in _TEXTS and not isinstance(value, str):
            found.append(Finding(_place(), f"mail.{key} must be text, not {value!r}"))
    return found or [*_lacking(said), *_unsafe(said)]


def _lacking(said: Mapping[str, object]) -> Iterator[Finding]:
    for key in ("host", "sender"):
        if not said.get(key):
            yield Finding(_place(), f"mail.{key} is missing")
    for key in ("sender", "bounces"):
        value = str(said.get(key, ""))
        plain = all(" " < each < "\x7f" for each in value)
        if value and ("@" not in value.strip("@") or not plain):
            yield Finding(_place(), f'mail.{key} is no e-mail address: "{value}"')


def _unsafe(said: Mapping[str, object]) -> Iterator[Finding]:
    security = said.get("security", "starttls")
    if security not in _SECURITY:
        what = f"mail.security must be {', '.join(_SECURITY)}, not {security!r}"
        yield Finding(_place(), what)
    if said.get("user") and security == "none":
        what = "a password would go over the network for all to read"
        yield Finding(_place(), what, 'take  security = "starttls"  or  "tls"')


def _kept(folder: Path) -> str:
    path = folder / PASSWORD_FILE
    if not path.exists():
        return ""
    if os.name == "posix" and path.stat().st_mode & 0o077:
        what = "others on this machine can read the password of the mail server"
        place = Place(f"record/{PASSWORD_FILE}")
        raise ModelError(Finding(place, what, f"chmod 600 record/{PASSWORD_FILE}"))
    return path.read_text(encoding="utf-8").strip()


def _place() -> Place:
    return Place("record/settings.toml")

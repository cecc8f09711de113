"""Where the record of a workspace lies, and what its settings file says.

`WORKSPACE/record/` holds the database (unless it is PostgreSQL), the secret key, and the settings
of whoever runs the portal. Nothing of it belongs under version control.
"""

from __future__ import annotations

import os
import secrets
import tomllib
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from truecost.kernel.findings import Finding, ModelError, Place
from truecost.kernel.likeness import meant
from truecost.record import sign_on
from truecost.record.calling import Calling, calling
from truecost.record.mailing import MailServer, mail_server

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FOLDER = "record"
_KEYS = ("database", "address", "proxy", "mail", "mfa", "oidc", "saml", "webhooks")
_KEY_BYTES = 50
#: What the settings are called in the environment, which goes before the file.
VARIABLES = {"database": "TRUECOST_DATABASE", "address": "TRUECOST_ADDRESS"}
_OIDC_SECRET = "TRUECOST_OIDC_SECRET"  # noqa: S105  a name


@dataclass(frozen=True, slots=True)
class Settings:
    """What whoever runs the portal decides.

    `database` is the address of a PostgreSQL database, "" for SQLite. `address` is the one that
    people type, such as `https://truecost.example.org`, "" for this machine only. `proxy` says that
    a proxy stands before the portal and sets `X-Forwarded-Proto` itself. `mail` is the server that
    mails go through. `mfa` names the roles that need a second factor; `oidc` and `saml` the
    providers by which people sign in. `webhooks` says what webhooks may call.
    """

    database: str = ""
    address: str = ""
    proxy: bool = False
    mail: MailServer = field(default_factory=MailServer)
    mfa: tuple[str, ...] = ()
    oidc: sign_on.Provider | None = None
    saml: sign_on.Provider | None = None
    webhooks: Calling = field(default_factory=Calling)

    @property
    def https(self) -> bool:
        """Whether people reach the portal over TLS."""
        return self.address.startswith("https://")

    @property
    def host(self) -> str:
        """The host of the address, "" where there is none."""
        return urlsplit(self.address).hostname or ""


@dataclass(frozen=True, slots=True)
class RecordPlace:
    """The folder of a workspace's record."""

    workspace: Path

    @property
    def folder(self) -> Path:
        """The folder itself."""
        return self.workspace / FOLDER

    @property
    def store(self) -> Path:
        """The folder of the store that the record's runs are in."""
        return self.workspace / "store"

    @property
    def database(self) -> Path:
        """The SQLite database."""
        return self.folder / "record.sqlite3"

    @property
    def begun(self) -> bool:
        """Whether this workspace has a record."""
        return self.folder.is_dir()

    def begin(self) -> None:
        """Make the folder, closed to others, and keep it out of version control."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        ignore = self.folder / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="ascii")

    def settings(self, environment: Mapping[str, str] = os.environ) -> Settings:
        """Read `settings.toml` and the environment. Raise ModelError for what is not understood."""
        path = self.folder / "settings.toml"
        said: dict[str, object] = {}
        if path.exists():
            try:
                said = tomllib.loads(path.read_text(encoding="utf-8"))
            except (OSError, ValueError) as error:
                raise ModelError(
                    Finding(_place(), f"the settings can't be read: {error}")
                ) from None
        said |= {key: environment[name] for key, name in VARIABLES.items() if environment.get(name)}
        mail = mail_server(said.pop("mail", None), self.folder, environment)
        hooks = calling(said.pop("webhooks", None), self.folder)
        apart: dict[str, Any] = {"mail": mail, "webhooks": hooks} | {
            kind: sign_on.provider(kind, said.pop(kind))
            for kind in ("oidc", "saml")
            if kind in said
        }
        if "mfa" in said:
            apart["mfa"] = sign_on.roles(said.pop("mfa"))
        _check(said)
        if mail.host and not said.get("address"):
            hint = 'write what people type:  address = "https://truecost.example.org"'
            raise ModelError(Finding(_place(), "mails hold links, and there is no address", hint))
        return Settings(**said, **apart)  # type: ignore[arg-type]  # _check has looked at each

    def secret_key(self) -> str:
        """Give the key that signs sessions and links: made once, readable by its owner only.

        Raise ModelError where others can read it.
        """
        path = self.folder / "secret.key"
        if not path.exists():
            self._make_key(path)
        return self._read_key(path)

    def oidc_secret(self, environment: Mapping[str, str] = os.environ) -> str:
        """Give what the portal proves itself with to the OpenID provider, "" for none.

        Raise ModelError where others can read its file.
        """
        path = self.folder / "oidc.secret"
        if said := environment.get(_OIDC_SECRET):
            return said
        if not path.exists():
            return ""
        _private(path, "keep it from others")
        return path.read_text(encoding="utf-8").strip()

    def certificate(self, name: str) -> str:
        """Give the certificate of the SAML provider. Raise ModelError where it can't be read."""
        path = self.folder / name
        try:
            return path.read_text(encoding="ascii")
        except (OSError, ValueError):
            what = f"the certificate of the provider can't be read: {FOLDER}/{name}"
            raise ModelError(Finding(_place(), what, "put it there, as PEM")) from None

    @staticmethod
    def _make_key(path: Path) -> None:
        """Write a key, whole before it has its name: another process may look for it."""
        made = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(_KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(made, path)
        made.unlink()

    @staticmethod
    def _read_key(path: Path) -> str:
        _private(path, "or remove it: everybody signs in anew")
        key = path.read_text(encoding="ascii").strip()
        if len(key) < _KEY_BYTES:
            hint = "remove it: another is made, and everybody signs in anew"
            place = Place(f"{FOLDER}/{path.name}")
            raise ModelError(Finding(place, "this is no secret key", hint))
        return key


def _private(path: Path, otherwise: str) -> None:
    if os.name == "posix" and path.stat().st_mode & 0o077:
        place = Place(f"{FOLDER}/{path.name}")
        what = "others on this machine can read this secret"
        hint = f"chmod 600 {FOLDER}/{path.name}, {otherwise}"
        raise ModelError(Finding(place, what, hint))


def _place() -> Place:
    return Place(f"{FOLDER}/settings.toml")


def _check(said: Mapping[str, object]) -> None:
    findings = []
    for key, value in said.items():
        if key not in _KEYS:
            hint = meant(key, _KEYS) or f"there are {', '.join(_KEYS)}"
            findings.append(Finding(_place(), f'there is no setting "{key}"', hint))
        elif not isinstance(value, bool if key == "proxy" else str):
            kind = "true or false" if key == "proxy" else "text"
            findings.append(Finding(_place(), f"{key} must be {kind}, not {value!r}"))
    address = said.get("address")
    if isinstance(address, str) and address and not _is_address(address):
        hint = "write it as people type it: https://truecost.example.org"
        findings.append(Finding(_place(), f'"{address}" is no address of a portal', hint))
    if findings:
        raise ModelError(findings)


def _is_address(text: str) -> bool:
    parts = urlsplit(text)
    bare = not parts.path.strip("/") and not parts.query and not parts.username
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and bare

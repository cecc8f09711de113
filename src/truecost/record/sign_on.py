"""Signing in by an organisation's own provider, and second factors: what the settings say of it.

A provider is trusted to say who somebody is, never whom to let in: people are invited. It is found
out by `record.services.entering.signed_on`.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from truecost.kernel.findings import Finding, ModelError, Place
from truecost.kernel.likeness import meant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: The roles as settings know them, with those that are over all: only these can follow groups.
ROLES = ("admin", "analyst", "service owner", "department head", "leader", "auditor")
_OVER_ALL = ("admin", "analyst", "leader", "auditor")
_PLACE = Place("record/settings.toml")


@dataclass(frozen=True, slots=True)
class Provider:
    """An OpenID or SAML provider.

    `name` stands on the button. `issuer` is its address (OpenID) or entity id (SAML), `client` what
    it knows the portal as (OpenID). Of SAML, `url` is where people sign in, `certificate` the file
    in `record/` with its certificate, `email` and `uid` are the attributes with somebody's address
    and with what they are called for good, "" for the address. `trust_email`: every address that it
    gives is verified, also where it does not say so. `mfa`: it asks for a second factor itself.
    `groups` gives the role that follows from a group of the claim or attribute `groups_claim`.
    """

    issuer: str
    name: str = "single sign-on"
    client: str = ""
    url: str = ""
    certificate: str = ""
    email: str = "email"
    uid: str = ""
    trust_email: bool = False
    mfa: bool = False
    groups_claim: str = "groups"
    groups: Mapping[str, str] = field(default_factory=dict)


_NEEDED = {"oidc": ("issuer", "client"), "saml": ("issuer", "url", "certificate")}
_COMMON: Mapping[str, type] = {
    "name": str, "trust_email": bool, "mfa": bool, "groups_claim": str, "groups": dict,
}  # fmt: skip
_KEYS: Mapping[str, Mapping[str, type]] = {
    "oidc": {"issuer": str, "client": str, **_COMMON},
    "saml": {"issuer": str, "url": str, "certificate": str, "email": str, "uid": str, **_COMMON},
}


def roles(said: object) -> tuple[str, ...]:
    """Read the roles that need a second factor. Raise ModelError for what is none."""
    if not isinstance(said, list):
        raise ModelError(Finding(_PLACE, f"mfa must be a list of roles, not {said!r}"))
    findings = [_no_role("mfa", each, ROLES) for each in said if each not in ROLES]
    if findings:
        raise ModelError(findings)
    return tuple(said)


def provider(kind: str, said: object) -> Provider:
    """Read a table `oidc` or `saml`. Raise ModelError for what is not understood."""
    if not isinstance(said, dict):
        raise ModelError(Finding(_PLACE, f"{kind} must be a table: [{kind}]"))
    findings = list(_faults(kind, said))
    if findings:
        raise ModelError(findings)
    return Provider(**said)


def _faults(kind: str, said: Mapping[str, Any]) -> Iterator[Finding]:
    keys = _KEYS[kind]
    for key, value in said.items():
        if key not in keys:
            hint = meant(key, [*keys]) or f"there are {', '.join(keys)}"
            if key == "secret":
                hint = "put it into TRUECOST_OIDC_SECRET, or the file record/oidc.secret, mode 600"
            yield Finding(_PLACE, f'{kind} has no setting "{key}"', hint)
        elif not isinstance(value, keys[key]):
            words = {str: "text", bool: "true or false", dict: "a table"}[keys[key]]
            yield Finding(_PLACE, f"{kind}: {key} must be {words}")
    for key in _NEEDED[kind]:
        if not said.get(key):
            yield Finding(_PLACE, f"{kind} needs {key}")
    address = said.get("issuer" if kind == "oidc" else "url")
    if isinstance(address, str) and address and not _is_safe(address):
        hint = "write it with https://"
        yield Finding(_PLACE, f'{kind}: "{address}" is no safe address of a provider', hint)
    groups = said.get("groups")
    for group, role in groups.items() if isinstance(groups, dict) else ():
        if role not in _OVER_ALL:
            yield _no_role(f"{kind}: groups: {group}", role, _OVER_ALL)


def _no_role(where: str, role: object, known: tuple[str, ...]) -> Finding:
    hint = meant(str(role), known) or f"there are {', '.join(known)}"
    return Finding(_PLACE, f'{where}: "{role}" is no role that can stand here', hint)


def _is_safe(address: str) -> bool:
    """Whether nobody can listen on the way: TLS, or this machine."""
    parts = urlsplit(address)
    if parts.scheme == "https":
        return bool(parts.hostname)
    try:
        near = ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        near = parts.hostname == "localhost"
    return parts.scheme == "http" and near

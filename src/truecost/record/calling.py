"""Which addresses webhooks may call: the table `[webhooks]` of the settings, and what holds always.

Who administers the portal may write any address into a webhook, and must not reach through it what
only the machine reaches: so an address is checked when it is written, and again, as the number that
its name stands for, each time before it is called (`reachable`).
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from truecost.kernel.findings import Finding, ModelError, Place, UsageError
from truecost.kernel.likeness import meant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_KINDS: Mapping[str, type] = {"local": bool, "networks": list, "ports": list, "authority": str}
_PLACE = Place("record/settings.toml")
_LONGEST = 500
_LAST_PORT = 65_535
#: Global by their number, and yet a cloud's own: what machines are told there are secrets.
_CLOUDS = tuple(
    ipaddress.ip_network(each)
    for each in ("168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24", "64:ff9b:1::/48")
)
#: Numbers of IPv6 that hold one of IPv4, and how far from their end it stands.
_TRANSLATED: tuple[tuple[ipaddress.IPv6Network, int], ...] = (
    (ipaddress.IPv6Network("64:ff9b::/96"), 0),
    (ipaddress.IPv6Network("2002::/16"), 80),
)


@dataclass(frozen=True, slots=True)
class Calling:
    """What webhooks may call beside what anybody reaches in the internet over TLS.

    `networks` are the organisation's own that they may call too. With `local` they may call this
    machine, also without TLS: for trying things out. `ports` are those that may be called, none for
    all. `authority` is a file in `record/` with certificates of authorities of one's own, as PEM.
    """

    local: bool = False
    networks: tuple[Network, ...] = ()
    ports: tuple[int, ...] = ()
    authority: Path | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """An address, read: where to connect to, and what to ask for there."""

    tls: bool
    host: str
    port: int
    path: str


def calling(said: object, folder: Path) -> Calling:
    """Read the table; `folder` is the record's. Raise ModelError for what is not understood."""
    if said is None:
        return Calling()
    if not isinstance(said, dict):
        raise ModelError(Finding(_PLACE, "webhooks is a table", "write  [webhooks]"))
    if findings := list(_faults(said, folder)):
        raise ModelError(findings)
    return Calling(
        local=said.get("local", False),
        networks=tuple(ipaddress.ip_network(each) for each in said.get("networks", ())),
        ports=tuple(said.get("ports", ())),
        authority=folder / said["authority"] if "authority" in said else None,
    )


def target(url: str, may: Calling) -> Target:
    """Read the address of a webhook. Raise UsageError for one that may not be called."""
    plain = len(url) <= _LONGEST and all("!" <= each <= "~" and each not in '"<>\\' for each in url)
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        plain, host, port = False, "", None
    if not plain or not host or parts.scheme not in {"http", "https"}:
        raise _refused("this is no address that can be called", "https://example.org/hooks")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise _refused("an address holds no name, password or fragment here", "leave them out")
    tls = parts.scheme == "https"
    if not tls and not may.local:
        raise _refused("webhooks go over TLS", "write https://")
    port = port if port is not None else (443 if tls else 80)
    if not port or (may.ports and port not in may.ports):
        known = ", ".join(map(str, may.ports)) or "others"
        raise _refused(f"port {port} may not be called", f"the settings allow {known}")
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        number = None
    if number is not None and not reachable(number, may, tls=tls):
        raise _refused(f"{host} may not be called", "name a machine that others reach too")
    query = f"?{parts.query}" if parts.query else ""
    return Target(tls, host, port, f"{parts.path or '/'}{query}")


def reachable(number: Address, may: Calling, *, tls: bool = True) -> bool:
    """Say whether webhooks may call a number.

    Without the settings' word only what is global: no private, loopback, link-local, shared,
    reserved or multicast number, nor one that a cloud keeps for itself, however it is written.
    """
    number = _meant(number)
    if number.is_loopback:
        return may.local
    if not tls or number.is_link_local or number.is_multicast or number.is_unspecified:
        return False
    if any(number in each for each in may.networks):
        return True
    reserved = number.is_reserved or getattr(number, "is_site_local", False)
    clouds = any(number in each for each in _CLOUDS)
    return number.is_global and not reserved and not clouds


def _meant(number: Address) -> Address:
    """Give the number that one of IPv6 stands for, where it stands for one of IPv4."""
    if isinstance(number, ipaddress.IPv4Address):
        return number
    if number.ipv4_mapped is not None:
        return number.ipv4_mapped
    for network, shift in _TRANSLATED:
        if number in network:
            return ipaddress.IPv4Address((int(number) >> shift) & 0xFFFF_FFFF)
    high = int(number) >> 32
    if high == 0 and int(number) > 1:  # ::a.b.c.d, as it was written once
        return ipaddress.IPv4Address(int(number))
    return number


def _refused(what: str, hint: str) -> UsageError:
    return UsageError(Finding(None, what, hint))


def _faults(said: dict[str, Any], folder: Path) -> Iterator[Finding]:
    for key, value in said.items():
        if key not in _KINDS:
            hint = meant(key, [*_KINDS]) or f"there are {', '.join(_KINDS)}"
            yield Finding(_PLACE, f'there is no setting "{key}" of webhooks', hint)
        elif not isinstance(value, _KINDS[key]):
            words = {bool: "true or false", list: "a list", str: "text"}
            yield Finding(_PLACE, f"{key} must be {words[_KINDS[key]]}, not {value!r}")
        elif key == "authority" and not (folder / str(value)).is_file():
            yield Finding(_PLACE, f"there is no record/{value}", "put it there, as PEM")
        elif isinstance(value, list):
            yield from _entries(key, value)


def _entries(key: str, value: list[object]) -> Iterator[Finding]:
    for each in value:
        if key == "ports" and not (type(each) is int and 0 < each <= _LAST_PORT):
            yield Finding(_PLACE, f"{each!r} is no port", "write ports = [443]")
        if key == "networks" and not _is_network(each):
            hint = 'write networks = ["10.20.0.0/16"]'
            yield Finding(_PLACE, f"{each!r} is no network", hint)


def _is_network(text: object) -> bool:
    try:
        ipaddress.ip_network(text if isinstance(text, str) else "")
    except ValueError:
        return False
    return True

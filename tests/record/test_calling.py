"""Which addresses webhooks may call: nothing that only this machine or its network reaches."""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from tests.record.receiver import receiver

from truecost.kernel.findings import ModelError, UsageError
from truecost.portal import outward
from truecost.record.calling import Calling, calling, reachable, target

if TYPE_CHECKING:
    from pathlib import Path

OURS = Calling(networks=(ipaddress.ip_network("10.20.0.0/16"), ipaddress.ip_network("169.0.0.0/8")))


@pytest.mark.parametrize(
    "number",
    """127.0.0.1 127.8.9.1 0.0.0.0 10.0.0.1 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1
    100.100.100.200 192.0.0.192 168.63.129.16 224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255
    198.18.0.1 192.0.2.1 192.88.99.1 ::1 :: ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:a9fe:a9fe
    ::ffff:168.63.129.16 ::127.0.0.1 64:ff9b::10.0.0.1 64:ff9b::7f00:1 64:ff9b:1::8.8.8.8
    2002:7f00:1:: 2002:a00:1:: 2002:a9fe:a9fe:: 2001::1 fe80::1 fe80::1%eth0 fec0::1 fc00::1
    fd00:ec2::254 ff02::1 2001:db8::1 ::ffff:0:127.0.0.1""".split(),
)
def test_what_is_not_global_is_not_called(number: str) -> None:
    assert not reachable(ipaddress.ip_address(number), Calling())


@pytest.mark.parametrize(
    "number", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"]
)
def test_what_is_global_is_called(number: str) -> None:
    assert reachable(ipaddress.ip_address(number), Calling())
    assert not reachable(ipaddress.ip_address(number), Calling(local=True), tls=False)


def test_the_settings_open_networks_and_this_machine_and_nothing_that_is_linked() -> None:
    for number, may in (("10.20.1.2", True), ("::ffff:10.20.1.2", True), ("10.21.0.1", False),
                        ("169.254.169.254", False), ("127.0.0.1", False)):  # fmt: skip
        assert reachable(ipaddress.ip_address(number), OURS) is may
    assert not reachable(ipaddress.ip_address("10.20.1.2"), OURS, tls=False)
    local = Calling(local=True)
    for number in ("127.0.0.1", "::1", "::ffff:127.0.0.1"):
        assert reachable(ipaddress.ip_address(number), local, tls=False)
    assert not reachable(ipaddress.ip_address("10.0.0.1"), local)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://example.org/", "over TLS"),
        ("ftp://example.org/", "no address"),
        ("https:///path", "no address"),
        ("https://exa mple.org/", "no address"),
        ("https://example.org\\@127.0.0.1/", "no address"),
        ("https://example.org/\r\nhost: x", "no address"),
        ("https://user@example.org/", "no name"),
        ("https://user:word@example.org/", "no name"),
        ("https://example.org/#x", "fragment"),
        ("https://example.org:0/", "port 0"),
        ("https://example.org:99999/", "no address"),
        ("https://127.0.0.1/", "may not be called"),
        ("https://[::1]/", "may not be called"),
        ("https://[::ffff:169.254.169.254]/", "may not be called"),
        ("https://169.254.169.254/latest", "may not be called"),
        ("https://" + "x" * 500, "no address"),
    ],
)
def test_an_address_that_is_none_is_refused_when_it_is_written(url: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        target(url, Calling())


def test_an_address_is_read() -> None:
    read = target("https://Example.org./a?b=c", Calling())
    assert (read.tls, read.host, read.port, read.path) == (True, "example.org", 443, "/a?b=c")
    assert target("http://localhost:99", Calling(local=True)).path == "/"
    with pytest.raises(UsageError, match="port 8080"):
        target("https://example.org:8080/", Calling(ports=(443,)))


@pytest.mark.parametrize("name", ["2130706433", "0x7f.1", "017700000001", "localhost", "127.1"])
def test_other_ways_to_write_a_number_are_seen_through(name: str) -> None:
    with pytest.raises(outward.UnansweredError, match=r"may not be called|no machine"):
        outward.post(f"https://{name}/", {}, b"", Calling())


def answers(*numbers: str) -> Any:
    """Give a resolver: each time it is asked it gives the next numbers."""
    said = list(numbers)

    def resolve(_host: str, port: int, **_: Any) -> Any:
        found = said.pop(0).split()
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in found]

    return resolve


def test_a_name_is_asked_for_once_and_all_that_it_stands_for_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiver(tmp_path / "r") as box:
        # whoever asked a second time would be given what is no number
        monkeypatch.setattr(socket, "getaddrinfo", answers("127.0.0.1", "8.8.8.8 10.0.0.1"))
        assert outward.post(box.url, {}, b"", box.may) == 204
        with pytest.raises(outward.UnansweredError, match="may not be called"):
            outward.post(box.url, {}, b"", box.may)
    assert len(box.calls) == 1


def test_only_who_has_the_certificate_of_the_name_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiver(tmp_path / "r") as box:
        with pytest.raises(outward.UnansweredError, match="certificate is not trusted"):
            outward.post(box.url, {}, b"", Calling(local=True))
        monkeypatch.setattr(socket, "getaddrinfo", answers("127.0.0.1"))
        with pytest.raises(outward.UnansweredError, match="not trusted"):
            outward.post(box.url.replace("localhost", "example.org"), {}, b"", box.may)
    assert box.calls == []


def test_without_tls_this_machine_only_and_where_the_settings_say_so(tmp_path: Path) -> None:
    with receiver(tmp_path, tls=False) as box:
        assert outward.post(box.url, {"webhook-id": "1"}, b"{}", box.may) == 204
        with pytest.raises(outward.UnansweredError, match="over TLS"):
            outward.post(box.url, {}, b"", Calling())
    assert len(box.calls) == 1


def test_proxies_of_the_environment_are_not_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("https_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with receiver(tmp_path / "r") as box:
        assert outward.post(box.url, {}, b"", box.may) == 204


@pytest.mark.parametrize("piece", [b"", b"x", b"HTTP/1.1 100 Continue\r\n\r\n", b"\xff" * 70_000])
def test_who_never_comes_to_an_end_is_left(piece: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outward, "_PATIENCE", 0.5)
    monkeypatch.setattr(outward, "_WHOLE", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as server:
        ending = threading.Event()

        def drip() -> None:
            line, _ = server.accept()
            with line:
                while not ending.wait(0.05):
                    try:
                        line.sendall(piece)
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        began = time.monotonic()
        try:
            with pytest.raises(outward.UnansweredError):
                outward.post(
                    f"http://127.0.0.1:{server.getsockname()[1]}/", {}, b"", Calling(local=True)
                )
        finally:
            ending.set()
            thread.join()
        assert time.monotonic() - began < 5


def test_the_settings_are_read_and_faults_told(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("x")
    read = calling(
        {"local": True, "networks": ["10.0.0.0/8"], "ports": [443], "authority": "ca.pem"}, tmp_path
    )
    assert read.authority == tmp_path / "ca.pem"
    assert read.networks == (ipaddress.ip_network("10.0.0.0/8"),)
    assert calling(None, tmp_path) == Calling()
    wrong = {"networks": ["10.0.0.1/8"], "ports": [True, 0], "authority": "x", "locl": 1}
    with pytest.raises(ModelError) as found:
        calling(wrong, tmp_path)
    said = [str(each) for each in found.value.findings]
    assert len(said) == 5
    assert "local" in said[4]
    with pytest.raises(ModelError, match="local must be true or false"):
        calling({"local": "yes"}, tmp_path)
    with pytest.raises(ModelError, match="a table"):
        calling("x", tmp_path)

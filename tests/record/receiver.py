"""A receiver of webhooks on this machine, for a test: over TLS by an authority made for it."""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
import ssl
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from truecost.record.calling import Calling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

PAGE = Path(__file__).parents[2] / "docs/how-to/webhooks.md"


def told() -> dict[str, Any]:
    """Give what the page for receivers tells them to write."""
    found = re.search(r"^```python\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    assert found
    space: dict[str, Any] = {}
    exec(compile(found[1], str(PAGE), "exec"), space)  # noqa: S102  it is ours
    return space


@dataclass
class Call:
    """What came in."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Receiver:
    """What was called. `answers` are given to the next calls, 0 for hanging up; then all is 204."""

    url: str = ""
    may: Calling = field(default_factory=Calling)
    calls: list[Call] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    before: Callable[[], object] = lambda: None

    def verified(self, secret: str, call: Call | None = None, at: dt.datetime | None = None) -> Any:
        """Say whether a call, the last one, was signed with the secret, as receivers find out."""
        call = call or self.calls[-1]
        space = told()
        if at is not None:
            space["time"] = type("Clock", (), {"time": staticmethod(at.timestamp)})
        return space["verified"](secret, call.headers, call.body)


@contextmanager
def receiver(folder: Path, *, tls: bool = True) -> Iterator[Receiver]:
    """Receive on a free port, until the block ends."""
    made = Receiver()

    class Handler(BaseHTTPRequestHandler):
        timeout = 20

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            made.before()
            made.calls.append(Call(self.path, headers, body))
            answer = made.answers.pop(0) if made.answers else 204
            if not answer:
                self.connection.close()
                return
            self.send_response(answer)
            self.send_header("location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_said: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    port = server.server_address[1]
    if tls:
        authority, chain = certificates(folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        made.may = Calling(local=True, authority=authority)
    else:
        made.may = Calling(local=True)
    made.url = f"http{'s' if tls else ''}://localhost:{port}/hooks?of=truecost"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def certificates(folder: Path) -> tuple[Path, Path]:
    """Make an authority, and a key with the certificate that it gives this machine."""
    folder.mkdir(exist_ok=True)
    now = dt.datetime.now(dt.UTC)
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    names = [
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, each)]) for each in ("Test", "localhost")
    ]
    made = []
    for number in range(2):
        builder = (
            x509.CertificateBuilder().subject_name(names[number]).issuer_name(names[0])
            .public_key(keys[number].public_key()).serial_number(number + 1)
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=not number, path_length=None), critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(keys[number].public_key()), critical=False
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(keys[0].public_key()),
                critical=False,
            )
        )  # fmt: skip
        if number:
            here = ipaddress.ip_address("127.0.0.1")
            others = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(here)])
            builder = builder.add_extension(others, critical=False)
        made.append(builder.sign(keys[0], hashes.SHA256()).public_bytes(_PEM))
    key = keys[1].private_bytes(
        _PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    files = folder / "authority.pem", folder / "chain.pem"
    files[0].write_bytes(made[0])
    files[1].write_bytes(key + made[1])
    return files


_PEM = serialization.Encoding.PEM

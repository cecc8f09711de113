"""Signing in by SAML: `truecost serve` with its settings, and an identity provider of pysaml2."""

from __future__ import annotations

import base64
import datetime as dt
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from saml2 import BINDING_HTTP_REDIRECT
from saml2.xmldsig import DIGEST_SHA256, SIG_RSA_SHA1, SIG_RSA_SHA256
from tests.record.workshop import PASSWORD

from truecost.record.place import RecordPlace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from saml2.server import Server

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("xmlsec1"), reason="Debian's xmlsec1 is not installed"),
    # the provider's own libraries warn of what is to come
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning"),
]
COMMAND = [sys.executable, "-c", "from truecost.cli.main import main; main()"]
IDP = "https://idp.example.org/metadata"
LOGIN = "https://idp.example.org/sso"
EMAIL = "urn:oid:0.9.2342.19200300.100.1.3"
WAIT = 60


def keys(folder: Path, name: str) -> tuple[Path, Path]:
    """Make a key, and a certificate for it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "idp.example.org")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder().subject_name(called).issuer_name(called)
        .public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    files = folder / f"{name}.key", folder / f"{name}.pem"
    files[0].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
    )
    files[1].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return files


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory, built: Path) -> Iterator[tuple[str, Path]]:
    """Serve a workspace of which anna is the administrator; give its address, and a folder."""
    folder = tmp_path_factory.mktemp("saml")
    place = RecordPlace(shutil.copytree(built, folder / "shop", symlinks=True))
    place.begin()
    _, certificate = keys(folder, "idp")
    shutil.copy(certificate, place.folder / "idp.pem")
    (place.folder / "settings.toml").write_text(
        f'[saml]\nissuer = "{IDP}"\nurl = "{LOGIN}"\ncertificate = "idp.pem"\n'
        f'name = "Example"\nemail = "{EMAIL}"\ntrust_email = true\n',
        encoding="utf-8",
    )
    command = [*COMMAND, "serve", str(place.workspace), "--port", "0"]
    with (
        (folder / "log").open("w", encoding="utf-8") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        assert process.stdout is not None
        said = "".join(process.stdout.readline() for _ in range(3))
        address = re.search(r"at (http://localhost:\d+)\n", said)
        link = re.search(r"(/welcome/\S+)", said)
        assert address, (folder / "log").read_text()
        assert link
        try:
            begin(address[1], link[1])
            yield address[1], folder
        finally:
            process.terminate()
            process.wait(WAIT)


def begin(address: str, link: str) -> None:
    browser = requests.Session()
    page = browser.get(address + link, timeout=WAIT).text
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page)
    assert token
    said = {
        "csrfmiddlewaretoken": token[1], "name": "Anna", "email": "anna@example.org",
        "password": PASSWORD,
    }  # fmt: skip
    assert "Statements" in browser.post(address + link, said, timeout=WAIT).text


def provider(address: str, folder: Path, signer: str) -> Server:
    """Give an identity provider that knows the portal by the metadata that it tells."""
    # importing it warns
    from saml2.config import IdPConfig  # noqa: PLC0415
    from saml2.server import Server  # noqa: PLC0415

    metadata = folder / "portal.xml"
    told = requests.get(f"{address}/sign-on/saml/saml/metadata", timeout=WAIT)
    metadata.write_bytes(told.content)
    if not (folder / f"{signer}.key").exists():
        keys(folder, signer)
    config = IdPConfig().load(
        {
            "entityid": IDP,
            "key_file": str(folder / f"{signer}.key"),
            "cert_file": str(folder / f"{signer}.pem"),
            "xmlsec_binary": shutil.which("xmlsec1"),
            "metadata": {"local": [str(metadata)]},
            "service": {
                "idp": {
                    "endpoints": {"single_sign_on_service": [(LOGIN, BINDING_HTTP_REDIRECT)]},
                    "policy": {"default": {"lifetime": {"minutes": 5}}},
                    "sign_assertion": True,
                }
            },
        }
    )  # fmt: skip
    return Server(config=config)


def came(
    portal: tuple[str, Path], email: str, signer: str = "idp", algorithm: str = SIG_RSA_SHA256
) -> tuple[Any, requests.Session]:
    """Go to the provider, be somebody there, and come back; give the portal's answer."""
    address, folder = portal
    idp = provider(address, folder, signer)
    browser = requests.Session()
    begun = browser.get(f"{address}/sign-on/saml/saml", allow_redirects=False, timeout=WAIT)
    asked = parse_qs(urlsplit(begun.headers["Location"]).query)["SAMLRequest"][0]
    request = idp.parse_authn_request(asked, BINDING_HTTP_REDIRECT).message
    said = idp.create_authn_response(
        {"mail": [email]}, userid=email.partition("@")[0], sign_assertion=True,
        authn={"class_ref": "urn:oasis:names:tc:SAML:2.0:ac:classes:Password"},
        sign_response=False, sign_alg=algorithm, digest_alg=DIGEST_SHA256,
        **idp.response_args(request),
    )  # fmt: skip
    answer = browser.post(
        request.assertion_consumer_service_url,
        {"SAMLResponse": base64.b64encode(str(said).encode()).decode(), "RelayState": ""},
        timeout=WAIT,
    )
    return answer, browser


def test_who_was_invited_comes_in(portal: tuple[str, Path]) -> None:
    assert "Sign in with Example" in requests.get(f"{portal[0]}/sign-in", timeout=WAIT).text
    answer, browser = came(portal, "anna@example.org")
    assert answer.status_code == 200, answer.text
    assert "Anna" in answer.text
    assert "anna@example.org" in browser.get(f"{portal[0]}/account", timeout=WAIT).text
    assert came(portal, "anna@example.org")[0].status_code == 200
    answer, _ = came(portal, "stranger@example.org")
    assert (answer.status_code, "nobody has invited you" in answer.text) == (403, True)


def test_another_key_or_a_weak_one_opens_nothing(portal: tuple[str, Path]) -> None:
    answer, _ = came(portal, "anna@example.org", "evil")
    assert (answer.status_code, "not signed in" in answer.text) == (403, True)
    answer, _ = came(portal, "anna@example.org", algorithm=SIG_RSA_SHA1)
    assert answer.status_code == 403, "nobody signs so any more"
    said = (portal[1] / "log").read_text()
    assert "anna" not in said
    assert "SAMLResponse" not in said

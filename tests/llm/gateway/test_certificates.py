"""We and the gateway trust what the system trusts, or the file that is given."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from analyst.core.errors import SettingsError
from analyst.llm.client import GatewayClient
from analyst.llm.gateway.certificates import GIVEN, certificates, trusted
from analyst.llm.gateway.config import effective_config, fingerprint, identity
from analyst.llm.gateway.probe import probe
from tests.gateway_process import gateway_settings

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Authority:
    """A company's own authority: the files of its certificate, and of a server that it vouches for."""

    certificate: Path
    server: Path


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    folder = tmp_path_factory.mktemp("authority")
    own, server = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer, name = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]) for text in ("Our CA", "localhost"))
    today = datetime.now(timezone.utc)

    def signed(subject: x509.Name, key: ec.EllipticCurvePrivateKey, *, ca: bool) -> x509.Certificate:
        made = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
        made = made.serial_number(x509.random_serial_number()).not_valid_before(today - DAY)
        made = made.not_valid_after(today + DAY).add_extension(x509.BasicConstraints(ca=ca, path_length=None), True)
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
        return made.add_extension(names, False).sign(own, hashes.SHA256())

    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(signed(issuer, own, ca=True).public_bytes(pem))
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    chain = server.private_bytes(pem, *plain) + signed(name, server, ca=False).public_bytes(pem)
    (folder / "server.pem").write_bytes(chain)
    return Authority(folder / "ca.pem", folder / "server.pem")


class OurModels(BaseHTTPRequestHandler):
    """A gateway of ours, as far as a probe sees."""

    def log_message(self, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        body = b'{"data": [{"id": "embedded-analyst"}]}'
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def behind_tls(authority: Authority) -> Iterator[str]:
    """The address of a gateway whose certificate the authority signed."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), OurModels)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.server)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"https://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def no_default_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: SimpleNamespace(cafile=None))


@pytest.mark.usefixtures("no_default_file")
def test_a_given_file_comes_first_then_the_systems_then_none(tmp_path: Path) -> None:
    (tmp_path / "bundle.crt").write_text("")
    bundles = [str(tmp_path / "missing.crt"), str(tmp_path / "bundle.crt")]
    assert certificates({"SSL_CERT_FILE": "/mine.pem"}, bundles) == {"SSL_CERT_FILE": "/mine.pem"}
    assert certificates({}, bundles) == {"SSL_CERT_FILE": bundles[1]}
    assert certificates({}, bundles[:1]) == {}


@pytest.mark.parametrize("variable", GIVEN)
def test_a_gateway_behind_a_companys_own_authority_is_reached(
    variable: str, behind_tls: str, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in GIVEN:
        monkeypatch.delenv(name, raising=False)
    assert probe(behind_tls, "key").who != "ours"
    monkeypatch.setenv(variable, str(authority.certificate))
    assert probe(behind_tls, "key").who == "ours"
    client = GatewayClient(behind_tls, "key")
    assert client.models() == ("embedded-analyst",)
    client.close()


def test_a_file_without_certificates_is_told_with_what_to_correct(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    with pytest.raises(SettingsError, match=r"missing\.pem.*SSL_CERT_FILE"):
        trusted()


def test_another_file_or_proxy_asks_for_another_gateway_and_a_changed_file_for_a_new_one(
    tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = gateway_settings(tmp_path)
    config = effective_config(settings)
    known = {identity(settings)}
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(authority.certificate.read_bytes())
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    known.add(identity(settings))
    first = fingerprint(config, settings)
    bundle.write_bytes(2 * authority.certificate.read_bytes())
    known.add(identity(settings))
    assert fingerprint(config, settings) != first
    monkeypatch.setenv("HTTPS_PROXY", "http://localhost:9")
    known.add(identity(settings))
    assert len(known) == 3

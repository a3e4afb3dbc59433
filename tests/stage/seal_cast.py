"""Certificates made for a test, in PKCS#12 files, and a time-stamping authority on the loopback."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from asn1crypto import tsp
from asn1crypto import x509 as asn1_x509
from asn1crypto.keys import PrivateKeyInfo
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps import DummyTimeStamper

from materiel.use_cases.signing.signed_copy import Press

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
SUBJECT = "Cachet de l'académie d'essai"
PASSWORD = "mot de passe du cachet"


def _usage(*, signs: bool, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs,
        content_commitment=signs,
        key_encipherment=not signs and not is_authority,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        encipher_only=False,
        decipher_only=False,
    )


class Authority:
    """A root that signs the certificates of a test."""

    def __init__(self, on: datetime) -> None:
        self.on = on
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Autorité d'essai")])
        self.certificate = self._signed(self.name, self.key, _usage(signs=False, is_authority=True), ca=True)

    @property
    def root(self) -> asn1_x509.Certificate:
        return _asn1(self.certificate)

    def seal_file(
        self,
        folder: Path,
        name: str = "cachet.p12",
        *,
        signs: bool = True,
        lasts: timedelta = timedelta(days=365),
        begins: timedelta = timedelta(days=-1),
        key: Key | None = None,
        password: str = PASSWORD,
    ) -> Path:
        """A PKCS#12 file whose certificate this authority signed, with the chain."""
        key = key or ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, SUBJECT)])
        made = self._signed(subject, key, _usage(signs=signs, is_authority=False), begins=begins, lasts=lasts)
        secrecy = serialization.BestAvailableEncryption(password.encode())
        file = folder / name
        file.write_bytes(pkcs12.serialize_key_and_certificates(b"cachet", key, made, [self.certificate], secrecy))
        return file

    def stamper(self) -> DummyTimeStamper:
        """What stamps with a certificate of this authority; pyHanko's stamps with RSA alone."""
        key = rsa.generate_private_key(65537, 2048)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Horodatage d'essai")])
        made = self._signed(subject, key, _usage(signs=True, is_authority=False), stamps=True)
        der = key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return DummyTimeStamper(_asn1(made), PrivateKeyInfo.load(der), fixed_dt=self.on)

    def _signed(
        self,
        subject: x509.Name,
        key: Key,
        usage: x509.KeyUsage,
        *,
        ca: bool = False,
        begins: timedelta = timedelta(days=-1),
        lasts: timedelta = timedelta(days=365),
        stamps: bool = False,
    ) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.on + begins)
            .not_valid_after(self.on + begins + lasts)
            .add_extension(usage, critical=True)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if stamps:
            builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        return builder.sign(self.key, hashes.SHA256())


def a_press(folder: Path, file: Path | None, *, password: str = PASSWORD, tsa_url: str = "") -> Press:
    return Press(certificate_file=file, password=password, tsa_url=tsa_url, data_dir=folder)


@contextmanager
def time_stamping(stamper: DummyTimeStamper) -> Iterator[str]:
    """A time-stamping authority that answers over HTTP; its address."""

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])))
            body = stamper.request_tsa_response(asked).dump()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))


NOW = datetime(2026, 9, 7, 9, 0, tzinfo=UTC)

"""The certificate that seals: a PKCS#12 file of the settings, or one that a demonstration makes for itself.

What is wrong with a file is said in one sentence, and the file is read again at the next try: once it is replaced, what
waited goes on by itself. The key is loaded once; pyHanko would check it again at each signature, ten times as long.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from pyhanko.sign.signers import SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from materiel.errors import BadInput, Conflict
from materiel.files import reason, written_whole

WARNED_BEFORE = timedelta(days=30)
"""A certificate takes weeks to be renewed."""

SMALLEST_RSA = 2048
DEMONSTRATION_NAME = "Démonstration, sans aucune valeur"
DEMONSTRATION_LIFETIME = timedelta(days=3650)
LARGEST_FILE = 1_000_000

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class KeptKeySigner(SimpleSigner):  # type: ignore[misc]
    """pyHanko's signer with the key already loaded."""

    kept_key: PrivateKey

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """The raw signature of some bytes, by the rules of the key's kind."""
        if dry_run:
            return bytes(self.kept_key.key_size // 8 if isinstance(self.kept_key, rsa.RSAPrivateKey) else 160)
        algorithm = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}[digest_algorithm]
        if isinstance(self.kept_key, rsa.RSAPrivateKey):
            return self.kept_key.sign(data, padding.PKCS1v15(), algorithm)
        return self.kept_key.sign(data, ec.ECDSA(algorithm))


@dataclass(frozen=True, slots=True, kw_only=True)
class SealCertificate:
    """A certificate ready to seal. `subject` is its name, `fingerprint` its SHA-256, `ends_at` an instant in UTC."""

    signer: KeptKeySigner
    subject: str
    fingerprint: str
    ends_at: datetime
    is_demonstration: bool = False

    def ends_soon(self, now: datetime) -> bool:
        """Whether somebody should be told to renew it."""
        return now >= self.ends_at - WARNED_BEFORE


def load_certificate(file: Path, password: str, now: datetime) -> SealCertificate:
    """Read a PKCS#12 file and make sure that it may seal today.

    Raises:
        BadInput: `seal.unreadable`, `seal.password`, `seal.no_key`, `seal.wrong_kind`, `seal.not_yet`, `seal.expired`.
    """
    try:
        data = file.read_bytes() if file.stat().st_size <= LARGEST_FILE else b""
    except OSError as error:
        raise BadInput(
            "seal.unreadable", f"Le certificat du cachet, {file}, ne se lit pas : {reason(error)}."
        ) from error
    return _certificate(data, password, now, str(file))


def demonstration_certificate(file: Path, now: datetime) -> SealCertificate:
    """The certificate that a demonstration made for itself, made at the first call; it proves nothing, and says so."""
    if not file.exists():
        # Another process may have made it meanwhile: its own is as good.
        with suppress(Conflict), written_whole(file) as stream:
            stream.write(_made_up(now))
    return replace(_certificate(file.read_bytes(), "", now, str(file)), is_demonstration=True)


def _certificate(data: bytes, password: str, now: datetime, name: str) -> SealCertificate:
    try:
        bundle = pkcs12.load_pkcs12(data, password.encode() or None)
    except ValueError as error:
        told = str(error).lower()
        if "password" in told or "mac" in told:
            raise BadInput(
                "seal.password", f"Le mot de passe du certificat du cachet, {name}, n'est pas le bon."
            ) from error
        raise BadInput(
            "seal.unreadable", f"Le certificat du cachet, {name}, n'est pas un fichier PKCS#12 (.p12, .pfx)."
        ) from error
    if bundle.key is None or bundle.cert is None:
        raise BadInput("seal.no_key", f"Le fichier {name} ne contient pas à la fois un certificat et sa clé privée.")
    certificate = bundle.cert.certificate
    _check_kind(certificate, bundle.key)
    _check_dates(certificate, now)
    assert isinstance(bundle.key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey)
    return SealCertificate(
        signer=_signer(certificate, bundle.key, [each.certificate for each in bundle.additional_certs]),
        subject=_common_name(certificate),
        fingerprint=certificate.fingerprint(hashes.SHA256()).hex(),
        ends_at=certificate.not_valid_after_utc,
    )


def _check_kind(certificate: x509.Certificate, key: object) -> None:
    """A seal is a signature: a certificate for servers, or for encryption, would be refused by whoever verifies."""
    wrong = ""
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        wrong = "sa clé n'est ni RSA ni à courbe elliptique"
    elif isinstance(key, rsa.RSAPrivateKey) and key.key_size < SMALLEST_RSA:
        wrong = f"sa clé RSA compte {key.key_size} bits, il en faut {SMALLEST_RSA} au moins"
    else:
        try:
            usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
            if not (usage.digital_signature or usage.content_commitment):
                wrong = "il n'est pas fait pour signer"
            elif usage.key_cert_sign:
                wrong = "c'est celui d'une autorité, qui signe des certificats et non des documents"
        except x509.ExtensionNotFound:
            pass
    if wrong:
        raise BadInput(
            "seal.wrong_kind",
            f"Le certificat « {_common_name(certificate)} » ne peut pas sceller : {wrong}. "
            "Demandez un certificat de cachet de serveur.",
        )


def _check_dates(certificate: x509.Certificate, now: datetime) -> None:
    name = _common_name(certificate)
    if now < certificate.not_valid_before_utc:
        day = certificate.not_valid_before_utc.strftime("%d/%m/%Y")
        raise BadInput("seal.not_yet", f"Le certificat « {name} » n'est valable qu'à partir du {day}.")
    if now > certificate.not_valid_after_utc:
        day = certificate.not_valid_after_utc.strftime("%d/%m/%Y")
        raise BadInput(
            "seal.expired", f"Le certificat « {name} » a expiré le {day} : remplacez-le, ce qui attend sera scellé."
        )


def _signer(certificate: x509.Certificate, key: PrivateKey, others: list[x509.Certificate]) -> KeptKeySigner:
    registry = SimpleCertificateStore()
    registry.register_multiple([_asn1(each) for each in others])
    der = key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    signer = KeptKeySigner(
        signing_cert=_asn1(certificate),
        signing_key=asn1_keys.PrivateKeyInfo.load(der),
        cert_registry=registry,
    )
    signer.kept_key = key
    return signer


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))


def _common_name(certificate: x509.Certificate) -> str:
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else certificate.subject.rfc4514_string()


def _made_up(now: datetime) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, DEMONSTRATION_NAME)])
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now.astimezone(UTC) - timedelta(days=1))
        .not_valid_after(now.astimezone(UTC) + DEMONSTRATION_LIFETIME)
        .add_extension(usage, critical=True)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return pkcs12.serialize_key_and_certificates(
        DEMONSTRATION_NAME.encode(), key, certificate, None, serialization.NoEncryption()
    )

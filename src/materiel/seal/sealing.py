"""From an issued document and its proof to the bytes that follow it: one PAdES seal over the whole."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.timestamps import HTTPTimeStamper, TimestampRequestError

from materiel.errors import Unavailable
from materiel.seal.certificate import SealCertificate
from materiel.seal.revision import FIELD, Proof, begin_revision

TSA_SECONDS = 15
_ROOM = 9_000
"""Hexadecimal digits of a signature without its certificates."""

_TIME_STAMP_ROOM = 24_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """What follows the issued bytes, and whether a time-stamping authority dated it."""

    tail: bytes
    time_stamped: bool


def seal(issued: bytes, proof: Proof, certificate: SealCertificate, *, tsa_url: str = "") -> Sealed:
    """Seal the copy of an issued document. Blocking: some tens of milliseconds, and the answer of the authority.

    Must not run in the thread of an event loop.

    Raises:
        Unavailable: `seal.no_time_stamp`, the authority did not answer; `seal.failed`.
        BadInput: `seal.not_ours`.
    """
    writer = begin_revision(issued, proof)
    stamper = HTTPTimeStamper(tsa_url, timeout=TSA_SECONDS) if tsa_url else None
    described = PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        name=certificate.subject,
        reason=proof.title,
    )
    out = BytesIO()
    chain = [certificate.signer.signing_cert, *certificate.signer.cert_registry]
    room = _ROOM + 2 * sum(len(each.dump()) for each in chain) + (_TIME_STAMP_ROOM if stamper else 0)
    try:
        PdfSigner(described, signer=certificate.signer, timestamper=stamper).sign_pdf(
            writer, existing_fields_only=True, bytes_reserved=room + room % 2, output=out
        )
    except (TimestampRequestError, OSError, TimeoutError) as error:
        raise Unavailable(
            "seal.no_time_stamp", "L'autorité d'horodatage ne répond pas : le cachet est posé dès qu'elle répond."
        ) from error
    except (SigningError, PdfError) as error:
        raise Unavailable("seal.failed", f"Le cachet n'a pas pu être posé ({type(error).__qualname__}).") from error
    return Sealed(tail=out.getvalue()[len(issued) :], time_stamped=stamper is not None)

"""Whether the seal of a signed copy still holds: one seal, over the whole file, by the certificate that is known."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from io import BytesIO

from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.general import SigningError
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext


def fault_of_seal(data: bytes, fingerprint: str, sealed_at: datetime) -> str:
    """What is wrong with the seal of a file, in French; empty when it holds. Must not run in an event loop's thread.

    The certificate is believed when it is the one that sealed: whether an authority vouches for it is for whoever
    receives the copy, who has that authority's own root.

    Args:
        fingerprint: SHA-256 of the certificate that sealed it, in hexadecimal.
        sealed_at: when it did, in UTC: a certificate that ended since was valid then.
    """
    try:
        with _quietly():
            seals = PdfFileReader(BytesIO(data)).embedded_signatures
            if len(seals) != 1:
                return "il ne porte pas exactement un cachet"
            (seal,) = seals
            if seal.signer_cert.sha256.hex() != fingerprint:
                return "son cachet n’est pas du certificat qui l’a scellé"
            believed = ValidationContext(trust_roots=[seal.signer_cert], allow_fetching=False, moment=sealed_at)
            state = validate_pdf_signature(seal, believed, ts_validation_context=believed)
    except (PdfError, SigningError, SignatureValidationError, ValueError, KeyError) as error:
        return f"son cachet ne se lit plus ({type(error).__qualname__})"
    if not (state.intact and state.valid) or state.coverage is not SignatureCoverageLevel.ENTIRE_FILE:
        return "son cachet est rompu"
    return ""


@contextmanager
def _quietly() -> Iterator[None]:
    """pyHanko tells the log of every certificate that it does not trust."""
    logger = logging.getLogger("pyhanko")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)

"""What the use cases ask of the seal, loaded when they first do.

pyHanko and what it stands on weigh 30 MB and take half a second: a command, a worker or a server pays for them once it
seals or checks something, and not before.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from materiel.seal.certificate import SealCertificate
    from materiel.seal.sealing import Sealed


def demonstration_certificate(file: Path, now: datetime) -> SealCertificate:
    """The certificate of a demonstration: see `seal.certificate`."""
    from materiel.seal import certificate

    return certificate.demonstration_certificate(file, now)


def load_certificate(file: Path, password: str, now: datetime) -> SealCertificate:
    """The certificate of the settings: see `seal.certificate`."""
    from materiel.seal import certificate

    return certificate.load_certificate(file, password, now)


def seal(
    issued: bytes,
    pages: bytes,
    record: bytes,
    *,
    made_at: datetime,
    title: str,
    certificate: SealCertificate,
    tsa_url: str,
) -> Sealed:
    """The seal of an issued document followed by the pages and the record of its proof: see `seal.sealing`."""
    from materiel.seal import revision, sealing

    proof = revision.Proof(pages=pages, record=record, made_at=made_at, title=title)
    return sealing.seal(issued, proof, certificate, tsa_url=tsa_url)


def fault_of_seal(data: bytes, fingerprint: str, sealed_at: datetime) -> str:
    """What is wrong with the seal of a file: see `seal.checking`."""
    from materiel.seal import checking

    return checking.fault_of_seal(data, fingerprint, sealed_at)


def time_stamp(digest: bytes, tsa_url: str) -> bytes:
    """The token of an authority over a digest: see `seal.stamping`."""
    from materiel.seal import stamping

    return stamping.time_stamp(digest, tsa_url)

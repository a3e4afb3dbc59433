"""What proves one signature that was not given on paper, and its digest, which the journal keeps.

Law: règlement (UE) n° 910/2014 (eIDAS), art. 3 and 25; Code civil, art. 1366 and 1367: the identity of whoever signs
and the integrity of what they signed must be told by the file kept of it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import Enum
from uuid import UUID

from materiel.domain.language.labelled import LabelledEnum


class Means(LabelledEnum):
    """How whoever signs was told from others."""

    EMAIL = "email", "Code à usage unique reçu par courriel"
    SMS = "sms", "Code à usage unique reçu par SMS"
    SECOND_FACTOR = "second_factor", "Compte du service et code de son second facteur"
    IDENTITY = "identity", "Identité donnée par un fournisseur d'identité, à la place du code"
    IN_PERSON = "in_person", "En présence d'un agent, qui atteste de l'identité"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What proves one signature; kept with it and never changed. Instants are UTC.

    `sha256` is the digest of the PDF that was signed, `capacity` the quality of the signer, as printed in the box of a
    family and as typed for an institution; `email` the address or number that received the code, empty without one,
    `shared_mailbox` whether other people of the same pupil had it then: the code alone did not tell them apart.
    `code_checked_at` is when the code was found right, or when the signature was given without one. `account_id` is who
    signed for the State, or before whom it was signed; `lot_id` gathers the papers signed by one act, with one code;
    `identity_seen` is what the agent says to have seen, or the provider of an identity and its digest of the person's
    identifier; `remarks` what the signer wrote.
    """

    signature_id: UUID
    document_id: UUID
    link_id: UUID | None
    sha256: str
    typed_name: str
    capacity: str
    email: str
    shown_at: datetime
    consented_at: datetime
    code_sent_at: datetime | None
    code_checked_at: datetime
    strokes: str | None = None
    shared_mailbox: bool = False
    means: Means = Means.EMAIL
    account_id: UUID | None = None
    lot_id: UUID | None = None
    remarks: str = ""
    identity_seen: str = ""


def canonical(value: object) -> str:
    """One text for one value: keys sorted, no space, instants in UTC to the microsecond."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain)


def box_digest(party: str, name: str, capacity: str, signer: str | None, signer_id: UUID | None) -> str:
    """SHA-256 of whose box it is, in hexadecimal: what is printed in it and who that is on file."""
    told = [party, name, capacity, signer, None if signer_id is None else str(signer_id)]
    return hashlib.sha256(canonical(told).encode()).hexdigest()


def evidence_digest(evidence: Evidence) -> str:
    """SHA-256 of everything that an evidence says, in hexadecimal."""
    told = {each.name: getattr(evidence, each.name) for each in fields(evidence)}
    return hashlib.sha256(canonical(told).encode()).hexdigest()


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, Enum):
        return str(value.value)
    return str(value)

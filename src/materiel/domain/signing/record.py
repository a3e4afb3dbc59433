"""What a signed copy says of its signatures: frozen when one is given, printed on its page of proof, attached as JSON.

Law: Code civil, art. 1366 and 1367; règlement (UE) 2016/679, art. 5 (minimisation): every party receives the copy, so
that the address of one is not told in full to the others. The digest of each evidence covers the whole of it, which
the service keeps.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from types import MappingProxyType
from uuid import UUID

from materiel.domain.papers.document import Document, Party, Signature, SignatureChannel, SignatureStatus
from materiel.domain.signing.evidence import Evidence, Means, canonical, evidence_digest

FORMAT = "materiel.proof/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a copy tells of an evidence. `address` is masked, `digest` covers the evidence whole; instants are UTC.

    `before` is the account that signed for the State, or before which it was signed; `lot_papers` how many papers the
    State signed by the same act, 0 for anybody else's.
    """

    typed_name: str
    capacity: str
    means: Means
    address: str
    shown_at: datetime
    consented_at: datetime
    code_sent_at: datetime | None
    code_checked_at: datetime
    sha256: str
    digest: str
    shared_mailbox: bool = False
    remarks: str = ""
    identity_seen: str = ""
    before: str = ""
    lot: UUID | None = None
    strokes: str = ""
    lot_papers: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedBox:
    """A box that is signed. `recorded_by` is who recorded a signature seen on paper, as the service calls them."""

    signatory: UUID
    party: Party
    name: str
    capacity: str
    channel: SignatureChannel
    signed_on: date
    recorded_by: str = ""
    evidence: Told | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitedBox:
    """A box whose signature is still needed."""

    party: Party
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofRecord:
    """Everything that a signed copy says of its signatures, as it was at `made_at` (UTC)."""

    document: UUID
    number: str
    kind: str
    issued_on: date
    code: str
    sha256: str
    pages: int
    made_at: datetime
    signed: tuple[SignedBox, ...]
    awaited: tuple[AwaitedBox, ...] = ()
    format: str = FORMAT

    @property
    def is_complete(self) -> bool:
        """Whether nobody's signature is needed any more."""
        return not self.awaited


def record_of(
    document: Document,
    evidences: Sequence[Evidence],
    actors: Mapping[UUID, str],
    accounts: Mapping[UUID, str],
    at: datetime,
    acts: Mapping[UUID, int] = MappingProxyType({}),
) -> ProofRecord:
    """The record of a document's signatures.

    Args:
        evidences: of its signatures not given on paper.
        actors: who recorded each signature, by box, as the service calls them.
        accounts: the names of the accounts that evidences name.
        at: when it is made, in UTC.
        acts: how many papers the State signed by each act that evidences name.
    """
    proofs = {each.signature_id: each for each in evidences}
    return ProofRecord(
        document=document.id,
        number=document.number,
        kind=document.kind.value,
        issued_on=document.issued_on,
        code=document.code,
        sha256=document.sha256,
        pages=document.pages,
        made_at=at,
        signed=tuple(
            _signed(box, proofs.get(box.id), actors.get(box.id, ""), accounts, acts)
            for box in document.signatures
            if box.status is SignatureStatus.SIGNED
        ),
        awaited=tuple(
            AwaitedBox(party=box.party, name=box.name)
            for box in document.signatures
            if box.status is SignatureStatus.PENDING
        ),
    )


def record_json(record: ProofRecord) -> str:
    """The record as text: the same for the same record, on any machine."""
    return canonical(asdict(record))


def record_digest(text: str) -> str:
    """SHA-256 of the text of a record, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def masked(address: str) -> str:
    """An address or a number that its owner recognises and that tells nobody else: « a•••@exemple.fr », « ••• 42 »."""
    name, at, domain = address.partition("@")
    if at:
        return f"{name[:1]}•••@{domain}"
    return f"••• {address[-2:]}" if address else ""


def strokes_of(text: str) -> tuple[tuple[tuple[int, int], ...], ...]:
    """A drawn signature as strokes of points; empty for none."""
    return tuple(tuple((x, y) for x, y in stroke) for stroke in json.loads(text)) if text else ()


def _signed(
    box: Signature,
    proof: Evidence | None,
    recorded_by: str,
    accounts: Mapping[UUID, str],
    acts: Mapping[UUID, int],
) -> SignedBox:
    assert box.channel is not None
    assert box.signed_on is not None
    return SignedBox(
        signatory=box.id,
        party=box.party,
        name=box.name,
        capacity=box.capacity,
        channel=box.channel,
        signed_on=box.signed_on,
        recorded_by=recorded_by if proof is None else "",
        evidence=None if proof is None else _told(proof, accounts, acts),
    )


def _told(proof: Evidence, accounts: Mapping[UUID, str], acts: Mapping[UUID, int]) -> Told:
    return Told(
        typed_name=proof.typed_name,
        capacity=proof.capacity,
        means=proof.means,
        address=masked(proof.email),
        shown_at=proof.shown_at,
        consented_at=proof.consented_at,
        code_sent_at=proof.code_sent_at,
        code_checked_at=proof.code_checked_at,
        sha256=proof.sha256,
        digest=evidence_digest(proof),
        shared_mailbox=proof.shared_mailbox,
        remarks=proof.remarks,
        identity_seen=proof.identity_seen,
        before=accounts.get(proof.account_id, "") if proof.account_id else "",
        lot=proof.lot_id,
        strokes=proof.strokes or "",
        lot_papers=acts.get(proof.lot_id, 0) if proof.lot_id else 0,
    )

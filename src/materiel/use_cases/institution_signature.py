"""Signing for an institution by its link: ask for the code, sign with it.

The signature, its evidence, the code spent and the copy to the mailbox are one transaction. A wrong code is counted and
nothing else is written. The family's own rules (a disagreement between parents) do not concern a depositary.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from materiel.domain.document import Document, Signature, SignatureChannel
from materiel.domain.electronic_signature import Evidence
from materiel.domain.institution import Institution, InstitutionIntent, check_may_sign
from materiel.domain.one_time_code import OneTimeCode
from materiel.domain.outbox import Purpose
from materiel.domain.school_year import civil_date
from materiel.errors import MaterielError
from materiel.store import electronic_signature as evidences
from materiel.store import one_time_code as codes
from materiel.store.engine import write_transaction
from materiel.use_cases.deposit import institution_paper
from materiel.use_cases.document import RecordSignature, sign_within
from materiel.use_cases.one_time_code import make_code, spend_code
from materiel.use_cases.outbox import Letter, post


@dataclass(frozen=True, slots=True, kw_only=True)
class SignForInstitution:
    """A document, what was done before the code was asked for, and the code as typed."""

    document_id: UUID
    intent: InstitutionIntent
    code: str


async def ask_institution_code(
    document_id: UUID, *, institution: Institution, base_url: str, now: datetime
) -> OneTimeCode:
    """Send a code to the mailbox of the link, for this document alone.

    Raises:
        NotFound: `document.not_found`, `signature.not_found`.
        Conflict: `signature.already_signed`.
        RuleBroken: `code.too_soon`, `code.too_many`.
    """
    async with write_transaction():
        paper = await institution_paper(document_id, institution)
        check_may_sign(paper)
        new = await make_code(institution.link, _purpose(document_id), now=now)
        await post(
            Letter(
                purpose=Purpose.SIGNATURE_CODE,
                template="signature_code",
                to_address=institution.link.email,
                service=institution.service,
                values={"name": "Madame, Monsieur", "digits": new.digits, "document": paper.document},
                unique_key=f"code:{new.code.id}",
            ),
            base_url=base_url,
            now=now,
        )
    return new.code


async def institution_code_sent(document_id: UUID, *, institution: Institution) -> OneTimeCode | None:
    """The last code sent to this mailbox for a document, without its digits, or None."""
    return await codes.latest(institution.link.id, _purpose(document_id))


async def sign_for_institution(
    command: SignForInstitution, *, institution: Institution, base_url: str, now: datetime
) -> Document:
    """Sign a document, keep the evidence and send a copy to the mailbox of the institution.

    Raises:
        NotFound: `document.not_found`, `signature.not_found`.
        Conflict: `signature.already_signed`, `code.used`.
        RuleBroken: `code.wrong`, `code.expired`, `code.exhausted`.

    Source: règlement (UE) n° 910/2014, art. 25; Code civil, art. 1366 and 1367.
    """
    async with write_transaction():
        paper = await institution_paper(command.document_id, institution)
        box = check_may_sign(paper)
        code = await spend_code(institution.link, _purpose(paper.document.id), command.code, now=now)
        if not isinstance(code, MaterielError):
            return await _sign(paper.document, box, command.intent, code, institution, base_url=base_url, now=now)
    raise code


async def _sign(
    document: Document,
    box: Signature,
    signed: InstitutionIntent,
    code: OneTimeCode,
    institution: Institution,
    *,
    base_url: str,
    now: datetime,
) -> Document:
    after = await sign_within(
        document,
        RecordSignature(
            document_id=document.id,
            signatory_id=box.id,
            signed_on=civil_date(now),
            channel=SignatureChannel.ELECTRONIC,
        ),
        recorded_by=institution.link.actor_id,
        now=now,
    )
    await evidences.insert(
        Evidence(
            signature_id=box.id,
            document_id=document.id,
            link_id=institution.link.id,
            sha256=document.sha256,
            typed_name=signed.intent.typed_name,
            capacity=signed.capacity,
            email=institution.link.email,
            shown_at=signed.intent.shown_at,
            consented_at=signed.intent.consented_at,
            code_sent_at=code.created_at,
            code_checked_at=now,
        )
    )
    await post(
        Letter(
            purpose=Purpose.SIGNATURE_COPY,
            template="institution_copy",
            to_address=institution.link.email,
            service=institution.service,
            values={"institution": institution, "document": document, "signer": signed, "signed_on": civil_date(now)},
            unique_key=f"copy:{box.id}",
            attachment_id=document.id,
        ),
        base_url=base_url,
        now=now,
    )
    return after


def _purpose(document_id: UUID) -> str:
    return f"sign:{document_id}"

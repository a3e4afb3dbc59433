"""What tells whoever signs behind a link from others: a code sent to their mailbox or mobile, or an identity given.

A code goes through the outbox, in the transaction that makes it. An identity is compared and forgotten.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from materiel.domain.links.access_link import FamilyPerson
from materiel.domain.papers.document import Document, Signature
from materiel.domain.signing.evidence import Evidence, Means
from materiel.domain.signing.identity import Identified, ProvidedIdentity, check_identified, check_identity
from materiel.domain.signing.one_time_code import OneTimeCode
from materiel.domain.visitors.institution import Institution
from materiel.domain.work.outbox import About, Impulse, Purpose
from materiel.errors import MaterielError, RuleBroken
from materiel.store.accounts import service as services
from materiel.use_cases.signing.one_time_code import make_code, spend_code
from materiel.use_cases.work.outbox import MessageText, post, post_sms

Signer = FamilyPerson | Institution
"""Whoever signs behind a link."""

Given = OneTimeCode | Identified
"""What told whoever signs from others: a code that was right, or an identity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRequest:
    """Whose code it is, for which papers, by which means; `template` and `values` are those of its e-mail."""

    signer: Signer
    purpose: str
    means: Means
    boxes: Sequence[Signature]
    template: str
    values: dict[str, object]
    about: About


async def write_code(asked: CodeRequest, *, base_url: str, now: datetime) -> OneTimeCode:
    """Make a code and write what brings it; must run in a write transaction.

    Raises:
        RuleBroken: `code.no_mobile`, `code.by_sms_only`, `code.too_soon`, `code.too_many`, `code.too_many_sms`.
    """
    link = asked.signer.link
    number = number_for(asked.signer, asked.means, asked.boxes)
    new = await make_code(link, asked.purpose, number=number, now=now)
    letter = MessageText(
        purpose=Purpose.SIGNATURE_CODE,
        impulse=Impulse.ASKED,
        template="code" if number else asked.template,
        to_address=number or link.email,
        service=await services.get(link.service_id),
        values={"digits": new.digits} if number else {**asked.values, "digits": new.digits},
        about=About(
            document_id=asked.about.document_id,
            signature_id=asked.about.signature_id,
            loan_id=asked.about.loan_id,
            pupil_id=link.pupil_id,
            person_id=link.representative_id,
            link_id=link.id,
            code_id=new.code.id,
        ),
        unique_key=f"code:{new.code.id}",
    )
    await (post_sms if number else post)(letter, base_url=base_url, now=now)
    return new.code


def number_for(signer: Signer, means: Means, boxes: Sequence[Signature]) -> str:
    """The mobile number to which a code of some boxes goes; empty for the mailbox of the link.

    Raises:
        RuleBroken: `code.no_mobile`, by SMS and no mobile number is on the record; `code.by_sms_only`, by e-mail to a
            mailbox that others read, when the service asked for an SMS.
    """
    if means is Means.SMS:
        number = signer.mobile if isinstance(signer, FamilyPerson) else ""
        if not number:
            raise RuleBroken(
                "code.no_mobile",
                "Aucun numéro de mobile n'est connu pour vous : recevez le code par courriel, ou donnez votre numéro "
                "au service.",
            )
        return number
    if any(box.code_by_sms for box in boxes):
        raise RuleBroken(
            "code.by_sms_only",
            "Le service vous demande de recevoir le code par SMS : l'adresse de ce lien sert à plusieurs personnes.",
        )
    return ""


async def tell_apart(signer: Signer, purpose: str, given: str | Identified, *, now: datetime) -> Given | MaterielError:
    """Check what tells the signer from others, a code as typed or an identity; must run in a write transaction.

    Returns:
        What the evidence keeps, or what to raise **after** the transaction has kept the count of the tries.
    """
    if isinstance(given, str):
        return await spend_code(signer.link, purpose, given, now=now)
    try:
        person_id = signer.id if isinstance(signer, FamilyPerson) else signer.link.id
        check_identified(given, purpose, person_id, now)
    except MaterielError as refusal:
        return refusal
    return given


def identified(
    identity: ProvidedIdentity, purpose: str, signer: Signer, boxes: Sequence[tuple[Document, Signature]], now: datetime
) -> Identified:
    """The identity, once it is found to be the signer's, without what it said.

    Raises:
        RuleBroken: `identity.mismatch`.
    """
    assert isinstance(signer, FamilyPerson)
    check_identity(identity, signer, [box.name for _, box in boxes])
    return Identified(purpose=purpose, person_id=signer.id, provider=identity.provider, digest=identity.digest, at=now)


def proved(evidence: Evidence, given: Given, signer: Signer) -> Evidence:
    """An evidence with how the signer was told from others."""
    if isinstance(given, Identified):
        return replace(evidence, means=Means.IDENTITY, identity_seen=given.kept)
    return replace(
        evidence,
        means=given.means,
        email=given.sent_to or signer.link.email,
        code_sent_at=given.created_at,
        shared_mailbox=isinstance(signer, FamilyPerson) and bool(_readers(given, signer)),
    )


def _readers(code: OneTimeCode, signer: FamilyPerson) -> tuple[str, ...]:
    return signer.shares_mobile_with if code.means is Means.SMS else signer.shares_mailbox_with

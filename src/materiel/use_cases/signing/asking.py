"""How the service asks for one signature: by a link as usual, or on paper or in person when a mailbox is shared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.papers.document import (
    Document,
    Party,
    Signature,
    SignatureChannel,
    SignatureStatus,
    check_in_force,
    find_box,
)
from materiel.domain.signing.electronic_signature import own_mobile_of
from materiel.errors import Conflict, RuleBroken
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.history import journal
from materiel.store.loan import loan as loans
from materiel.store.papers import document as documents
from materiel.store.people import pupil as pupils
from materiel.store.work import outbox


@dataclass(frozen=True, slots=True, kw_only=True)
class AskBy:
    """A box of the borrower's side, and how it is asked for: on paper, in person, or None for a link.

    `code_by_sms`: by a link, whose code goes to the person's own mobile and to no mailbox that others read.
    """

    document_id: UUID
    signatory_id: UUID
    channel: SignatureChannel | None
    code_by_sms: bool = False


@in_one_visit
async def ask_by(command: AskBy, *, actor: Actor, now: datetime) -> None:
    """Say how a signature is asked for; nothing leaves by mail for a box asked otherwise, and no link signs it.

    Raises:
        NotFound: `document.not_found`, `signature.not_found`.
        Conflict: `document.not_in_force`, `signature.already_signed`.
        RuleBroken: `signature.channel_not_asked`, a box that no family signs, or asked for by a link's own channel;
            `signature.no_own_mobile`, by SMS to somebody without a mobile number of their own.

    Source: Code civil, art. 1367: the signer must be identified, which a code to a shared mailbox does not do.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        document = await documents.get(command.document_id, actor.service_id)
        check_in_force(document)
        box = find_box(document, command.signatory_id)
        if box.party is not Party.BORROWER or command.channel is SignatureChannel.ELECTRONIC:
            raise RuleBroken(
                "signature.channel_not_asked",
                "Choisissez comment demander la signature d'une personne de la famille : par son lien, sur papier ou "
                "sur place.",
            )
        by_sms = command.code_by_sms and command.channel is None
        if by_sms and not await _own_mobile(document, box):
            raise RuleBroken(
                "signature.no_own_mobile",
                f"{box.name} n'a pas sur sa fiche de numéro de mobile qui soit à elle ou à lui seul : complétez la "
                "fiche, ou demandez la signature sur papier ou sur place.",
            )
        if box.status is SignatureStatus.SIGNED or not await documents.ask_by(
            document.id, box.id, command.channel, code_by_sms=by_sms
        ):
            raise Conflict(
                "signature.already_signed", "Cette signature est déjà donnée : il n'y a plus rien à demander."
            )
        if command.channel is not None:
            await outbox.settle_requests(box.id, now)
        await journal.by(actor, now).note(
            "document.signature_asked",
            document.id,
            {
                "loan": str(document.loan_id),
                "signatory": str(box.id),
                "channel": command.channel.value if command.channel else "sms" if by_sms else "link",
            },
        )


async def _own_mobile(document: Document, box: Signature) -> str:
    loan = await loans.get(document.loan_id, document.service_id)
    pupil = await pupils.get(loan.pupil_id, document.service_id) if loan.pupil_id is not None else None
    return own_mobile_of(box, pupil) if pupil is not None else ""

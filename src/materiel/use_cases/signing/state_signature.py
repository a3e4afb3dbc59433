"""Signing for the State, online and in number: papers that were read, one code of the phone, one evidence each.

All are signed in one transaction, or none: a signatory never has to find out which. Nothing is taken from the page but
which papers, and which were opened: each is checked again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from materiel.domain.accounts.attempt import STATE_SIGNATURE
from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.accounts.user import User, check_may_sign_for_state
from materiel.domain.accounts.visit import Visit
from materiel.domain.language.bounds import several
from materiel.domain.papers.document import Document, SignatureChannel
from materiel.domain.signing.evidence import Evidence, Means
from materiel.domain.signing.folder import MOST_AT_ONCE, FolderPaper, state_box, unread
from materiel.domain.signing.order import check_not_before_others
from materiel.errors import FieldError, PermissionDenied, RuleBroken
from materiel.store.accounts import service as services
from materiel.store.accounts import user as users
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.papers import document as documents
from materiel.use_cases.accounts.attempt import begin_trial
from materiel.use_cases.accounts.second_factor import spend_phone_code
from materiel.use_cases.accounts.signatory import signatory_of
from materiel.use_cases.signing.folder import changed, check_still_awaited, read_folder
from materiel.use_cases.signing.recording import RecordSignature, sign_within
from materiel.use_cases.signing.signed_copy import prepare_copy


@dataclass(frozen=True, slots=True, kw_only=True)
class SignForState:
    """Papers to sign, the code as typed, and when each paper that was opened was, in UTC."""

    document_ids: Annotated[tuple[UUID, ...], several(MOST_AT_ONCE, least=1)]
    read: Mapping[UUID, datetime]
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedForState:
    """One act: the papers that it signed, as they are now."""

    lot_id: UUID
    documents: tuple[Document, ...]


async def sign_for_state(
    command: SignForState, *, actor: Actor, secret_key: str, visit: Visit, now: datetime
) -> SignedForState:
    """Sign every paper for the State, or none.

    Raises:
        PermissionDenied: the role does not sign; `state_signature.person_only`.
        NotFound: `document.not_found`.
        Conflict: `state_signature.changed`, a paper is not as it was shown.
        RuleBroken: `state_signature.no_quality`, `state_signature.delegation_over`, `state_signature.unread`,
            `state_signature.unsound`, `state_signature.wrong_code`, `signature.state_last`.
        TooManyRequests: `login.too_many`.

    Source: règlement (UE) n° 910/2014, art. 25; Code civil, art. 1366 and 1367; Code des relations entre le public et
    l'administration, art. L212-1 and L212-3.
    """
    account = await signatory_of(actor=actor)
    check_may_sign_for_state(account, actor.civil_date(now))
    await _check_papers(command, actor, now)
    trial = await begin_trial(STATE_SIGNATURE, str(account.id), visit, now=now)
    signed = await _sign(command, account, actor, secret_key, now)
    await trial.succeeded()
    return signed


async def _check_papers(command: SignForState, actor: Actor, now: datetime) -> None:
    """All that takes reading, before the one who writes is asked for: what was issued never changes."""
    folder = await read_folder(actor=actor, now=now)
    signable = folder.signable
    wanted = list(dict.fromkeys(command.document_ids))
    missing = [await documents.get(each, actor.service_id) for each in wanted if each not in signable]
    _check_sound([each for each in folder.unsound if each.document.id in wanted])
    if missing:
        order = (await services.get(actor.service_id)).state_signs
        for document in missing:
            check_not_before_others(document, order)
        raise changed(missing)
    left = unread([signable[each] for each in wanted], folder, command.read)
    if left:
        raise RuleBroken(
            "state_signature.unread",
            f"Rien n'est signé : ouvrez d'abord, pour le lire : {' ; '.join(left)}.",
            errors=tuple(FieldError("/groups", each) for each in left),
        )


def _check_sound(papers: Sequence[FolderPaper]) -> None:
    unsound = [each for each in papers if each.unsound]
    if unsound:
        told = " ; ".join(f"{each.document.number} ({', '.join(each.unsound)})" for each in unsound)
        raise RuleBroken(
            "state_signature.unsound", f"Rien n'est signé : un contrôle échoue sur {told}. Décochez-le, et renvoyez-le."
        )


@in_one_visit
async def _sign(command: SignForState, account: User, actor: Actor, secret_key: str, now: datetime) -> SignedForState:
    today, lot_id = actor.civil_date(now), new_id()
    async with write_transaction():
        # Read again: an administrator may have closed the account, or its delegation, while the code was typed.
        account = await users.get(account.id, actor.service_id)
        if account.disabled_at is not None or account.role is not Role.SIGNATORY:
            raise PermissionDenied("actor.forbidden", "Votre compte ne signe plus pour l'État.")
        check_may_sign_for_state(account, today)
        order = (await services.get(actor.service_id)).state_signs
        if not await spend_phone_code(account.id, command.code, secret_key, now=now):
            raise RuleBroken(
                "state_signature.wrong_code",
                "Rien n'est signé : ce code n'est pas le bon, ou il a déjà servi. Attendez le suivant sur votre "
                "téléphone : il change toutes les trente secondes.",
                errors=(FieldError("/code", "Ce code n'est pas le bon, ou il a déjà servi. Saisissez le suivant."),),
            )
        signed = []
        # In the order of issue: a paper that another one replaces is signed before it goes.
        for document_id in sorted(dict.fromkeys(command.document_ids)):
            document = await documents.get(document_id, actor.service_id)
            check_still_awaited([document])
            check_not_before_others(document, order)
            signed.append(await _sign_one(document, command, account, lot_id, today, now))
        for document in signed:
            await prepare_copy(document, now)
    return SignedForState(lot_id=lot_id, documents=tuple(signed))


async def _sign_one(
    document: Document, command: SignForState, account: User, lot_id: UUID, today: date, now: datetime
) -> Document:
    box = state_box(document)
    if box is None:
        raise changed([document])
    return await sign_within(
        document,
        RecordSignature(
            document_id=document.id, signatory_id=box.id, signed_on=today, channel=SignatureChannel.ELECTRONIC
        ),
        recorded_by=f"user:{account.id}",
        now=now,
        today=today,
        evidence=Evidence(
            signature_id=box.id,
            document_id=document.id,
            link_id=None,
            sha256=document.sha256,
            typed_name=account.name,
            capacity=account.quality,
            email="",
            # The page that lists a paper and its group shows it; opened, it was shown then.
            shown_at=command.read.get(document.id, now),
            consented_at=now,
            code_sent_at=None,
            code_checked_at=now,
            means=Means.SECOND_FACTOR,
            account_id=account.id,
            lot_id=lot_id,
        ),
        makes_copy=False,
    )

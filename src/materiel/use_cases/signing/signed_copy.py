"""Signed copies: written when a signature is given, sealed by a loop of the worker that never gives up.

The signature itself waits for nothing: it is given, the loan goes on, and the copy follows. What is wrong with the
certificate stops every seal and is said once; as soon as it is mended, what waited is sealed.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from materiel.documents.content import Content
from materiel.documents.content_json import content_from_json
from materiel.documents.pdf.render import render_pdf
from materiel.documents.proof.page import TITLE, compose_proof
from materiel.documents.proof.record_json import record_from_json
from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.accounts.service import ManagingService
from materiel.domain.papers.document import Document, DocumentStatus
from materiel.domain.papers.letterhead import Letterhead
from materiel.domain.signing.evidence import Means
from materiel.domain.signing.record import record_digest, record_json, record_of
from materiel.domain.signing.signed_copy import (
    RETRY_AFTER,
    SignedCopy,
    WaitingSeals,
    check_signed,
    retry_at,
    still_waiting,
)
from materiel.errors import BadInput, MaterielError, Unavailable
from materiel.seal.on_demand import demonstration_certificate, load_certificate, seal
from materiel.settings import Settings
from materiel.store.accounts import service as services
from materiel.store.accounts import site as sites
from materiel.store.accounts import user as users
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.store.papers import document as documents
from materiel.store.papers import letterhead as letterheads
from materiel.store.signing import electronic_signature as evidences
from materiel.store.signing import signed_copy as copies
from materiel.use_cases.mail.signed_copies import send_complete_copy
from materiel.use_cases.process.loop import Beat, Loop
from materiel.use_cases.work.job import Clock

if TYPE_CHECKING:
    from materiel.seal.certificate import SealCertificate
    from materiel.seal.sealing import Sealed

BY_SEAL = "seal"
"""What the journal keeps of the loop that seals."""

AT_ONCE = 20
POLL_SECONDS = 1.0
LATE_AFTER = timedelta(minutes=5)
DEMONSTRATION_FILE = "cachet-de-demonstration.p12"


@dataclass(slots=True, kw_only=True)
class Press:
    """What seals here: the certificate of the settings, or a demonstration's own; and who dates, if anybody does.

    The file is read again when it has changed.
    """

    certificate_file: Path | None
    password: str = field(repr=False)
    tsa_url: str
    data_dir: Path
    # A certificate, of a type that is loaded on demand: whoever is given a press resolves these annotations.
    _kept: tuple[object, Any] | None = field(default=None, repr=False)

    async def certificate(self, now: datetime) -> SealCertificate:
        """The certificate, ready to seal.

        Raises:
            BadInput: `seal.missing`; what `load_certificate` finds wrong with it.
        """
        if self.certificate_file is None:
            if not (await sites.read()).demonstration:
                raise BadInput(
                    "seal.missing",
                    "Aucun certificat de cachet n'est réglé (MATERIEL_SEAL_P12) : les exemplaires signés l'attendent.",
                )
            file = self.data_dir / DEMONSTRATION_FILE
            return await self._read(file, lambda: demonstration_certificate(file, now), now)
        given = self.certificate_file
        return await self._read(given, lambda: load_certificate(given, self.password, now), now)

    async def _read(self, file: Path, load: Callable[[], SealCertificate], now: datetime) -> SealCertificate:
        try:
            told = file.stat()
            state: object = (file, told.st_mtime_ns, told.st_size)
        except OSError:
            state = None
        if state is not None and self._kept is not None and self._kept[0] == state and now <= self._kept[1].ends_at:
            kept: SealCertificate = self._kept[1]
            return kept
        found = await asyncio.to_thread(load)
        self._kept = (state, found)
        return found


def press_of(settings: Settings) -> Press:
    """The press of an installation."""
    return Press(
        certificate_file=settings.seal_p12,
        password=settings.seal_password,
        tsa_url=settings.tsa_url,
        data_dir=settings.data_dir,
    )


async def prepare_copy(document: Document, now: datetime) -> None:
    """Write the copy of a document whose signatures have just changed; must run in the transaction that changes them.

    Nothing is written once nobody's signature is left.
    """
    if not document.has_signature:
        return
    await copies.insert(
        SignedCopy(
            id=new_id(),
            service_id=document.service_id,
            document_id=document.id,
            record=await _record(document, now),
            is_complete=document.is_fully_signed,
            made_at=now,
            next_attempt_at=now,
        )
    )


async def _record(document: Document, now: datetime) -> str:
    proofs = await evidences.of_document(document.id)
    recorders = await documents.recorders(document.id)
    actors = {box: await _called(actor, document.service_id) for box, actor in recorders.items()}
    accounts: dict[UUID, str] = {}
    for proof in proofs:
        if proof.account_id is not None and (account := await users.find(proof.account_id)) is not None:
            accounts[account.id] = account.name
    acts = {
        proof.lot_id: await evidences.count_of_act(proof.lot_id)
        for proof in proofs
        if proof.lot_id is not None and proof.means is Means.SECOND_FACTOR
    }
    return record_json(record_of(document, proofs, actors, accounts, now, acts))


async def _called(actor: str, service_id: UUID) -> str:
    """What whoever recorded a signature is called: an agent by name, a program by its label."""
    kind, _, key = actor.partition(":")
    if kind == "user":
        account = await users.find(UUID(key))
        return account.name if account is not None and account.service_id == service_id else "Un compte du service"
    if kind == "token":
        return "Un programme du service"
    return "" if kind == "link" else "L'administrateur de l'installation"


def sealing_loop(press: Press, *, clock: Clock, base_url: str, poll_seconds: float = POLL_SECONDS) -> Loop:
    """The loop that seals what waits."""

    async def turn(beat: Beat) -> bool:
        return await seal_due(press, clock=clock, base_url=base_url, beat=beat)

    return Loop(name="seal", turn=turn, every_seconds=poll_seconds, late_after=LATE_AFTER.total_seconds())


async def seal_due(press: Press, *, clock: Clock, base_url: str, beat: Beat = lambda: None) -> bool:
    """Seal some of the copies that wait; whether others may be sealed at once."""
    waiting = await copies.due(clock(), limit=AT_ONCE)
    if not waiting:
        return False
    try:
        certificate = await press.certificate(clock())
    except MaterielError as fault:
        await copies.put_all_off(clock(), clock() + RETRY_AFTER, fault.message)
        return False
    for copy in waiting:
        beat()
        try:
            await _seal(copy, press, certificate, clock(), base_url)
        except MaterielError as fault:
            await copies.put_off(copy.id, retry_at(copy.attempts, clock()), fault.message)
    return len(waiting) == AT_ONCE


async def seal_now(press: Press, *, base_url: str, now: datetime) -> None:
    """Seal everything that waits, at once, as far as the certificate allows: for whoever has just mended it."""
    await copies.awaken(now)
    while await seal_due(press, clock=lambda: now, base_url=base_url):
        pass


async def _seal(
    copy: SignedCopy, press: Press, certificate: SealCertificate, now: datetime, base_url: str
) -> SignedCopy:
    """Draw the proof, seal the whole, keep it; the bytes are made outside any transaction."""
    document = await documents.get(copy.document_id, copy.service_id)
    service = await services.get(copy.service_id)
    issued = await documents.pdf(document.id)
    # Written by the migration for a paper signed before: what its box says now is what it said then.
    record = copy.record or await _record(document, copy.made_at)
    content = content_from_json(document.content)
    letterhead = await letterheads.find(document.letterhead)
    sealed = await asyncio.to_thread(
        _drawn, issued, content, letterhead, record, copy.made_at, service, certificate, press.tsa_url
    )
    made = replace(
        copy,
        record=record,
        sha256=hashlib.sha256(issued + sealed.tail).hexdigest(),
        sealed_at=now,
        subject=certificate.subject[:200],
        fingerprint=certificate.fingerprint,
        is_time_stamped=sealed.time_stamped,
        is_worthless=certificate.is_demonstration,
        error="",
    )
    # Papers signed before copies were made are known to their parties: nothing is sent about them.
    await _keep(made, sealed, document, base_url, now, tells=bool(copy.record))
    return made


def _drawn(
    issued: bytes,
    content: Content,
    letterhead: Letterhead | None,
    record: str,
    made_at: datetime,
    service: ManagingService,
    certificate: SealCertificate,
    tsa_url: str,
) -> Sealed:
    proof = compose_proof(record_from_json(record), content, service.zone, worthless=certificate.is_demonstration)
    return seal(
        issued,
        render_pdf(proof, letterhead).data,
        record.encode(),
        made_at=made_at,
        title=TITLE,
        certificate=certificate,
        tsa_url=tsa_url,
    )


@in_one_visit
async def _keep(
    made: SignedCopy, sealed: Sealed, document: Document, base_url: str, now: datetime, *, tells: bool
) -> None:
    async with write_transaction():
        if not await copies.seal(made, sealed.tail):
            return
        await journal.By(made.service_id, BY_SEAL, now).note(
            "document.copy_sealed",
            document.id,
            {
                "loan": str(document.loan_id),
                "copy": str(made.id),
                "sha256": made.sha256,
                "record": record_digest(made.record),
                "fingerprint": made.fingerprint,
                "complete": made.is_complete,
            },
        )
        if tells and made.is_complete and document.is_fully_signed and document.status is DocumentStatus.IN_FORCE:
            await send_complete_copy(document, base_url=base_url, now=now)


async def read_signed(document: Document, *, press: Press, base_url: str, now: datetime) -> tuple[SignedCopy, bytes]:
    """The signed copy of a document that the caller may read, and its bytes; sealed at once when it waits for nothing.

    Raises:
        Conflict: `document.unsigned`; `document.copy_waiting`, its seal cannot be put on it now.
    """
    check_signed(document)
    copy = await copies.latest(document.id)
    if copy is None:
        raise still_waiting("")
    if not copy.is_sealed:
        try:
            await _seal(copy, press, await press.certificate(now), now, base_url)
        except MaterielError as fault:
            raise still_waiting(fault.message) from fault
        again = await copies.get(copy.id)
        if again is None or not again.is_sealed:
            raise still_waiting("")
        copy = again
    return copy, await documents.pdf(document.id) + await copies.tail(copy.id)


async def signed_document(
    document_id: UUID, *, actor: Actor, press: Press, base_url: str, now: datetime
) -> tuple[Document, bytes]:
    """The signed copy of a document of the actor's service.

    Raises:
        NotFound: `document.not_found`.
        Conflict: `document.unsigned`, `document.copy_waiting`.
    """
    actor.require(Permission.READ)
    document = await documents.get(document_id, actor.service_id)
    return document, (await read_signed(document, press=press, base_url=base_url, now=now))[1]


async def signed_record(document_id: UUID, *, actor: Actor) -> str:
    """What proves the signatures of a document of the actor's service: the JSON of its last copy.

    Raises:
        NotFound: `document.not_found`.
        Conflict: `document.unsigned`.
    """
    actor.require(Permission.READ)
    document = await documents.get(document_id, actor.service_id)
    check_signed(document)
    copy = await copies.latest(document.id)
    if copy is None:
        raise still_waiting("")
    return copy.record or await _record(document, copy.made_at)


async def signed_copies(document_id: UUID, *, actor: Actor) -> list[SignedCopy]:
    """The copies of a document of the actor's service that still tell its signatures, the last one first.

    Raises:
        NotFound: `document.not_found`.
    """
    actor.require(Permission.READ)
    document = await documents.get(document_id, actor.service_id)
    if not document.has_signature:
        return []
    return (await copies.of_document(document.id))[::-1]


async def waiting_seals(*, actor: Actor) -> WaitingSeals:
    """What waits for its seal in the actor's service."""
    actor.require(Permission.READ)
    return await copies.waiting(actor.service_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealState:
    """Whether seals can be put: the certificate's name and end (UTC), or what is wrong; and what waits for one."""

    waiting: WaitingSeals
    subject: str = ""
    ends_at: datetime | None = None
    is_worthless: bool = False
    ends_soon: bool = False
    fault: MaterielError | None = None


async def seal_state(press: Press, now: datetime) -> SealState:
    """The state of the whole installation, for its administrator and its supervisor."""
    waiting = await copies.waiting()
    try:
        certificate = await press.certificate(now)
    except MaterielError as fault:
        return SealState(waiting=waiting, fault=fault)
    return SealState(
        waiting=waiting,
        subject=certificate.subject,
        ends_at=certificate.ends_at,
        is_worthless=certificate.is_demonstration,
        ends_soon=certificate.ends_soon(now),
    )


async def check_seals(press: Press, now: datetime) -> None:
    """Nothing waits for its seal for long.

    Raises:
        Unavailable: `seal.waiting`.
    """
    waiting = await copies.waiting()
    if waiting.is_late(now):
        state = await seal_state(press, now)
        why = state.fault.message if state.fault else waiting.error
        raise Unavailable("seal.waiting", f"{waiting.count} exemplaires signés attendent leur cachet. {why}".strip())

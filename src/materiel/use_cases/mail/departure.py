"""Judging a message again when it leaves: what was true when it was written may be so no more.

After an outage the queue would otherwise ask for the signature of a paper that has ended, greet the family of a pupil
who has died (E29), or bring a code of the day before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from materiel.domain.calendar.civil_day import civil_date, first_instant
from materiel.domain.history.correction import CorrectionKind
from materiel.domain.links.access_link import AccessLink, LinkKind
from materiel.domain.papers.document import Document, DocumentStatus, Signature, SignatureStatus
from materiel.domain.people.mobile import mobile_number
from materiel.domain.people.pupil import Pupil
from materiel.domain.people.standing import may_be_written_to
from materiel.domain.signing.daily import REMINDED_FROM
from materiel.domain.signing.electronic_signature import awaited_of_family, is_blocked
from materiel.domain.work.outbox import REQUESTS, TO_PARTIES, Carrier, Message, Purpose
from materiel.domain.work.pause import MessageFate, may_leave
from materiel.errors import NotFound
from materiel.store.accounts import service as services
from materiel.store.links import access_link as links
from materiel.store.links import referent as referents
from materiel.store.loan import loan as loans
from materiel.store.papers import correction as corrections
from materiel.store.papers import document as documents
from materiel.store.people import pupil as pupils
from materiel.store.signing import one_time_code as codes
from materiel.store.work import pause as pauses
from materiel.use_cases.links.deposit import papers_of
from materiel.use_cases.links.institution import behind, place_of_link

NO_PUPIL = "l'élève n'est plus dans les dossiers du service"
NO_PERSON = "cette personne n'est plus au dossier"
NO_RIGHTS = "cette personne n'agit plus pour l'élève"
MOVED = "l'adresse a été changée depuis"
OTHER_NUMBER = "le numéro a été changé depuis"
LINK_CLOSED = "le service a fermé ce lien"
LINK_OVER = "le lien n'est plus valable"
NO_PAPER = "le document n'existe plus"
PAPER_OVER = "le document n'est plus en vigueur"
SIGNED = "la signature a été donnée depuis"
DISAGREEMENT = "un désaccord entre les parents est signalé"
CODE_OVER = "le code n'était plus valable"
NO_LOAN = "le prêt n'existe plus"
CAME_BACK = "le matériel est revenu depuis"
WITHDRAWN = "le retour n'est plus demandé"
ASKED_AGAIN = "le retour a été demandé de nouveau depuis"
OTHERWISE = "la signature est demandée autrement"
NOTHING_LEFT = "il n'y a plus rien à signer"

TO_SERVICE = (Purpose.INCIDENT, Purpose.INCIDENT_FILE, Purpose.DISAGREEMENT)


@dataclass(frozen=True, slots=True)
class Judged:
    """What becomes of a message that is due: it leaves, waits until an instant, or falls for a reason in French."""

    why: str = ""
    until: datetime | None = None


async def judge(message: Message, *, now: datetime) -> Judged:
    """Whether a message may leave now. Death and pauses are ruled in `domain.work.pause`, for every sender alike."""
    zone = await services.zone(message.service_id)
    today = civil_date(now, zone)
    silences = await pauses.silences(message.service_id, loan_id=message.about.loan_id, pupil_id=message.about.pupil_id)
    departure = may_leave(message.impulse, message.purpose, silences, today)
    if departure.fate is MessageFate.FALLS:
        return Judged(why=departure.why)
    if why := await _why_untrue(message, today, now):
        return Judged(why=why)
    if departure.until is None:
        return Judged()
    return Judged(until=first_instant(departure.until, zone) + timedelta(hours=REMINDED_FROM.hour))


async def why_not(message: Message, *, now: datetime) -> str:
    """Why a message must not leave any more, in French as a sentence goes on; empty when it may, today or later."""
    return (await judge(message, now=now)).why


async def _why_untrue(message: Message, today: date, now: datetime) -> str:
    """Why what a message says no longer holds."""
    if message.purpose in TO_SERVICE:
        return await _not_to_service(message)
    if message.purpose is Purpose.REFERENT:
        return await _not_to_referent(message, now)
    link = await _link_of(message)
    if link is None and message.about.link_id is not None:
        return LINK_OVER
    pupil = None
    if message.about.pupil_id is not None:
        try:
            pupil = await pupils.get(message.about.pupil_id, message.service_id)
        except NotFound:
            return NO_PUPIL
    return (
        (_not_to_family(message, pupil, today) if pupil else "")
        or (await _not_by_link(message, link, now) if link else "")
        or await _not_about_paper(message, pupil)
        or await _not_the_code(message, now)
        or await _not_about_loan(message)
    )


async def _not_to_service(message: Message) -> str:
    service = await services.get(message.service_id)
    return "" if service.email.lower() == message.to_address.lower() else MOVED


async def _not_to_referent(message: Message, now: datetime) -> str:
    link = await referents.find_link(message.about.link_id) if message.about.link_id is not None else None
    if link is None or now >= link.expires_at:
        return LINK_OVER
    if link.revoked_at is not None:
        return LINK_CLOSED
    referent = await referents.get(link.referent_id, link.service_id)
    return "" if referent.email.lower() == message.to_address.lower() else MOVED


async def _link_of(message: Message) -> AccessLink | None:
    if message.about.link_id is None:
        return None
    try:
        # What is judged is the address written to, which is the link's unless it is about to be corrected.
        link = await links.get(message.about.link_id)
        return replace(link, email=message.to_address) if message.carrier is Carrier.EMAIL else link
    except NotFound:
        return None


def _not_to_family(message: Message, pupil: Pupil, on: date) -> str:
    person_id = message.about.person_id or pupil.id
    person = next((each for each in pupil.representatives if each.id == person_id), None)
    if person is None and person_id != pupil.id:
        return NO_PERSON
    known = (person or pupil).email if message.carrier is Carrier.EMAIL else mobile_number((person or pupil).phone)
    if known.lower() != message.to_address.lower():
        return MOVED if message.carrier is Carrier.EMAIL else OTHER_NUMBER
    return "" if may_be_written_to(person_id, pupil, on) else NO_RIGHTS


async def _not_by_link(message: Message, link: AccessLink, now: datetime) -> str:
    if message.purpose is Purpose.SIGNATURE_COPY:
        # It bears no link; whoever did not sign must learn of it all the more.
        return ""
    if link.revoked_at is not None:
        return LINK_CLOSED
    if now >= link.expires_at:
        return LINK_OVER
    if link.kind is LinkKind.FAMILY:
        return ""
    institution = await behind(link)
    if institution is None:
        return MOVED if await _is_on_file(link) else NO_PERSON
    if message.purpose is Purpose.SIGNATURE_REMINDER and not any(
        paper.to_sign for paper in await papers_of(institution)
    ):
        return NOTHING_LEFT
    return ""


async def _is_on_file(link: AccessLink) -> bool:
    try:
        return bool(await place_of_link(link))
    except NotFound:
        return False


async def _not_about_paper(message: Message, pupil: Pupil | None) -> str:
    about = message.about
    if about.document_id is None or message.purpose not in (*REQUESTS, Purpose.SIGNATURE_CODE):
        return ""
    try:
        document = await documents.get(about.document_id, message.service_id)
    except NotFound:
        return NO_PAPER
    if document.status is not DocumentStatus.IN_FORCE:
        return PAPER_OVER
    if any(box.id == about.signature_id and _is_asked_otherwise(box, message) for box in document.signatures):
        return OTHERWISE
    if _is_signed(document, message):
        return SIGNED
    return DISAGREEMENT if pupil is not None and is_blocked(document, pupil) else ""


def _is_asked_otherwise(box: Signature, message: Message) -> bool:
    by_mail = message.purpose is Purpose.SIGNATURE_CODE and message.carrier is Carrier.EMAIL
    return box.asked_channel is not None or (box.code_by_sms and by_mail)


def _is_signed(document: Document, message: Message) -> bool:
    """A request is needless once one signature is enough; whoever asks for a code signs because they wish to."""
    box = next((each for each in document.signatures if each.id == message.about.signature_id), None)
    if box is None or box.status is SignatureStatus.SIGNED:
        return True
    return message.purpose in REQUESTS and box not in awaited_of_family(document)


async def _not_about_loan(message: Message) -> str:
    """A claim is told as long as it stands: one withdrawn and made again has letters of its own."""
    if message.purpose not in TO_PARTIES or message.about.loan_id is None:
        return ""
    try:
        loan = await loans.get(message.about.loan_id, message.service_id)
    except NotFound:
        return NO_LOAN
    if message.purpose in (Purpose.RECALL, Purpose.SAFETY_RECALL) and not loan.lines_out:
        return CAME_BACK
    if message.purpose is Purpose.RECALL:
        withdrawn = any(
            each.kind is CorrectionKind.RECALL and each.corrected_at >= message.created_at
            for each in await corrections.about([loan.id], message.service_id)
        )
        return WITHDRAWN if withdrawn or loan.recalled_on is None else ""
    if message.purpose is Purpose.RECALL_WITHDRAWN and loan.recalled_on is not None:
        return ASKED_AGAIN
    return ""


async def _not_the_code(message: Message, now: datetime) -> str:
    if message.purpose is not Purpose.SIGNATURE_CODE or message.about.code_id is None:
        return ""
    code = await codes.get(message.about.code_id)
    if code is None or code.used_at is not None or now >= code.expires_at:
        return CODE_OVER
    return "" if await codes.latest(code.link_id, code.purpose) == code else CODE_OVER

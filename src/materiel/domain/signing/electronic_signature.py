"""Simple electronic signature (« signature électronique simple »): typed name, consent, one-time code.

Families and institutions take the same steps; here is what they share, and what concerns families alone.

Law: règlement (UE) n° 910/2014 (eIDAS), art. 3 and 25; Code civil, art. 1366 and 1367, and 1887 for two borrowers.
The drawn signature is a wish of some people and proves nothing more: it is never needed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from materiel.domain.language.fields import Fields, clean_text
from materiel.domain.links.access_link import FamilyPerson
from materiel.domain.links.mailbox import others_with_number
from materiel.domain.papers.document import (
    RECEIPTS,
    Document,
    DocumentStatus,
    Party,
    Signature,
    SignatureStatus,
    SignerKind,
    check_in_force,
)
from materiel.domain.people.mobile import mobile_number
from materiel.domain.people.person_name import same_name
from materiel.domain.people.pupil import Pupil, Representative
from materiel.domain.people.standing import PARENTS, acting_representatives, may_be_written_to
from materiel.domain.signing.evidence import Means
from materiel.errors import Conflict, RuleBroken

NAME_MAX = 200
REMARKS_MAX = 2_000
STROKES_MAX = 60_000
POINT_MAX = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedSignature:
    """What somebody typed to sign, not checked yet; `strokes` is what they drew, if anything.

    `capacity` and `stands_in` are asked of an institution alone: in what quality the person signs, and whether it is
    by delegation, as a deputy or in the interim, for the person whom the paper names. `is_person` is asked where
    several people of a family receive the code of `means`: whether it is the one whose link was opened.
    """

    name: str
    consents: bool
    strokes: str = ""
    capacity: str = ""
    stands_in: bool = False
    is_person: bool = False
    remarks: str = ""
    means: Means = Means.EMAIL


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What somebody did before asking for the code: read, typed a name, ticked the box. Instants are UTC.

    `capacity` is the quality in which they sign. `strokes` is the drawn signature as JSON, a list of strokes of
    `[x, y]` points; empty for none. `remarks` is what they have to say of it, empty for nothing.
    """

    typed_name: str
    capacity: str
    shown_at: datetime
    consented_at: datetime
    strokes: str = ""
    remarks: str = ""


def box_of(document: Document, person: FamilyPerson) -> Signature | None:
    """The box of this person on a document, signed or not; None on a paper of others.

    Whoever no longer acts for the pupil has but the boxes that they signed.
    """
    own = next((box for box in document.signatures if box.party is Party.BORROWER and box.signer_id == person.id), None)
    if own is None or person.acts or own.status is SignatureStatus.SIGNED:
        return own
    return None


def may_read(document: Document, person: FamilyPerson) -> bool:
    """Whether a document of the pupil's loan shows to this person: it has a box of theirs, or the loan is their own.

    A notice is read by those whom it informs alone.
    """
    own_loan = person.representative is None and person.acts and bool(document.signatures)
    return own_loan or box_of(document, person) is not None


def representative_of(box: Signature, pupil: Pupil) -> Representative | None:
    """The person on file whose box it is; None for the pupil's own box, and for somebody no longer on file."""
    return next((person for person in pupil.representatives if person.id == box.signer_id), None)


def is_pupils(box: Signature) -> bool:
    """Whether the pupil himself signs this box: an adult, an emancipated minor."""
    return box.signer is SignerKind.PUPIL


def email_of(box: Signature, pupil: Pupil) -> str:
    """The address on file of the person of a box; empty without one."""
    person = representative_of(box, pupil)
    return person.email if person else pupil.email if box.signer_id == pupil.id else ""


def own_mobile_of(box: Signature, pupil: Pupil) -> str:
    """The mobile number on file of the person of a box, when nobody else of the pupil has it; empty otherwise."""
    person = representative_of(box, pupil)
    if person is None and box.signer_id != pupil.id:
        return ""
    someone = person or pupil
    number = mobile_number(someone.phone)
    return "" if others_with_number(number, pupil, someone.id) else number


def may_be_asked(box: Signature, pupil: Pupil, on: date) -> bool:
    """Whether the person of a borrower's box may still be asked for its signature by a link, that day.

    The rules of the document itself (in force, awaited, no disagreement) are `check_awaited` and
    `check_no_disagreement`.
    """
    by_link = box.party is Party.BORROWER and box.asked_channel is None
    return by_link and may_be_written_to(box.signer_id, pupil, on)


def needed(asked: Sequence[Signature]) -> tuple[Signature, ...]:
    """Of the boxes of persons who act today, those without which the paper stays unsigned.

    A second parent's signature is welcome as long as the first one's may come; it is needed once the first no longer
    acts.
    """
    return tuple(box for box in asked if box.status is SignatureStatus.PENDING) or tuple(asked)


def awaited_of_family(document: Document) -> tuple[Signature, ...]:
    """The borrower's boxes still to sign, the welcome ones included; empty once one signature is enough."""
    boxes = [box for box in document.signatures if box.party is Party.BORROWER]
    if document.status is not DocumentStatus.IN_FORCE or all(
        box.status is not SignatureStatus.PENDING for box in boxes
    ):
        return ()
    return tuple(box for box in boxes if box.status is not SignatureStatus.SIGNED)


def check_awaited(document: Document) -> None:
    """Refuse to ask a family for what it has not to sign.

    Raises:
        Conflict: `document.not_in_force`, `signature.already_signed`.
        RuleBroken: `signature.nobody_to_ask`.
    """
    check_in_force(document)
    if all(box.party is not Party.BORROWER for box in document.signatures):
        raise RuleBroken(
            "signature.nobody_to_ask",
            "La famille ne signe pas ce document : il ne lui est pas envoyé. Regardez la liste de ses signataires.",
        )
    if not awaited_of_family(document):
        raise Conflict("signature.already_signed", "La famille a déjà signé ce document ; une signature suffit.")


def may_sign(document: Document, person: FamilyPerson) -> bool:
    """Whether a signature of this person is awaited, or welcome, on a document in force."""
    box = box_of(document, person)
    return (
        person.acts
        and document.status is DocumentStatus.IN_FORCE
        and box is not None
        and box.status is not SignatureStatus.SIGNED
        and box.asked_channel is None
    )


def check_by_link(box: Signature) -> None:
    """Refuse by a link a signature that the service asks for otherwise.

    Raises:
        RuleBroken: `signature.asked_otherwise`.

    Source: règlement (UE) n° 910/2014, art. 25; Code civil, art. 1367: a code sent to a mailbox that two people read
    does not say which of them signs.
    """
    if box.asked_channel is not None:
        raise RuleBroken(
            "signature.asked_otherwise",
            f"Le service vous demande de signer ce document autrement : {box.asked_channel.label.lower()}. "
            "Il ne se signe pas ici.",
        )


def other_borrowers(document: Document, box: Signature) -> tuple[Signature, ...]:
    """The other boxes of the borrower's side: two who sign answer for each other (C. civ. 1887)."""
    return tuple(each for each in document.signatures if each.party is Party.BORROWER and each.id != box.id)


def may_disagree(person: FamilyPerson, today: date) -> bool:
    """Whether this person may say that the parents disagree: one of two parents who act for a minor."""
    acting = acting_representatives(person.pupil, today)
    parents = [each.id for each in acting if each.capacity in PARENTS]
    return len(parents) > 1 and person.id in parents


def is_blocked(document: Document, pupil: Pupil) -> bool:
    """Whether a disagreement forbids one parent to sign alone (E2); a receipt only says what was handed over."""
    alone = any(person.sole_authority for person in pupil.representatives)
    return pupil.disagreement and document.kind not in RECEIPTS and not alone


def check_no_disagreement(document: Document, pupil: Pupil) -> None:
    """Refuse the signature of one parent while the other disagrees.

    Raises:
        RuleBroken: `signature.disagreement`.

    Source: Code civil, art. 372-2, 373-2; E2.
    """
    if is_blocked(document, pupil):
        raise RuleBroken(
            "signature.disagreement",
            "Un désaccord entre les parents est signalé : ce document ne peut pas être signé ici pour le moment. "
            "Le service vous contactera.",
        )


def checked_intent(
    box: Signature, typed: TypedSignature, person: FamilyPerson, *, shown_at: datetime, now: datetime
) -> Intent:
    """What a person of the family typed, checked: every fault at once.

    The name is the one printed, or that of the record when it was corrected since.

    Raises:
        RuleBroken: `signature.invalid`, with the faults of `/name`, `/person` and `/consent`.
    """
    fields = Fields("signature.invalid")
    name = typed_name(fields, typed, (box.name, person.name))
    is_number = typed.means is Means.SMS
    receive = {Means.EMAIL: person.shares_mailbox_with, Means.SMS: person.shares_mobile_with}
    if receive.get(typed.means) and not typed.is_person:
        fields.add(
            "/person",
            f"{'Ce numéro' if is_number else 'Cette adresse'} sert à plusieurs personnes : dites que vous êtes "
            f"{person.name}. Sinon, ouvrez le lien du message qui porte votre nom.",
        )
    return agreed(fields, typed, name=name, capacity=box.capacity, shown_at=shown_at, now=now)


def agreed_here(
    typed: TypedSignature, known: Sequence[str], capacity: str, *, shown_at: datetime, now: datetime
) -> Intent:
    """What somebody typed before an agent, checked: every fault at once; `known`, as `typed_name` takes it.

    Raises:
        RuleBroken: `signature.invalid`, with the faults of `/name`, `/consent` and `/remarks`.
    """
    fields = Fields("signature.invalid")
    name = typed_name(fields, typed, known)
    return agreed(fields, typed, name=name, capacity=capacity, shown_at=shown_at, now=now)


def typed_name(fields: Fields, typed: TypedSignature, known: Sequence[str]) -> str:
    """The name typed, which must be one of those of the person, the printed one first."""
    name = fields.text("/name", typed.name, longest=NAME_MAX, required=True, name="vos prénom et nom")
    if name and not fields.errors and not any(same_name(name, each) for each in known):
        fields.add("/name", f"Écrivez vos prénom et nom comme sur le document : {known[0]}.")
    return name


def agreed(
    fields: Fields, typed: TypedSignature, *, name: str, capacity: str, shown_at: datetime, now: datetime
) -> Intent:
    """The intent of whoever ticked the box, once nothing typed is at fault.

    Raises:
        RuleBroken: what `fields` found, with the fault of `/consent`.
    """
    if not typed.consents:
        fields.add("/consent", "Cochez la case pour dire que vous avez lu le document et que vous l'acceptez.")
    remarks = "\n".join(clean_text(line) for line in typed.remarks.strip().splitlines())
    fields.text("/remarks", remarks, longest=REMARKS_MAX, name="vos remarques")
    fields.check()
    strokes = typed.strokes if are_strokes(typed.strokes) else ""
    return Intent(
        typed_name=name, capacity=capacity, shown_at=shown_at, consented_at=now, strokes=strokes, remarks=remarks
    )


def are_strokes(text: str) -> bool:
    """Whether a text is a drawn signature: a JSON list of strokes, each a list of pairs of small numbers.

    Anything else is dropped rather than refused: drawing is never needed.
    """
    if not text or len(text) > STROKES_MAX:
        return False
    try:
        strokes = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(strokes, list) and bool(strokes) and all(_is_stroke(each) for each in strokes)


def _is_stroke(stroke: object) -> bool:
    return isinstance(stroke, list) and bool(stroke) and all(_is_point(each) for each in stroke)


def _is_point(point: object) -> bool:
    return (
        isinstance(point, list)
        and len(point) == 2
        and all(isinstance(each, int) and not isinstance(each, bool) and 0 <= each <= POINT_MAX for each in point)
    )

"""Signing in person (« sur place »): before an agent, who says how they know who signs.

Law: règlement (UE) n° 910/2014 (eIDAS), art. 3 and 25; Code civil, art. 1366 and 1367: the identity of whoever signs
must be told. Règlement (UE) 2016/679, art. 5 (minimisation): the kind of document seen is kept, never its number.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from materiel.domain.address import Address
from materiel.domain.language.fields import Fields
from materiel.domain.language.labelled import LabelledEnum
from materiel.domain.papers.document import (
    Document,
    DocumentStatus,
    Party,
    Signature,
    SignatureChannel,
    SignatureStatus,
    check_in_force,
)
from materiel.domain.people.person_name import same_name
from materiel.domain.people.pupil import Pupil, Representative
from materiel.domain.people.standing import may_be_written_to
from materiel.domain.signing.electronic_signature import (
    check_no_disagreement,
    email_of,
    is_blocked,
    representative_of,
)
from materiel.errors import Conflict, RuleBroken

OTHER_MAX = 120
MOST_DIGITS = 3
"""In what an agent types: a year is a few digits, the number of a document is more."""


class IdentitySeen(LabelledEnum):
    """How an agent knows who signs before them."""

    NATIONAL_CARD = "national_card", "Carte nationale d'identité"
    PASSPORT = "passport", "Passeport"
    RESIDENCE_PERMIT = "residence_permit", "Titre de séjour"
    DRIVING_LICENCE = "driving_licence", "Permis de conduire"
    KNOWN = "known", "Personne connue de l'agent"
    OTHER = "other", "Autre"


def attestation(seen: IdentitySeen | None, other: str, *, attests: bool) -> str:
    """The sentence that the agent attests and that the evidence keeps.

    Raises:
        RuleBroken: `in_person.invalid`, with the faults of `/seen`, `/other` and `/attests`.
    """
    fields = Fields("in_person.invalid")
    if seen is None:
        fields.add("/seen", "Dites comment vous connaissez l'identité de la personne.")
    needed = seen is IdentitySeen.OTHER
    typed = other if needed else ""
    text = fields.text("/other", typed, longest=OTHER_MAX, required=needed, name="ce que vous avez vu")
    if sum(each.isdigit() for each in text) > MOST_DIGITS:
        fields.add("/other", "N'écrivez pas de numéro de pièce : dites seulement ce que vous avez vu.")
    if not attests:
        fields.add("/attests", "Cochez la case : sans votre attestation, la personne ne peut pas signer ici.")
    fields.check()
    assert seen is not None
    match seen:
        case IdentitySeen.KNOWN:
            return "Personne connue de l'agent, qui l'atteste."
        case IdentitySeen.OTHER:
            return f"Identité constatée par l'agent, qui l'atteste : {text}."
        case _:
            return f"{seen.label}, dont l'agent atteste avoir vu l'original."


def may_sign_here(document: Document, box: Signature, pupil: Pupil, on: date) -> bool:
    """Whether a box of the family may be signed in person that day, whatever way it was asked for."""
    return (
        document.status is DocumentStatus.IN_FORCE
        and box.party is Party.BORROWER
        and box.status is not SignatureStatus.SIGNED
        and may_be_written_to(box.signer_id, pupil, on)
        and not is_blocked(document, pupil)
    )


def check_here(document: Document, box: Signature, pupil: Pupil, sha256: str, on: date) -> None:
    """Refuse in person what may not be signed there and then; `sha256` is of the file that the person read.

    Raises:
        Conflict: `document.not_in_force`, `signature.already_signed`, `signature.other_file`.
        RuleBroken: `signature.disagreement`, `signature.not_here`.
    """
    check_in_force(document)
    if box.status is SignatureStatus.SIGNED:
        raise Conflict("signature.already_signed", f"{box.name} a déjà signé le document n° {document.number}.")
    if document.sha256 != sha256:
        raise Conflict(
            "signature.other_file",
            f"Le document n° {document.number} n'est plus celui qui a été lu : rendez l'appareil à l'agent.",
        )
    if box.party is not Party.BORROWER or not may_be_written_to(box.signer_id, pupil, on):
        raise RuleBroken(
            "signature.not_here",
            f"{box.name} ne signe pas, ou ne signe plus, le document n° {document.number} pour l'élève : rendez "
            "l'appareil à l'agent.",
        )
    check_no_disagreement(document, pupil)


def is_same_person(one: Representative, of: Pupil, other: Representative, of_other: Pupil) -> bool:
    """Whether the records of two pupils name one person: the same name, with one mailbox or one home.

    Two people may bear one name: what they sign is ticked by an agent, who has them before their eyes.
    """
    if not same_name(one.full_name, other.full_name):
        return False
    same_mailbox = bool(one.email) and one.email.lower() == other.email.lower()
    home, other_home = _home_of(one, of), _home_of(other, of_other)
    return same_mailbox or (home is not None and home == other_home)


def without_address(documents: Sequence[Document], pupil: Pupil) -> list[tuple[Document, Signature]]:
    """The boxes of these papers signed otherwise than on paper by somebody to whom no copy can be sent."""
    return [
        (document, box)
        for document in documents
        for box in document.signatures
        if box.status is SignatureStatus.SIGNED
        and box.party is Party.BORROWER
        and box.channel is SignatureChannel.IN_PERSON
        and not email_of(box, pupil)
    ]


def known_as(box: Signature, pupil: Pupil) -> tuple[str, ...]:
    """The names that the person of a box may type: the one printed, and that of the record when it was corrected."""
    person = representative_of(box, pupil)
    return (box.name, person.full_name if person else pupil.full_name)


def _home_of(person: Representative, pupil: Pupil) -> Address | None:
    return None if person.home is None else pupil.homes[person.home].address

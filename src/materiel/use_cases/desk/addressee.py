"""Who may be written to about a loan: those of the family who act for the pupil, and who keeps the items."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from materiel.documents.facts import Facts, ItemFacts
from materiel.documents.variables import copies_in_words
from materiel.domain.address import Address
from materiel.domain.loan.letter import has_depositary, written_to_by_hand
from materiel.domain.papers.addressees import envelope
from materiel.domain.papers.document import Document, DocumentKind, SignerKind
from materiel.domain.papers.printing import PrintedPaper
from materiel.domain.signing.electronic_signature import awaited_of_family
from materiel.domain.visitors.institution import awaited_of_depositary
from materiel.use_cases.loan.case import Case

DEPOSITARY = "depositary"
PUPIL = "pupil"


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterRecipient:
    """Somebody who may be written to: `lines` are those of the window, empty when no address is known.

    `awaited` are the papers that this person has still to sign.
    """

    key: str
    name: str
    email: str
    lines: tuple[str, ...]
    address: Address | None
    awaited: tuple[Document, ...]

    @property
    def is_institution(self) -> bool:
        """A commune or a school, which keeps the items."""
        return self.key == DEPOSITARY


def recipients_of(case: Case, today: date) -> list[LetterRecipient]:
    """Those who may be written to about a loan on a day, with or without an address."""
    return [*_family(case, today), *_depositary(case)]


def letter_facts(case: Case, *, to_institution: bool, on: date) -> Facts:
    """What a letter about a loan may state: no pupil to whoever keeps the items, and no code."""
    return Facts(
        kind=case.agreement.kind if case.agreement is not None else DocumentKind.LOAN_AGREEMENT,
        number=case.reference,
        code="",
        base_url="",
        issued_on=on,
        service=case.service,
        loan=case.loan,
        school=case.place.school,
        items=tuple(ItemFacts(item=each) for each in case.items),
        pupil=None if to_institution else case.pupil,
        custodian=case.place.custodian if to_institution else None,
        agreement_number=case.reference,
    )


def named_paper(document: Document | PrintedPaper) -> str:
    """A paper as a letter lists it."""
    return f"{document.kind.label}, n° {document.number}"


def enclosed(document: Document | PrintedPaper, copies: int) -> str:
    """The same for one that is in the envelope, in so many copies."""
    return f"{named_paper(document)}, en {copies_in_words(copies)}"


def _family(case: Case, today: date) -> list[LetterRecipient]:
    if case.pupil is None:
        return []
    found = []
    for person in written_to_by_hand(case.pupil, today):
        representative = next((each for each in case.pupil.representatives if each.id == person.person_id), None)
        home = representative.home if representative else 0
        known = home is not None and home < len(case.pupil.homes)
        address = case.pupil.homes[home].address if known and home is not None else None
        found.append(
            LetterRecipient(
                key=PUPIL if person.is_pupil else str(person.person_id),
                name=person.name,
                email=person.email,
                lines=window(person.name, "", address),
                address=address,
                awaited=tuple(each for each in case.documents if _signs(each, person.person_id)),
            )
        )
    return found


def _signs(document: Document, person_id: UUID | None) -> bool:
    """Whether a person of the family has still to sign a paper; None is the pupil."""
    return any(
        box.signer is SignerKind.PUPIL if person_id is None else box.signer_id == person_id
        for box in awaited_of_family(document)
    )


def _depositary(case: Case) -> list[LetterRecipient]:
    if not has_depositary(case.loan):
        return []
    custodian = case.place.custodian
    return [
        LetterRecipient(
            key=DEPOSITARY,
            name=custodian.name,
            email="",
            lines=window(custodian.name, custodian.signatory_name, custodian.address),
            address=custodian.address,
            awaited=tuple(each for each in case.documents if awaited_of_depositary(each) is not None),
        )
    ]


def window(name: str, attention: str, address: Address | None) -> tuple[str, ...]:
    """The lines of the window of an envelope; none without a known address."""
    return envelope(name, attention, address) if address is not None and address.city else ()

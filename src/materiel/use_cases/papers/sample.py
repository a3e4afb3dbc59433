"""A made-up agreement, drawn to be looked at: what a setting changes is seen on a real paper before it is kept."""

from __future__ import annotations

from uuid import UUID

from materiel.documents.compose import compose
from materiel.documents.content import Content
from materiel.documents.facts import Facts, ItemFacts
from materiel.documents.wording import wording_on
from materiel.domain.accounts.service import ManagingService, check_complete
from materiel.domain.address import Address
from materiel.domain.calendar.school_year import last_day_for_term_from
from materiel.domain.item.family import ItemFamily
from materiel.domain.item.item import Item
from materiel.domain.loan.loan import Loan, LoanItem, LoanStatus
from materiel.domain.papers.annex import Annex
from materiel.domain.papers.custodians import custodian_of
from materiel.domain.papers.document import DocumentKind
from materiel.domain.papers.signatories import borrower_signatories, custodian_signatory, state_signatory
from materiel.domain.people.pupil import Capacity, Home, Pupil, Representative
from materiel.domain.places.school import School, SchoolKind
from materiel.domain.usage import Custody, Usage
from materiel.use_cases.papers.issuer import Issuer

NOBODY = UUID(int=0)
NO_SCHOOL = "0000000A"
CODE = "SPECIMEN"
NUMBER = "SPÉCIMEN"
"""In the place of a number: the code leads nowhere, and the paper says what it is."""

SAMPLES = (DocumentKind.LOAN_AGREEMENT, DocumentKind.TRIPARTITE_AGREEMENT, DocumentKind.DEPOSIT_AGREEMENT)
"""What may be looked at: the papers that print an annex, the most frequent first."""

_OTHERS = {
    ItemFamily.TABLET: "Tablette 10 pouces",
    ItemFamily.SOFTWARE: "Logiciel de traitement de texte",
    ItemFamily.BOOK_OR_DOCUMENT: "Manuel de mathématiques",
    ItemFamily.OTHER: "Pupitre inclinable",
}


def sample_agreement(
    service: ManagingService,
    issuer: Issuer,
    annex: Annex | None = None,
    kind: DocumentKind = DocumentKind.LOAN_AGREEMENT,
) -> Content:
    """The loan of a computer and of a braille display to a pupil of two homes, in the name of the service.

    They stay at an école where the agreement is tripartite, and have no pupil where it is that of a deposit.

    Args:
        kind: one of `SAMPLES`.
        annex: printed after the articles; an item is lent too of each other family that it speaks of.

    Raises:
        RuleBroken: `service.incomplete`.
    """
    check_complete(service)
    pupil = _pupil(service, issuer) if kind is not DocumentKind.DEPOSIT_AGREEMENT else None
    school, items = _school(service), _items(service, annex)
    custodian = custodian_of(school) if kind is not DocumentKind.LOAN_AGREEMENT else None
    borrowers = borrower_signatories(pupil, service, issuer.today, kind) if pupil else ()
    facts = Facts(
        kind=kind,
        number=NUMBER,
        code=CODE,
        base_url=issuer.base_url,
        label_url=issuer.label_url,
        issued_on=issuer.today,
        service=service,
        loan=_loan(service, items, issuer, kind),
        school=school,
        items=tuple(ItemFacts(item=item) for item in items),
        pupil=pupil,
        custodian=custodian,
        signatories=(
            state_signatory(service),
            *borrowers,
            *((custodian_signatory(custodian),) if custodian else ()),
        ),
        annex=annex,
    )
    return compose(facts, wording_on(kind, facts.issued_on))


def _address(*lines: str) -> Address:
    return Address(lines=lines, postcode="00000", city="Exempleville")


def _pupil(service: ManagingService, issuer: Issuer) -> Pupil:
    parents = (("Camille", Capacity.MOTHER), ("Dominique", Capacity.FATHER))
    return Pupil(
        id=NOBODY,
        service_id=service.id,
        last_name="Exemple",
        first_name="Alix",
        school_uai=NO_SCHOOL,
        birth_date=issuer.today.replace(year=issuer.today.year - 10, month=1, day=15),
        homes=(
            Home(address=_address("12 rue des Exemples")),
            Home(address=_address("Résidence du Modèle", "4 allée des Essais")),
        ),
        representatives=tuple(
            Representative(id=UUID(int=rank + 1), last_name="Exemple", first_name=name, capacity=capacity, home=rank)
            for rank, (name, capacity) in enumerate(parents)
        ),
    )


def _school(service: ManagingService) -> School:
    return School(
        id=NOBODY,
        uai=NO_SCHOOL,
        name="École élémentaire publique des Exemples",
        kind=SchoolKind.PUBLIC_PRIMARY,
        computed_kind=SchoolKind.PUBLIC_PRIMARY,
        address=_address("2 rue des Écoles"),
        municipality_insee="00000",
        municipality_name="Exempleville",
        departement=service.departement,
        academie=service.academie,
    )


def _items(service: ManagingService, annex: Annex | None) -> tuple[Item, ...]:
    lent: list[tuple[str, ItemFamily, str, tuple[str, ...]]] = [
        ("Ordinateur portable 14 pouces", ItemFamily.COMPUTER, "EX0000001", ("chargeur", "housse")),
        ("Afficheur braille 40 caractères", ItemFamily.COMPUTER_ACCESSORY, "EX0000002", ("câble USB",)),
    ]
    spoken_of = {each.family for each in annex.sections} if annex is not None else set()
    lent += [(words, family, "", ()) for family, words in _OTHERS.items() if family in spoken_of]
    return tuple(
        Item(
            id=UUID(int=rank + 1),
            service_id=service.id,
            inventory_number=f"EXEMPLE-{rank + 1}",
            designation=designation,
            family=family,
            brand="Marque",
            model="Modèle",
            serial_number=serial,
            accessories=accessories,
            public_code=CODE,
        )
        for rank, (designation, family, serial, accessories) in enumerate(lent)
    )


def _loan(service: ManagingService, items: tuple[Item, ...], issuer: Issuer, kind: DocumentKind) -> Loan:
    is_shared, goes_home = kind is DocumentKind.DEPOSIT_AGREEMENT, kind is DocumentKind.LOAN_AGREEMENT
    return Loan(
        id=NOBODY,
        service_id=service.id,
        usage=Usage.SHARED if is_shared else Usage.INDIVIDUAL,
        custody=Custody.HOME if goes_home else Custody.SCHOOL,
        school_uai=NO_SCHOOL,
        pupil_id=None if is_shared else NOBODY,
        status=LoanStatus.DRAFT,
        starts_on=issuer.today,
        ends_on=last_day_for_term_from(issuer.today),
        purpose="prendre des notes en classe et faire ses devoirs" if goes_home else "travailler en classe",
        items=tuple(LoanItem(item_id=item.id, added_on=issuer.today) for item in items),
        created_at=issuer.now,
    )

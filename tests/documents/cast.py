"""The fixed cast of the documents' tests: one service, families, schools, items, and facts for every case."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

from materiel.documents.facts import Change, Facts, ItemFacts, KitFacts
from materiel.domain.accounts.service import ManagingService, RenewalPolicy, ServiceKind
from materiel.domain.address import Address
from materiel.domain.item.family import ItemFamily
from materiel.domain.item.item import Condition, Item, Ownership
from materiel.domain.loan.loan import Loan, LoanItem, LoanStatus
from materiel.domain.papers.document import DocumentKind, Party
from materiel.domain.papers.signatories import (
    Addressee,
    Custodian,
    borrower_signatories,
    custodian_signatory,
    state_signatory,
)
from materiel.domain.people.pupil import Capacity, Home, ProtectionRegime, Pupil, Representative
from materiel.domain.places.school import School, SchoolKind
from materiel.domain.usage import Basis, BasisKind, Custody, Usage


def an_id(number):
    return UUID(int=number)


SERVICE = ManagingService(
    id=an_id(1),
    code="DSDEN35",
    name="DSDEN d'Ille-et-Vilaine",
    kind=ServiceKind.DSDEN,
    academie="14",
    departement="035",
    address=Address(lines=("1 quai Dujardin", "CS 73145"), postcode="35031", city="RENNES CEDEX"),
    phone="02 99 25 10 20",
    email="materiel-adapte@exemple.fr",
    opening_hours="du lundi au vendredi, de 9 h à 17 h",
    signatory_name="Anne Le Goff",
    signatory_title="Secrétaire générale",
    delegation="arrêté de délégation de signature du 1er septembre 2026",
    dpo_contact="dpd@exemple.fr",
    renewal_policy=RenewalPolicy.YEARLY,
)
BARE_SERVICE = replace(
    SERVICE,
    phone="",
    email="",
    opening_hours="",
    signatory_name="",
    signatory_title="",
    delegation="",
    dpo_contact="",
    renewal_policy=RenewalPolicy.SCHOOLING,
)


def a_school(name, kind, city, lines=("2 rue des Écoles",), number=10):
    return School(
        id=an_id(number),
        uai="0350122T",
        name=name,
        kind=kind,
        computed_kind=kind,
        address=Address(lines=lines, postcode="35580", city=city),
        municipality_insee="35016",
        municipality_name=city,
        departement="035",
        academie="14",
    )


ECOLE = a_school("École élémentaire publique Jules Ferry", SchoolKind.PUBLIC_PRIMARY, "Baulon")
COLLEGE = a_school("Collège Évariste Galois", SchoolKind.EPLE, "Guichen", number=11)
PRIVATE = a_school("Collège privé Saint-Joseph", SchoolKind.PRIVATE_UNDER_CONTRACT, "Guichen", number=12)

HOME_1 = Home(address=Address(lines=("12 rue des Ajoncs",), postcode="35580", city="Baulon"))
HOME_2 = Home(address=Address(lines=("Résidence du Parc", "4 allée des Tilleuls"), postcode="35000", city="Rennes"))

MOTHER = Representative(
    id=an_id(21), last_name="Martin", first_name="Claire", capacity=Capacity.MOTHER, home=0, phone="06 00 00 00 01"
)
FATHER = Representative(
    id=an_id(22), last_name="Durand", first_name="Paul", capacity=Capacity.FATHER, home=1, email="paul@exemple.fr"
)
INSTITUTION = Representative(
    id=an_id(23),
    last_name="Leroux",
    first_name="Hélène",
    capacity=Capacity.INSTITUTION,
    on_behalf_of="Département d'Ille-et-Vilaine",
    reference="ordonnance vue le 4 mars 2026",
)
CURATOR = Representative(
    id=an_id(24),
    last_name="Petit",
    first_name="Marc",
    capacity=Capacity.CURATOR,
    reference="jugement vu le 2 février 2026",
)
GUARDIAN = replace(CURATOR, id=an_id(25), capacity=Capacity.GUARDIAN)

LUCIE = Pupil(
    id=an_id(20),
    service_id=SERVICE.id,
    last_name="Martin",
    first_name="Lucie",
    birth_date=date(2016, 5, 4),
    school_uai=ECOLE.uai,
    homes=(HOME_1, HOME_2),
    representatives=(MOTHER, FATHER),
)
ONE_HOME = replace(LUCIE, homes=(HOME_1,), representatives=(MOTHER,))
FOSTERED = replace(LUCIE, homes=(HOME_2,), representatives=(INSTITUTION,))
ADULT = replace(LUCIE, first_name="Yanis", birth_date=date(2008, 3, 1), homes=(HOME_2,))
EMANCIPATED = replace(
    ADULT,
    birth_date=date(2009, 3, 1),
    protection=ProtectionRegime.EMANCIPATED,
    protection_reference="jugement d'émancipation vu le 3 mars 2026",
)
UNDER_CURATORSHIP = replace(ADULT, protection=ProtectionRegime.CURATORSHIP, representatives=(MOTHER, CURATOR))
UNDER_GUARDIANSHIP = replace(ADULT, protection=ProtectionRegime.GUARDIANSHIP, representatives=(MOTHER, GUARDIAN))

LAPTOP = Item(
    id=an_id(31),
    service_id=SERVICE.id,
    inventory_number="35-2026-0001",
    designation="Ordinateur portable 14 pouces",
    category="Ordinateur portable",
    family=ItemFamily.COMPUTER,
    brand="Lenovo",
    model="ThinkPad E14",
    serial_number="PF3XK9Q2",
    accessories=("chargeur", "housse", "souris"),
    purchase_price_cents=89_900,
    public_code="7Q2M4X9KD3T6P",
)
BRAILLE = replace(
    LAPTOP,
    id=an_id(32),
    inventory_number="35-2026-0002",
    designation="Afficheur braille 40 caractères",
    category="Déficience visuelle",
    family=ItemFamily.COMPUTER_ACCESSORY,
    brand="Freedom Scientific",
    model="Focus 40 Blue",
    serial_number="F40-118822",
    accessories=("câble USB",),
    purchase_price_cents=289_000,
)
SOFTWARE = replace(
    LAPTOP,
    id=an_id(33),
    inventory_number="35-2026-0003",
    designation="Logiciel d'agrandissement",
    category="Logiciel",
    family=ItemFamily.SOFTWARE,
    brand="",
    model="",
    serial_number="CLE-ABCD-1234",
    accessories=(),
)
RENTED = replace(
    BRAILLE, inventory_number="35-2026-0007", ownership=Ownership.RENTED, lessor="Loc'Matériel", accessories=()
)
BOOK = replace(
    LAPTOP,
    id=an_id(35),
    inventory_number="35-2026-0010",
    designation="Manuel de mathématiques en relief",
    category="",
    family=ItemFamily.BOOK_OR_DOCUMENT,
    brand="",
    model="",
    serial_number="",
    accessories=(),
)
BARE_ITEM = Item(
    id=an_id(34),
    service_id=SERVICE.id,
    inventory_number="35-2026-0009",
    designation="Pupitre inclinable",
    public_code="7Q2M4X9KD3T6R",
)

CDAPH = Basis(
    kind=BasisKind.CDAPH, reference="MDPH-35-778899", decided_on=date(2026, 3, 3), valid_until=date(2029, 8, 31)
)
EXPIRED = replace(CDAPH, valid_until=date(2026, 10, 31))
PAS = Basis(kind=BasisKind.PAS, decided_on=date(2026, 10, 5))

COMMUNE = Custodian(
    party=Party.MUNICIPALITY,
    name="Commune de Baulon",
    signatory_name="Jeanne Morel",
    signatory_title="Maire",
    address=Address(lines=("Mairie", "1 place de l'Église"), postcode="35580", city="BAULON"),
    act="délibération n°\u00a02026-41 du 12 octobre 2026",
)
HEAD = Custodian(
    party=Party.HEAD_OF_SCHOOL,
    name="Collège Évariste Galois",
    signatory_name="Karim Benali",
    signatory_title="Principal",
    address=COLLEGE.address,
)
OGEC = replace(HEAD, name="Collège privé Saint-Joseph", on_behalf_of="OGEC Saint-Joseph", act="")
MAYOR = Addressee(
    party=Party.MAYOR,
    name="Jeanne Morel",
    lines=("Mairie de Baulon", "Jeanne Morel, maire", "1 place de l'Église", "35580 BAULON"),
    salutation="Madame le maire, Monsieur le maire,",
)
PRINCIPAL = Addressee(
    party=Party.HEAD_OF_SCHOOL,
    name="Karim Benali",
    lines=("Collège Évariste Galois", "Karim Benali, principal", "2 rue des Écoles", "35580 GUICHEN"),
    salutation="Madame, Monsieur,",
)

ISSUED_ON = date(2026, 12, 1)
BEFORE_REFERENT = date(2026, 11, 30)
"""The wording that was in force before the one that names the référent among who reads the data."""

BEFORE_SHORTER = date(2026, 11, 28)
"""The wording that was in force before the one that holds on a sheet."""

FORMERLY = date(2026, 11, 21)
"""A day of the former wording: what it words is still composed as it was approved."""


def lines_of(*items, condition=None):
    return tuple(ItemFacts(item=item, condition=condition) for item in items)


def a_loan(pupil=LUCIE, custody=Custody.HOME, basis=CDAPH, ends_on=date(2027, 8, 31), **changes):
    loan = Loan(
        id=an_id(40),
        service_id=SERVICE.id,
        usage=Usage.INDIVIDUAL if pupil else Usage.SHARED,
        custody=custody,
        school_uai=ECOLE.uai,
        pupil_id=pupil.id if pupil else None,
        status=LoanStatus.DRAFT,
        starts_on=date(2026, 12, 1),
        ends_on=ends_on,
        purpose="prendre des notes en classe et faire ses devoirs",
        basis=basis if pupil else None,
        items=(LoanItem(item_id=LAPTOP.id, added_on=ISSUED_ON),),
        created_at=datetime(2026, 11, 20, 9, 0, tzinfo=UTC),
    )
    return replace(loan, **changes)


RECEIPTS = {DocumentKind.HANDOVER_RECEIPT, DocumentKind.RETURN_RECEIPT}


def facts(kind, *, pupil=LUCIE, service=SERVICE, custodian=None, loan=None, **changes):
    boxes = [state_signatory(service)]
    if kind in RECEIPTS:
        boxes += (
            [custodian_signatory(custodian)] if custodian else borrower_signatories(pupil, service, ISSUED_ON, kind)
        )
    else:
        boxes += borrower_signatories(pupil, service, ISSUED_ON, kind) if pupil else ()
        boxes += [custodian_signatory(custodian)] if custodian else []
    custody = Custody.SCHOOL if custodian else Custody.HOME
    made = Facts(
        kind=kind,
        number="2026-2027/0042",
        code="7Q2M4X9KD3T6P",
        base_url="https://materiel.exemple.fr",
        issued_on=ISSUED_ON,
        service=service,
        loan=loan or a_loan(pupil, custody),
        school=ECOLE,
        items=lines_of(LAPTOP, BRAILLE, SOFTWARE),
        pupil=pupil,
        custodian=custodian,
        signatories=tuple(boxes) if kind is not DocumentKind.NOTICE else (),
    )
    return replace(made, **changes)


K = DocumentKind
AGREEMENT = "2026-2027/0040"
RETURNED = (
    ItemFacts(item=LAPTOP, condition=Condition.DAMAGED, missing_accessories=("souris",)),
    ItemFacts(item=BRAILLE, condition=Condition.WORN),
)

KIT = KitFacts(number="KIT-0012", designation="Lecture et écriture", left=(BRAILLE,))

CASES = {
    "loan_two_homes": facts(K.LOAN_AGREEMENT),
    "loan_one_home_pas": facts(
        K.LOAN_AGREEMENT,
        pupil=ONE_HOME,
        loan=a_loan(basis=PAS),
        service=replace(SERVICE, renewal_policy=RenewalPolicy.BASIS),
        items=lines_of(LAPTOP),
        replaces_number="2025-2026/0311",
    ),
    "loan_bare": facts(
        K.LOAN_AGREEMENT,
        pupil=ONE_HOME,
        service=BARE_SERVICE,
        loan=a_loan(basis=None, ends_on=None),
        items=lines_of(BARE_ITEM),
    ),
    "loan_fostered": facts(K.LOAN_AGREEMENT, pupil=FOSTERED),
    "loan_adult": facts(K.LOAN_AGREEMENT, pupil=ADULT, school=COLLEGE),
    "loan_emancipated": facts(K.LOAN_AGREEMENT, pupil=EMANCIPATED, school=COLLEGE),
    "loan_curatorship": facts(K.LOAN_AGREEMENT, pupil=UNDER_CURATORSHIP, school=COLLEGE),
    "loan_guardianship": facts(K.LOAN_AGREEMENT, pupil=UNDER_GUARDIANSHIP, school=COLLEGE),
    "loan_rented": facts(K.LOAN_AGREEMENT, items=lines_of(RENTED)),
    "loan_partly_rented": facts(K.LOAN_AGREEMENT, items=lines_of(LAPTOP, RENTED)),
    "loan_book": facts(K.LOAN_AGREEMENT, pupil=ONE_HOME, items=lines_of(BOOK)),
    "loan_licence": facts(
        K.LOAN_AGREEMENT,
        pupil=ONE_HOME,
        service=replace(
            SERVICE, loan_years=7, pupil_years=2, retention_reference="Tableau de gestion de l'académie, ligne 12"
        ),
        items=lines_of(SOFTWARE),
    ),
    "tripartite_book": facts(K.TRIPARTITE_AGREEMENT, custodian=COMMUNE, items=lines_of(BOOK)),
    "tripartite_commune": facts(K.TRIPARTITE_AGREEMENT, custodian=COMMUNE),
    "tripartite_private": facts(
        K.TRIPARTITE_AGREEMENT, pupil=ONE_HOME, custodian=OGEC, school=PRIVATE, items=lines_of(RENTED)
    ),
    "tripartite_curatorship": facts(
        K.TRIPARTITE_AGREEMENT,
        pupil=UNDER_CURATORSHIP,
        custodian=HEAD,
        school=COLLEGE,
        service=BARE_SERVICE,
        loan=a_loan(custody=Custody.SCHOOL, ends_on=None),
        items=lines_of(LAPTOP, RENTED),
        replaces_number="2025-2026/0311",
    ),
    "tripartite_with_basis": facts(
        K.TRIPARTITE_AGREEMENT,
        custodian=HEAD,
        school=COLLEGE,
        service=replace(SERVICE, renewal_policy=RenewalPolicy.BASIS),
    ),
    "deposit_commune": facts(K.DEPOSIT_AGREEMENT, pupil=None, custodian=COMMUNE),
    "deposit_books": facts(
        K.DEPOSIT_AGREEMENT,
        pupil=None,
        custodian=COMMUNE,
        service=replace(SERVICE, retention_reference="Tableau de gestion de l'académie, ligne 12"),
        items=lines_of(BOOK, BOOK),
    ),
    "deposit_college": facts(
        K.DEPOSIT_AGREEMENT,
        pupil=None,
        service=BARE_SERVICE,
        custodian=HEAD,
        school=COLLEGE,
        loan=a_loan(None, Custody.SCHOOL, ends_on=None),
        items=lines_of(LAPTOP, RENTED),
    ),
    "deposit_rented": facts(
        K.DEPOSIT_AGREEMENT,
        pupil=None,
        custodian=HEAD,
        school=COLLEGE,
        items=lines_of(RENTED),
        replaces_number="2025-2026/0311",
    ),
    "loan_provisional": facts(K.LOAN_AGREEMENT, pupil=ONE_HOME, loan=a_loan(basis=EXPIRED), items=lines_of(LAPTOP)),
    "loan_without_basis": facts(
        K.LOAN_AGREEMENT,
        pupil=ONE_HOME,
        loan=a_loan(basis=None),
        service=replace(SERVICE, renewal_policy=RenewalPolicy.BASIS),
        items=lines_of(LAPTOP),
    ),
    "loan_schooling": facts(
        K.LOAN_AGREEMENT,
        pupil=ONE_HOME,
        service=replace(SERVICE, renewal_policy=RenewalPolicy.SCHOOLING),
        items=lines_of(LAPTOP),
    ),
    "tripartite_moved": facts(
        K.TRIPARTITE_AGREEMENT,
        pupil=ONE_HOME,
        custodian=HEAD,
        school=COLLEGE,
        loan=a_loan(custody=Custody.SCHOOL, basis=EXPIRED, starts_on=date(2026, 9, 1)),
        begins_on=date(2026, 11, 20),
        replaces_number="2026-2027/0040",
    ),
    "notice_mayor": facts(K.NOTICE, addressee=MAYOR, agreement_number=AGREEMENT),
    "notice_new_school": facts(
        K.NOTICE,
        addressee=PRINCIPAL,
        agreement_number=AGREEMENT,
        school=COLLEGE,
        service=BARE_SERVICE,
        loan=a_loan(ends_on=None),
        items=lines_of(LAPTOP, LAPTOP, BARE_ITEM),
        change=Change(effective_on=date(2027, 1, 4), old_school=ECOLE),
    ),
    "amendment_added": facts(
        K.AMENDMENT,
        agreement_number=AGREEMENT,
        items=(*lines_of(LAPTOP, SOFTWARE), replace(lines_of(BRAILLE)[0], handed_over=False)),
        change=Change(effective_on=date(2027, 1, 4), added=lines_of(BRAILLE)),
    ),
    "amendment_removed": facts(
        K.AMENDMENT,
        agreement_number=AGREEMENT,
        items=lines_of(LAPTOP),
        change=Change(effective_on=date(2027, 1, 4), removed=lines_of(SOFTWARE)),
    ),
    "amendment_to_school": facts(
        K.AMENDMENT,
        agreement_number=AGREEMENT,
        items=lines_of(LAPTOP),
        change=Change(
            effective_on=date(2027, 1, 4),
            removed=lines_of(BRAILLE),
            removal_reason="passé à une autre garde",
            moved=True,
        ),
    ),
    "amendment_to_home": facts(
        K.AMENDMENT,
        agreement_number=AGREEMENT,
        custodian=COMMUNE,
        items=lines_of(LAPTOP),
        change=Change(
            effective_on=date(2027, 1, 4),
            removed=lines_of(BRAILLE),
            removal_reason="passé à une autre garde",
            moved=True,
        ),
    ),
    "amendment_swapped": facts(
        K.AMENDMENT,
        agreement_number=AGREEMENT,
        items=lines_of(BRAILLE),
        change=Change(
            effective_on=date(2027, 1, 4),
            added=lines_of(BRAILLE),
            removed=lines_of(LAPTOP),
            removal_reason="panne non réparable.",
        ),
    ),
    "amendment_renewal": facts(
        K.AMENDMENT,
        agreement_number=AGREEMENT,
        change=Change(effective_on=date(2027, 9, 1), old_ends_on=date(2027, 8, 31), new_ends_on=date(2028, 8, 31)),
    ),
    "amendment_school": facts(
        K.AMENDMENT,
        agreement_number=AGREEMENT,
        school=COLLEGE,
        change=Change(effective_on=date(2027, 1, 4), old_school=ECOLE),
    ),
    "amendment_deposit": facts(
        K.AMENDMENT,
        pupil=None,
        custodian=COMMUNE,
        agreement_number=AGREEMENT,
        change=Change(effective_on=date(2027, 9, 1), added=lines_of(SOFTWARE), new_ends_on=date(2028, 8, 31)),
    ),
    "amendment_first_end": facts(
        K.AMENDMENT,
        agreement_number=AGREEMENT,
        loan=a_loan(ends_on=None),
        change=Change(effective_on=date(2027, 9, 1), new_ends_on=date(2028, 8, 31)),
    ),
    "amendment_provisional": facts(
        K.AMENDMENT,
        agreement_number=AGREEMENT,
        loan=a_loan(basis=EXPIRED),
        change=Change(
            effective_on=date(2027, 9, 1),
            old_ends_on=date(2027, 8, 31),
            new_ends_on=date(2027, 12, 31),
            renewed=True,
            provisional=True,
        ),
    ),
    "amendment_open": facts(
        K.AMENDMENT,
        agreement_number=AGREEMENT,
        change=Change(effective_on=date(2027, 9, 1), old_ends_on=date(2027, 8, 31), renewed=True),
    ),
    "amendment_other": facts(
        K.AMENDMENT,
        custodian=COMMUNE,
        agreement_number=AGREEMENT,
        change=Change(effective_on=date(2027, 1, 4), statement="Le matériel est désormais gardé dans la salle 12."),
    ),
    "handover_home": facts(
        K.HANDOVER_RECEIPT,
        agreement_number=AGREEMENT,
        items=lines_of(LAPTOP, BRAILLE, condition=Condition.NEW),
        happened_on=date(2026, 12, 1),
        handed_by="Sophie Caro, agent du service gestionnaire",
        received_by="Claire Martin, mère de l'élève",
    ),
    "handover_passing": replace(
        facts(
            K.HANDOVER_RECEIPT,
            pupil=ONE_HOME,
            custodian=COMMUNE,
            agreement_number=AGREEMENT,
            items=lines_of(LAPTOP, condition=Condition.GOOD),
            happened_on=date(2026, 11, 20),
            handed_by="Claire Martin",
            received_by="Jeanne Morel",
            goes_on=True,
        ),
        signatories=(
            state_signatory(SERVICE),
            *borrower_signatories(ONE_HOME, SERVICE, ISSUED_ON, K.HANDOVER_RECEIPT),
            custodian_signatory(COMMUNE),
        ),
    ),
    "return_moving": facts(
        K.RETURN_RECEIPT,
        custodian=COMMUNE,
        agreement_number=AGREEMENT,
        items=lines_of(LAPTOP, condition=Condition.GOOD),
        happened_on=date(2026, 11, 20),
        goes_on=True,
    ),
    "handover_blank": facts(K.HANDOVER_RECEIPT, agreement_number=AGREEMENT, items=lines_of(LAPTOP, BARE_ITEM)),
    "handover_deposit": facts(
        K.HANDOVER_RECEIPT,
        pupil=None,
        custodian=COMMUNE,
        agreement_number=AGREEMENT,
        items=lines_of(LAPTOP, condition=Condition.GOOD),
        happened_on=date(2026, 12, 1),
    ),
    "return_clean": facts(
        K.RETURN_RECEIPT,
        agreement_number=AGREEMENT,
        items=lines_of(LAPTOP, SOFTWARE, condition=Condition.WORN),
        happened_on=date(2027, 7, 2),
        handed_by="Claire Martin, mère de l'élève",
        received_by="Sophie Caro, agent du service gestionnaire",
    ),
    "handover_licence": facts(
        K.HANDOVER_RECEIPT,
        agreement_number=AGREEMENT,
        items=(
            *lines_of(SOFTWARE, condition=Condition.GOOD),
            *lines_of(SOFTWARE, condition=Condition.OUT_OF_ORDER),
            *lines_of(SOFTWARE),
        ),
    ),
    "return_book": facts(
        K.RETURN_RECEIPT,
        agreement_number=AGREEMENT,
        items=lines_of(BOOK, condition=Condition.WORN),
        happened_on=date(2027, 7, 2),
    ),
    "return_reserved": facts(
        K.RETURN_RECEIPT, agreement_number=AGREEMENT, items=RETURNED, happened_on=date(2027, 7, 2)
    ),
    "return_kit": facts(
        K.RETURN_RECEIPT,
        agreement_number=AGREEMENT,
        items=tuple(replace(each, kit=KIT) for each in lines_of(LAPTOP, SOFTWARE, condition=Condition.WORN)),
        happened_on=date(2027, 7, 2),
    ),
    "return_unchecked": facts(K.RETURN_RECEIPT, agreement_number=AGREEMENT, items=lines_of(LAPTOP)),
}

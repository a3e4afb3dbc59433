from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from tests.refusals import refused

from materiel.domain.access_link import AccessLink, FamilyPerson, LinkKind, person_behind
from materiel.domain.document import (
    Covers,
    Document,
    DocumentKind,
    DocumentStatus,
    Party,
    Signature,
    SignatureStatus,
)
from materiel.domain.electronic_signature import (
    TypedSignature,
    are_strokes,
    awaited_of_family,
    box_of,
    check_awaited,
    check_no_disagreement,
    checked_intent,
    may_disagree,
    representative_of,
)
from materiel.domain.party import Capacity, Pupil, Representative
from materiel.errors import Conflict, RuleBroken

NOW = datetime(2026, 9, 7, 9, 0, tzinfo=UTC)
SERVICE, PUPIL, LINK = UUID(int=1), UUID(int=2), UUID(int=3)


def a_parent(number: int, name: str, capacity: Capacity, **changes: object) -> Representative:
    values = {"id": UUID(int=number), "last_name": "Martin", "first_name": name, "email": f"p{number}@exemple.fr"}
    return Representative(capacity=capacity, **(values | changes))  # type: ignore[arg-type]


MOTHER, FATHER = a_parent(11, "Dominique", Capacity.MOTHER), a_parent(12, "Dominique", Capacity.FATHER)


def a_pupil(*people: Representative, **changes: object) -> Pupil:
    values: dict[str, object] = {"birth_date": date(2014, 2, 1), "first_name": "Noé", "last_name": "Martin"}
    return Pupil(
        id=PUPIL,
        service_id=SERVICE,
        school_uai="0350122T",
        homes=(),
        representatives=people,
        **(values | changes),  # type: ignore[arg-type]
    )


def a_link(person: Representative | None, **changes: object) -> AccessLink:
    link = AccessLink(
        id=LINK,
        service_id=SERVICE,
        kind=LinkKind.FAMILY,
        email=person.email if person else "noe@exemple.fr",
        name=person.full_name if person else "Noé Martin",
        created_at=NOW,
        expires_at=NOW.replace(month=11),
        pupil_id=PUPIL,
        representative_id=person.id if person else None,
    )
    return replace(link, **changes)  # type: ignore[arg-type]


def a_box(number: int, name: str, capacity: str, status: SignatureStatus = SignatureStatus.PENDING) -> Signature:
    return Signature(id=UUID(int=number), party=Party.BORROWER, name=name, capacity=capacity, status=status)


def a_document(*boxes: Signature, **changes: object) -> Document:
    document = Document(
        id=UUID(int=20),
        service_id=SERVICE,
        loan_id=UUID(int=21),
        kind=DocumentKind.LOAN_AGREEMENT,
        number="35-2026-0001",
        covers=(Covers.LOAN,),
        status=DocumentStatus.IN_FORCE,
        issued_on=date(2026, 9, 7),
        wording=date(2025, 9, 1),
        code="ABC",
        sha256="0" * 64,
        pages=2,
        content="{}",
        signatures=boxes,
    )
    return replace(document, **changes)  # type: ignore[arg-type]


BOTH = a_document(
    a_box(31, "Dominique Martin", "mère"), a_box(32, "Dominique Martin", "père", SignatureStatus.OPTIONAL)
)


def reader(person: Representative | None, *people: Representative) -> FamilyPerson:
    return FamilyPerson(link=a_link(person), pupil=a_pupil(*people), representative=person)


def test_two_parents_of_one_name_each_have_their_own_box() -> None:
    boxes = [box_of(BOTH, reader(person, MOTHER, FATHER)) for person in (MOTHER, FATHER)]
    assert [box.id for box in boxes if box] == [UUID(int=31), UUID(int=32)]
    assert [representative_of(box, a_pupil(MOTHER, FATHER)) for box in BOTH.signatures] == [MOTHER, FATHER]


def test_a_parent_named_like_the_pupil_has_not_the_pupils_box() -> None:
    own = a_document(a_box(33, "Noé Martin", "élève ayant atteint la majorité"))
    namesake = a_parent(13, "Noé", Capacity.FATHER)
    assert box_of(own, reader(namesake, namesake)) is None
    assert box_of(own, reader(None)) is not None
    assert representative_of(own.signatures[0], a_pupil(namesake)) is None


def test_the_services_own_box_is_nobodys_in_the_family() -> None:
    state = Signature(
        id=UUID(int=34),
        party=Party.MANAGING_SERVICE,
        name="Dominique Martin",
        capacity="secrétaire général",
        status=SignatureStatus.PENDING,
    )
    assert box_of(a_document(state), reader(MOTHER, MOTHER)) is None
    with refused(RuleBroken, "signature.nobody_to_ask"):
        check_awaited(a_document(state))


def test_a_correction_of_the_record_keeps_the_link_of_the_same_name_and_address() -> None:
    corrected = replace(MOTHER, id=UUID(int=99), phone="02 99 00 00 00")
    found = person_behind(a_link(MOTHER), a_pupil(corrected))
    assert found is not None
    assert found.representative == corrected


@pytest.mark.parametrize(
    "pupil",
    [
        a_pupil(),
        a_pupil(replace(MOTHER, email="autre@exemple.fr")),
        a_pupil(replace(MOTHER, id=UUID(int=99), first_name="Camille")),
        a_pupil(MOTHER, died_on=date(2026, 9, 1)),
        replace(a_pupil(MOTHER), id=UUID(int=98)),
    ],
    ids=["removed", "other address", "other person", "deceased pupil", "other pupil"],
)
def test_a_link_lets_nobody_in_once_its_person_is_off_file(pupil: Pupil) -> None:
    assert person_behind(a_link(MOTHER), pupil) is None


def test_one_signature_leaves_nothing_awaited() -> None:
    signed = a_document(
        a_box(31, "Dominique Martin", "mère", SignatureStatus.SIGNED),
        a_box(32, "Dominique Martin", "père", SignatureStatus.OPTIONAL),
    )
    assert awaited_of_family(signed) == ()
    assert len(awaited_of_family(BOTH)) == 2
    with refused(Conflict, "signature.already_signed"):
        check_awaited(signed)
    with refused(Conflict, "document.not_in_force"):
        check_awaited(replace(BOTH, status=DocumentStatus.REPLACED))


def test_a_disagreement_blocks_the_agreement_and_not_the_receipt() -> None:
    pupil = a_pupil(MOTHER, FATHER, disagreement=True)
    with refused(RuleBroken, "signature.disagreement"):
        check_no_disagreement(BOTH, pupil)
    check_no_disagreement(replace(BOTH, kind=DocumentKind.HANDOVER_RECEIPT), pupil)
    check_no_disagreement(BOTH, a_pupil(replace(MOTHER, sole_authority=True), FATHER, disagreement=True))


def test_only_two_parents_of_a_minor_can_disagree() -> None:
    assert may_disagree(a_pupil(MOTHER, FATHER), NOW.date())
    assert not may_disagree(a_pupil(MOTHER), NOW.date())
    assert not may_disagree(a_pupil(replace(MOTHER, sole_authority=True), FATHER), NOW.date())
    assert not may_disagree(a_pupil(MOTHER, FATHER, birth_date=date(2008, 1, 1)), NOW.date())
    assert not may_disagree(a_pupil(MOTHER, a_parent(13, "Odile", Capacity.INSTITUTION)), NOW.date())


def test_every_fault_of_the_form_is_told() -> None:
    with refused(RuleBroken, "signature.invalid") as refusal:
        checked_intent(BOTH.signatures[0], TypedSignature(name=" ", consents=False), shown_at=NOW, now=NOW)
    assert [fault.pointer for fault in refusal.value.errors] == ["/name", "/consent"]


@pytest.mark.parametrize("strokes", ["[[[1,2],[3,4]]]", "[[[0,0]],[[10000,5]]]"])
def test_strokes_are_kept(strokes: str) -> None:
    assert are_strokes(strokes)


@pytest.mark.parametrize(
    "strokes",
    [
        "",
        "[]",
        "[[]]",
        "[[[1]]]",
        "[[[1,-2]]]",
        "[[[1,true]]]",
        '[[["a",1]]]',
        "{}",
        "rien",
        "[" * 5000,
        "[[[1,2]]]" * 9000,
    ],
)
def test_anything_else_is_no_drawing(strokes: str) -> None:
    assert not are_strokes(strokes)

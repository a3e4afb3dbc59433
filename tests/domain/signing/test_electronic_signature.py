from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from tests.stage.refusals import refused

from materiel.domain.links.access_link import AccessLink, FamilyPerson, LinkKind, person_behind
from materiel.domain.links.mailbox import shared_mailboxes
from materiel.domain.papers.document import (
    Covers,
    Document,
    DocumentKind,
    DocumentStatus,
    Party,
    Signature,
    SignatureStatus,
    SignerKind,
)
from materiel.domain.people.pupil import Capacity, Pupil, Representative
from materiel.domain.signing.electronic_signature import (
    TypedSignature,
    are_strokes,
    awaited_of_family,
    box_of,
    check_awaited,
    check_no_disagreement,
    checked_intent,
    email_of,
    may_be_asked,
    may_disagree,
    may_sign,
    representative_of,
)
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


def a_box(
    number: int, whose: Representative | Pupil, name: str, status: SignatureStatus = SignatureStatus.PENDING
) -> Signature:
    return Signature(
        id=UUID(int=number),
        party=Party.BORROWER,
        name=name,
        capacity="ce qui est imprimé ne décide de rien",
        status=status,
        signer=SignerKind.REPRESENTATIVE if isinstance(whose, Representative) else SignerKind.PUPIL,
        signer_id=whose.id,
    )


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
    a_box(31, MOTHER, "Dominique Martin"), a_box(32, FATHER, "Dominique Martin", SignatureStatus.OPTIONAL)
)
ALONE = FamilyPerson(link=a_link(MOTHER), pupil=a_pupil(MOTHER), representative=MOTHER, acts=True)
TODAY, ADULT = date(2026, 9, 7), date(2008, 9, 7)


def reader(person: Representative | None, *people: Representative, **changes: object) -> FamilyPerson:
    found = person_behind(a_link(person), a_pupil(*people, email="noe@exemple.fr", **changes), TODAY)
    assert found is not None
    return found


def test_two_parents_of_one_name_each_have_their_own_box() -> None:
    boxes = [box_of(BOTH, reader(person, MOTHER, FATHER)) for person in (MOTHER, FATHER)]
    assert [box.id for box in boxes if box] == [UUID(int=31), UUID(int=32)]
    assert [representative_of(box, a_pupil(MOTHER, FATHER)) for box in BOTH.signatures] == [MOTHER, FATHER]


def test_a_name_corrected_keeps_the_box_and_the_link() -> None:
    corrected = replace(MOTHER, first_name="Camille", last_name="Durand", capacity=Capacity.OTHER)
    box = box_of(BOTH, reader(corrected, corrected))
    assert box is not None
    assert box.id == UUID(int=31)
    found = person_behind(a_link(MOTHER), a_pupil(corrected), TODAY)
    assert found is not None
    assert found.representative == corrected


def test_somebody_else_of_the_same_name_has_neither() -> None:
    namesake = replace(MOTHER, id=UUID(int=99))
    assert box_of(BOTH, reader(namesake, namesake)) is None
    assert person_behind(a_link(MOTHER), a_pupil(namesake), TODAY) is None
    assert representative_of(BOTH.signatures[0], a_pupil(namesake)) is None


def test_a_parent_named_like_the_pupil_has_not_the_pupils_box() -> None:
    adult = a_pupil(birth_date=ADULT)
    own = a_document(a_box(33, adult, "Noé Martin"))
    namesake = a_parent(13, "Noé", Capacity.FATHER)
    assert box_of(own, reader(namesake, namesake)) is None
    assert box_of(own, reader(None, birth_date=ADULT)) is not None
    assert representative_of(own.signatures[0], a_pupil(namesake)) is None


def test_a_box_whose_signer_is_not_known_is_signed_on_paper_only() -> None:
    unknown = a_document(replace(BOTH.signatures[0], signer=None, signer_id=None))
    assert box_of(unknown, reader(MOTHER, MOTHER)) is None
    assert not may_be_asked(unknown.signatures[0], a_pupil(MOTHER), TODAY)
    assert email_of(unknown.signatures[0], a_pupil(MOTHER)) == ""


def test_the_services_own_box_is_nobodys_in_the_family() -> None:
    state = replace(BOTH.signatures[0], party=Party.MANAGING_SERVICE)
    assert box_of(a_document(state), reader(MOTHER, MOTHER)) is None
    assert not may_be_asked(state, a_pupil(MOTHER), TODAY)
    with refused(RuleBroken, "signature.nobody_to_ask"):
        check_awaited(a_document(state))


@pytest.mark.parametrize(
    "changes",
    [{"birth_date": ADULT}, {"representatives": (MOTHER, replace(FATHER, sole_authority=True))}],
    ids=["eighteenth birthday", "a judgment"],
)
def test_whoever_no_longer_acts_keeps_what_they_signed_and_nothing_else(changes: dict[str, object]) -> None:
    pupil = replace(a_pupil(MOTHER, FATHER), **changes)  # type: ignore[arg-type]
    person = person_behind(a_link(MOTHER), pupil, TODAY)
    assert person is not None
    assert not person.acts
    signed = replace(BOTH.signatures[0], status=SignatureStatus.SIGNED, signed_on=TODAY)
    assert box_of(a_document(signed), person) == signed
    assert box_of(BOTH, person) is None
    assert not may_sign(a_document(signed), person)
    assert not may_be_asked(BOTH.signatures[0], pupil, TODAY)


@pytest.mark.parametrize(
    "pupil",
    [
        a_pupil(),
        a_pupil(replace(MOTHER, email="autre@exemple.fr")),
        a_pupil(MOTHER, died_on=date(2026, 9, 1)),
        replace(a_pupil(MOTHER), id=UUID(int=98)),
    ],
    ids=["removed", "other address", "deceased pupil", "other pupil"],
)
def test_a_link_lets_nobody_in_once_its_person_or_its_address_is_off_file(pupil: Pupil) -> None:
    assert person_behind(a_link(MOTHER), pupil, TODAY) is None


def test_the_pupils_own_link_follows_the_pupils_own_address() -> None:
    adult = a_pupil(MOTHER, birth_date=ADULT, email="Noe@exemple.fr")
    found = person_behind(a_link(None), adult, TODAY)
    assert found is not None
    assert (found.id, found.name, found.acts) == (PUPIL, "Noé Martin", True)
    assert person_behind(a_link(None), replace(adult, email="autre@exemple.fr"), TODAY) is None


def test_one_signature_leaves_nothing_awaited() -> None:
    signed = a_document(
        a_box(31, MOTHER, "Dominique Martin", SignatureStatus.SIGNED),
        a_box(32, FATHER, "Dominique Martin", SignatureStatus.OPTIONAL),
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


def test_only_two_parents_of_a_minor_who_act_can_disagree() -> None:
    assert may_disagree(reader(MOTHER, MOTHER, FATHER), TODAY)
    assert not may_disagree(reader(MOTHER, MOTHER), TODAY)
    assert not may_disagree(reader(MOTHER, replace(MOTHER, sole_authority=True), FATHER), TODAY)
    assert not may_disagree(reader(FATHER, replace(MOTHER, sole_authority=True), FATHER), TODAY)
    assert not may_disagree(reader(MOTHER, MOTHER, FATHER, birth_date=ADULT), TODAY)
    assert not may_disagree(reader(MOTHER, MOTHER, a_parent(13, "Odile", Capacity.INSTITUTION)), TODAY)
    assert not may_disagree(reader(MOTHER, MOTHER, FATHER, a_parent(13, "Odile", Capacity.GUARDIAN)), TODAY)


def test_the_name_typed_is_the_one_printed_or_the_one_corrected_since() -> None:
    corrected = replace(MOTHER, first_name="Camille")
    for name in ("Dominique Martin", "MARTIN camille"):
        typed = TypedSignature(name=name, consents=True)
        person = reader(corrected, corrected)
        assert checked_intent(BOTH.signatures[0], typed, person, shown_at=NOW, now=NOW).typed_name == name


def test_behind_a_shared_mailbox_the_signer_says_who_it_is() -> None:
    father = replace(FATHER, email=MOTHER.email.upper())
    person = reader(MOTHER, MOTHER, father)
    assert person.shares_mailbox_with == ("Dominique Martin",)
    typed = TypedSignature(name="Dominique Martin", consents=True)
    with refused(RuleBroken, "signature.invalid") as refusal:
        checked_intent(BOTH.signatures[0], typed, person, shown_at=NOW, now=NOW)
    assert [fault.pointer for fault in refusal.value.errors] == ["/person"]
    checked_intent(BOTH.signatures[0], replace(typed, is_person=True), person, shown_at=NOW, now=NOW)
    assert [email for email, _ in shared_mailboxes(person.pupil)] == [MOTHER.email]
    assert shared_mailboxes(a_pupil(MOTHER, FATHER)) == ()
    assert shared_mailboxes(a_pupil(replace(MOTHER, email=""), replace(FATHER, email=""))) == ()


def test_every_fault_of_the_form_is_told() -> None:
    with refused(RuleBroken, "signature.invalid") as refusal:
        checked_intent(BOTH.signatures[0], TypedSignature(name=" ", consents=False), ALONE, shown_at=NOW, now=NOW)
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

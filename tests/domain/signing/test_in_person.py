"""What an agent attests of who signs before them, and who is one person in the records of two children."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast

from materiel.domain.people.pupil import Pupil
from materiel.domain.signing.in_person import IdentitySeen, attestation, is_same_person
from materiel.errors import RuleBroken


def test_the_sentence_says_what_was_seen_and_never_a_number() -> None:
    assert (
        attestation(IdentitySeen.PASSPORT, "", attests=True) == "Passeport, dont l'agent atteste avoir vu l'original."
    )
    assert "connue de l'agent" in attestation(IdentitySeen.KNOWN, "12AB34567", attests=True)
    assert attestation(IdentitySeen.OTHER, "carte d'invalidité", attests=True).endswith(": carte d'invalidité.")
    for number in ("carte 12AB34567", "n° 880 692 310 285"):
        with refused(RuleBroken, "in_person.invalid") as refusal:
            attestation(IdentitySeen.OTHER, number, attests=True)
        assert [each.pointer for each in refusal.value.errors] == ["/other"]
    assert len(attestation(IdentitySeen.OTHER, "x" * 120, attests=True)) <= 200


@pytest.mark.parametrize(
    ("seen", "other", "attests", "faults"),
    [
        (None, "", False, ["/seen", "/attests"]),
        (IdentitySeen.OTHER, " ", True, ["/other"]),
        (IdentitySeen.OTHER, "x" * 121, True, ["/other"]),
        (IdentitySeen.KNOWN, "", False, ["/attests"]),
    ],
)
def test_every_fault_is_told_at_once(seen: IdentitySeen | None, other: str, attests: bool, faults: list[str]) -> None:
    with refused(RuleBroken, "in_person.invalid") as refusal:
        attestation(seen, other, attests=attests)
    assert [each.pointer for each in refusal.value.errors] == faults


def test_one_name_is_one_person_with_one_mailbox_or_one_home_only() -> None:
    noe = cast.a_child_with_two_homes()
    lise = replace(noe.representatives[0], email="lise@exemple.fr", home=0)
    sister: Pupil = replace(noe, id=UUID(int=5), homes=tuple(reversed(noe.homes)))
    assert is_same_person(lise, noe, replace(lise, home=None, email="LISE@exemple.fr"), sister)
    assert is_same_person(replace(lise, email=""), noe, replace(lise, email="", home=1), sister)
    assert not is_same_person(replace(lise, email=""), noe, replace(lise, email="", home=0), sister)
    assert not is_same_person(lise, noe, replace(lise, first_name="Anne"), sister)
    assert not is_same_person(replace(lise, email="", home=None), noe, replace(lise, email="", home=None), sister)

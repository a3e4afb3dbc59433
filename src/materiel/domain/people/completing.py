"""What a list adds to the record of a known pupil: an address, persons responsible, contacts, where there was none.

Nothing that somebody typed is replaced: an address that is not to be told, or a person whom a judgment names, is not
undone by an export of the schools (domain § 4.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from materiel.domain.people.person_name import same_name
from materiel.domain.people.pupil import Pupil, Representative

FIELDS = {
    "homes": "Domicile",
    "representatives": "Responsables",
    "email": "Courriel de l'élève",
    "phone": "Téléphone de l'élève",
}
"""What may be completed, as people read it."""


def completed(known: Pupil, told: Pupil) -> Pupil:
    """The record with what the list tells and it lacks; that of a pupil who died is left as it is."""
    if known.died_on is not None:
        return known
    homes = known.homes or told.homes
    people = tuple(_with_contacts(each, told.representatives) for each in known.representatives) or tuple(
        # An index into the homes of the list is none into those that were known.
        replace(each, home=each.home if homes == told.homes else None)
        for each in told.representatives
    )
    return replace(
        known,
        homes=homes,
        representatives=people,
        email=known.email or told.email,
        phone=known.phone or told.phone,
    )


def is_told_otherwise(known: Pupil, told: Pupil) -> bool:
    """Whether a list gives another address, or names persons whom the record does not."""
    addresses = {home.address for home in known.homes}
    named = [each.full_name for each in known.representatives]
    elsewhere = bool(addresses) and any(home.address not in addresses for home in told.homes)
    strangers = bool(named) and any(
        not any(same_name(each.full_name, name) for name in named) for each in told.representatives
    )
    return elsewhere or strangers


def in_words(name: str, pupil: Pupil) -> str:
    """What a record holds under one of `FIELDS`, on one line."""
    match name:
        case "homes":
            addresses = (home.address for home in pupil.homes)
            return " ; ".join(", ".join((*each.lines, *each.place)).strip() for each in addresses)
        case "representatives":
            people = (
                " ".join(filter(None, (each.full_name, each.email, each.phone))) for each in pupil.representatives
            )
            return " ; ".join(people)
        case _:
            return str(getattr(pupil, name))


def _with_contacts(person: Representative, told: Sequence[Representative]) -> Representative:
    """A known person with the mailbox and the telephone that the list gives to that name."""
    same = [each for each in told if same_name(each.full_name, person.full_name)]
    if len(same) != 1:
        return person
    return replace(person, email=person.email or same[0].email, phone=person.phone or same[0].phone)

"""Mailboxes that several people of one pupil read: each may open what is sent to the other, codes included.

A code proves who reads the mailbox, and no more: when two people do, it does not tell which of them signs.
Règlement (UE) n° 910/2014, art. 25; Code civil, art. 1366 (the signer must be duly identified).
"""

from __future__ import annotations

from uuid import UUID

from materiel.domain.language.french import enumeration
from materiel.domain.people.mobile import mobile_number
from materiel.domain.people.pupil import Pupil


def shared_mailboxes(pupil: Pupil) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Each address that several people of a pupil have, and their names in the order of the record."""
    people: dict[str, list[str]] = {}
    for _, name, email in _people(pupil):
        if email:
            people.setdefault(email, []).append(name)
    return tuple((email, tuple(names)) for email, names in people.items() if len(names) > 1)


def shared_mailbox_warnings(pupil: Pupil) -> tuple[str, ...]:
    """What to tell the service of each, French."""
    return tuple(
        f"Une même boîte pour {enumeration(list(names))} : {email}. Chaque personne y lit les liens et les codes des "
        "autres ; demandez à chacune une adresse à elle, ou faites signer sur papier."
        for email, names in shared_mailboxes(pupil)
    )


def others_at(email: str, pupil: Pupil, person_id: UUID) -> tuple[str, ...]:
    """The names of the other people of a pupil who read a mailbox."""
    return tuple(name for each, name, known in _people(pupil) if each != person_id and known == email.lower() != "")


def others_with_number(number: str, pupil: Pupil, person_id: UUID) -> tuple[str, ...]:
    """The names of the other people of a pupil who have a mobile number, in the form of `mobile_number`."""
    people = (
        *((person.id, person.full_name, person.phone) for person in pupil.representatives),
        (pupil.id, pupil.full_name, pupil.phone),
    )
    return tuple(
        name for each, name, phone in people if each != person_id and number and mobile_number(phone) == number
    )


def _people(pupil: Pupil) -> tuple[tuple[UUID, str, str], ...]:
    return (
        *((person.id, person.full_name, person.email.lower()) for person in pupil.representatives),
        (pupil.id, pupil.full_name, pupil.email.lower()),
    )

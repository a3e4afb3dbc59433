"""Who acts for a pupil on a day, and therefore who may be written to: one answer for every paper and every path.

Law: Code civil, art. 371-1, 372-2, 373-2-1, 377, 388, 413-6, 414 and following; Code de l'éducation, art. L131-4.
Domain E3-E8. A parent excluded by a judgment, the parents of an adult or of an emancipated minor do not act: no box,
no copy, no link, no e-mail and no reminder is theirs, whoever asks for it; they keep what they signed.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from materiel.domain.calendar.school_year import birthday
from materiel.domain.people.pupil import Capacity, ProtectionRegime, Pupil, Representative

MAJORITY = 18
PARENTS = frozenset({Capacity.MOTHER, Capacity.FATHER, Capacity.PARENT})
IN_CHARGE = frozenset({Capacity.DELEGATE, Capacity.INSTITUTION})
"""Entrusted with the child by a decision, beside the parents (C. civ. 377; C. éduc. L131-4)."""

PROTECTORS: dict[ProtectionRegime, frozenset[Capacity]] = {
    ProtectionRegime.CURATORSHIP: frozenset({Capacity.CURATOR, Capacity.PROTECTION}),
    ProtectionRegime.GUARDIANSHIP: frozenset({Capacity.GUARDIAN, Capacity.PROTECTION}),
}
"""Who assists a protected adult, or represents him (E6)."""


def came_of_age_on(pupil: Pupil) -> date:
    """The pupil's eighteenth birthday: of age that day already (C. civ. 388; E5)."""
    return birthday(pupil.birth_date, MAJORITY)


def is_adult(pupil: Pupil, on: date) -> bool:
    """Whether the pupil is of age that day, the eighteenth birthday included (C. civ. 388; E5)."""
    return on >= came_of_age_on(pupil)


def age_on(pupil: Pupil, on: date) -> int:
    """Full years of age that day, the birthday included."""
    years = on.year - pupil.birth_date.year
    return years if on >= birthday(pupil.birth_date, years) else years - 1


def pupil_acts(pupil: Pupil, on: date) -> bool:
    """Whether the pupil signs himself that day: of age and not represented by a guardian, or emancipated (E5-E7)."""
    if pupil.died_on is not None:
        return False
    if is_adult(pupil, on):
        return pupil.protection is not ProtectionRegime.GUARDIANSHIP
    return pupil.protection is ProtectionRegime.EMANCIPATED


def acting_representatives(pupil: Pupil, on: date) -> tuple[Representative, ...]:
    """Those who act for the pupil, or with him, on a day; the first is the one whose signature is asked.

    Nobody for a deceased pupil, nor when two persons are recorded as alone in charge: one of the two is not, and the
    record does not tell which.

    Source: Code civil, art. 372-2, 373-2-1, 377, 388, 413-6, 414; Code de l'éducation, art. L131-4; E1-E8.
    """
    people = pupil.representatives
    if pupil.died_on is not None:
        return ()
    if is_adult(pupil, on):
        return _with_capacity(people, PROTECTORS.get(pupil.protection, frozenset()))
    if pupil.protection is ProtectionRegime.EMANCIPATED:
        return ()
    alone = tuple(each for each in people if each.sole_authority)
    if alone:  # E3: only this parent.
        return alone if len(alone) == 1 else ()
    # A guardianship is opened when no parent holds authority: parents do not act.
    guardians = _with_capacity(people, frozenset({Capacity.GUARDIAN}))
    in_charge, parents = _with_capacity(people, IN_CHARGE), _with_capacity(people, PARENTS)
    return guardians or (*in_charge, *parents) or people


def may_be_written_to(person_id: UUID | None, pupil: Pupil, on: date) -> bool:
    """Whether a message about the pupil may be made, or leave, for a person that day.

    Every path asks it: sending for signature, reminding, a code, a copy, an answer to an incident, a link that was
    lost; and again the worker that sends what has waited in the outbox, with that day's date.

    Args:
        person_id: of a representative, or of the pupil himself; None for somebody whom nothing identifies.
    """
    if person_id is None:
        return False
    if person_id == pupil.id:
        return pupil_acts(pupil, on)
    return any(person.id == person_id for person in acting_representatives(pupil, on))


def _with_capacity(people: tuple[Representative, ...], capacities: frozenset[Capacity]) -> tuple[Representative, ...]:
    return tuple(each for each in people if each.capacity in capacities)

"""The form of a pupil: identity, homes, representatives, legal situation. Rows left empty are not there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from materiel.domain.accounts.roles import Actor
from materiel.domain.item.registration import HOMES_MAX, REPRESENTATIVES_MAX
from materiel.domain.people.person_name import share_a_word
from materiel.domain.people.pupil import Capacity, Home, ProtectionRegime, Pupil, Representative
from materiel.use_cases.people.pupil import RegisterPupil, RepresentativeInput
from materiel.web.http.forms import Form
from materiel.web.pages.loan.change import named_school
from materiel.web.pages.places.address import address_typed, read_address, show_address

PERSON_TEXTS = ("last_name", "first_name", "email", "phone", "on_behalf_of", "reference")
FEWEST_ROWS = 2
"""Two homes and two representatives: what most families need."""


def pupil_form(pupil: Pupil) -> Form:
    """The form of a known pupil, to correct it."""
    form = Form.filled(
        version=pupil.version,
        last_name=pupil.last_name,
        first_name=pupil.first_name,
        birth_date=pupil.birth_date,
        school=pupil.school_uai,
        email=pupil.email,
        phone=pupil.phone,
        protection=pupil.protection,
        protection_reference=pupil.protection_reference,
        disagreement=pupil.disagreement,
        large_print=pupil.large_print,
        plain_summary=pupil.plain_summary,
    )
    for rank, home in enumerate(pupil.homes):
        show_address(form, f"homes/{rank}", home.address)
        form.set(f"homes/{rank}/confidential", home.confidential)
    for rank, person in enumerate(pupil.representatives):
        pointer = f"representatives/{rank}"
        form.set(f"{pointer}/id", person.id)
        for name in PERSON_TEXTS:
            form.set(f"{pointer}/{name}", getattr(person, name))
        form.set(f"{pointer}/capacity", person.capacity)
        form.set(f"{pointer}/home", "" if person.home is None else person.home)
        form.set(f"{pointer}/sole_authority", person.sole_authority)
    return form


async def read_pupil(form: Form, *, actor: Actor, known: Pupil | None = None) -> RegisterPupil | None:
    """What was typed; None after a fault of a field that no rule below could read. `known` is the pupil corrected."""
    birth_date = form.day("birth_date", required="Indiquez la date de naissance.")
    school = await named_school(form, "school", actor)
    protection = form.choice("protection", ProtectionRegime) or ProtectionRegime.NONE
    kept = [rank for rank in range(HOMES_MAX) if address_typed(form, f"homes/{rank}")]
    homes = [
        Home(address=read_address(form, f"homes/{rank}"), confidential=form.ticked(f"homes/{rank}/confidential"))
        for rank in kept or [0]
    ]
    on_file = {str(each.id): each for each in known.representatives} if known else {}
    people = [_person(form, rank, on_file) for rank in range(REPRESENTATIVES_MAX) if _is_typed(form, rank)]
    if birth_date is None or school is None:
        return None
    return RegisterPupil(
        last_name=form.text("last_name"),
        first_name=form.text("first_name"),
        birth_date=birth_date,
        school=school.uai,
        homes=tuple(homes),
        representatives=tuple(people),
        email=form.text("email"),
        phone=form.text("phone"),
        protection=protection,
        protection_reference=form.text("protection_reference"),
        disagreement=form.ticked("disagreement"),
        large_print=form.ticked("large_print"),
        plain_summary=form.ticked("plain_summary"),
    )


def _is_typed(form: Form, rank: int) -> bool:
    return any(form.text(f"representatives/{rank}/{name}") for name in PERSON_TEXTS)


def _person(form: Form, rank: int, on_file: Mapping[str, Representative]) -> RepresentativeInput:
    pointer = f"representatives/{rank}"
    known = None if form.ticked(f"{pointer}/other") else on_file.get(form.text(f"{pointer}/id"))
    name = f"{form.text(f'{pointer}/first_name')} {form.text(f'{pointer}/last_name')}"
    if known and not share_a_word(name, known.full_name):
        form.fault(
            f"{pointer}/other",
            f"Ce nom n'est plus celui de {known.full_name}. Si c'est une autre personne, cochez la case ; si c'est la "
            "même, corrigez son prénom et son nom en deux fois.",
        )
    texts: dict[str, Any] = {name: form.text(f"{pointer}/{name}") for name in PERSON_TEXTS}
    typed = form.text(f"{pointer}/home")
    return RepresentativeInput(
        **texts,
        capacity=form.choice(f"{pointer}/capacity", Capacity, required="Dites à quel titre.") or Capacity.PARENT,
        home=int(typed) if typed.isdigit() else None,
        sole_authority=form.ticked(f"{pointer}/sole_authority"),
        id=known.id if known else None,
    )


def form_context(form: Form) -> dict[str, Any]:
    """How many rows to show: those typed, one more when asked, two at least."""
    more = form.typed("action")
    homes = max((rank + 1 for rank in range(HOMES_MAX) if address_typed(form, f"homes/{rank}")), default=1)
    people = max((rank + 1 for rank in range(REPRESENTATIVES_MAX) if _is_typed(form, rank)), default=0)
    shown_homes = min(max(homes, FEWEST_ROWS) + (more == "domicile"), HOMES_MAX)
    return {
        "alike": [],
        "homes": shown_homes,
        "home_choices": [(str(rank), f"Domicile {rank + 1}") for rank in range(shown_homes)],
        "people": min(max(people, FEWEST_ROWS) + (more == "representant"), REPRESENTATIVES_MAX),
        "most_homes": HOMES_MAX,
        "most_people": REPRESENTATIVES_MAX,
        "capacities": [(each.value, each.label.capitalize()) for each in Capacity],
        "protections": list(ProtectionRegime),
    }

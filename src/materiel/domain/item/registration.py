"""What an item or a pupil must look like to be registered: every text cleaned and bounded, every fault told at once.

Pure: `today` is a parameter. A minor without representative can be registered; it is issuing a loan that
refuses.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from materiel.domain.item.item import TEXTS, Item, Ownership
from materiel.domain.language.fields import Fields
from materiel.domain.language.identifiers import clean_inventory_number, inventory_number_fault
from materiel.domain.language.values import corrected, replace
from materiel.domain.people.person_name import same_name
from materiel.domain.people.pupil import Pupil, Representative

ACCESSORIES_MAX = 30
HOMES_MAX = 4
REPRESENTATIVES_MAX = 6
OLDEST_ACQUISITION = date(1980, 1, 1)
LONGEST_LEASE = timedelta(days=20 * 366)
PRICE_MAX_CENTS = 1_000_000_000
"""Ten million euros: more is a typing error."""

OLDEST_PUPIL_YEARS = 40
"""Nobody schooled was born earlier; a typing error in the century is."""

_REPRESENTATIVE_TEXTS = {
    "last_name": ("le nom", 100),
    "first_name": ("le prénom", 100),
    "on_behalf_of": ("l'organisme", 200),
    "reference": ("la référence de l'acte", 200),
}


def checked_item(item: Item, *, pattern: str, departement: str, today: date) -> Item:
    """The item with its texts cleaned.

    Args:
        pattern: of the inventory numbers of the service, `""` for none.
        departement: of the service.

    Raises:
        RuleBroken: `item.invalid`, with every field at fault.
    """
    fields = Fields("item.invalid")
    number = clean_inventory_number(item.inventory_number)
    if fault := inventory_number_fault(number, pattern=pattern, departement=departement):
        fields.add("/inventory_number", fault)
    texts: dict[str, Any] = {
        each.name: fields.text(
            f"/{each.name}",
            text,
            longest=each.longest,
            required=each.name == "designation",
            name=each.called,
        )
        for each in TEXTS
        # An empty text is right as it is, but for one.
        if (text := getattr(item, each.name)) or each.name == "designation"
    }
    accessories = _checked_accessories(fields, item.accessories)
    _check_item_figures(fields, item, today)
    fields.check()
    return corrected(item, inventory_number=number, accessories=accessories, **texts)


def checked_pupil(pupil: Pupil, *, today: date, home_needed: bool = True) -> Pupil:
    """The pupil with texts cleaned; the school is not looked up here.

    Args:
        home_needed: False for a table that has no address; issuing a document will ask for one.

    Raises:
        RuleBroken: `pupil.invalid`, with every field at fault.
    """
    fields = Fields("pupil.invalid")
    last_name = fields.text("/last_name", pupil.last_name, longest=100, required=True, name="le nom")
    first_name = fields.text("/first_name", pupil.first_name, longest=100, required=True, name="le prénom")
    oldest = date(today.year - OLDEST_PUPIL_YEARS, 1, 1)
    fields.day("/birth_date", pupil.birth_date, first=oldest, last=today, name="la date de naissance")
    if not home_needed <= len(pupil.homes) <= HOMES_MAX:
        fields.add("/homes", f"Indiquez au moins un domicile, {HOMES_MAX} au plus.")
    homes = tuple(
        replace(home, address=fields.address(f"/homes/{rank}", home.address, abroad=True))
        for rank, home in enumerate(pupil.homes)
    )
    if len(pupil.representatives) > REPRESENTATIVES_MAX:
        fields.add("/representatives", f"{REPRESENTATIVES_MAX} représentants légaux au plus.")
    representatives = tuple(
        _checked_representative(fields, f"/representatives/{rank}", each, homes=len(pupil.homes))
        for rank, each in enumerate(pupil.representatives)
    )
    reference = fields.text(
        "/protection_reference", pupil.protection_reference, longest=200, name="la référence de la mesure"
    )
    if pupil.died_on is not None and not pupil.birth_date <= pupil.died_on <= today:
        fields.add("/died_on", "Cette date doit être comprise entre la naissance et aujourd'hui.")
    email, phone = fields.email("/email", pupil.email), fields.phone("/phone", pupil.phone)
    fields.check()
    return corrected(
        pupil,
        last_name=last_name,
        first_name=first_name,
        email=email,
        phone=phone,
        homes=homes,
        representatives=representatives,
        protection_reference=reference,
    )


def kept_ids(
    people: tuple[Representative, ...], carried: Sequence[UUID | None], known: tuple[Representative, ...]
) -> tuple[Representative, ...]:
    """The representatives of a correction, each with the id that the person keeps for life.

    Whoever comes with an id is that person, whatever is corrected. Whoever comes without one is a known person of the
    same name in the same capacity, when there is one that nobody else is: a list typed again, or imported, is of the
    same people. Anybody else is new.

    Args:
        people: in order, with a new id where none is carried.
        carried: the ids that came with them, None for none.
        known: the people on file.

    Raises:
        RuleBroken: `pupil.invalid`, an id that is nobody's here, or two people's.
    """
    fields = Fields("pupil.invalid")
    ids = {person.id for person in known}
    for rank, carried_id in enumerate(carried):
        if carried_id is not None and (carried_id not in ids or carried_id in carried[:rank]):
            fields.add(
                f"/representatives/{rank}/id",
                "Cet identifiant n'est pas celui d'un représentant de l'élève, ou sert deux fois : relisez la fiche, "
                "ou ne donnez pas d'identifiant à une personne nouvelle.",
            )
    fields.check()
    left = [person for person in known if person.id not in carried]
    kept: list[Representative] = []
    for person, carried_id in zip(people, carried, strict=True):
        same = [each for each in left if carried_id is None and _is_same(each, person)]
        if same:
            left.remove(same[0])
        kept.append(replace(person, id=same[0].id) if same else person)
    return tuple(kept)


def _is_same(known: Representative, typed: Representative) -> bool:
    return known.capacity is typed.capacity and same_name(known.full_name, typed.full_name)


def _checked_accessories(fields: Fields, accessories: tuple[str, ...]) -> tuple[str, ...]:
    if len(accessories) > ACCESSORIES_MAX:
        fields.add("/accessories", f"{ACCESSORIES_MAX} accessoires au plus.")
    return tuple(
        fields.text(f"/accessories/{rank}", text, longest=100, required=True, name="cet accessoire")
        for rank, text in enumerate(accessories)
    )


def _check_item_figures(fields: Fields, item: Item, today: date) -> None:
    latest = today + timedelta(days=366)
    if item.acquired_on is not None:
        fields.day(
            "/acquired_on",
            item.acquired_on,
            first=OLDEST_ACQUISITION,
            last=latest,
            name="la date d'acquisition",
        )
    if item.warranty_ends_on is not None:
        fields.day(
            "/warranty_ends_on",
            item.warranty_ends_on,
            first=item.acquired_on or OLDEST_ACQUISITION,
            last=today + LONGEST_LEASE,
            name="la fin de garantie",
        )
    if item.lease_ends_on is not None and item.ownership is not Ownership.RENTED:
        fields.add("/lease_ends_on", "Seul un matériel loué a une fin de location.")
    elif item.lease_ends_on is not None:
        fields.day(
            "/lease_ends_on",
            item.lease_ends_on,
            first=OLDEST_ACQUISITION,
            last=today + LONGEST_LEASE,
            name="la fin de location",
        )
    price = item.purchase_price_cents
    if price is not None and not 0 <= price <= PRICE_MAX_CENTS:
        fields.add("/purchase_price_cents", "Le prix est en centimes, de 0 à 10 millions d'euros.")


def _checked_representative(fields: Fields, pointer: str, person: Representative, *, homes: int) -> Representative:
    texts: dict[str, Any] = {
        name: fields.text(
            f"{pointer}/{name}",
            getattr(person, name),
            longest=longest,
            required=name == "last_name",
            name=called,
        )
        for name, (called, longest) in _REPRESENTATIVE_TEXTS.items()
    }
    if person.home is not None and not 0 <= person.home < homes:
        fields.add(f"{pointer}/home", f"Ce domicile n'existe pas : indiquez un rang de 0 à {max(homes - 1, 0)}.")
    email = fields.email(f"{pointer}/email", person.email)
    phone = fields.phone(f"{pointer}/phone", person.phone)
    return replace(person, email=email, phone=phone, **texts)

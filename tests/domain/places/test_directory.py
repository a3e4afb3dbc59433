"""What is taken of the administration's directory, case by case (domain § 3.6 bis)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from materiel.domain.address import Address
from materiel.domain.places.directory import (
    PATERNITY,
    OfficeContact,
    OfficeUse,
    Pivot,
    PostedAddress,
    PublicOffice,
    SourcedField,
    contact_of,
    date_of_file,
    offers,
    taken,
    typed_over,
    use_of,
)
from materiel.domain.places.municipality import AuthorityKind, Municipality

BAULON = Municipality(insee_code="35016", name="Baulon", departement="035")
STREET = PostedAddress(kind="Adresse", street="1 place de la Mairie", postcode="35580", city="Baulon")
PLACE = Address(lines=("1 place de la Mairie",), postcode="35580", city="Baulon")
ON = date(2026, 11, 3)


def office(name: str = "Mairie - Baulon", kind: str = "mairie", codes: tuple[str, ...] = ("35016",), **more: object):
    return PublicOffice(line=1, name=name, pivots=(Pivot(kind, codes),), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("found", "use"),
    [
        (office(), OfficeUse.TOWN_HALL),
        (office("Mairie - Annéville"), OfficeUse.TOWN_HALL),
        (office("Mairie déléguée - Saint-Maden"), OfficeUse.PART_OF_A_COMMUNE),
        (office("Mairie associée de Lanvic"), OfficeUse.PART_OF_A_COMMUNE),
        (office("Mairie annexe - Le Bourg"), OfficeUse.PART_OF_A_COMMUNE),
        (office("Mairie de quartier Nord", codes=("35238",)), OfficeUse.PART_OF_A_COMMUNE),
        (office("Mairie - Paris 4e", codes=("75104",)), OfficeUse.ARRONDISSEMENT),
        (office("Mairie du 4e arrondissement", codes=("75056",)), OfficeUse.ARRONDISSEMENT),
        (office("Mairie de secteur des 1er et 7e", codes=("13055",)), OfficeUse.ARRONDISSEMENT),
        (office("Hôtel de ville de Paris", codes=("75056",)), OfficeUse.TOWN_HALL),
        (office(codes=("35016", "35017")), OfficeUse.SEVERAL_COMMUNES),
        (office("CC du Canut", "epci", ("35016", "35017")), OfficeUse.INTERCOMMUNAL),
        (office("Préfecture", "prefecture"), OfficeUse.OTHER),
        (office(codes=()), OfficeUse.OTHER),
        (office(codes=("3501",)), OfficeUse.OTHER),
    ],
)
def test_the_town_hall_of_a_commune_is_told_from_what_only_bears_the_name(found, use):
    assert use_of(found) is use


def test_the_postal_address_goes_before_the_one_where_people_come():
    box = PostedAddress(
        kind="Adresse postale", street="", box="BP 12", complements=("", ""), postcode="35 580", city="Baulon Cedex"
    )
    assert contact_of(office(addresses=(STREET, box))).address == Address(
        lines=("BP 12",), postcode="35580", city="Baulon Cedex"
    )


def test_the_lines_of_an_address_are_in_their_order_and_each_once():
    full = replace(STREET, complements=("Hôtel  de ville", "1 place de la Mairie"), box="CS 30001")
    contact = contact_of(office(addresses=(full,)))
    assert contact.address is not None
    assert contact.address.lines == ("Hôtel de ville", "1 place de la Mairie", "CS 30001")


def test_a_hamlet_without_streets_has_its_town_hall_for_a_line():
    contact = contact_of(office(addresses=(replace(STREET, street=""),)))
    assert contact.address == Address(lines=("Mairie",), postcode="35580", city="Baulon")


@pytest.mark.parametrize("broken", [{"postcode": "3558"}, {"city": ""}, {"street": "x" * 101}])
def test_an_address_that_no_letter_can_bear_is_said_and_not_taken(broken):
    contact = contact_of(office(addresses=(replace(STREET, **broken),), emails="mairie@exemple.invalid"))
    assert contact.address is None
    assert [code for code, _ in contact.remarks] == ["directory.address_unusable"]


@pytest.mark.parametrize(
    ("given", "phone"),
    [
        (("0299853333",), "02 99 85 33 33"),
        (("+33 2 99 85 33 33",), "02 99 85 33 33"),
        (("non communiqué", "02.99.85.33.33", "02 99 00 00 00"), "02 99 85 33 33"),
        (("3939",), "3939"),
        ((), ""),
    ],
)
def test_the_first_telephone_that_is_one_is_taken(given, phone):
    assert contact_of(office(phones=given)).phone == phone


@pytest.mark.parametrize(
    ("given", "email", "remarks"),
    [
        ("mairie@exemple.invalid", "mairie@exemple.invalid", []),
        (
            "mairie@exemple.invalid;accueil@exemple.invalid",
            "mairie@exemple.invalid",
            ["directory.other_emails"],
        ),
        ("https://exemple.invalid/x, mairie@exemple.invalid", "mairie@exemple.invalid", ["directory.other_emails"]),
        ("mairie@exemple.invalid ; mairie@exemple.invalid", "mairie@exemple.invalid", []),
        ("https://exemple.invalid/contact", "", ["directory.email_unusable"]),
        ("mairié@exemple.invalid", "", ["directory.email_unusable"]),
        ("", "", ["directory.no_email"]),
    ],
)
def test_the_first_mailbox_that_is_one_is_taken_and_the_others_are_said(given, email, remarks):
    contact = contact_of(office(emails=given))
    assert (contact.email, [code for code, _ in contact.remarks]) == (email, remarks)


HALL = OfficeContact(line=1, name="Mairie", address=PLACE, phone="02 99 85 33 33", email="mairie@exemple.invalid")
BODY = OfficeContact(line=2, name="Communauté de communes du Canut", address=PLACE, email="cc@exemple.invalid")


def test_what_is_empty_is_filled_and_what_is_typed_waits_to_be_chosen():
    known = replace(BAULON, email="ancienne@exemple.invalid", mayor_name="Mme Guérin")
    found = {each.field: (each.before, each.fills) for each in offers(known, HALL, None)}
    assert found == {
        SourcedField.ADDRESS: (None, True),
        SourcedField.PHONE: ("", True),
        SourcedField.EMAIL: ("ancienne@exemple.invalid", False),
    }


def test_the_same_thing_written_otherwise_is_no_difference():
    known = replace(
        BAULON,
        address=Address(lines=("1, PLACE de la mairie",), postcode="35580", city="BAULON"),
        phone="+33 2.99.85.33.33",
        email="Mairie@Exemple.invalid",
    )
    assert offers(known, HALL, None) == ()


def test_an_epci_is_offered_where_the_service_said_that_one_is_competent():
    assert not [each for each in offers(BAULON, None, BODY)]
    syndicate = replace(BAULON, authority_kind=AuthorityKind.SYNDICATE)
    assert offers(syndicate, None, BODY) == ()
    run = replace(BAULON, authority_kind=AuthorityKind.EPCI)
    assert {each.field: each.fills for each in offers(run, None, BODY)} == {
        SourcedField.AUTHORITY_NAME: True,
        SourcedField.AUTHORITY_ADDRESS: True,
        SourcedField.AUTHORITY_EMAIL: True,
    }


def test_an_epci_that_the_service_names_otherwise_fills_nothing():
    run = replace(BAULON, authority_kind=AuthorityKind.EPCI, authority_name="Vallons communauté")
    assert {each.fills for each in offers(run, None, BODY)} == {False}
    same = replace(run, authority_name="COMMUNAUTE DE COMMUNES DU CANUT")
    assert [each.field for each in offers(same, None, BODY) if each.fills] == [
        SourcedField.AUTHORITY_ADDRESS,
        SourcedField.AUTHORITY_EMAIL,
    ]


def test_what_is_taken_keeps_its_paternity_and_its_date_until_somebody_types():
    filled = taken(BAULON, offers(BAULON, HALL, None), ON)
    assert (filled.address, filled.source, filled.source_on) == (PLACE, PATERNITY, ON)
    assert filled.source_fields == ("address", "phone", "email")
    assert filled.mayor_name == ""
    corrected = typed_over(filled, replace(filled, phone="02 99 00 00 00"))
    assert (corrected.source_fields, corrected.source_on) == (("address", "email"), ON)
    emptied = typed_over(filled, replace(filled, phone="", email="", address=None))
    assert (emptied.source, emptied.source_on, emptied.source_fields) == ("", None, ())


def test_an_older_file_does_not_make_a_commune_older():
    filled = taken(BAULON, offers(BAULON, replace(HALL, email=""), None), ON)
    later = taken(filled, offers(filled, HALL, None), date(2025, 1, 1))
    assert (later.source_on, later.source_fields) == (ON, ("address", "phone", "email"))
    assert taken(filled, (), date(2027, 1, 1)) is filled


def test_the_date_of_a_file_is_its_newest_change_and_never_tomorrow():
    assert date_of_file(date(2026, 1, 15), ON) == date(2026, 1, 15)
    assert date_of_file(None, ON) == date_of_file(date(2027, 1, 1), ON) == ON

from __future__ import annotations

from tests.domain.cast import a_municipality, a_school, an_address

from materiel.domain.address import Address
from materiel.domain.papers.addressees import LINE_WIDTH, LINES_AT_WORST, envelope, notice_addressee, notice_copy
from materiel.domain.papers.document import Party
from materiel.domain.places.municipality import AuthorityKind
from materiel.domain.places.school import SchoolKind

EPCI = a_municipality(authority_kind=AuthorityKind.EPCI, authority_name="Communauté de communes des Vallons")


def test_the_notice_of_a_public_ecole_goes_to_the_mayor() -> None:
    addressee = notice_addressee(a_school(), a_municipality(address=an_address("1 place de la Mairie")))
    assert addressee.party is Party.MAYOR
    assert addressee.name == "Le maire de Baulon"
    assert addressee.lines == (
        "Mairie de Baulon",
        "À l'attention du maire",
        "1 place de la Mairie",
        "35580 BAULON",
    )


def test_the_notice_goes_to_the_mayor_even_when_an_epci_signs() -> None:
    assert notice_addressee(a_school(), EPCI).lines[0] == "Mairie de Baulon"


def test_the_epci_gets_a_copy() -> None:
    copy = notice_copy(a_school(), EPCI)
    assert copy is not None
    assert copy.name == "Communauté de communes des Vallons"


def test_a_commune_gets_no_copy() -> None:
    assert notice_copy(a_school(), a_municipality()) is None
    assert notice_copy(a_school(SchoolKind.EPLE), EPCI) is None


def test_the_notice_of_a_private_ecole_goes_to_its_head() -> None:
    ecole = a_school(SchoolKind.PRIVATE_UNDER_CONTRACT, name="École Notre-Dame", head_name="Yann Riou")
    addressee = notice_addressee(ecole, a_municipality())
    assert addressee.party is Party.HEAD_OF_SCHOOL
    assert addressee.lines[:2] == ("École Notre-Dame", "Yann Riou, chef d'établissement")


def test_an_unnamed_head_is_still_addressed() -> None:
    addressee = notice_addressee(a_school(SchoolKind.EPLE))
    assert addressee.name == "Le chef d'établissement"
    assert "À l'attention du chef d'établissement" in addressee.lines


def test_a_notice_in_an_arrondissement_goes_to_the_city() -> None:
    school = a_school(
        municipality_insee="75112",
        municipality_name="Paris 12e Arrondissement",
        address=an_address(postcode="75012", city="Paris"),
    )
    addressee = notice_addressee(school)
    assert addressee.lines[0] == "Mairie de Paris"
    assert addressee.lines[-1] == "75012 PARIS"


def test_a_long_address_fits_the_window_and_keeps_every_line_of_the_address() -> None:
    lines = envelope(
        "Regroupement pédagogique intercommunal de la vallée de la Vilaine et du Semnon réunis",
        "À l'attention du chef d'établissement",
        an_address("Bâtiment des Quatre-Vents", "Résidence du Parc", "12 bis rue des Genêts", "Lieu-dit Le Bourg"),
    )
    assert len(lines) == LINES_AT_WORST
    assert all(len(line) <= LINE_WIDTH for line in lines)
    streets = ("Bâtiment des Quatre-Vents", "Résidence du Parc", "12 bis rue des Genêts", "Lieu-dit Le Bourg")
    assert lines[2:] == (*streets, "35580 BAULON")


def test_words_are_shortened_only_in_a_line_that_is_too_long() -> None:
    short = envelope("École primaire", "À l'attention", an_address("3 avenue de la Gare"))
    assert "3 avenue de la Gare" in short
    long = envelope("École primaire", "À l'attention", an_address("3 avenue du Général Leclerc de Hauteclocque"))
    assert "3 avenue du GAL Leclerc de Hauteclocque" not in long
    assert "3 AV du GAL Leclerc de Hauteclocque" in long


def test_the_body_gives_way_before_a_street_does() -> None:
    body = "Syndicat intercommunal à vocation scolaire des communes du canton de Guichen et des environs"
    lines = envelope(body, "À l'attention du président", an_address("A", "B", "C", "Lieu-dit D"))
    assert lines[-5:] == ("A", "B", "C", "Lieu-dit D", "35580 BAULON")
    assert len(lines) == LINES_AT_WORST


def test_a_foreign_country_is_the_last_line_in_capitals() -> None:
    abroad = Address(
        lines=("Bâtiment B", "Résidence", "1 rue", "Lieu-dit"), postcode="1201", city="Genève", country="Suisse"
    )
    lines = envelope("Institut", "À l'attention du chef", abroad)
    assert lines[0] == "Institut"
    assert lines[1:] == ("Bâtiment B", "Résidence", "1 rue", "Lieu-dit", "1201 GENÈVE", "SUISSE")


def test_the_city_is_not_written_twice() -> None:
    lines = envelope("Collège", "À l'attention", an_address("6 rue Philippe", "35580 BAULON"))
    assert lines.count("35580 BAULON") == 1

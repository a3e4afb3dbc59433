import csv
import io
from pathlib import Path

import pytest

import materiel
from materiel.domain.language.identifiers import uai_letter
from materiel.errors import BadInput
from materiel.exchange.places.annuaire import LAYOUT, REQUIRED, AnnuaireRow
from materiel.exchange.reading import open_lines
from materiel.exchange.table import BadLine

ANNUAIRE = Path(materiel.__file__).parent / "demo_data" / "annuaire-education-35.csv"
UAI = "Identifiant_de_l_etablissement"


def real_rows(count=5):
    with ANNUAIRE.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, delimiter=";")
        return [row for row, _ in zip(reader, range(count), strict=False)]


def as_csv(rows, *, separator=";", encoding="utf-8-sig"):
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), delimiter=separator)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def read(content):
    with open_lines(content, LAYOUT) as rows:
        return list(rows)


def damaged(**changes):
    rows = real_rows()
    rows[1] = rows[1] | changes
    return read(as_csv(rows))[1]


def codes(row):
    return [code for code, _ in row.remarks]


def test_every_real_line_is_accepted():
    rows = read(ANNUAIRE)
    assert len(rows) == 996
    assert all(isinstance(row, AnnuaireRow) and not row.remarks for row in rows)


def test_a_real_line_keeps_its_values():
    row = read(ANNUAIRE)[0]
    assert (row.uai, row.name) == ("0350122T", "Ecole primaire publique les Lucioles")
    assert (row.municipality_insee, row.departement, row.academie) == ("35016", "035", "14")
    assert row.address.lines == ("6 rue PHILIPPE",)
    assert (row.address.postcode, row.address.city) == ("35580", "BAULON")


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_a_converted_file_gives_the_same_rows(separator, encoding):
    rows = real_rows(30)
    assert read(as_csv(rows, separator=separator, encoding=encoding)) == read(as_csv(rows))


def test_the_names_of_the_api_are_known():
    rows = [{key.lower().replace(" ", "_"): value for key, value in row.items()} for row in real_rows()]
    assert read(as_csv(rows)) == read(as_csv(real_rows()))


@pytest.mark.parametrize("column", REQUIRED)
def test_each_required_column_is_named_when_missing(column):
    rows = [
        {key: value for key, value in row.items() if key.lower().replace(" ", "_") != column} for row in real_rows()
    ]
    with pytest.raises(BadInput, match=column):
        read(as_csv(rows))


def test_a_wrong_letter_is_refused():
    row = damaged(**{UAI: "0350165A"})
    assert isinstance(row, BadLine)
    assert (row.number, row.code) == (3, "school.uai_invalid")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({UAI: ""}, "school.uai_missing"),
        ({"Nom_etablissement": " "}, "school.name_missing"),
        ({"Nom_etablissement": "x" * 301}, "school.field_too_long"),
        ({"Mail": "x" * 255}, "school.field_too_long"),
        ({"Code_commune": "ABCDE"}, "school.municipality_invalid"),
        ({"Code_commune": ""}, "school.municipality_invalid"),
        ({"Nom_commune": ""}, "school.municipality_missing"),
        ({"Code_departement": "Ille-et-Vilaine"}, "school.departement_invalid"),
        ({"Code_academie": "Rennes"}, "school.academie_invalid"),
    ],
)
def test_a_bad_field_refuses_its_line(changes, code):
    row = damaged(**changes)
    assert isinstance(row, BadLine)
    assert row.code == code


def test_a_lost_zero_is_given_back_and_told():
    row = damaged(**{UAI: "350165P"})
    assert row.uai == "0350165P"
    assert codes(row) == ["school.uai_zero_restored"]


def test_short_codes_are_padded_and_told():
    row = damaged(Code_departement="1", Code_academie="5", Code_commune="1004", **{"Code postal": "1500"})
    assert (row.departement, row.academie, row.municipality_insee) == ("001", "70", "01004")
    assert row.address.postcode == "01500"
    assert codes(row) == [
        "school.code_departement_padded",
        "school.code_academie_padded",
        "school.code_commune_padded",
        "school.code_postal_padded",
    ]


@pytest.mark.parametrize("siret", ["2,17003E+13", "2.17003E+13", "2E+13", "2,17003e+13"])
def test_a_destroyed_siret_is_left_aside_and_the_school_goes_in(siret):
    row = damaged(SIREN_SIRET=siret)
    assert row.uai == "0350165P"
    assert codes(row) == ["school.siret_mangled"]


def test_a_siret_with_a_wrong_key_is_told():
    assert codes(damaged(SIREN_SIRET="21350050700025")) == ["school.siret_invalid"]


def test_an_unusual_prefix_is_only_told():
    row = damaged(**{UAI: "9990001" + uai_letter("9990001")})
    assert codes(row) == ["school.uai_unusual"]


def test_corsica_keeps_its_letters():
    row = damaged(Code_departement="02A", Code_academie="27", Code_commune="2A004")
    assert (row.departement, row.municipality_insee) == ("02A", "2A004")


def test_the_sites_of_one_uai_are_known():
    rows = [row for row in read(ANNUAIRE) if row.is_one_of_several]
    assert sorted({row.uai for row in rows}) == ["0350778F", "0350852L", "0352072M"]
    assert sum(row.is_annexe for row in rows) == 2


@pytest.mark.parametrize("state", ["", "OUVERT", "A FERMER", "inconnu"])
def test_a_state_that_is_not_given_closes_nothing(state):
    assert damaged(etat=state).is_open is True


@pytest.mark.parametrize("state", ["FERME", "Fermé", "2"])
def test_a_closed_school_is_closed(state):
    assert damaged(etat=state).is_open is False


@pytest.mark.parametrize(
    ("published", "kept"),
    [("384958096", "0384958096"), ("3 84 95 80 96", "03 84 95 80 96"), ("0299000000", "0299000000"), ("3631", "3631")],
)
def test_the_zero_of_a_telephone_is_given_back(published, kept):
    row = damaged(Telephone=published)
    assert row.phone == kept
    assert ("school.telephone_padded" in codes(row)) == (published != kept)


def test_there_is_one_paris():
    row = damaged(Code_commune="75100", Nom_commune="Paris", Code_departement="075")
    assert row.municipality_insee == "75056"
    assert "school.code_commune_city" in codes(row)
    assert damaged(Code_commune="75102", Nom_commune="Paris 2e").municipality_insee == "75102"


def test_the_decimals_of_statistical_software_are_taken_off():
    row = damaged(
        Code_commune="35238.0",
        Code_departement="35.0",
        Code_academie="14.0",
        Telephone="299000000.0",
        **{"Code postal": "35000.0"},
    )
    assert isinstance(row, AnnuaireRow)
    assert (row.municipality_insee, row.departement, row.academie) == ("35238", "035", "14")
    assert (row.address.postcode, row.phone) == ("35000", "0299000000")

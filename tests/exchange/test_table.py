"""The header found among the first rows, columns by their other names, lines of a sheet and of a CSV."""

from __future__ import annotations

import pytest

from materiel.errors import BadInput
from materiel.exchange import inventory, item, pupil
from materiel.exchange.opening import table_of
from materiel.exchange.table import BadLine, Columns, TableLine

COLUMNS = Columns(
    required=("numero", "nom"),
    aliases={"n": "numero", "libelle": "nom", "objet": "nom"},
    headings={"numero": "Numéro"},
    read={"numero", "nom"},
)


def table(*rows: list[str], is_square: bool = True):
    return table_of(enumerate(rows, 1), COLUMNS, total=len(rows), is_square=is_square)


def test_what_is_written_above_the_header_is_passed_over() -> None:
    found = table(["Inventaire 2026"], [], ["Mis à jour le", "20/11/2026"], ["Numéro", "Nom"], ["1", "Loupe"])
    assert [(line.number, line.get("nom")) for line in found.lines if isinstance(line, TableLine)] == [(5, "Loupe")]


def test_a_row_of_groups_is_no_header() -> None:
    groups, titles = ["MATÉRIEL", "", "", "ÉLÈVE", ""], ["Code", "Marque", "Modèle", "NOM élève", "Prénom"]
    rows = enumerate([groups, titles, ["1", "X", "Y", "Z", "T"]], 1)
    with pytest.raises(BadInput) as refusal:
        table_of(rows, item.LAYOUT.columns, total=3, is_square=True)
    assert refusal.value.facts["titles"] == titles


def test_a_header_too_far_down_is_not_looked_for() -> None:
    with pytest.raises(BadInput) as refusal:
        table(*(["titre"] for _ in range(20)), ["Numéro", "Nom"])
    assert refusal.value.code == "import.missing_column"


def test_the_row_nearest_to_a_header_tells_what_is_missing() -> None:
    with pytest.raises(BadInput) as refusal:
        table(["Titre"], ["Libellé", "Prix"])
    assert refusal.value.facts == {"columns": ["Numéro"], "titles": ["Libellé", "Prix"], "guessed": {}}


def test_nothing_is_no_table() -> None:
    with pytest.raises(BadInput) as refusal:
        table([], ["", " "])
    assert refusal.value.code == "import.empty"


@pytest.mark.parametrize(
    ("header", "names"),
    [
        (["N°", "Libellé"], ["numero", "nom"]),
        (["N°", "Numéro", "Nom", "Objet"], ["n", "numero", "nom", "objet"]),
        (["Objet", "Numéro", "Libellé"], ["objet", "numero", "nom"]),
    ],
    ids=["other names", "the name itself comes first", "then the alias listed first"],
)
def test_a_column_is_known_by_its_other_names(header: list[str], names: list[str]) -> None:
    assert COLUMNS.names(header) == names


def test_the_name_of_a_school_does_not_hide_its_code() -> None:
    header = ["Nom", "Prénom", "Né(e) le", "Établissement", "Code UAI", "Adresse", "CP", "Ville"]
    assert pupil.LAYOUT.columns.missing(header) == []
    assert pupil.LAYOUT.columns.names(header)[3:5] == ["etablissement", "uai"]


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("Nom du responsable 1", "responsable_1_nom"),
        ("Prénom du représentant légal 2", "responsable_2_prenom"),
        ("Responsable téléphone", "responsable_1_telephone"),
        ("Parent 2 e-mail", "responsable_2_courriel"),
        ("Responsable_2_domicile", "responsable_2_domicile"),
        ("Courriel de l'élève", "courriel_eleve"),
        ("Mail élève", "courriel_eleve"),
        ("Portable de l'élève", "telephone_eleve"),
    ],
)
def test_the_people_are_known_by_the_usual_headings(heading: str, name: str) -> None:
    assert pupil.LAYOUT.columns.names([heading]) == [name]


def test_every_heading_of_the_models_is_read() -> None:
    for layout, headings in ((item.LAYOUT, item.MODEL), (pupil.LAYOUT, pupil.MODEL)):
        assert layout.columns.missing(headings) == []
        assert layout.columns.ignored(headings) == ()


def test_columns_that_nothing_reads_are_told_but_the_errors_given_back() -> None:
    assert table(["Numéro", "Nom", "Observations", "", "Erreur"]).ignored == ("Observations",)


def test_a_row_of_a_sheet_has_the_length_of_its_header() -> None:
    lines = list(table(["Numéro", "Nom"], ["1"], ["2", "Loupe", "note"]).lines)
    assert [line.get("nom") for line in lines if isinstance(line, TableLine)] == ["", "Loupe"]


def test_a_row_of_a_csv_that_says_more_is_refused() -> None:
    lines = list(table(["Numéro", "Nom"], ["1", "Loupe", "note"], ["2", "Loupe"], ["3"], is_square=False).lines)
    assert [isinstance(line, BadLine) for line in lines] == [True, False, False]


def test_a_column_is_what_somebody_said() -> None:
    columns = Columns(required=("numero",), aliases={"code": "numero"}, chosen={"ref": "numero", "nom": ""})
    assert columns.names(["Code", "Réf.", "Nom", "Marque"]) == ["", "numero", "", "marque"]
    assert columns.names(["Code", "Marque"]) == ["numero", "marque"]


def test_the_titles_of_ocs_inventory_are_known() -> None:
    titles = ["TAG", "Dernier inventaire", "NAME", "Utilisateur connecté", "Fabricant", "Modèle", "Numéro de série"]
    names = item.LAYOUT.columns.names(titles)
    assert names[::2] == ["inventory_number", "designation", "brand", "serial_number"]
    assert item.LAYOUT.columns.ignored(titles) == ("Dernier inventaire", "Utilisateur connecté")
    assert item.LAYOUT.columns.names(["ASSETTAG", "TAG", "Machine"]) == ["inventory_number", "tag", "designation"]


def test_the_titles_of_gemah_are_known() -> None:
    """Its table of equipment has no number of an inventory: the page asks which column stands for it."""
    equipment = ["id", "numero_serie", "marque", "modele", "prix_ttc", "date_facture", "date_service_fait", "date_pret"]
    names = item.LAYOUT.columns.names(equipment)
    assert names[1:6] == ["serial_number", "brand", "model", "purchase_price_cents", "acquired_on"]
    assert item.LAYOUT.columns.missing(equipment) == ["inventory_number", "designation"]
    assert inventory.LAYOUT.columns.names(equipment)[-1] == "remis_le"
    pupils = ["id", "etablissement_id", "nom", "prenom", "date de naissance", "date de rendu definitive"]
    assert pupil.LAYOUT.columns.names(pupils)[1:5] == ["uai", "nom", "prenom", "date_de_naissance"]
    assert inventory.LAYOUT.columns.names(pupils)[-1] == "rendu_le"

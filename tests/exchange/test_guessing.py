"""Columns whose titles say nothing, told by their cells: alone, and never from a few."""

from __future__ import annotations

import pytest

from materiel.exchange import item, pupil
from materiel.exchange.opening import table_of
from materiel.exchange.table import TableLayout


def guessed(layout: TableLayout, text: str) -> dict[str, str]:
    """The guesses of a table: title to field."""
    rows = [line.split(";") for line in text.splitlines()]
    table = table_of(enumerate(rows, 1), layout.columns, total=len(rows), is_square=True)
    return {each.title: each.name for each in table.columns if each.is_guessed}


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("Code;Désignation\nINV-1;a\nINV-2;b\nINV-3;c", {"Code": "inventory_number"}),
        (";Désignation\n350001;a\n350002;b\n350003;c", {"Colonne A": "inventory_number"}),
        (
            "N° inventaire;Désignation;Champ 1;Champ 2\n1;a;12/01/2024;349,00\n2;b;;12 €\n"
            "3;c;2024-02-01;1 200,50\n4;d;1/3/23;",
            {"Champ 1": "acquired_on", "Champ 2": "purchase_price_cents"},
        ),
    ],
)
def test_the_columns_of_items_are_told_by_their_cells(table: str, told: dict[str, str]) -> None:
    assert guessed(item.LAYOUT, table) == told


@pytest.mark.parametrize(
    "table",
    [
        "N° inventaire;Désignation;Divers\n1;a;12/01/2024\n2;b;12/02/2024\n3;c;",  # Two cells are too few.
        "N° inventaire;Désignation;Divers\n1;a;12/01/2024\n2;b;12/02/2024\n3;c;x",  # Not all of them are dates.
        # Two columns of dates.
        "N° inventaire;Désignation;Col 1;Col 2\n1;a;1/1/24;1/1/24\n2;b;2/1/24;1/1/24\n3;c;3/1/24;2/1/24",
        "N° inventaire;Désignation;Achat;Col 1\n1;a;;1/1/24\n2;b;;1/1/24\n3;c;;2/1/24",  # Another has the field.
        "N° inventaire;Désignation;Fin de garantie\n1;a;1/1/24\n2;b;1/1/24\n3;c;2/1/24",  # The title says something.
        "N° inventaire;Désignation;Divers;Divers\n1;a;1/1/24;x\n2;b;1/1/24;y\n3;c;2/1/24;z",  # One title, two columns.
        "N° inventaire;Désignation;Code\n1;a;A1\n2;b;A1\n3;c;A2",
    ],
)
def test_nothing_is_guessed_where_there_is_a_doubt(table: str) -> None:
    assert guessed(item.LAYOUT, table) == {}


def test_the_columns_of_pupils_are_told_by_their_cells() -> None:
    lines = (
        f"Nom{n};Ana;0{n}/03/2015;0350122T;M. et Mme NOM{n};3558{n};06 12 34 56 7{n};a{n}@exemple.fr;x"
        for n in (1, 2, 3)
    )
    table = "Nom;Prénom;Date;Étab.;Foyer;Col 1;Col 2;Contact;Col 3\n" + "\n".join(lines)
    assert guessed(pupil.LAYOUT, table) == {
        "Date": "date_de_naissance",
        "Étab.": "uai",
        "Foyer": "responsable_1_nom_complet",
        "Col 1": "code_postal_1",
        "Col 2": "responsable_1_telephone",
        "Contact": "responsable_1_courriel",
    }

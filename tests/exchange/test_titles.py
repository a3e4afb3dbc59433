from __future__ import annotations

import pytest

from materiel.exchange.titles import holds_data


@pytest.mark.parametrize(
    "header",
    [
        "Code;Genre;Lieu",
        "Nom;Prénom;Né(e) le;UAI",
        "NOM Prénom de l’élève;Naissance",
        "Situation au 31/12/2025;Parc 2026;2024",
        "Mme ou M. le responsable;Tél MAMAN;RAS",
        "Code UAI;Prix TTC;N° INV;Windows 11",
    ],
)
def test_titles_are_titles(header: str) -> None:
    assert not holds_data(header.split(";"))


@pytest.mark.parametrize(
    "title",
    [
        *("04/03/2015", "2015-03-04", "anne@exemple.fr", "06 12 34 56 78", "35580", "35-2026-00100", "0350122T"),
        *("MORVAN Anne", "M. et Mme LE GOFF", "Mme Morvan", "Zoé LE BERRE"),
    ],
)
def test_a_line_of_data_is_no_header(title: str) -> None:
    assert holds_data(["Remarque", title])

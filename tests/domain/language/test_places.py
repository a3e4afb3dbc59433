"""« À » and « de » before the name of a commune, as INSEE writes them."""

import csv
import json
import os
from pathlib import Path

import pytest

from materiel.domain.language.french import at_place, liaison, of_place

SAMPLE = Path(__file__).with_name("communes.csv")
WHOLE = os.environ.get("MATERIEL_TEST_COMMUNES", "")
"""`communes.json` of `@etalab/decoupage-administratif`, where it is at hand: every commune is then tried."""


def typed_communes():
    with SAMPLE.open(encoding="utf-8", newline="") as file:
        yield from ((row["code"], row["nom"], int(row["type"])) for row in csv.DictReader(file, delimiter=";"))
    if WHOLE:
        for each in json.loads(Path(WHOLE).read_text(encoding="utf-8")):
            if each.get("typeLiaison") is not None and each["nom"] != "Le Vernet-Chaméane":
                yield each["code"], each["nom"], each["typeLiaison"]


def test_every_commune_has_the_type_that_insee_gives_it():
    tried = list(typed_communes())
    assert len(tried) >= 1_483
    assert [(code, name) for code, name, kind in tried if liaison(name, code) != kind] == []


def test_without_a_code_homonyms_alone_may_be_wrong():
    wrong = {name for _, name, kind in typed_communes() if liaison(name) != kind}
    assert wrong <= {
        *("Halloy", "Haraucourt", "Hargnies", "Harricourt", "Hauterive", "Hauteroche", "Hauteville", "Herly"),
        *("Heuqueville", "Homps", "Houssay"),
    }


@pytest.mark.parametrize(
    ("name", "of_name", "at_name"),
    [
        ("Baulon", "de Baulon", "à Baulon"),
        ("Acigné", "d'Acigné", "à Acigné"),
        ("Étrelles", "d'Étrelles", "à Étrelles"),
        ("Le Rheu", "du Rheu", "au Rheu"),
        ("Les Iffs", "des Iffs", "aux Iffs"),
        ("Les Abymes", "des Abymes", "aux Abymes"),
        ("La Chapelle-Bouëxic", "de La Chapelle-Bouëxic", "à La Chapelle-Bouëxic"),
        ("L'Hermitage", "de L'Hermitage", "à L'Hermitage"),
        ("L’Hermitage", "de L’Hermitage", "à L’Hermitage"),
        ("Lestre", "de Lestre", "à Lestre"),
        ("Hédé-Bazouges", "de Hédé-Bazouges", "à Hédé-Bazouges"),
        ("HEDE BAZOUGES", "de HEDE BAZOUGES", "à HEDE BAZOUGES"),
        ("Hyères", "d'Hyères", "à Hyères"),
        ("Yutz", "d'Yutz", "à Yutz"),
        ("Yerres", "d'Yerres", "à Yerres"),
        ("Œuilly", "d'Œuilly", "à Œuilly"),
        ("Aux Marais", "des Marais", "aux Marais"),
        ("Le Vernet-Chaméane", "du Vernet-Chaméane", "au Vernet-Chaméane"),
    ],
)
def test_of_a_commune_and_at_it(name: str, of_name: str, at_name: str) -> None:
    assert (of_place(name), at_place(name)) == (of_name, at_name)


@pytest.mark.parametrize(
    ("code", "of_name"), [("73133", "d'Hauteville"), ("02376", "de Hauteville"), ("", "d'Hauteville")]
)
def test_homonyms_are_told_by_their_code(code: str, of_name: str) -> None:
    assert of_place("Hauteville", code) == of_name

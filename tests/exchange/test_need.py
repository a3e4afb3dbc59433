"""The table of needs: what its columns are called, and what a line says."""

from __future__ import annotations

from datetime import date

import pytest

from materiel.domain.circuit.need import NeedKind
from materiel.domain.item.family import ItemFamily
from materiel.domain.usage import BasisKind
from materiel.exchange.need import CHOICES, LAYOUT, MODEL, NeedTold
from materiel.exchange.table import BadLine, TableLine


def read(**cells: str) -> NeedTold | BadLine:
    known = {"nom": "Exemple", "prenom": "Zoé", "besoin": "Loupe", "notification_du": "01/06/2026"}
    return LAYOUT.read(TableLine(2, {name: cell for name, cell in (known | cells).items() if cell}))


def told(**cells: str) -> NeedTold:
    found = read(**cells)
    assert isinstance(found, NeedTold), found
    return found


@pytest.mark.parametrize(
    ("titles", "names"),
    [
        (MODEL, [*list(CHOICES)[: len(MODEL)]]),
        (("NOM élève", "Prénom élève", "Né(e) le"), ["nom", "prenom", "date_de_naissance"]),
        (
            ("Matériel préconisé", "Date de notif", "Fin de notification"),
            ["besoin", "notification_du", "fin_notification"],
        ),
        (("Décision", "Décision du", "Type"), ["besoin", "notification_du", "nature"]),
        (("Bénéficiaire", "N° notification", "RNE"), ["eleve", "numero_notification", "uai"]),
    ],
)
def test_usual_titles_are_known(titles: tuple[str, ...], names: list[str]) -> None:
    assert LAYOUT.columns.names(titles) == names


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("", NeedKind.NEED),
        ("besoin", NeedKind.NEED),
        ("ESSAI", NeedKind.TRIAL),
        ("essai de 6 semaines", NeedKind.TRIAL),
    ],
)
def test_a_trial_is_told_by_its_word(cell: str, kind: NeedKind) -> None:
    assert told(nature=cell).kind is kind


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("", None),
        ("Notification MDPH", BasisKind.CDAPH),
        ("demande du PAS", BasisKind.PAS),
        ("PAP", BasisKind.PAP),
        ("Autre", BasisKind.OTHER),
        ("Autre décision", BasisKind.OTHER),
    ],
)
def test_what_it_rests_on_is_told_by_its_word(cell: str, kind: BasisKind | None) -> None:
    assert told(fondement=cell).basis_kind is kind


def test_what_a_need_may_do_without_is_set_aside() -> None:
    line = told(famille="tablette", categorie="10 pouces", fin_notification="31/06/2028", eleve="Autre Nom")
    assert (line.family, line.category, line.notified_on) == (ItemFamily.TABLET, "10 pouces", date(2026, 6, 1))
    assert [each.column for each in line.set_aside] == ["eleve", "fin_notification"]


def test_a_line_without_its_words_or_its_day_is_none() -> None:
    for cells in ({"besoin": ""}, {"notification_du": ""}, {"nature": "location"}):
        found = read(**cells)
        assert isinstance(found, BadLine)
        assert found.code == "need.unreadable"

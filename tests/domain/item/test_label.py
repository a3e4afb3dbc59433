"""The address on a label and the name that strangers read."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from materiel.domain.accounts.service import ManagingService, ServiceKind
from materiel.domain.address import Address
from materiel.domain.item.label import LONGEST_ADDRESS, label_address, name_for_strangers
from materiel.errors import RuleBroken
from materiel.settings import LABEL_SUFFIX, LONGEST_LABEL_URL

CODE = "0123456789ABC"
SERVICE = ManagingService(
    id=UUID(int=1),
    code="DSDEN35",
    name="DSDEN d'Ille-et-Vilaine",
    kind=ServiceKind.DSDEN,
    academie="14",
    departement="035",
    address=Address(lines=("1 quai Dujardin",), postcode="35000", city="Rennes"),
)


def test_the_address_is_upper_case():
    address = label_address("https://materiel.ac-exemple.fr", CODE)
    assert address == "HTTPS://MATERIEL.AC-EXEMPLE.FR/Q/0123456789ABC"


def test_a_final_slash_is_not_doubled():
    assert label_address("http://127.0.0.1:8000/", CODE) == "HTTP://127.0.0.1:8000/Q/0123456789ABC"


def test_the_settings_accept_what_a_label_holds():
    assert LONGEST_LABEL_URL == LONGEST_ADDRESS
    base = "https://" + "a" * (LONGEST_LABEL_URL - LABEL_SUFFIX - len("https://"))
    assert len(label_address(base, CODE)) == LONGEST_ADDRESS


def test_an_address_too_long_is_refused_with_its_limit():
    with pytest.raises(RuleBroken, match=r"compte 32 caractères.* en admet 31") as refusal:
        label_address("https://" + "a" * 24, CODE)
    assert refusal.value.code == "label.address_too_long"


@pytest.mark.parametrize("base", ["https://prêt.example.fr", "https://a_b.fr", "ftp://a.fr", "https://"])
def test_an_address_that_no_code_packs_is_refused(base):
    with pytest.raises(RuleBroken) as refusal:
        label_address(base, CODE)
    assert refusal.value.code == "label.address_not_printable"


@pytest.mark.parametrize(
    "name",
    [
        "DSDEN 35 – Matériel pédagogique adapté",
        "Pôle ASH d'Ille-et-Vilaine",
        "Cellule MPA",
        "Service de l'école inclusive",
        "HANDICAP et scolarité",
        "Coordination de l'Adaptation scolaire",
    ],
)
def test_a_name_that_tells_of_a_disability_gives_way_to_the_kind(name):
    assert name_for_strangers(replace(SERVICE, name=name)) == ServiceKind.DSDEN.label


@pytest.mark.parametrize("name", ["DSDEN du Pas-de-Calais", "Rectorat de Paris", "DSDEN du Nord, bureau B 12"])
def test_an_ordinary_name_is_kept(name):
    assert name_for_strangers(replace(SERVICE, name=name)) == name

"""The administration's directory is read in every form in which it is given, one record at a time."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pytest

from materiel.domain.places.directory import Pivot, PostedAddress, PublicOffice
from materiel.errors import BadInput
from materiel.exchange import json_records as records
from materiel.exchange.places.directory import check_beginning, reading_offices
from materiel.exchange.table import BadLine

BAULON: dict[str, Any] = {
    "id": "a",
    "nom": "Mairie - Baulon",
    "code_insee_commune": "35016",
    "pivot": [{"type_service_local": "mairie", "code_insee_commune": ["35016"]}],
    "adresse": [
        {
            "type_adresse": "Adresse",
            "complement1": "Hôtel de ville",
            "complement2": "",
            "numero_voie": "1 place « de la » Mairie, {bis}",
            "service_distribution": "",
            "code_postal": "35580",
            "nom_commune": "Baulon",
        }
    ],
    "telephone": [{"valeur": "02 99 85 33 33", "description": ""}],
    "adresse_courriel": "mairie@exemple.invalid;accueil@exemple.invalid",
    "date_modification": "15/01/2026 10:11:12",
}
OTHER = {"nom": "CPAM", "pivot": [{"type_service_local": "cpam"}], "date_modification": "2026-02-01T08:00:00+01:00"}
LISTS = ("pivot", "adresse", "telephone")


def as_texts(record: Mapping[str, Any]) -> dict[str, Any]:
    return {key: json.dumps(value, ensure_ascii=False) if key in LISTS else value for key, value in record.items()}


def as_csv(*given: Mapping[str, Any], separator: str = ";") -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(BAULON), delimiter=separator, restval="")
    writer.writeheader()
    writer.writerows(as_texts(each) for each in given)
    return text.getvalue().encode("utf-8-sig")


async def read(data: bytes) -> Sequence[PublicOffice | BadLine]:
    async with reading_offices(data) as offices:
        found = []
        while some := offices.take(2):
            found += some
        assert offices.done <= max(offices.total, len(found))
    return found


BOTH = [as_texts(BAULON), as_texts(OTHER)]
FORMS = {
    "list": json.dumps([BAULON, OTHER]).encode(),
    "texts": json.dumps(BOTH, ensure_ascii=False).encode(),
    "api": json.dumps({"total_count": 2, "results": BOTH}).encode(),
    "dila": json.dumps({"service": [BAULON, OTHER]}, indent=2).encode("utf-8-sig"),
    "lines": b"\n".join(json.dumps(each).encode() for each in BOTH) + b"\n",
    "csv": as_csv(BAULON, OTHER),
    "commas": as_csv(BAULON, OTHER, separator=","),
}


@pytest.mark.parametrize("form", FORMS)
async def test_every_form_says_the_same(form):
    hall, other = await read(FORMS[form])
    assert isinstance(hall, PublicOffice)
    assert isinstance(other, PublicOffice)
    assert (hall.name, hall.pivots) == ("Mairie - Baulon", (Pivot("mairie", ("35016",)),))
    assert hall.addresses == (
        PostedAddress(
            kind="Adresse",
            street="1 place « de la » Mairie, {bis}",
            complements=("Hôtel de ville", ""),
            postcode="35580",
            city="Baulon",
        ),
    )
    assert (hall.phones, hall.modified_on) == (("02 99 85 33 33",), date(2026, 1, 15))
    assert hall.emails == "mairie@exemple.invalid;accueil@exemple.invalid"
    assert (other.name, other.pivots, other.modified_on) == ("", (), date(2026, 2, 1))


@pytest.mark.parametrize("form", ["list", "api", "dila", "lines", "texts"])
async def test_a_record_may_lie_over_any_number_of_pieces(form, monkeypatch):
    whole = await read(FORMS[form])
    for size in (1, 7, 64):
        monkeypatch.setattr(records, "PIECE", size)
        assert await read(FORMS[form]) == whole


@pytest.mark.parametrize("data", [b"[]", b'{"results": []}', b'{"total_count": 0, "results": []}'])
async def test_an_empty_list_is_no_fault(data):
    assert await read(data) == []


@pytest.mark.parametrize(
    "data",
    [
        FORMS["list"][:-1],
        FORMS["list"][:-40],
        FORMS["api"][: len(FORMS["api"]) // 2],
        b'[{"nom": "Mairie" "pivot": []}]',
        b"[{'nom': 1}]",
        b"[" * 100_000,
        b'[{"nom": "Mairie\xff"}]',
    ],
)
async def test_a_file_that_is_cut_or_broken_is_refused(data):
    with pytest.raises(BadInput) as refusal:
        await read(data)
    assert refusal.value.code == "import.json_broken"


async def test_one_object_never_fills_the_memory(monkeypatch):
    monkeypatch.setattr(records, "LONGEST", 1_000)
    monkeypatch.setattr(records, "PIECE", 400)
    with pytest.raises(BadInput, match="fiche 1"):
        await read(b'[{"nom": "' + b"x" * 5_000)


@pytest.mark.parametrize(
    "spoilt",
    [
        {"pivot": "[{"},
        {"adresse": '"1 place"'},
        {"telephone": "[" * 5_000},
        {"pivot": json.dumps(["mairie"])},
    ],
)
async def test_a_record_with_a_broken_list_is_said_and_the_next_is_read(spoilt):
    bad, good = await read(json.dumps([as_texts(BAULON) | spoilt, OTHER]).encode())
    assert isinstance(bad, BadLine)
    assert (bad.number, bad.code) == (1, "directory.unreadable")
    assert isinstance(good, PublicOffice)


async def test_what_is_no_record_and_odd_values_do_no_harm():
    odd = as_texts(BAULON) | {"nom": None, "adresse_courriel": ["a@exemple.invalid"], "date_modification": "hier"}
    halves = as_texts(BAULON) | {"nom": "Mairie \ud83d", "telephone": "", "adresse": None}
    number, first, second = await read(json.dumps([3, odd, halves]).encode())
    assert isinstance(number, BadLine)
    assert isinstance(first, PublicOffice)
    assert (first.name, first.emails, first.modified_on) == ("", "a@exemple.invalid", None)
    assert isinstance(second, PublicOffice)
    assert (second.name, second.phones, second.addresses) == ("Mairie ?", (), ())


def test_a_json_of_something_else_is_told_before_anybody_waits():
    assert check_beginning(FORMS["api"])
    assert not check_beginning(FORMS["csv"])
    for data in (b'[{"uai": "0350122T"}]', b"[]", b"[3]"):
        with pytest.raises(BadInput) as refusal:
            check_beginning(data)
        assert refusal.value.code == "import.not_directory"

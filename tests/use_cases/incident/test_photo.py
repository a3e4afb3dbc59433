"""Photographs of items: kept once, with the loan of the time, erased with it; what cannot be kept is refused."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from PIL import Image
from tests.use_cases.loan_cast import BRAILLE, LAPTOP, MANAGER, NOW, READER, STRANGER, a_draft, set_up

from materiel.domain.incident.incident import IncidentKind
from materiel.domain.incident.photo import PhotoOccasion
from materiel.errors import BadInput, NotFound, PermissionDenied
from materiel.scans import picture
from materiel.scans.picture import Unshowable, shown
from materiel.store.engine.database import fetch
from materiel.use_cases.incident.incident import RecordIncident, record_incident
from materiel.use_cases.incident.photo import AddPhotos, add_photos, photos_of_item, read_photo, remove_photo

TODAY = MANAGER.civil_date(NOW)


@pytest.fixture(autouse=True)
async def cast(db):
    await set_up()


def a_photo(grey=90, size=(640, 480)):
    file = io.BytesIO()
    Image.new("RGB", size, (grey, grey, grey)).save(file, "JPEG")
    return file.getvalue()


def command(*files, **changes):
    given = {"item_id": LAPTOP, "occasion": PhotoOccasion.RETURN, "taken_on": TODAY}
    return AddPhotos(**given | {"files": files or (a_photo(),)} | changes)


async def refused(asked, kind=BadInput, actor=MANAGER):
    with pytest.raises(kind) as refusal:
        await add_photos(asked, actor=actor, now=NOW)
    return refusal.value.code


async def test_a_photograph_is_kept_once_with_the_loan_of_the_time():
    loan_id = await a_draft(items=(LAPTOP,))
    assert await add_photos(command(a_photo(1), a_photo(1), a_photo(2)), actor=MANAGER, now=NOW) == 2
    assert await add_photos(command(a_photo(2)), actor=MANAGER, now=NOW) == 0
    kept = await photos_of_item(LAPTOP, actor=READER)
    assert {photo.loan_id for photo in kept} == {loan_id}
    small = await read_photo(LAPTOP, kept[0].id, actor=READER, small=True)
    assert max(Image.open(io.BytesIO(small)).size) <= 320
    await remove_photo(LAPTOP, kept[0].id, actor=MANAGER, now=NOW)
    assert len(await photos_of_item(LAPTOP, actor=READER)) == 1
    actions = {row["action"] for row in await fetch("SELECT action FROM journal")}
    assert {"item.photographed", "item.photo_removed"} <= actions


async def test_what_cannot_be_kept_is_refused():
    assert await refused(command(*[a_photo(grey) for grey in range(11)])) == "photo.too_many"
    assert await refused(command(b"\xff\xd8\xff" + bytes(20_000_001))) == "photo.too_large"
    assert await refused(command(b"\xff\xd8\xff nothing")) == "photo.unreadable"
    assert await refused(command(taken_on=TODAY + timedelta(days=1))) == "photo.in_future"
    told = RecordIncident(item_id=BRAILLE, kind=IncidentKind.BREAKDOWN, description="Plus d'image")
    incident = await record_incident(told, actor=MANAGER, now=NOW)
    assert await refused(command(incident_id=incident.id)) == "photo.other_item"
    assert await refused(command(), PermissionDenied, READER) == "actor.forbidden"
    assert await refused(command(), NotFound, STRANGER) == "item.not_found"


async def test_another_services_photograph_is_not_found():
    await add_photos(command(), actor=MANAGER, now=NOW)
    (photo,) = await photos_of_item(LAPTOP, actor=MANAGER)
    for act in (
        read_photo(LAPTOP, photo.id, actor=STRANGER),
        remove_photo(LAPTOP, photo.id, actor=STRANGER, now=NOW),
        read_photo(BRAILLE, photo.id, actor=MANAGER),
    ):
        with pytest.raises(NotFound) as refusal:
            await act
        assert refusal.value.code == "photo.not_found"


def test_an_image_of_too_many_points_is_not_opened(monkeypatch):
    monkeypatch.setattr(picture, "MOST_PIXELS", 1_000)
    with pytest.raises(Unshowable) as refusal:
        shown(a_photo())
    assert str(refusal.value) == "photo.too_large"

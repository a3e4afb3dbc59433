"""A hand-over and a return side by side; what a family says, kept as it says it, read, exported."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from tests.documents.gate import faults, reading_text
from tests.stage import condition_cast as scene
from tests.stage import family_cast
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast

from materiel.domain.circuit.condition.outline import ItemView
from materiel.domain.circuit.condition.remark import MOST_REMARKS, ConditionRemark
from materiel.domain.circuit.condition.state import ConditionMoment
from materiel.domain.desk.dashboard import Concern
from materiel.domain.links.access_link import FamilyPerson
from materiel.errors import BadInput, Conflict, NotFound, PermissionDenied, RuleBroken
from materiel.use_cases.circuit.condition.comparing import draw_comparison, read_comparison, read_remarks
from materiel.use_cases.circuit.condition.noting import PictureCondition, picture_condition
from materiel.use_cases.desk.today import things_of
from materiel.use_cases.incident.photo import remove_photo
from materiel.use_cases.loan.sheet import read_loan_sheet
from materiel.use_cases.people.export import ExportPerson, export_person
from materiel.use_cases.visitors.condition import (
    SayCondition,
    remarkable_item,
    remarkable_items,
    say_condition,
)

SAID = SayCondition(moment=ConditionMoment.HANDOVER, text="La charnière grince, Noé l'a vu", files=())


@pytest.fixture(autouse=True)
async def _cast(db: object) -> None:
    await family_cast.set_up()


async def say(person: FamilyPerson, loan_id: UUID, **changes: object) -> ConditionRemark:
    command = replace(SAID, **changes)  # type: ignore[arg-type]
    return await say_condition(command, loan_id=loan_id, item_id=cast.LAPTOP, person=person, now=cast.NOW)


async def pictured(state_id: UUID, caption: str, view: ItemView | None) -> None:
    command = PictureCondition(
        item_id=cast.LAPTOP, state_id=state_id, files=(scene.a_photo((len(caption), 9, 9)),), caption=caption, view=view
    )
    await picture_condition(command, actor=cast.MANAGER, now=cast.NOW)


async def a_whole_loan() -> UUID:
    """Both ends noted and pictured, a remark of the mother."""
    loan_id = await scene.handed_over()
    out = await scene.noted(loan_id, ConditionMoment.HANDOVER, scene.SCRATCH)
    await pictured(out.id, "Le dessus avant", ItemView.FRONT)
    await scene.given_back(loan_id)
    back = await scene.noted(loan_id, ConditionMoment.RETURN, scene.SCRATCH, scene.DENT)
    await pictured(back.id, "Le dessus après", ItemView.FRONT)
    await pictured(back.id, "De loin", None)
    await say(await scene.a_parent(), loan_id, moment=ConditionMoment.RETURN, files=(scene.a_photo((9, 9, 9)),))
    return loan_id


async def test_both_ends_stand_side_by_side_and_the_new_is_told_first() -> None:
    loan_id = await a_whole_loan()
    found = await read_comparison(loan_id, cast.LAPTOP, actor=cast.READER, now=cast.NOW)
    assert found.difference.sentences[0] == "Nouveau depuis la remise : choc, devant, en haut à gauche (au coin)."
    assert [(pair.title, len(pair.out), len(pair.back)) for pair in found.pairs] == [
        ("Devant", 1, 1),
        ("Autres photos", 0, 1),
    ]
    (told,) = found.back.remarks
    assert (told.remark.text, len(told.photos), found.unread, found.out.remarks) == (SAID.text, 1, 1, ())
    with refused(NotFound, "loan.not_found"):
        await read_comparison(loan_id, cast.LAPTOP, actor=cast.STRANGER, now=cast.NOW)
    with refused(NotFound, "loan.unknown_item"):
        await read_comparison(loan_id, cast.SPARE, actor=cast.READER, now=cast.NOW)


async def test_the_pdf_is_accessible_and_shows_the_photographs() -> None:
    loan_id = await a_whole_loan()
    pdf = await draw_comparison(loan_id, cast.LAPTOP, actor=cast.READER, now=cast.NOW)
    assert faults(pdf) == []
    text = " ".join(reading_text(pdf))
    for words in ("Ce qui diffère", "choc, devant", "Le dessus avant", "Le dessus après", "charnière grince"):
        assert words in text
    assert pdf.count(b"/DCTDecode") == 4
    assert "Exemple" not in text
    bare = await scene.noted(None, ConditionMoment.OTHER)
    assert bare.loan_id is None


async def test_a_remark_waits_for_a_reading_and_never_changes() -> None:
    loan_id = await a_whole_loan()
    listed = await things_of(Concern.REMARKS, actor=cast.MANAGER, now=cast.NOW, limit=10)
    assert [each.loan.id for each in listed] == [loan_id]  # type: ignore[union-attr]
    assert "La famille parle de l'état" in str(listed[0].reasons)  # type: ignore[union-attr]
    assert len((await read_loan_sheet(loan_id, actor=cast.READER, now=cast.NOW)).remarks) == 1
    with pytest.raises(PermissionDenied):
        await read_remarks(loan_id, cast.LAPTOP, actor=cast.READER, now=cast.NOW)
    with refused(NotFound, "loan.not_found"):
        await read_remarks(loan_id, cast.LAPTOP, actor=cast.STRANGER, now=cast.NOW)
    assert await read_remarks(loan_id, cast.LAPTOP, actor=cast.MANAGER, now=cast.NOW) == 1
    assert await read_remarks(loan_id, cast.LAPTOP, actor=cast.MANAGER, now=cast.NOW) == 0
    found = await read_comparison(loan_id, cast.LAPTOP, actor=cast.READER, now=cast.NOW)
    assert (found.back.remarks[0].remark.text, found.unread) == (SAID.text, 0)
    assert await things_of(Concern.REMARKS, actor=cast.MANAGER, now=cast.NOW, limit=10) == []
    with refused(Conflict, "photo.of_family"):
        await remove_photo(cast.LAPTOP, found.back.remarks[0].photos[0].id, actor=cast.MANAGER, now=cast.NOW)


async def test_a_family_speaks_of_its_own_things_and_reads_its_own_words() -> None:
    loan_id = await scene.handed_over()
    lise, paul = await scene.a_parent(0), await scene.a_parent(1)
    stranger = await scene.a_parent(0, cast.CHILD)
    assert await remarkable_items(stranger, cast.NOW) == []
    with refused(NotFound, "item.not_found"):
        await say(stranger, loan_id)
    await scene.noted(loan_id, ConditionMoment.HANDOVER, scene.SCRATCH)
    remark = await say(lise, loan_id)
    assert (remark.said_by, remark.read_at) == (lise.link.actor_id, None)
    shown = await remarkable_item(loan_id, cast.LAPTOP, lise, cast.NOW)
    assert ([each.remark.id for each in shown.said], len(shown.noted)) == ([remark.id], 1)
    assert (await remarkable_item(loan_id, cast.LAPTOP, paul, cast.NOW)).said == ()
    with refused(Conflict, "condition_remark.too_late"):
        await say(lise, loan_id, moment=ConditionMoment.RETURN)
    with refused(RuleBroken, "condition_remark.invalid"):
        await say(lise, loan_id, text="  ")
    with refused(BadInput, "photo.unreadable"):
        await say(lise, loan_id, files=(b"%PDF-1.7",))
    for _ in range(MOST_REMARKS - 1):
        await say(lise, loan_id)
    with refused(RuleBroken, "condition_remark.too_many"):
        await say(lise, loan_id)
    assert await remarkable_items(lise, cast.NOW + timedelta(days=16)) == []


async def test_the_remarks_are_exported_to_whoever_said_them() -> None:
    await a_whole_loan()
    parents = (await scene.a_parent(0)).representative, (await scene.a_parent(1)).representative
    for asked, kept in ((None, 1), (parents[0], 1), (parents[1], 0)):
        command = ExportPerson(pupil_id=cast.TWO_HOMES, representative_id=asked.id if asked else None)
        with zipfile.ZipFile(io.BytesIO(await export_person(command, actor=cast.MANAGER, now=cast.NOW))) as archive:
            told = json.loads(archive.read("donnees.json"))
            files = [name for name in archive.namelist() if name.startswith("remarques/")]
        assert len(told.get("condition_remark", [])) == kept
        assert len(files) == kept
        assert (SAID.text in json.dumps(told, ensure_ascii=False).replace("\u2019", "'")) is bool(kept)

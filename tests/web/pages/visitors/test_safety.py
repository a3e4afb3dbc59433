"""A safety recall on the pages of those who keep what it concerns: what each reads, and the button that answers."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from tests.use_cases import loan_cast as cast
from tests.use_cases.visitors.institution_cast import BAULON_INSEE
from tests.web.pages.visitors.test_institution import Scene, posted, scene, text_of

from materiel.domain.circuit.workshop.safety import SafetyStage
from materiel.store.engine.database import write_transaction
from materiel.store.item import item as items
from materiel.use_cases.circuit.workshop.safety import OpenSafetyRecall, open_safety_recall, read_safety_recall

assert scene
TITLE, TO_DO = "La batterie de la P40 chauffe", "Éteignez l'appareil."


async def recalled(*item_ids: UUID) -> tuple[UUID, dict[UUID, UUID]]:
    """The recall of some items, and its lines by item."""
    asked = OpenSafetyRecall(title=TITLE, to_do=TO_DO, model="P40", published_on=cast.TODAY, items=item_ids)
    recall = await open_safety_recall(asked, actor=cast.MANAGER, now=cast.NOW)
    sheet = await read_safety_recall(recall.id, actor=cast.MANAGER)
    return recall.id, {each.item.id: each.line.id for each in sheet.cases}


async def test_who_keeps_it_reads_what_to_do_and_answers_once(scene: Scene) -> None:
    recall_id, lines = await recalled(cast.BRAILLE, cast.LAPTOP)
    college = await scene.enter(cast.COLLEGE)
    shown = text_of(await college.get("/e"))
    assert TITLE in shown
    assert TO_DO in shown
    path = f"/e/rappels/{lines[cast.BRAILLE]}/lu"
    assert (await posted(college, path)).status_code == 303
    assert "n'est plus utilisé" in text_of(await college.get("/e"))
    assert (await posted(college, path)).status_code == 303
    assert (await posted(college, f"/e/rappels/{lines[cast.LAPTOP]}/lu")).status_code == 404
    stages = {each.item.id: each.stage for each in (await read_safety_recall(recall_id, actor=cast.MANAGER)).cases}
    assert (stages[cast.BRAILLE], stages[cast.LAPTOP]) == (SafetyStage.READ, SafetyStage.TO_TELL)


async def test_an_ecole_reads_neither_the_danger_nor_the_designation(scene: Scene) -> None:
    async with write_transaction():
        known = await items.get(cast.LAPTOP, cast.SERVICE)
        await items.save(replace(known, designation="Plage braille P40"))
    await recalled(cast.LAPTOP)
    ecole = text_of(await (await scene.enter(cast.BAULON)).get("/e"))
    assert TO_DO in ecole
    for secret in (TITLE, "P40", "Plage braille"):
        assert secret not in ecole
    commune = text_of(await (await scene.enter(insee_code=BAULON_INSEE)).get("/e"))
    assert TITLE in commune
    assert "Plage braille P40" in commune

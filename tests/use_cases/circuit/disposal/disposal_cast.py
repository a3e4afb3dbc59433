"""The fixed cast of the ends of life: a computer that holds data, a braille line that holds none, and who decides."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from tests.stage.signatory_cast import a_signatory
from tests.use_cases import loan_cast as cast

from materiel.domain.accounts.roles import Actor
from materiel.domain.circuit.disposal.disposal import (
    AppraisedItem,
    AssociationKind,
    Disposal,
    DisposalOutcome,
)
from materiel.domain.item.family import ItemFamily
from materiel.domain.item.item import Condition
from materiel.store.engine.database import write_transaction
from materiel.store.item import item as items
from materiel.use_cases.circuit.disposal import (
    AttestErasure,
    FinishDisposal,
    ProposeDisposal,
    attest_erasure,
    decide_disposal,
    file_disposal_paper,
    finish_disposal,
    propose_disposal,
)

PDF = b"%PDF-1.7 acte signe"
WHY = "Trop ancien pour être réparé"


async def set_up() -> None:
    """The cast of the loans, whose computer and braille line are computing equipment."""
    await cast.set_up()
    await make_computing()


async def make_computing() -> None:
    """Say what three items of the cast are."""
    async with write_transaction():
        for item_id, family in (
            (cast.LAPTOP, ItemFamily.COMPUTER),
            (cast.BRAILLE, ItemFamily.COMPUTER_ACCESSORY),
            (cast.KEYBOARD, ItemFamily.COMPUTER_ACCESSORY),
        ):
            await items.save(replace(await items.get(item_id, cast.SERVICE), family=family))


def asking(*item_ids: UUID, value: int = 40_00, **changes: object) -> ProposeDisposal:
    """What is proposed: by default a gift to an association of parents."""
    said: dict[str, object] = {
        "outcome": DisposalOutcome.ASSOCIATION,
        "association": AssociationKind.PARENTS,
        "beneficiary": "Parents d'élèves d'Exemple",
        "reason": WHY,
        "agreement": "Convention n° 12",
    }
    chosen = item_ids or (cast.LAPTOP, cast.BRAILLE)
    appraised = tuple(AppraisedItem(item_id=each, value_cents=value, condition=Condition.WORN) for each in chosen)
    return ProposeDisposal(**{**said, **changes}, items=appraised)  # type: ignore[arg-type]


async def proposed(*item_ids: UUID, by: Actor = cast.MANAGER, **changes: object) -> Disposal:
    return await propose_disposal(asking(*item_ids, **changes), actor=by, now=cast.NOW)  # type: ignore[arg-type]


async def erased(disposal: Disposal) -> Disposal:
    command = AttestErasure(
        disposal_id=disposal.id, erased_on=cast.TODAY, erased_by="Le service", erased_how="Effacement complet"
    )
    return await attest_erasure(command, actor=cast.MANAGER, now=cast.NOW)


async def decided(disposal: Disposal, signatory: Actor | None = None) -> Disposal:
    by = signatory or (await a_signatory()).actor
    return await decide_disposal((await erased(disposal)).id, actor=by, now=cast.NOW)


async def finished(disposal: Disposal) -> Disposal:
    """Decided, its papers filed, and gone."""
    await decided(disposal)
    for kind in disposal.rule.papers:
        await file_disposal_paper(disposal.id, kind, PDF, actor=cast.MANAGER, now=cast.NOW)
    command = FinishDisposal(disposal_id=disposal.id, done_on=cast.TODAY, labels_off=True, reference="B 42")
    return await finish_disposal(command, actor=cast.MANAGER, now=cast.NOW)

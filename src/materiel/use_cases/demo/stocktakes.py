"""The stocktakes of the demonstration: that of the store, closed last year, and one of everything, under way."""

from __future__ import annotations

from uuid import UUID

from materiel.domain.circuit.stocktake import GapAct, OpenStocktake, StocktakePlace
from materiel.use_cases.circuit.stocktake.counting import CountCodes, count_codes
from materiel.use_cases.circuit.stocktake.gaps import SettleGap, settle_gap
from materiel.use_cases.circuit.stocktake.opening import open_stocktake
from materiel.use_cases.demo.teller import Teller
from materiel.use_cases.item.place import set_places
from materiel.use_cases.signing.stocktake_report import CloseStocktake, freeze_stocktake

CUPBOARD, WORKSHOP = "Réserve, armoire 1", "Réserve, armoire 2"
IN_CUPBOARD = ("DEMO-CLA-002", "DEMO-CLA-003", "DEMO-CLA-004", "DEMO-SCA-002", "DEMO-SCA-004", "DEMO-BRA-004")
IN_WORKSHOP = ("DEMO-TRA-003", "DEMO-TRA-004", "DEMO-BRS-003", "DEMO-BRS-004", "DEMO-COM-003")


async def tell_stocktakes(teller: Teller) -> None:
    """What was seen of the store a year ago; then what is expected now, counted in part, with gaps to settle."""
    for place, numbers in ((CUPBOARD, IN_CUPBOARD), (WORKSHOP, IN_WORKSHOP)):
        chosen = [teller.items[number] for number in numbers]
        await set_places(chosen, place, actor=teller.actor, now=teller.at(190))
    former = OpenStocktake(
        name="Récolement de la réserve (exemple)", closes_on=teller.day(150), kinds=(StocktakePlace.STORE,)
    )
    closed = (await open_stocktake(former, actor=teller.actor, now=teller.at(180))).id
    await _count(teller, closed, IN_CUPBOARD, CUPBOARD, ago=175, complete=True)
    await _count(teller, closed, IN_WORKSHOP[:-1], WORKSHOP, ago=174, complete=True)
    kept = SettleGap(
        stocktake_id=closed,
        item_id=teller.items[IN_WORKSHOP[-1]],
        act=GapAct.KEPT,
        note="Vu chez le réparateur (exemple)",
    )
    await settle_gap(kept, issuer=teller.issuer(172))
    await freeze_stocktake(CloseStocktake(stocktake_id=closed), actor=teller.actor, now=teller.at(150))
    command = OpenStocktake(name="Récolement de l'année (exemple)", closes_on=teller.day(-21))
    running = (await open_stocktake(command, actor=teller.actor, now=teller.at(12))).id
    await _count(teller, running, IN_CUPBOARD[:-1], CUPBOARD, ago=10, complete=True)
    await _count(teller, running, (*IN_WORKSHOP[:2], IN_CUPBOARD[0], "ETIQUETTE-ANCIENNE"), WORKSHOP, ago=9)


async def _count(
    teller: Teller, stocktake_id: UUID, codes: tuple[str, ...], place: str, *, ago: int, complete: bool = False
) -> None:
    command = CountCodes(stocktake_id=stocktake_id, codes=codes, place=place, complete=complete)
    await count_codes(command, actor=teller.actor, now=teller.at(ago))

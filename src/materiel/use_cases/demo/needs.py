"""The needs of the demonstration: one for each way that a need goes."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from materiel.use_cases.circuit.need import (
    CloseNeed,
    OrderNeed,
    ReceiveNeed,
    close_need,
    order_need,
    receive_need,
)
from materiel.use_cases.demo.teller import Teller


async def tell_needs(teller: Teller) -> None:
    """Waiting, with or without something in the stock; ordered, received, on trial, closed. One is met by a story."""
    await teller.need("lou", "Plage braille, 40 cellules au plus", ago=121)
    await teller.need("ewen", "Siège et bureau réglables", ago=98, until=3)
    await teller.need("tom", "Logiciel de retour vocal", ago=31)
    ordered = await teller.need("malo", "Loupe électronique, écran de 12 pouces au moins", ago=74)
    await _order(teller, ordered, "BC-2026-031 (exemple)", ago=30, expected=teller.day(-12))
    received = await teller.need("jade", "Ordinateur avec logiciel de reconnaissance vocale", ago=61)
    version = await _order(teller, received, "BC-2026-028 (exemple)", ago=40, expected=teller.day(10))
    command = ReceiveNeed(need_id=received, version=version, received_on=teller.day(9))
    await receive_need(command, actor=teller.actor, now=teller.at(9))
    await teller.trial("nils", "Tablette avec communication par pictogrammes", ago=20, until=-40)
    closed = await teller.need("mia", "Clavier à guide-doigts", ago=150)
    closing = CloseNeed(need_id=closed, reason="La famille a préféré son propre clavier (exemple).")
    await close_need(closing, actor=teller.actor, now=teller.at(90))


async def _order(teller: Teller, need_id: UUID, reference: str, *, ago: int, expected: date) -> int:
    command = OrderNeed(need_id=need_id, version=1, reference=reference, expected_on=expected)
    return (await order_need(command, actor=teller.actor, now=teller.at(ago))).version

"""The transfers of the demonstration: one that our service is to answer, one that it refused, one that it asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from materiel.domain.accounts.roles import Actor
from materiel.domain.circuit.transfer import TransferLine
from materiel.domain.item.family import ItemFamily
from materiel.use_cases.circuit.transfer import RefuseTransfer, refuse_transfer
from materiel.use_cases.demo.teller import Teller
from materiel.use_cases.item.item import RegisterItem, register_item
from materiel.use_cases.loan.elsewhere.accepting import AcceptTransfer, accept_transfer
from materiel.use_cases.loan.elsewhere.asking import AskTransfer, ask_transfer

OF_RECTORAT = (
    ("RECT-ORD-001", "Ordinateur portable 14 pouces", ItemFamily.COMPUTER),
    ("RECT-LOU-001", "Loupe électronique de bureau", ItemFamily.OTHER),
    ("RECT-TAB-001", "Tablette 11 pouces", ItemFamily.TABLET),
    ("RECT-CLA-001", "Clavier à grosses touches", ItemFamily.COMPUTER_ACCESSORY),
)
"""What sleeps at the rectorat: bought for the académie, not lent yet."""


async def tell_transfers(teller: Teller, rectorat: Actor, *, installed: datetime) -> None:
    """The rectorat offers what sleeps there: our service refused, borrows, is to answer once. It gave a mouse."""
    owned = {}
    for number, designation, family in OF_RECTORAT:
        command = RegisterItem(
            inventory_number=number,
            designation=designation,
            family=family,
            funding_service="Rectorat de l'académie de Rennes (exemple)",
        )
        owned[number] = (await register_item(command, actor=rectorat, now=installed)).id

    async def offered(number: str, reason: str, ago: int, until: date | None = None) -> TransferLine:
        command = AskTransfer(items=(owned[number],), to="DEMO35", reason=reason, until=until)
        return await ask_transfer(command, actor=rectorat, now=teller.at(ago))

    ours = AskTransfer(items=(teller.items["DEMO-SCA-004"],), to="DEMO14", reason="Le rectorat en manque (exemple).")
    given = await ask_transfer(ours, actor=teller.actor, now=teller.at(60))
    answer = AcceptTransfer(transfer_id=given.transfer.id)
    await accept_transfer(answer, issuer=replace(teller.issuer(57), actor=rectorat))
    lent = await offered("RECT-CLA-001", "Pour l'année, en attendant une commande (exemple).", 55, teller.day(-20))
    await accept_transfer(AcceptTransfer(transfer_id=lent.transfer.id), issuer=teller.issuer(54))
    refused = await offered("RECT-LOU-001", "Ne sert plus au rectorat (exemple).", 50)
    no = RefuseTransfer(transfer_id=refused.transfer.id, reason="Nous en avons assez pour cette année (exemple).")
    await refuse_transfer(no, actor=teller.actor, now=teller.at(48))
    await offered("RECT-ORD-001", "Un élève attend un ordinateur dans votre département (exemple).", 3)

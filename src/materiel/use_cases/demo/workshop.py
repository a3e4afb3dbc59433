"""The workshop of the demonstration: a battery recalled, two repairs, licences, what is checked of computers."""

from __future__ import annotations

from materiel.domain.circuit.workshop.repair import RepairOutcome
from materiel.domain.circuit.workshop.safety import SafetyTreatment
from materiel.domain.item.checklist import CheckMoment
from materiel.domain.item.family import ItemFamily
from materiel.use_cases.circuit.workshop.licence import AddLicence, add_licence
from materiel.use_cases.circuit.workshop.repair import EndRepair, SendToRepair, end_repair, send_to_repair
from materiel.use_cases.circuit.workshop.safety import (
    OpenSafetyRecall,
    TreatSafetyItems,
    open_safety_recall,
    read_safety_recall,
    treat_safety_items,
)
from materiel.use_cases.circuit.workshop.seat import TakeSeat, take_seat
from materiel.use_cases.demo.teller import Teller
from materiel.use_cases.desk.safety.letters import print_safety_letters
from materiel.use_cases.desk.safety.telling import tell_holders
from materiel.use_cases.item.checklist import WriteChecklist, write_checklist
from materiel.use_cases.links.access_link import links_of_pupil, person_of_link
from materiel.use_cases.visitors.safety import acknowledge_by_family


async def tell_workshop(teller: Teller, secret_key: str) -> None:
    """A recall of the electronic magnifiers: told, read by one family, treated for the one that is at the service."""
    await _tell_recall(teller)
    await _tell_repairs(teller)
    await _tell_licences(teller, secret_key)
    await _tell_checklists(teller)


async def _tell_checklists(teller: Teller) -> None:
    """What is checked of a computer, before a loan and when it comes back."""
    for moment, lines in (
        (CheckMoment.PREPARATION, ("La batterie tient une heure", "Les touches et l'écran répondent")),
        (CheckMoment.RETURN, ("L'emprunteur a gardé une copie de son travail", "Le chargeur est bien le nôtre")),
    ):
        command = WriteChecklist(family=ItemFamily.COMPUTER, moment=moment, lines=lines)
        await write_checklist(command, actor=teller.actor, now=teller.at(150))


async def _tell_licences(teller: Teller, secret_key: str) -> None:
    """One has no seat left, for it is still on what will be written off; one ends soon."""
    voice = AddLicence(
        software="Voix Haute 9 (exemple)",
        publisher="Éditions Fictives",
        seats=2,
        bought_on=teller.day(180),
        key="EXEMPLE-VH9-0000-1234",
        note="Bon de commande 2026-031 (exemple)",
    )
    full = await add_licence(voice, secret_key=secret_key, actor=teller.actor, now=teller.at(180))
    for number, ago in (("DEMO-COM-004", 170), ("DEMO-ORD-004", 90)):
        seat = TakeSeat(licence_id=full.id, item_id=teller.items[number], taken_on=teller.day(ago))
        await take_seat(seat, actor=teller.actor, now=teller.at(ago))
    reading = AddLicence(
        software="Lecture Facile (exemple)",
        publisher="Atelier Pointillé (exemple)",
        seats=10,
        bought_on=teller.day(120),
        ends_on=teller.day(-40),
        is_transferable=False,
    )
    await add_licence(reading, secret_key=secret_key, actor=teller.actor, now=teller.at(120))


async def _tell_repairs(teller: Teller) -> None:
    """One printer is late, one reader came back mended."""
    late = SendToRepair(
        item_id=teller.items["DEMO-IMP-002"],
        provider="Atelier Fictif",
        fault="Ne prend plus le papier (exemple)",
        sent_on=teller.day(18),
        expected_on=teller.day(4),
        note="Dossier 2026-118 (exemple)",
    )
    await send_to_repair(late, actor=teller.actor, now=teller.at(18))
    sent = SendToRepair(
        item_id=teller.items["DEMO-TEL-004"],
        provider="Atelier Pointillé (exemple)",
        fault="La lampe clignote (exemple)",
        sent_on=teller.day(60),
        expected_on=teller.day(40),
    )
    away = await send_to_repair(sent, actor=teller.actor, now=teller.at(60))
    back = EndRepair(
        repair_id=away.id,
        version=away.version,
        returned_on=teller.day(38),
        outcome=RepairOutcome.REPAIRED,
        cost_cents=8400,
        note="Lampe changée (exemple)",
    )
    await end_repair(back, actor=teller.actor, now=teller.at(38))


async def _tell_recall(teller: Teller) -> None:
    danger = OpenSafetyRecall(
        title="La batterie peut chauffer et se déformer (exemple)",
        to_do="Éteignez l'appareil, débranchez-le et ne vous en servez plus. Nous vous appellerons pour l'échange.",
        published_on=teller.day(12),
        brand="Grossissant",
        model="G5",
        reference="GR-2026-07 (exemple)",
    )
    recall = await open_safety_recall(danger, actor=teller.actor, now=teller.at(11))
    await tell_holders(recall.id, issuer=teller.issuer(11))
    await print_safety_letters(recall.id, issuer=teller.issuer(10))
    (link, *_) = await links_of_pupil(teller.pupils["lou"], actor=teller.actor)
    person = await person_of_link(link.id, now=teller.at(9))
    sheet = await read_safety_recall(recall.id, actor=teller.actor)
    line = next(each.line for each in sheet.cases if each.item.inventory_number == "DEMO-LOU-001")
    await acknowledge_by_family(line.id, person, now=teller.at(9))
    done = TreatSafetyItems(
        recall_id=recall.id,
        items=(teller.items["DEMO-LOU-004"],),
        treatment=SafetyTreatment.BATTERY_REPLACED,
        treated_on=teller.day(5),
        note="Batterie changée à l'atelier (exemple).",
    )
    await treat_safety_items(done, actor=teller.actor, now=teller.at(5))

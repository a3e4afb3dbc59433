"""The workshop of the demonstration: a battery recalled by its maker, which one holder has read of and one has not."""

from __future__ import annotations

from materiel.domain.circuit.workshop.safety import SafetyTreatment
from materiel.use_cases.circuit.workshop.safety import (
    OpenSafetyRecall,
    TreatSafetyItems,
    open_safety_recall,
    read_safety_recall,
    treat_safety_items,
)
from materiel.use_cases.demo.teller import Teller
from materiel.use_cases.desk.safety_telling import print_safety_letters, tell_holders
from materiel.use_cases.links.access_link import links_of_pupil, person_of_link
from materiel.use_cases.visitors.safety import acknowledge_by_family


async def tell_workshop(teller: Teller) -> None:
    """A recall of the electronic magnifiers: told, read by one family, treated for the one that is at the service."""
    await _tell_recall(teller)


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

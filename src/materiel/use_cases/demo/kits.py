"""The kits of the demonstration: one whole in the stock; one lent, whose mouse will be lost."""

from __future__ import annotations

from materiel.use_cases.circuit.workshop.kit import MakeKit, make_kit
from materiel.use_cases.demo.teller import Teller

KITS = (
    ("DEMO-KIT-001", "Écriture sans souris", ("DEMO-CLA-004", "DEMO-TRA-004", "DEMO-LOG-003")),
    ("DEMO-KIT-002", "Lecture à voix haute", ("DEMO-SCA-002", "DEMO-LOG-002")),
)


async def tell_kits(teller: Teller) -> None:
    """Made before anything is lent: what a loan holds does not enter a kit."""
    for number, designation, parts in KITS:
        chosen = tuple(teller.items[each] for each in parts)
        command = MakeKit(number=number, designation=f"{designation} (exemple)", items=chosen)
        await make_kit(command, actor=teller.actor, now=teller.at(49))

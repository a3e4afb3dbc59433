"""The deposit agreement (« convention de dépôt ») of shared items in an école publique or an EPLE: D1 to D6.

Law: circulaire n° 2001-221; Code civil, art. 1915-1954. It names no pupil.
"""

from __future__ import annotations

from materiel.documents.blocks import annex, custodian, items_table, lender, signatures
from materiel.documents.content import Content
from materiel.documents.draft import Draft
from materiel.documents.facts import Facts
from materiel.documents.wording import Wording


def compose_deposit_agreement(facts: Facts, wording: Wording) -> Content:
    """Compose the agreement between the managing service and the custodian."""
    draft = Draft(facts, wording)
    draft.clauses("opening")
    draft.part("parties", lender(facts), custodian(facts))
    draft.part_of_articles("agreed")
    draft.object_and_items(items_table(facts.items, draft.phrase("items_caption")))
    draft.articles(
        "duration",
        "permitted_use",
        "custodian_duties",
        "incidents",
        "delivery",
        "upkeep",
        "running_costs",
        "changes",
        "end",
        "personal_data",
    )
    draft.add(*annex(facts))
    draft.part("signing", signatures(draft, draft.phrase("made_at")))
    return draft.content()

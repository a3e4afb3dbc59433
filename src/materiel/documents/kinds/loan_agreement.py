"""The loan agreement (« convention de prêt ») of items that a pupil takes home: contents P1 to P9.

Law: circulaire n° 2001-221; Code civil, art. 1875-1891.
"""

from __future__ import annotations

from materiel.documents.blocks import annex, items_table, lender, pupil, signatures
from materiel.documents.content import Content
from materiel.documents.draft import Draft
from materiel.documents.facts import Facts
from materiel.documents.wording import Wording


def compose_loan_agreement(facts: Facts, wording: Wording) -> Content:
    """Compose the agreement between the managing service and the borrower."""
    draft = Draft(facts, wording)
    draft.clauses("opening")
    draft.part("parties", lender(facts), *pupil(facts))
    draft.clauses("definitions")
    draft.part_of_articles("agreed")
    draft.object_and_items(items_table(facts.items, draft.phrase("items_caption")))
    draft.articles(
        "duration",
        "use",
        "duties",
        "loss",
        "delivery",
        "upkeep",
        "running_costs",
        "changes",
        "end",
    )
    draft.article("personal_data")
    draft.add(*annex(facts))
    draft.part("signing", signatures(draft, draft.phrase("made_at")))
    return draft.content()

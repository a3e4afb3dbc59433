"""The notice (« notification ») to the mayor or the head of school that a pupil borrows items: N1 and N2.

Law: circulaire n° 2001-221. It informs and asks for nothing. Minimal by design (domain § 4.2): neutral families
of items, the pupil's name, dates and a contact; no address, no decision, no serial number, no accessory.
"""

from __future__ import annotations

from materiel.documents.content import Content, Details, Letter, Run
from materiel.documents.draft import Draft
from materiel.documents.facts import Facts
from materiel.documents.wording import Wording
from materiel.domain.accounts.service import ManagingService
from materiel.domain.item.family import counted_families
from materiel.domain.papers.signatories import state_signatory


def compose_notice(facts: Facts, wording: Wording) -> Content:
    """Compose the letter.

    Raises:
        ValueError: the facts hold no addressee or no pupil.
    """
    if facts.addressee is None or facts.pupil is None:
        raise ValueError("notice: facts hold no addressee or no pupil")
    draft = Draft(facts, wording)
    draft.clauses("announcement", _loan(draft))
    draft.clauses("meaning")
    return draft.content(
        letter=Letter(
            recipient=facts.addressee.lines,
            place_and_date=draft.phrase("place_and_date"),
            reference=draft.phrase("reference"),
            subject=draft.phrase("subject"),
            salutation=facts.addressee.salutation,
            closing=draft.phrase("closing"),
            signatory=signatory_lines(facts.service),
        )
    )


def signatory_lines(service: ManagingService) -> tuple[str, ...]:
    """Title, name and delegation; the authority alone when nobody is named."""
    if not service.signatory_name:
        return (state_signatory(service).name,)
    lines = (service.signatory_title, service.signatory_name, service.delegation)
    return tuple(line for line in lines if line)


def _loan(draft: Draft) -> Details:
    rows = [
        ("Élève bénéficiaire", draft.values["pupil_name"]),
        ("École ou établissement", draft.values["school_name"]),
        ("Nature du prêt", draft.phrase("nature")),
        ("Matériel", ", ".join(counted_families(line.item.family for line in draft.facts.items))),
        ("Durée", draft.phrase("dated" if draft.facts.loan.ends_on else "undated")),
    ]
    return Details(caption=draft.phrase("loan_caption"), rows=tuple((label, (Run(value),)) for label, value in rows))

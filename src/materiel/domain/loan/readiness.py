"""What would prevent documents from being issued, told before anything is written.

The rules that refuse are those of issuing itself: the service must be whole, and somebody must be able to sign.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from materiel.domain.accounts.service import ManagingService, check_complete
from materiel.domain.papers.document import Party
from materiel.domain.papers.required import RequiredDocument
from materiel.domain.papers.signatories import Custodian, signatories_of
from materiel.domain.people.pupil import Pupil
from materiel.errors import MaterielError


def obstacles_to_issue(
    required: Sequence[RequiredDocument],
    *,
    service: ManagingService,
    pupil: Pupil | None,
    custodian: Custodian | None,
    on: date,
) -> tuple[MaterielError, ...]:
    """The refusals that issuing these documents would give on a day, each once, in the order of the documents.

    Args:
        required: the documents that the table asks; none gives no obstacle.
        pupil: of an individual loan; None while nobody is chosen yet, then the service alone is looked at.
    """
    if not required:
        return ()
    found: dict[str, MaterielError] = {}
    try:
        check_complete(service)
    except MaterielError as refusal:
        found[refusal.code] = refusal
    for document in required:
        if pupil is None and Party.BORROWER in document.signatories:
            continue
        try:
            signatories_of(document, service=service, pupil=pupil, custodian=custodian, on=on)
        except MaterielError as refusal:
            found.setdefault(refusal.code, refusal)
    return tuple(found.values())

"""The letters that go by post with papers, or in their place: those without e-mail are told the same things.

They are no documents: nothing in them is signed, numbered or kept, and they bear no code, for a scan of one would
be filed as a page of an agreement.
"""

from __future__ import annotations

from materiel.domain.language.labelled import LabelledEnum

MOST_LISTED = 9
"""Lines of the list of a letter, which holds on one page."""


class CoverLetterKind(LabelledEnum):
    """What a letter is about."""

    SENDING = "letter_sending", "Envoyer des papiers à signer"
    REMINDER = "letter_reminder", "Rappeler ce qui est attendu"
    APPOINTMENT = "letter_appointment", "Donner un rendez-vous"
    RECALL = "letter_recall", "Redemander le matériel"
    EXAMINATION = "letter_examination", "Attester un prêt, pour un examen"
    UNUSED = "letter_unused", "Demander si le matériel sert"
    QUITUS = "letter_quitus", "Dire ce qui est rendu"
    SAFETY = "letter_safety", "Prévenir d'un danger"


USUAL_DAYS = 21
"""Proposed to answer: a letter takes days each way."""

NEEDS_DEADLINE = frozenset({CoverLetterKind.SENDING, CoverLetterKind.REMINDER, CoverLetterKind.RECALL})
"""Kinds that say by when."""


FOR_FAMILIES = frozenset({CoverLetterKind.UNUSED})
"""Kinds that are for the family alone."""


def listed(lines: tuple[str, ...]) -> tuple[str, ...]:
    """The lines of a list as the letter gives them: the first ones, then how many more."""
    if len(lines) <= MOST_LISTED:
        return lines
    return (*lines[: MOST_LISTED - 1], f"et {len(lines) - MOST_LISTED + 1} autres")

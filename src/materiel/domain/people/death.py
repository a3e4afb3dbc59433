"""A pupil has died: every automatic sentence and act stops; things are settled by a person, by direct contact.

The heirs are bound to give back, and to nothing else; no letter of ours is the way to tell them. What stops is asked of
one function, `is_silenced`: by the pages, before any act, and once more when a queued message would leave.

Source: Code civil, art. 1879; domain E29.
"""

from __future__ import annotations

from materiel.domain.people.pupil import Pupil
from materiel.errors import RuleBroken


def is_silenced(pupil: Pupil | None) -> bool:
    """Whether nothing may be said automatically to a family, nor asked of anybody about this pupil's loans."""
    return pupil is not None and pupil.died_on is not None


def check_living(pupil: Pupil | None) -> None:
    """Refuse an act that would make or ask for a paper after the pupil's death; giving back is never refused.

    Raises:
        RuleBroken: `pupil.deceased`.
    """
    if is_silenced(pupil):
        raise RuleBroken(
            "pupil.deceased",
            "Le décès de l'élève est enregistré : plus rien ne s'émet, ne se renouvelle ni ne se réclame à son nom. "
            "Convenez du retour directement avec la famille, puis enregistrez-le. Si le décès a été noté par "
            "erreur, retirez-le depuis la fiche de l'élève.",
        )

"""What is written to the parties of a loan when its return is asked for, no longer asked for, or the loan cancelled.

The same sentences go by e-mail and by post. They give the ground in plain words to the family alone, never the free
explanation of a manager, and name neither the items nor a need. A depositary reads no pupil's name.

Law: Code civil, art. 1880, 1884, 1888, 1889, 1944; domain E11, E14, E29, E30.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from materiel.domain.accounts.service import ManagingService
from materiel.domain.language.french import long_date
from materiel.domain.language.labelled import LabelledEnum
from materiel.domain.loan.loan import Loan
from materiel.domain.loan.recall_ground import RecallGround
from materiel.domain.people.death import is_silenced
from materiel.domain.people.pupil import Pupil
from materiel.domain.people.standing import acting_representatives, pupil_acts
from materiel.domain.usage import Custody, Usage
from materiel.domain.work.outbox import Purpose


class Reader(LabelledEnum):
    """Who reads a letter."""

    FAMILY = "family", "Emprunteur"
    DEPOSITARY = "depositary", "Dépositaire"
    NOTIFIED = "notified", "Destinataire d'une notification"


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyReader:
    """A person who acts for the pupil. `person_id` is None for the pupil himself; `email` empty without one."""

    person_id: UUID | None
    name: str
    email: str
    is_pupil: bool


def has_depositary(loan: Loan) -> bool:
    """Whether somebody else than the family keeps the items: a deposit, or a loan that stays at school."""
    return loan.usage is Usage.SHARED or loan.custody is Custody.SCHOOL


def paragraphs(
    purpose: Purpose, reader: Reader, loan: Loan, *, number: str, service: ManagingService, on: date, child: str = ""
) -> tuple[str, ...]:
    """The body of a letter, paragraph by paragraph.

    Args:
        number: of the agreement, or what the old paper of a loan taken over bore, empty when nobody knows; of the
            notice for whoever was sent one, who is told of a cancellation alone.
        on: the day of the act: of the claim, of its withdrawal, of the cancellation.
        child: the pupil's first name; empty in a letter to the pupil, and to a depositary.
    """
    call = f"Appelez-nous{by_telephone(service)}"
    what = f"la convention n° {number}" if number else "notre prêt"
    if reader is Reader.NOTIFIED:
        return (
            f"Nous vous avions informés d'un prêt de matériel par la notification n° {number}. Le {long_date(on)}, ce "
            "prêt a été annulé : aucun matériel n'avait été remis. Vous n'avez rien à faire.",
            f"Une question ? {call}.",
        )
    if purpose is Purpose.LOAN_CANCELLED:
        return (
            f"Le {long_date(on)}, nous avons annulé le {_thing(loan)} prévu par {what}. Aucun matériel n'avait été "
            "remis : vous n'avez rien à rendre, et ce qui a été signé n'engage plus personne.",
            f"Une question, ou vous n'êtes pas d'accord ? {call}.",
        )
    if purpose is Purpose.RECALL_WITHDRAWN:
        return (
            f"Nous vous avions demandé le retour du matériel de {what}. Depuis le {long_date(on)}, nous ne le "
            f"demandons plus : le {_thing(loan)} continue comme avant, et vous n'avez rien à faire.",
            f"Le matériel est déjà en route, ou une question ? {call}.",
        )
    if reader is Reader.DEPOSITARY:
        return (
            f"Le {long_date(on)}, nous avons demandé le retour du matériel déposé chez vous par {what}. "
            "Un dépôt se rend dès qu'il est réclamé (Code civil, art. 1944).",
            f"{call} pour convenir du jour et du lieu. Vous recevrez un récépissé de restitution.",
        )
    whose = f"prêté à {child}" if child else "qui vous est prêté"
    asked = f"Le {long_date(on)}, nous avons demandé le retour du matériel {whose} par {what}."
    return (asked, *_why(loan.recall_ground), *_how(loan, call))


def _why(ground: RecallGround | None) -> tuple[str, ...]:
    if ground is None:
        return ()
    if not ground.told:
        return ("Appelez-nous : nous vous dirons pourquoi.",)
    why = f"Pourquoi : {ground.told}."
    if ground is RecallGround.LEFT_ACADEMIE:
        why += (
            " Nous prenons contact avec la nouvelle académie, pour éviter une interruption : dites-nous dans quel "
            "établissement se poursuit la scolarité."
        )
    return (why,)


def _how(loan: Loan, call: str) -> tuple[str, ...]:
    if has_depositary(loan):
        return (f"Le matériel est à l'établissement, que nous prévenons : vous n'avez rien à rapporter. {call}.",)
    return (
        f"{call} pour convenir du jour et du lieu : la date ci-dessus est celle de notre demande, non une date "
        "limite. Vous recevrez un récépissé de restitution, qui vaut quitus.",
        "Si ce retour met l'élève en difficulté, dites-le-nous.",
    )


def _thing(loan: Loan) -> str:
    return "prêt" if loan.usage is Usage.INDIVIDUAL else "dépôt"


def by_telephone(service: ManagingService) -> str:
    """« au 02 99 00 00 00 (hours) », as a sentence goes on; empty without a number."""
    hours = f" ({service.opening_hours})" if service.opening_hours else ""
    return f" au {service.phone}{hours}" if service.phone else ""


def family_readers(pupil: Pupil, on: date) -> tuple[FamilyReader, ...]:
    """Those of the family who may be written to that day, with or without an address; nobody after a death (E29)."""
    people = [
        FamilyReader(person_id=each.id, name=each.full_name, email=each.email, is_pupil=False)
        for each in acting_representatives(pupil, on)
    ]
    if pupil_acts(pupil, on):
        people.append(FamilyReader(person_id=None, name=pupil.full_name, email=pupil.email, is_pupil=True))
    return tuple(people)


def written_to_by_hand(pupil: Pupil, on: date) -> tuple[FamilyReader, ...]:
    """Those whom somebody may write to by post, on purpose: after a death, those who acted for the pupil, never the
    pupil.
    """
    if not is_silenced(pupil):
        return family_readers(pupil, on)
    return tuple(each for each in family_readers(replace(pupil, died_on=None), on) if not each.is_pupil)

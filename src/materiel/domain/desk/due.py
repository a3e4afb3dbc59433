"""What a sheet awaits from somebody, by the same concerns and in the same order as the home page: the next act first.

The alerts of a loan are ruled in `loan.alerts`, what each concern gathers in `desk.dashboard`: nothing is ruled again
here. Pure: `today` is a parameter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from materiel.domain.accounts.delays import Delays
from materiel.domain.desk.dashboard import ALERTS_OF, DUTIES, Concern, Duty, Weight, coming_of_age, draft_age, weight
from materiel.domain.language.french import enumeration
from materiel.domain.loan.alerts import Alert, since_when
from materiel.domain.loan.loan import SIGNED_PAPERS, Loan, LoanStatus
from materiel.domain.papers.document import Document, Party, Signature, SignerKind, awaited, in_force
from materiel.domain.people.death import is_silenced
from materiel.domain.people.pupil import Capacity, Pupil
from materiel.domain.people.standing import came_of_age_on, is_adult, pupil_acts

STILL_ACTS = frozenset({Capacity.CURATOR, Capacity.PROTECTION})
"""Representatives who sign with a pupil who has come of age."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueAct:
    """One thing that waits: by which concerns, its own first, why in French, since when, and about what.

    `subjects` are the papers, the incident or the message that the act is about; empty when it is the sheet's own.
    """

    concerns: tuple[Concern, ...]
    detail: str
    since: date | None = None
    subjects: tuple[UUID, ...] = ()

    @property
    def concern(self) -> Concern:
        """The first that lists it, whose act is the one to do."""
        return self.concerns[0]

    @property
    def duty(self) -> Duty:
        """The act, and whether it is ours."""
        return DUTIES[self.concern]

    def weighs(self, today: date, delays: Delays) -> Weight:
        """As on the home page; what has not begun weighs nothing."""
        return Weight.CALM if self.since is None else weight(self.concern, self.since, today, delays)


def in_order(acts: Iterable[DueAct]) -> tuple[DueAct, ...]:
    """The acts in the order of the duties: what the law is late with, then what moves, then the rest."""
    ranks = {concern: rank for rank, concern in enumerate(DUTIES)}
    return tuple(sorted(acts, key=lambda each: ranks[each.concern]))


def due_on_loan(
    loan: Loan,
    documents: Sequence[Document],
    found: Sequence[Alert],
    *,
    pupil: Pupil | None,
    today: date,
    died: bool = False,
) -> tuple[DueAct, ...]:
    """What a loan awaits, the next act first; nothing for one where nobody has to do anything.

    Args:
        found: the alerts of the loan, that day.
        pupil: None for a deposit, and where only that the pupil `died` is known: a majority is not told then.
    """
    return in_order(_due(loan, documents, found, pupil, today, died=died or is_silenced(pupil)))


def _due(
    loan: Loan, documents: Sequence[Document], found: Sequence[Alert], pupil: Pupil | None, today: date, *, died: bool
) -> Iterator[DueAct]:
    if loan.status is LoanStatus.DRAFT:
        since = min((line.added_on for line in loan.items), default=today)
        yield DueAct(concerns=(Concern.DRAFT,), detail=f"{draft_age(since, today).capitalize()}.", since=since)
    missing = awaited(documents)
    risk = [each for each in missing if each[0].kind in SIGNED_PAPERS]
    for alert in found:
        concerns = concerns_of(alert)
        if Concern.UNSIGNED in concerns and risk:
            names, papers = _names(risk), _papers(risk)
            detail = f"{alert.detail} Il manque {enumeration(names)}."
            yield DueAct(concerns=concerns, detail=detail, since=alert.since, subjects=papers)
            # Who has not signed the agreement of what is out is told once.
            missing = tuple(each for each in missing if each not in risk)
        elif concerns:
            lacks = Concern.UNSIGNED in concerns and loan.lacks_agreement
            detail = f"{alert.detail} Ce prêt est repris : sa convention reste à établir." if lacks else alert.detail
            yield DueAct(concerns=concerns, detail=detail, since=alert.since)
    ours = [each for each in missing if each[1].party is Party.MANAGING_SERVICE]
    if ours:
        yield _signatures(Concern.OWN_SIGNATURE, ours, today)
    # After a death the family is asked nothing by the tool (E29).
    if died:
        return
    others = [each for each in missing if each[1].party is not Party.MANAGING_SERVICE]
    if others:
        yield _signatures(Concern.SIGNATURE, others, today)
    yield from _notices(documents, today)
    runs = loan.is_open and not loan.is_draft
    if runs and pupil is not None and _waits_since_majority(pupil, others, today):
        told = " ".join(coming_of_age(pupil, today))
        yield DueAct(concerns=(Concern.CAME_OF_AGE,), detail=told, since=came_of_age_on(pupil))


def concerns_of(alert: Alert) -> tuple[Concern, ...]:
    """The concerns that list a loan for an alert, in the order of the duties."""
    return tuple(concern for concern in DUTIES if alert.code in ALERTS_OF.get(concern, ()))


def _signatures(concern: Concern, missing: Sequence[tuple[Document, Signature]], today: date) -> DueAct:
    papers = _papers(missing)
    since = min(document.issued_on for document, _ in missing)
    first = missing[0][0]
    what = f"{first.kind.label} {first.number}" if len(papers) == 1 else f"{len(papers)} papiers"
    who = f" par {enumeration(_names(missing))}" if concern is Concern.SIGNATURE else ""
    detail = f"{what}{who}, {since_when(since, today)}."
    return DueAct(concerns=(concern,), detail=detail, since=since, subjects=papers)


def _names(missing: Sequence[tuple[Document, Signature]]) -> list[str]:
    return list(dict.fromkeys(box.name for _, box in missing))


def _papers(missing: Sequence[tuple[Document, Signature]]) -> tuple[UUID, ...]:
    return tuple(dict.fromkeys(document.id for document, _ in missing))


def _notices(documents: Sequence[Document], today: date) -> Iterator[DueAct]:
    for document in in_force(documents):
        waiting = [each.name for each in document.recipients if each.sent_at is None]
        if waiting:
            told = f"{document.kind.label} {document.number} pour {enumeration(waiting)}"
            detail = f"{told}, {since_when(document.issued_on, today)}."
            yield DueAct(concerns=(Concern.NOTICE,), detail=detail, since=document.issued_on, subjects=(document.id,))


def _waits_since_majority(pupil: Pupil, others: Sequence[tuple[Document, Signature]], today: date) -> bool:
    """The pupil is of age and cannot be written to, or a paper awaits somebody who no longer signs (E5, E6)."""
    if not (is_adult(pupil, today) and pupil_acts(pupil, today)):
        return False
    still = {each.id for each in pupil.representatives if each.capacity in STILL_ACTS}
    return not pupil.email or any(
        box.signer is SignerKind.REPRESENTATIVE and box.signer_id not in still for _, box in others
    )

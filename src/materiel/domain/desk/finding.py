"""One search (« Recherche »): what may be found, in which order it is shown, and the usual act of each.

Pure. The numbers that a few figures may stand for are those of `domain.papers.numbering`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from materiel.domain.item.item import ItemStatus
from materiel.domain.language.labelled import LabelledEnum
from materiel.domain.language.states import State
from materiel.domain.loan.loan import Loan, LoanStatus
from materiel.domain.papers.document import Document, awaited
from materiel.domain.papers.numbering import agreement_number

SHORTEST = 2
"""Letters or figures: some names have two."""

LONGEST = 200
SHOWN = 8
"""Of each kind; the list of the kind shows the others."""

_RANK = re.compile(r"(?:(?P<year>[0-9]{4})-)?(?P<rank>[0-9]{1,5})", re.ASCII)


class HitKind(LabelledEnum):
    """What may be found, in the order in which it is shown."""

    PUPIL = "pupil", "élève"
    REPRESENTATIVE = "representative", "responsable"
    ITEM = "item", "matériel"
    LOAN = "loan", "prêt"
    DOCUMENT = "document", "papier"
    SCHOOL = "school", "établissement"
    MUNICIPALITY = "municipality", "commune"


class UsualAct(LabelledEnum):
    """What is usually done next with what was found; the label is the button."""

    LEND = "lend", "Prêter"
    RESUME = "resume", "Reprendre le brouillon"
    HAND_OVER = "hand_over", "Remettre"
    TAKE_BACK = "take_back", "Reprendre"
    PREPARE = "prepare", "Préparer"
    SIGN = "sign", "Faire signer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One thing found.

    `key` is its identifier, its UAI or its INSEE code. `name` is how it is called, `detail` what tells it from
    another, `place` where it is; each may be empty but the name. `state` is the stored value of its state, empty for
    what has none, and `shown` what people read. `act` is None where nothing is usual, or for whoever may not write.
    `pupil_id` and `loan_id` are those of its pupil and of its open loan.
    """

    kind: HitKind
    key: str
    name: str
    detail: str = ""
    place: str = ""
    state: str = ""
    shown: State | None = None
    act: UsualAct | None = None
    pupil_id: UUID | None = None
    loan_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HitGroup:
    """What was found of one kind, `SHOWN` at most; `more` when there is more."""

    kind: HitKind
    hits: tuple[Hit, ...]
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What one search found. With `exact`, the only thing that bears the number typed, nothing else is looked for."""

    q: str
    exact: Hit | None
    groups: tuple[HitGroup, ...]

    @property
    def total(self) -> int:
        """How many things are shown."""
        return sum(len(group.hits) for group in self.groups)

    @property
    def more(self) -> bool:
        """Whether there are more than those shown."""
        return any(group.more for group in self.groups)


def act_on_item(status: ItemStatus, loan: LoanStatus | None, *, is_out: bool) -> UsualAct | None:
    """What is usually done with an item. `loan` is the status of the open loan that holds or reserves it."""
    if loan is LoanStatus.DRAFT:
        return UsualAct.RESUME
    if loan is not None:
        return UsualAct.TAKE_BACK if is_out else UsualAct.HAND_OVER
    return {ItemStatus.IN_STOCK: UsualAct.LEND, ItemStatus.TO_PREPARE: UsualAct.PREPARE}.get(status)


def act_on_loan(loan: Loan, *, pupil_died: bool) -> UsualAct | None:
    """What is usually done with a loan. After a pupil's death only what was handed over is taken back (E29)."""
    if not loan.is_open:
        return None
    if loan.lines_out:
        return UsualAct.TAKE_BACK
    if pupil_died:
        return None
    if loan.status is LoanStatus.DRAFT:
        return UsualAct.RESUME
    return UsualAct.HAND_OVER if loan.lines_to_hand_over else None


def act_on_document(document: Document, *, pupil_died: bool) -> UsualAct | None:
    """What is usually done with a paper: to have it signed, while somebody's signature is awaited."""
    return UsualAct.SIGN if awaited([document]) and not pupil_died else None


def meant_numbers(typed: str, service_code: str, school_years: Iterable[int]) -> list[str]:
    """The numbers that may be meant: as typed, or by the end of an agreement's, « 2026-00042 », « 00042 » or « 42 »."""
    number = "".join(typed.split()).upper()
    found = [number]
    if (end := _RANK.fullmatch(number)) is not None:
        years = [int(end["year"])] if end["year"] else sorted(school_years, reverse=True)
        found += [agreement_number(service_code, year, int(end["rank"])) for year in years]
    return found

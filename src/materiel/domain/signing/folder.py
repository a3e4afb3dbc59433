"""The signing folder (« parapheur »): what the State may sign in groups, what it opens one by one, and why.

Pure: what is known of a paper is given, and `today` is a parameter. Law: Code des relations entre le public et
l'administration, art. L212-1; règlement (UE) n° 910/2014, art. 25.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from materiel.domain.language.french import long_date
from materiel.domain.loan.loan import Loan
from materiel.domain.papers.document import (
    RECEIPTS,
    Document,
    DocumentKind,
    Party,
    Signature,
    SignatureStatus,
    SignerKind,
)
from materiel.domain.people.pupil import Pupil
from materiel.domain.people.standing import may_be_written_to
from materiel.domain.places.school import School
from materiel.domain.signing.electronic_signature import is_blocked
from materiel.domain.usage import Custody

MOST_AT_ONCE = 500
"""Papers signed by one act, hence in one transaction."""

MANY_AMENDMENTS = 3
"""From this one on, an amendment of a loan is opened by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is on file about a paper when it is looked at.

    `amendment` is its rank among the amendments of its loan, 0 for another paper. `wording` is the day of the text that
    was in force when it was issued, `latest` that of today's; `digest` the SHA-256 of the bytes that are kept.
    `has_remarks`: somebody wrote one in signing it. `value_cents` is the price of what its loan holds, as far as known.
    """

    loan: Loan
    school: School
    pupil: Pupil | None
    amendment: int
    wording: date
    latest: date
    digest: str
    has_remarks: bool
    value_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderPaper:
    """A paper that awaits the State. `odd`: why it is opened by itself; `unsound`: why it is not signed here."""

    document: Document
    known: Known
    odd: tuple[str, ...] = ()
    unsound: tuple[str, ...] = ()

    @property
    def who(self) -> str:
        """Whom it is for: the pupil, else the school."""
        pupil = self.known.pupil
        return f"{pupil.last_name} {pupil.first_name}" if pupil is not None else self.known.school.name

    @property
    def key(self) -> str:
        """The group that it belongs to: its kind and its case of the decision table."""
        loan = self.known.loan
        case = (loan.usage.value, loan.custody.value, self._school_kind)
        return ".".join((self.document.kind.value, _change(self), *case, self.document.wording.isoformat()))

    @property
    def rule(self) -> str:
        """The case that its group stands for, in French, and its text when there is a newer one."""
        former = self.document.wording != self.known.latest
        return self._case + (f", texte du {long_date(self.document.wording)}" if former else "")

    @property
    def _case(self) -> str:
        if self.document.kind is DocumentKind.AMENDMENT:
            return "Nouveau terme, le reste inchangé" if _change(self) else "Matériel, garde ou école changés"
        where = "Domicile" if self.known.loan.custody is Custody.HOME else "Reste sur place"
        return f"{where}, {self.known.school.kind.label[:1].lower()}{self.known.school.kind.label[1:]}"

    @property
    def _school_kind(self) -> str:
        return "" if self.document.kind is DocumentKind.AMENDMENT else self.known.school.kind.value


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderGroup:
    """Ordinary papers of one kind and one case, school by school."""

    key: str
    kind: DocumentKind
    rule: str
    papers: tuple[FolderPaper, ...]

    @property
    def value_cents(self) -> int:
        """The price of what they lend, each loan counted once."""
        return sum({each.document.loan_id: each.known.value_cents for each in self.papers}.values())

    @property
    def by_school(self) -> list[tuple[str, list[FolderPaper]]]:
        """Its papers under the name of each school."""
        schools: dict[str, list[FolderPaper]] = {}
        for each in self.papers:
            schools.setdefault(each.known.school.name, []).append(each)
        return sorted(schools.items())

    def read_among(self, read: Mapping[UUID, datetime]) -> int:
        """How many of its papers were opened."""
        return sum(each.document.id in read for each in self.papers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """What awaits the State, and may be signed now: `odd` papers one by one, `groups` together, `unsound` ones not.

    `more`: there are others than those, which come once these are signed.
    """

    odd: tuple[FolderPaper, ...]
    groups: tuple[FolderGroup, ...]
    unsound: tuple[FolderPaper, ...]
    more: bool = False

    @property
    def ordinary(self) -> tuple[FolderPaper, ...]:
        """The papers of every group."""
        return tuple(each for group in self.groups for each in group.papers)

    @property
    def signable(self) -> dict[UUID, FolderPaper]:
        """What may be signed, by identifier."""
        return {each.document.id: each for each in (*self.odd, *self.ordinary)}


def state_box(document: Document) -> Signature | None:
    """The box of the State still to sign; None when there is none, or several."""
    boxes = [
        box
        for box in document.signatures
        if box.party is Party.MANAGING_SERVICE and box.status is SignatureStatus.PENDING
    ]
    return boxes[0] if len(boxes) == 1 else None


def looked_at(document: Document, known: Known, today: date) -> FolderPaper:
    """A paper with all that sets it apart, today."""
    odd, unsound = _odd(document, known, today), _unsound(document, known)
    return FolderPaper(document=document, known=known, odd=tuple(odd), unsound=tuple(unsound))


def folder_of(papers: Sequence[FolderPaper], *, more: bool = False) -> Folder:
    """Papers sorted as a signatory takes them: the largest group first, the oldest paper first."""
    groups: dict[str, list[FolderPaper]] = {}
    for each in papers:
        if not each.odd and not each.unsound:
            groups.setdefault(each.key, []).append(each)
    made = [
        FolderGroup(key=key, kind=few[0].document.kind, rule=few[0].rule, papers=tuple(few))
        for key, few in groups.items()
    ]
    kinds = list(DocumentKind)
    return Folder(
        odd=tuple(each for each in papers if each.odd and not each.unsound),
        groups=tuple(sorted(made, key=lambda each: (kinds.index(each.kind), -len(each.papers), each.key))),
        unsound=tuple(each for each in papers if each.unsound),
        more=more,
    )


def unread(chosen: Sequence[FolderPaper], folder: Folder, read: Mapping[UUID, datetime]) -> list[str]:
    """What has to be opened before these papers are signed, by name: each odd one, one at least of each group."""
    left = [
        f"{each.document.kind.label} n° {each.document.number}"
        for each in chosen
        if each.odd and each.document.id not in read
    ]
    keys = {each.key for each in chosen if not each.odd}
    return left + [
        f"{group.kind.label}, {group.rule[:1].lower()}{group.rule[1:]} (aucun papier lu)"
        for group in folder.groups
        if group.key in keys and not group.read_among(read)
    ]


def _odd(document: Document, known: Known, today: date) -> list[str]:
    loan, pupil, why = known.loan, known.pupil, []
    is_receipt = document.kind in RECEIPTS
    if loan.override_reason and not is_receipt:
        why.append(f"Décision motivée du service : {loan.override_reason}")
    if pupil is not None and is_blocked(document, pupil):
        why.append("Désaccord signalé entre les parents")
    if known.amendment >= MANY_AMENDMENTS:
        why.append(f"{known.amendment}e avenant de ce prêt")
    if known.has_remarks:
        why.append("Une personne a écrit une remarque en signant")
    if document.wording != known.wording:
        why.append("Le texte n'est pas le modèle qui était en vigueur à l'émission")
    if not is_receipt and not loan.is_open:
        why.append(f"Le prêt n'est plus en cours : {loan.status.label.lower()}")
    if not is_receipt and pupil is not None and _signers_changed(document, pupil, today):
        why.append("Qui signe pour l'élève a changé depuis l'émission")
    return why


def _unsound(document: Document, known: Known) -> list[str]:
    why = []
    if known.digest != document.sha256:
        why.append("Le fichier gardé n'est plus celui qui a été émis : prévenez qui administre l'installation")
    if state_box(document) is None:
        why.append("Plusieurs cases de l'État attendent sur ce papier : elles se signent sur papier")
    return why


def _signers_changed(document: Document, pupil: Pupil, today: date) -> bool:
    return any(
        box.party is Party.BORROWER
        and box.status is SignatureStatus.PENDING
        and box.signer in (SignerKind.REPRESENTATIVE, SignerKind.PUPIL)
        and not may_be_written_to(box.signer_id, pupil, today)
        for box in document.signatures
    )


def _change(paper: FolderPaper) -> str:
    """What an amendment changes: `renewal` for the last day alone; empty for anything else."""
    return "renewal" if paper.known.loan.renewal == paper.document.id else ""

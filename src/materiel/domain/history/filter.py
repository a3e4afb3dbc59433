"""What a reader of the journal asks for: a kind of thing, an act, somebody or something, two days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from materiel.domain.history.sentence import Subject
from materiel.domain.language.identifiers import clean_uai
from materiel.domain.language.labelled import LabelledEnum
from materiel.errors import MaterielError


class TargetKind(LabelledEnum):
    """Who or what entries are about, with all that hangs from it: a pupil's loans, their papers, their incidents."""

    PUPIL = "pupil", "élève"
    REPRESENTATIVE = "representative", "représentant légal"
    USER = "user", "compte"
    ITEM = "item", "matériel"
    LOAN = "loan", "prêt ou dépôt"
    DOCUMENT = "document", "document"
    SCHOOL = "school", "établissement"


@dataclass(frozen=True, slots=True)
class Target:
    """One person or thing: its kind, and its identifier as the journal keeps it (the UAI of a school)."""

    about: TargetKind
    key: str

    @property
    def id(self) -> UUID:
        """The identifier of anything but a school."""
        return UUID(self.key)

    def __str__(self) -> str:
        return f"{self.about.value}:{self.key}"


def read_target(typed: str) -> Target | None:
    """The target written `pupil:<id>` or `school:<UAI>`, as `str` writes it; None for anything else."""
    kind, _, key = typed.partition(":")
    if kind not in set(TargetKind):
        return None
    about = TargetKind(kind)
    try:
        return Target(about, clean_uai(key) if about is TargetKind.SCHOOL else str(UUID(key)))
    except (ValueError, MaterielError):
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalFilter:
    """What is asked; None or empty asks nothing. Days are civil dates in Paris, both included."""

    subject: Subject | None = None
    action: str = ""
    target: Target | None = None
    first: date | None = None
    last: date | None = None

    @property
    def kept(self) -> dict[str, Any]:
        """What the journal keeps of a filter that somebody exported by: identifiers, no name."""
        asked = {
            "subject": self.subject.value if self.subject else "",
            "action": self.action,
            "target": str(self.target) if self.target else "",
            "first": self.first.isoformat() if self.first else "",
            "last": self.last.isoformat() if self.last else "",
        }
        return {name: value for name, value in asked.items() if value}

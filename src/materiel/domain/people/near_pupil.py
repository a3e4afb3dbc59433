"""Two pupils who are likely to be one: close names and one day of birth, or one name and day and month exchanged.

None of it is refused: twins of close first names exist. Accents, case, hyphens and spaces make no difference already
(`person_name.identity_of`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from materiel.domain.language.folding import name_key, name_words

SHORTEST = 3
"""Letters of a name of which one may be wrong."""


@dataclass(frozen=True, slots=True)
class NearPupil:
    """A pupil beside whom others are held; `line` is that of the file, 0 for one who is known."""

    last_name: str
    first_name: str
    birth_date: date
    line: int = 0

    @property
    def full_name(self) -> str:
        """As people say it."""
        return f"{self.first_name} {self.last_name}"

    def told(self, other: NearPupil) -> str:
        """The sentence that asks whether another is this one; empty when nothing says so."""
        if other.birth_date == exchanged(self.birth_date) and self._keys() == other._keys():
            return f"Même nom que {other._called}, jour et mois de naissance inversés : est-ce le même élève ?"
        if other.birth_date == self.birth_date and self._is_close(other):
            return f"Même jour de naissance et nom proche de {other._called} : est-ce le même élève ?"
        return ""

    @property
    def _called(self) -> str:
        return f"{self.full_name}, ligne {self.line}" if self.line else self.full_name

    def _keys(self) -> tuple[str, str]:
        return name_key(self.last_name), name_key(self.first_name)

    def _is_close(self, other: NearPupil) -> bool:
        """Names of one more word, in the other order, or one of whose letters differs."""
        (last, first), (other_last, other_first) = self._keys(), other._keys()
        if (last, first) == (other_last, other_first):
            return False
        mine, others = set(name_words(self.full_name)), set(name_words(other.full_name))
        if len(mine & others) > 1 and (mine <= others or others <= mine):
            return True
        return (last == other_last and _is_one_letter_away(first, other_first)) or (
            first == other_first and _is_one_letter_away(last, other_last)
        )


def exchanged(day: date) -> date | None:
    """A date whose day and month are exchanged, where that is another one."""
    if day.day == day.month or day.day > 12:
        return None
    return date(day.year, day.day, day.month)


def _is_one_letter_away(one: str, other: str) -> bool:
    """Whether one letter is wrong, missing or too many, or two neighbours exchanged."""
    if min(len(one), len(other)) < SHORTEST or abs(len(one) - len(other)) > 1 or one == other:
        return False
    start = next((at for at, (left, right) in enumerate(zip(one, other, strict=False)) if left != right), None)
    if start is None:
        return True
    left, right = one[start:], other[start:]
    return (
        left[1:] == right[1:]
        or left[1:] == right
        or left == right[1:]
        or (left[:2] == right[1::-1] and left[2:] == right[2:])
    )

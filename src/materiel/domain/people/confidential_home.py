"""An address not to be communicated, at the request of whoever lives there: which texts tell it all the same.

One comparison for whoever asks: the service, which papers tell a home that became confidential; the copy of a person's
data, which of them tell what is withheld from whoever receives it.
"""

from __future__ import annotations

from collections.abc import Iterable

from materiel.domain.language.folding import name_words
from materiel.domain.people.pupil import Pupil


def tells_any(text: str, words: Iterable[str]) -> bool:
    """Whether a text holds one of these, however either is typed or typeset: capitals, blanks, apostrophes, points."""
    wanted = {_bare(word) for word in words} - {""}
    if not wanted:
        return False
    told = _bare(text)
    return any(word in told for word in wanted)


def hidden_lines(pupil: Pupil) -> set[str]:
    """The lines of the homes that are not to be told, but for those that another home tells."""
    shown = {_bare(line) for home in pupil.homes if not home.confidential for line in home.address.lines}
    hidden = {line for home in pupil.homes if home.confidential for line in home.address.lines}
    return {line for line in hidden if _bare(line) not in shown}


def _bare(text: str) -> str:
    return "".join(name_words(text))

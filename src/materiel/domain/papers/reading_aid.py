"""What helps to read a paper and does not replace it: the same words in large letters, an agreement in plain words."""

from __future__ import annotations

from materiel.domain.language.labelled import LabelledEnum
from materiel.domain.papers.document import AGREEMENTS


class ReadingAid(LabelledEnum):
    """An aid; the stored value is the public name of the API."""

    LARGE_PRINT = "large_print", "En gros caractères"
    SUMMARY = "summary", "Résumé en mots simples"


def aids_asked(kind: str, *, large: bool, plain: bool) -> tuple[ReadingAid, ...]:
    """What is printed after a paper, from what the record of its pupil asks: only agreements are told twice."""
    if kind not in AGREEMENTS:
        return ()
    asked = ((ReadingAid.LARGE_PRINT, large), (ReadingAid.SUMMARY, plain))
    return tuple(aid for aid, is_asked in asked if is_asked)

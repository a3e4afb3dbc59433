"""What helps to read a paper and does not replace it: the same words in large letters, an agreement in plain words."""

from __future__ import annotations

from materiel.domain.language.labelled import LabelledEnum


class ReadingAid(LabelledEnum):
    """An aid; the stored value is the public name of the API."""

    LARGE_PRINT = "large_print", "En gros caractères"
    SUMMARY = "summary", "Résumé en mots simples"

"""How a rule cites its text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """One legal text, precise enough for a jurist to open it: `article` names the paragraph or the article."""

    title: str
    article: str = ""

    def __str__(self) -> str:
        return f"{self.title}, {self.article}" if self.article else self.title


def _circulaire_2001_221(article: str) -> Source:
    return Source("circulaire n° 2001-221 du 29 octobre 2001", article)


CIRC_2001_221_INDIVIDUAL = _circulaire_2001_221("« Prêt à usage individuel d'un élève »")
CIRC_2001_221_SHARED = _circulaire_2001_221("« Mise à disposition de matériel à usage collectif »")
CIRC_2001_221_TABLE = _circulaire_2001_221("tableau récapitulatif")
CIRC_2016_117 = Source("circulaire n° 2016-117 du 8 août 2016", "§ 2.5")


def education_code(article: str) -> Source:
    """An article of the Code de l'éducation."""
    return Source("Code de l'éducation", f"art. {article}")

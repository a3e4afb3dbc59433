"""The level of a school, for figures: told by the code of its nature in the « Annuaire de l'éducation »."""

from __future__ import annotations

from materiel.domain.language.labelled import LabelledEnum
from materiel.domain.places.classification import MEDICO_EDUCATIONAL_NATURES, PRIMARY_NATURES


class SchoolLevel(LabelledEnum):
    """Where pupils are in their schooling; a « primaire » school, which has both, counts as élémentaire."""

    NURSERY = "nursery", "École maternelle"
    PRIMARY = "primary", "École élémentaire ou primaire"
    LOWER_SECONDARY = "lower_secondary", "Collège"
    UPPER_SECONDARY = "upper_secondary", "Lycée général, technologique ou polyvalent"
    VOCATIONAL = "vocational", "Lycée professionnel"
    ADAPTED = "adapted", "Enseignement adapté ou médico-éducatif"
    OTHER = "other", "Autre"


_NURSERY = range(101, 104)
_LOWER_SECONDARY = frozenset({340, 349, 350, 352})
_UPPER_SECONDARY = frozenset({300, 301, 302, 303, 306, 307, 312, 335})
_VOCATIONAL = frozenset({320, 332, 334, 380})
_ADAPTED = frozenset({370, 371, 390})
_LEVELS = (
    (_NURSERY, SchoolLevel.NURSERY),
    (PRIMARY_NATURES, SchoolLevel.PRIMARY),
    (_LOWER_SECONDARY, SchoolLevel.LOWER_SECONDARY),
    (_UPPER_SECONDARY, SchoolLevel.UPPER_SECONDARY),
    (_VOCATIONAL, SchoolLevel.VOCATIONAL),
    (_ADAPTED, SchoolLevel.ADAPTED),
    (MEDICO_EDUCATIONAL_NATURES, SchoolLevel.ADAPTED),
)


def level_of(nature_code: str) -> SchoolLevel:
    """The level of a school; `OTHER` for a nature that is none, or not published."""
    nature = int(nature_code) if nature_code.isdecimal() else 0
    return next((level for natures, level in _LEVELS if nature in natures), SchoolLevel.OTHER)

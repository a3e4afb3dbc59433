"""Official and local identifiers: UAI, SIREN and SIRET, INSEE commune codes, INE, inventory numbers.

Formats and check digits only: whether the thing exists is not known here. A function named `…_fault` answers
None when the value is right, else one French sentence that says what is wrong and what to do.
Source: domain reference § 3.1 to § 3.4; the UAI letter was verified on 1 609 published schools.
"""

from __future__ import annotations

import re
from functools import lru_cache

from materiel.domain.language.folding import fold

UAI_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
"""The 23 check letters of a UAI, without I, O and Q; the letter's rank is the number modulo 23."""

LA_POSTE_SIREN = "356000000"
INVENTORY_NUMBER_MAX = 25

_UAI_SHAPE = re.compile(r"[0-9]{7}[A-Z]")
_UAI_LESS_A_ZERO = re.compile(r"[0-9]{6}[A-Z]")
_UAI_USUAL_PREFIX = re.compile(r"(0[0-8][0-9]|09[0-5]|9[78][0-9]|[67]20)")
_INSEE_SHAPE = re.compile(r"[0-9]{5}|2[AB][0-9]{3}")
_INVENTORY_ALPHABET = re.compile(r"[A-Z0-9./_-]+")
_PATTERN_FIELD = re.compile(r"\{(dep|year|seq)(?::0?([1-9]))?\}")


def uai_letter(digits: str) -> str:
    """The check letter of the seven digits of a UAI."""
    return UAI_LETTERS[int(digits) % len(UAI_LETTERS)]


def clean_uai(text: str) -> str:
    """Trim, drop inner spaces, upper-case; give back the leading zero a spreadsheet ate when the letter then agrees."""
    uai = "".join(text.split()).upper()
    if _UAI_LESS_A_ZERO.fullmatch(uai) and uai_letter(uai[:6]) == uai[6]:
        return f"0{uai}"
    return uai


def uai_fault(uai: str) -> str | None:
    """What is wrong with a UAI (« unité administrative immatriculée »), or None."""
    if not _UAI_SHAPE.fullmatch(uai):
        return f"« {uai[:20]} » n'est pas un UAI : il faut sept chiffres puis une lettre, par exemple 0350122T."
    if uai_letter(uai[:7]) != uai[7]:
        return (
            f"UAI « {uai} » : la lettre de contrôle ne correspond pas aux chiffres. "
            "Vérifiez le code dans l'annuaire de l'éducation."
        )
    return None


def uai_has_unusual_prefix(uai: str) -> bool:
    """The first three digits are no département known to the coding; some historic codes are so, hence no
    refusal."""
    return not _UAI_USUAL_PREFIX.match(uai)


def passes_luhn(digits: str) -> bool:
    """The Luhn check of SIREN and SIRET numbers."""
    total = 0
    for rank, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if rank % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def is_siren(text: str) -> bool:
    """Nine digits that pass the Luhn check."""
    return bool(re.fullmatch(r"[0-9]{9}", text)) and passes_luhn(text)


def is_siret(text: str) -> bool:
    """Fourteen digits, Luhn over all and over the SIREN; for La Poste the sum of the digits is a multiple of five."""
    if not re.fullmatch(r"[0-9]{14}", text) or not is_siren(text[:9]):
        return False
    if text.startswith(LA_POSTE_SIREN) and sum(map(int, text)) % 5 == 0:
        return True
    return passes_luhn(text)


def is_insee_code(text: str) -> bool:
    """The code of a commune: five characters, text and not a number (leading zeros, `2A`, `2B`)."""
    return bool(_INSEE_SHAPE.fullmatch(text))


def legal_commune(insee_code: str) -> str:
    """The commune that has a mayor: Paris, Lyon or Marseille for the code of one of their arrondissements (E34).

    Files also write 75100 for the whole of Paris, a code that no commune bears; so would 69380 and 13200 be.
    """
    if "75100" <= insee_code <= "75120":
        return "75056"
    if "69380" <= insee_code <= "69389":
        return "69123"
    if "13200" <= insee_code <= "13216":
        return "13055"
    return insee_code


def codes_of_commune(insee_code: str) -> tuple[str, ...]:
    """Every code under which the annuaire writes a legal commune: its arrondissements' for Paris, Lyon, Marseille."""
    arrondissements = {"75056": range(75101, 75121), "69123": range(69381, 69390), "13055": range(13201, 13217)}
    return (insee_code, *map(str, arrondissements.get(insee_code, ())))


WHOLE_CITIES = frozenset({"75100", "69380", "13200"})
"""Codes that name the whole of Paris, Lyon or Marseille as if it were an arrondissement: the city's own is meant."""

LEGAL_COMMUNE_NAMES = {"75056": "Paris", "69123": "Lyon", "13055": "Marseille"}


def departement_of_commune(insee_code: str) -> str:
    """The three-character code of a commune's département, as the annuaire writes it: `035`, `02A`, `974`."""
    return insee_code[:3] if insee_code[:2] in {"97", "98"} else f"0{insee_code[:2]}"


def clean_inventory_number(text: str) -> str:
    """Trim, collapse inner spaces into none and upper-case, so that one object has one spelling."""
    return "".join(text.split()).upper()


_PLACEHOLDERS = frozenset(
    (
        *("na", "nc", "nd", "ns", "np", "hs", "sans", "sansn", "sansno", "sansnumero", "sansnum", "sansinv"),
        *("pasinv", "pasdinv", "pasinventorie", "noninventorie", "pasdenumero", "aucun", "aucune", "neant"),
        *("inconnu", "inconnue", "vide", "adefinir", "avoir", "acompleter", "encours", "encommande"),
        *("none", "null", "unknown", "todo", "tbd", "xxx", "numero", "numeroinventaire", "inventaire"),
        *("total", "soustotal", "totalgeneral"),
        *("tobefilledbyoem", "defaultstring", "systemserialnumber"),
        *("notspecified", "notavailable", "notapplicable"),
    )
)


_SAYS_A_NUMBER = re.compile("[1-9]")
"""No placeholder holds another figure than zeros."""


def is_placeholder(text: str) -> bool:
    """Whether a cell for a number says that there is none: « pas inv », « N/A », « - », « 0 », what a maker left."""
    if _SAYS_A_NUMBER.search(text):
        return False
    bare = "".join(each for each in fold(text) if each.isalnum())
    return bare in _PLACEHOLDERS or not bare.strip("0")


def inventory_number_fault(number: str, *, pattern: str = "", departement: str = "") -> str | None:
    """What is wrong with an inventory number (« numéro d'inventaire ») already cleaned, or None.

    Args:
        pattern: the service's own, `""` for none; see `inventory_regex`.
        departement: of the service, for `{dep}`.
    """
    if not number:
        return "Indiquez le numéro d'inventaire."
    if len(number) > INVENTORY_NUMBER_MAX:
        return f"Le numéro d'inventaire compte {len(number)} caractères ; {INVENTORY_NUMBER_MAX} au plus."
    if is_placeholder(number):
        return f"« {number} » n'est pas un numéro d'inventaire : donnez-en un à ce matériel, puis écrivez-le."
    if not _INVENTORY_ALPHABET.fullmatch(number):
        return (
            "Le numéro d'inventaire ne contient que des lettres sans accent, des chiffres "
            "et les signes . / _ - ; corrigez les autres caractères."
        )
    if pattern and not inventory_regex(pattern, departement).fullmatch(number):
        return f"Le numéro d'inventaire « {number} » ne suit pas le modèle du service : {pattern}."
    return None


@lru_cache(maxsize=64)
def inventory_regex(pattern: str, departement: str = "") -> re.Pattern[str]:
    """The expression of a service's pattern such as `{dep}-{year}-{seq:05}`.

    `{dep}` is the département without its leading zero, `{year}` four digits, `{seq:05}` five digits
    (`{seq}` any number of them); the rest is literal.

    Raises:
        ValueError: a brace is left that is none of the three fields.
    """
    expression = ""
    position = 0
    for field in _PATTERN_FIELD.finditer(pattern):
        expression += re.escape(_literal(pattern[position : field.start()]))
        position = field.end()
        if field[1] == "dep":
            expression += f"0?{re.escape(departement.lstrip('0'))}" if departement else "[0-9AB]{2,3}"
        elif field[1] == "year":
            expression += "(19|20)[0-9]{2}"
        else:
            expression += f"[0-9]{{{field[2]}}}" if field[2] else "[0-9]+"
    return re.compile(expression + re.escape(_literal(pattern[position:])))


def _literal(text: str) -> str:
    if "{" in text or "}" in text:
        raise ValueError(f"unknown field in inventory pattern: {text}")
    return text.upper()

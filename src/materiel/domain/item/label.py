"""Labels (« étiquettes ») stuck on items: the address that their QR code holds, and what a stranger may read.

Law: RGPD, art. 5 and 9. That a pupil holds such equipment tells of a disability, so a label names the
managing service, never the kind of object nor the scheme.
"""

from __future__ import annotations

import re

from materiel.domain.accounts.service import ManagingService
from materiel.domain.language.folding import fold
from materiel.errors import RuleBroken

LONGEST_ADDRESS = 47
"""Characters of a version 3-Q code in alphanumeric mode."""

_ADDRESS = re.compile(r"HTTPS?://[0-9A-Z$%*+./:-]+")

_REVEALING = re.compile(r"\b(?:handicap\w*|adapt\w*|invalid\w*|inclusi\w*|mpa|ash|mdph|cdaph|sdei|aesh|ulis)\b")


def label_address(base_url: str, public_code: str) -> str:
    """The text of an item's code: `<BASE>/Q/<CODE>` in upper case, which a QR code packs twice as tight.

    Raises:
        RuleBroken: `label.address_too_long` or `label.address_not_printable`, both settled by another
            `MATERIEL_LABEL_URL`.
    """
    base = base_url.rstrip("/")
    address = f"{base}/Q/{public_code}".upper()
    if len(address) > LONGEST_ADDRESS:
        longest = LONGEST_ADDRESS - len("/Q/") - len(public_code)
        raise RuleBroken(
            "label.address_too_long",
            f"L'adresse des étiquettes, «\u00a0{base[:80]}\u00a0», compte {len(base)} caractères\u00a0; "
            f"une étiquette en admet {longest}. Choisissez une adresse plus courte dans le réglage "
            "MATERIEL_LABEL_URL.",
        )
    if not _ADDRESS.fullmatch(address):
        raise RuleBroken(
            "label.address_not_printable",
            f"L'adresse des étiquettes, «\u00a0{base}\u00a0», contient un caractère qui n'entre pas dans le code "
            "d'une étiquette. N'employez que des lettres sans accent, des chiffres, des points et des tirets "
            "dans le réglage MATERIEL_LABEL_URL.",
        )
    return address


def name_for_strangers(service: ManagingService) -> str:
    """The service's name as anyone may read it: its kind when the name itself tells what its objects are for.

    « Rectorat, pôle matériel adapté » becomes « Rectorat ».
    """
    return service.kind.label if _REVEALING.search(fold(service.name)) else service.name

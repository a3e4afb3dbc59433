"""The six neutral families of items: all that a third party reads of what a pupil borrows.

Law: circulaire n° 2001-221 (the notice owes the nature of the loan and its beneficiary); RGPD, art. 5 and 9: a
category such as « Déficience visuelle » would tell a mayor of a disability. The list is closed and an item bears one
of its words; the category stays free, for the service's own eyes (domain § 4.2 and 8.1).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from materiel.domain.language.labelled import LabelledEnum


class ItemFamily(LabelledEnum):
    """What an item is, in a word that tells nothing of whoever uses it."""

    COMPUTER = "computer", "Ordinateur"
    TABLET = "tablet", "Tablette"
    COMPUTER_ACCESSORY = "computer_accessory", "Accessoire informatique"
    SOFTWARE = "software", "Logiciel"
    BOOK_OR_DOCUMENT = "book_or_document", "Livre ou document"
    OTHER = "other", "Matériel pédagogique"

    @property
    def word(self) -> str:
        """The family inside a sentence."""
        return self.label.lower()


HOLDING_DATA = frozenset({ItemFamily.COMPUTER, ItemFamily.TABLET})
"""What keeps the work and the accounts of a pupil, to be erased when it comes back (RGPD, art. 5)."""

WITH_SOFTWARE = HOLDING_DATA | {ItemFamily.SOFTWARE}
"""What a licence is lent with, or is."""

WORDS: dict[ItemFamily, tuple[str, ...]] = {
    ItemFamily.COMPUTER: (
        *("ordinateur", "ordinateurs", "ordi", "micro-ordinateur", "pc", "laptop", "netbook", "ultrabook"),
        *("ultraportable", "macbook", "imac", "chromebook", "thinkpad", "unite centrale", "^portable"),
    ),
    ItemFamily.TABLET: ("tablette", "tablettes", "ipad", "ardoise numerique"),
    ItemFamily.COMPUTER_ACCESSORY: (
        *("accessoire informatique", "accessoires informatiques", "peripherique", "peripheriques"),
        *("clavier", "claviers", "pave numerique", "guide-doigts", "souris", "trackball", "joystick", "contacteur"),
        *("imprimante", "imprimantes", "embosseuse", "scanner", "scanneur", "ecran", "moniteur", "webcam", "stylet"),
        *("plage braille", "afficheur braille", "terminal braille", "bloc-notes braille", "interface", "adaptateur"),
        *("cable", "chargeur", "batterie", "disque dur", "disque externe", "cle usb", "carte memoire", "hub"),
        *("housse", "sacoche"),
    ),
    ItemFamily.SOFTWARE: ("logiciel", "logiciels", "licence", "licences", "software", "progiciel"),
    ItemFamily.BOOK_OR_DOCUMENT: (
        *("livre", "livres", "manuel", "manuels", "dictionnaire", "dictionnaires", "atlas", "ouvrage", "ouvrages"),
        *("document", "documents", "partition", "partitions", "roman", "romans", "cahier", "cahiers"),
    ),
    # The thing comes first in French, what it is for comes after: « lecteur de livres » is no book.
    ItemFamily.OTHER: (
        *("lecteur", "liseuse", "machine", "telephone", "casque", "micro", "microphone", "enregistreur", "dictaphone"),
        *("boucle", "emetteur", "emetteurs", "recepteur", "recepteurs", "loupe", "agrandisseur", "teleagrandisseur"),
        *("table", "bureau", "siege", "fauteuil", "chaise", "pupitre", "support", "bras", "chariot", "sac", "valise"),
        *("jeu", "jeux", "kit", "malette", "mallette", "ensemble", "pack", "lot"),
    ),
}
"""The words that tell a family, folded; « ^ » asks to be the first word. The leftmost of a text decides."""

_FAMILY_OF = {word.removeprefix("^"): family for family, words in WORDS.items() for word in words}
_FIRST_ONLY = frozenset(word.removeprefix("^") for words in WORDS.values() for word in words if word.startswith("^"))
_ANY_WORD = re.compile(
    r"(?<![\w-])(?:" + "|".join(re.escape(word) for word in sorted(_FAMILY_OF, key=len, reverse=True)) + r")(?![\w-])"
)


def guess_family(designation: str, category: str = "") -> ItemFamily:
    """The family that the words of an item tell; `OTHER` when they tell none, or leave a doubt.

    A category that says « logiciel » decides alone: a licence is often called by its trade name.
    """
    of_category = _told_by(category)
    if of_category is ItemFamily.SOFTWARE:
        return of_category
    return _told_by(designation) or of_category or ItemFamily.OTHER


def counted_families(families: Iterable[ItemFamily]) -> tuple[str, ...]:
    """« ordinateur (1) », « accessoire informatique (2) »: the families with their number, in order of appearance."""
    return tuple(f"{family.word} ({count})" for family, count in Counter(families).items())


@lru_cache(maxsize=1024)
def _told_by(text: str) -> ItemFamily | None:
    folded = _folded(text)
    for found in _ANY_WORD.finditer(folded):
        if found[0] not in _FIRST_ONLY or found.start() == 0:
            return _FAMILY_OF[found[0]]
    return None


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.replace("’", "'")).casefold()
    return " ".join("".join(each for each in decomposed if not unicodedata.combining(each)).split())

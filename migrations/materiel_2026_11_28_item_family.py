"""The neutral family of each item, the only word of it that a third party reads.

Items already on file get the family that their words tell, the doubtful ones « other ». The table of words is copied
here: what this migration did must not change when the one of `domain/item_family.py` does. The previous release runs
on this schema: it does not name the column, which says « other » by default.
"""

import re
import unicodedata

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder
from piccolo.querystring import QueryString

ID = "2026-11-28T00:00:05:000000"
VERSION = "1.38.0"
DESCRIPTION = "item_family"

FAMILIES = ("computer", "tablet", "computer_accessory", "software", "book_or_document", "other")
WORDS = {
    "computer": (
        "ordinateur ordinateurs ordi micro-ordinateur pc laptop netbook ultrabook ultraportable macbook imac chromebook"
        " thinkpad unite_centrale ^portable"
    ),
    "tablet": "tablette tablettes ipad ardoise_numerique",
    "computer_accessory": (
        "accessoire_informatique accessoires_informatiques peripherique peripheriques clavier claviers pave_numerique"
        " guide-doigts souris trackball joystick contacteur imprimante imprimantes embosseuse scanner scanneur ecran"
        " moniteur webcam stylet plage_braille afficheur_braille terminal_braille bloc-notes_braille interface"
        " adaptateur cable chargeur batterie disque_dur disque_externe cle_usb carte_memoire hub housse sacoche"
    ),
    "software": "logiciel logiciels licence licences software progiciel",
    "book_or_document": (
        "livre livres manuel manuels dictionnaire dictionnaires atlas ouvrage ouvrages document documents partition"
        " partitions roman romans cahier cahiers"
    ),
    "other": (
        "lecteur liseuse machine telephone casque micro microphone enregistreur dictaphone boucle emetteur emetteurs"
        " recepteur recepteurs loupe agrandisseur teleagrandisseur table bureau siege fauteuil chaise pupitre support"
        " bras chariot sac valise jeu jeux kit malette mallette ensemble pack lot"
    ),
}
FAMILY_OF = {word.replace("_", " "): family for family, words in WORDS.items() for word in words.split()}
ANY_WORD = re.compile(
    r"(?<![\w-])(?:"
    + "|".join(re.escape(word.removeprefix("^")) for word in sorted(FAMILY_OF, key=len, reverse=True))
    + r")(?![\w-])"
)

ADD = (
    "ALTER TABLE item ADD COLUMN family VARCHAR(20) NOT NULL DEFAULT 'other'"
    f" CHECK (family IN ({', '.join(repr(family) for family in FAMILIES)}))"
)
INDEX = "CREATE INDEX ix_item_service_family_id ON item (service, family, id)"
TOGETHER = 500


def told_by(text: str) -> str:
    """The family of the leftmost word that tells one, or nothing."""
    decomposed = unicodedata.normalize("NFKD", text.replace("’", "'")).casefold()
    folded = " ".join("".join(each for each in decomposed if not unicodedata.combining(each)).split())
    for found in ANY_WORD.finditer(folded):
        if found[0] in FAMILY_OF:
            return FAMILY_OF[found[0]]
        if found.start() == 0:
            return FAMILY_OF[f"^{found[0]}"]
    return ""


def guessed(designation: str, category: str) -> str:
    """The family that the words of an item tell."""
    of_category = told_by(category)
    return of_category if of_category == "software" else told_by(designation) or of_category or "other"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def change() -> None:
        engine = engine_finder()
        await engine.run_ddl(ADD)
        last = "00000000-0000-0000-0000-000000000000"
        while rows := await engine.run_querystring(
            QueryString(
                f"SELECT CAST(id AS TEXT) AS id, designation, category FROM item WHERE id > '{last}'"
                f" ORDER BY item.id LIMIT {TOGETHER}"
            )
        ):
            found: dict[str, list[str]] = {}
            for row in rows:
                found.setdefault(guessed(row["designation"], row["category"]), []).append(row["id"])
            for family, ids in found.items():
                if family != "other":
                    named = ", ".join(f"'{each}'" for each in ids)
                    await engine.run_ddl(f"UPDATE item SET family = '{family}' WHERE id IN ({named})")
            last = rows[-1]["id"]
        await engine.run_ddl(INDEX)

    manager.add_raw(change)
    return manager

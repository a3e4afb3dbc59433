"""The drawing of an item on which marks are put: its views, the nine places of each, and what a mark may be.

A place has a name before it has a point on a drawing: « écran, en haut à gauche » is chosen in a list, read aloud and
printed; the drawing only shows it again. Pure.
"""

from __future__ import annotations

from enum import Enum

from materiel.domain.item.family import ItemFamily
from materiel.domain.item.item import Item
from materiel.domain.language.folding import name_key
from materiel.domain.language.labelled import LabelledEnum


class ItemView(LabelledEnum):
    """One side of an item as it is drawn."""

    SCREEN = "screen", "Écran"
    KEYBOARD = "keyboard", "Clavier"
    LID = "lid", "Capot fermé"
    BASE = "base", "Dessous"
    FRONT = "front", "Devant"
    BACK = "back", "Derrière"


class ItemZone(LabelledEnum):
    """One of the nine places of a view, row by row."""

    TOP_LEFT = "top_left", "en haut à gauche"
    TOP = "top", "en haut au milieu"
    TOP_RIGHT = "top_right", "en haut à droite"
    LEFT = "left", "à gauche, à mi-hauteur"
    CENTRE = "centre", "au centre"
    RIGHT = "right", "à droite, à mi-hauteur"
    BOTTOM_LEFT = "bottom_left", "en bas à gauche"
    BOTTOM = "bottom", "en bas au milieu"
    BOTTOM_RIGHT = "bottom_right", "en bas à droite"

    @property
    def cell(self) -> tuple[int, int]:
        """Its column and its row, from 0 to 2."""
        row, column = divmod(list(ItemZone).index(self), 3)
        return column, row


class MarkKind(LabelledEnum):
    """What is seen; a fact, never whose fault it is nor whether it is wear."""

    SCRATCH = "scratch", "Rayure"
    DENT = "dent", "Choc"
    MISSING_KEY = "missing_key", "Touche manquante"
    CRACKED = "cracked", "Écran fêlé"
    OTHER = "other", "Autre"


class Outline(Enum):
    """A plain drawing, by what an item is: the views that it has, the most seen first."""

    COMPUTER = (ItemView.SCREEN, ItemView.KEYBOARD, ItemView.LID, ItemView.BASE)
    TABLET = (ItemView.SCREEN, ItemView.BACK)
    KEYBOARD = (ItemView.KEYBOARD, ItemView.BASE)
    HEADSET = (ItemView.FRONT, ItemView.BACK)
    PLAIN = (ItemView.FRONT, ItemView.BACK, ItemView.BASE)

    @property
    def views(self) -> tuple[ItemView, ...]:
        """Its views, in order."""
        found: tuple[ItemView, ...] = self.value
        return found

    @property
    def word(self) -> str:
        """What the drawings are filed under."""
        return self.name.lower()


_WORDS = (
    (("clavier", "braille", "plage"), Outline.KEYBOARD),
    (("casque", "ecouteur", "micro hf", "micro-casque", "recepteur"), Outline.HEADSET),
)


def outline_of(item: Item) -> Outline:
    """The drawing of an item: by its family, then by the words of its designation or category; else plain sides."""
    if item.family is ItemFamily.COMPUTER:
        return Outline.COMPUTER
    if item.family is ItemFamily.TABLET:
        return Outline.TABLET
    said = name_key(f"{item.designation} {item.category}")
    return next((found for words, found in _WORDS if any(word in said for word in words)), Outline.PLAIN)


def place_name(view: ItemView, zone: ItemZone) -> str:
    """A place as it is read: « écran, en haut à gauche »."""
    return f"{view.label.lower()}, {zone.label}"

"""Text safety: what a person typed becomes text that every document can draw, or a sentence saying why not.

Nothing here knows a markup: a name such as `<b>Dupont</b>` is printed as it was typed. `clean` removes what has no
shape (controls, direction overrides, invisible characters); `check_drawable` is called when a person types, so that a
document never meets a character it cannot draw; `drawable` is the last line of defence, at drawing time.

Right-to-left names are refused with a request for the Latin spelling: an agreement names a person as the
identity document does, and letters set in the wrong order would name no one.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from materiel.documents.fonts import DRAWABLE
from materiel.errors import RuleBroken

NAME_LIMIT = 200
"""Longest name or cell, in characters."""

PARAGRAPH_LIMIT = 20_000
"""Longest run of a document; only a fault upstream makes a longer one."""

_SHAPELESS = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u115f\u1160\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\uffff\ud800-\udfff\U000e0000-\U000e0fff]"
)
_BLANKS = re.compile("[\t\n\x0b\x0c\r\x85 \u1680\u2000-\u2006\u2008-\u200a\u2028\u2029\u205f\u3000]+")
_STACKED_MARKS = re.compile("([\u0300-\u036f\u0483-\u0489\u20d0-\u20ff]{2})[\u0300-\u036f\u0483-\u0489\u20d0-\u20ff]+")

_SUBSTITUTES = str.maketrans(
    {
        "\u2007": "\u00a0",  # figure space
        "\u2032": "'",
        "\u2033": '"',
        "\u02bc": "’",
        "\u2015": "—",
        "\u2212": "−",
        "\ufb00": "ff",
        "\ufb01": "fi",
        "\ufb02": "fl",
        "\ufb03": "ffi",
        "\ufb04": "ffl",
    }
)
"""Same meaning, drawn by the fonts: inch and minute signs, ligatures kept by a copy from a PDF."""

_RIGHT_TO_LEFT = {"R", "AL", "AN"}


@dataclass(frozen=True, slots=True)
class TextProblem:
    """Why a text cannot be printed. `characters` are those at fault, each once, in order; `message` is French."""

    code: str
    characters: tuple[str, ...]
    message: str


def clean(text: str, limit: int = NAME_LIMIT) -> str:
    """The text composed (NFC), without shapeless characters, blanks run together, cut to `limit` characters.

    A text that is too long ends with « … »; a heap of combining marks on one letter is brought to two.
    """
    if len(text) > 4 * limit:
        text = text[: 4 * limit]
    if not text.isascii() or not text.isprintable():
        text = _SHAPELESS.sub("", unicodedata.normalize("NFC", text))
        text = _STACKED_MARKS.sub(r"\1", text).translate(_SUBSTITUTES)
    text = _BLANKS.sub(" ", text).strip(" ")
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def is_plain(text: str) -> bool:
    """Whether a text, and so any part of it, is drawn as it is: nothing in it is at fault."""
    return DRAWABLE.issuperset(text) and unicodedata.is_normalized("NFC", text)


def check_drawable(text: str) -> list[TextProblem]:
    """What in a text cannot be printed: nothing, or right-to-left letters, or characters the fonts lack.

    Meant for input: the text is cleaned first, so that what `clean` removes is no fault.
    """
    if is_plain(text):
        # Cleaning takes signs away, or puts drawable ones in their place.
        return []
    cleaned = clean(text, PARAGRAPH_LIMIT)
    if DRAWABLE.issuperset(cleaned):
        return []
    missing = tuple(dict.fromkeys(character for character in cleaned if character not in DRAWABLE))
    right_to_left = tuple(c for c in missing if unicodedata.bidirectional(c) in _RIGHT_TO_LEFT)
    others = tuple(c for c in missing if c not in right_to_left)
    problems = []
    if right_to_left:
        problems.append(
            TextProblem(
                "text.right_to_left",
                right_to_left,
                f"Ce texte contient des lettres qui s’écrivent de droite à gauche ({_named(right_to_left)}). "
                "Saisissez le nom en lettres latines, comme il figure sur la pièce d’identité ou le titre de séjour.",
            )
        )
    if others:
        problems.append(
            TextProblem(
                "text.not_drawable",
                others,
                f"Ce texte contient des caractères qui ne peuvent pas être imprimés ({_named(others)}). "
                "Retirez-les, ou écrivez-les en lettres latines.",
            )
        )
    return problems


def drawable(text: str, limit: int = PARAGRAPH_LIMIT) -> str:
    """The cleaned text, certain to be drawn.

    Raises:
        RuleBroken: `text.right_to_left` or `text.not_drawable`, with the sentence of `check_drawable`.
    """
    cleaned = clean_run(text, limit)
    if DRAWABLE.issuperset(cleaned):
        return cleaned
    problem = check_drawable(cleaned)[0]
    raise RuleBroken(problem.code, problem.message)


@lru_cache(maxsize=1_024)
def clean_run(text: str, limit: int = PARAGRAPH_LIMIT) -> str:
    """As `clean`, but one blank stays at each end: runs of one paragraph follow each other."""
    if text.isascii() and text.isprintable() and len(text) <= limit:
        return text
    cleaned = clean(text, limit)
    before = " " if text[:1].isspace() and text[:1] not in "\u00a0\u202f" else ""
    after = " " if len(text) > 1 and text[-1:].isspace() and text[-1:] not in "\u00a0\u202f" else ""
    return before + cleaned + after if cleaned else before


def _named(characters: tuple[str, ...], shown: int = 8) -> str:
    """The characters with their code points, in French: « 😀 » (U+1F600), and so on."""
    named = [f"«\u00a0{character}\u00a0» U+{ord(character):04X}" for character in characters[:shown]]
    return ", ".join(named) + (", …" if len(characters) > shown else "")

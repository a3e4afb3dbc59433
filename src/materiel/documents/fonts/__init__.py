"""The three faces that documents embed, and how a string is split between them.

Text is set in Atkinson Hyperlegible, drawn for readers with low vision; DejaVu Sans lends the characters that
it lacks (Vietnamese, Cyrillic, Greek, symbols). Both files were reduced by `scripts/prepare/fonts`; their
licences stand beside them. The faces are read once per process and may be shared between threads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from threading import Lock

from reportlab.pdfbase.ttfonts import TTFontFace

_FOLDER = Path(__file__).parent

_LATIN = "".join(map(chr, (*range(0x20, 0x7F), *(code for code in range(0xA1, 0x100) if code != 0xAD))))
_FRENCH = "\u00a0\u202fŒœŸ€‘’“”„–—…•‹›™\u2011−"
_NEIGHBOURS = "ŽžŠšČčĆćŁłŞşĐđ"
SLASHED_ZERO = "\ue030"
"""The zero that no one takes for an O, for codes; that of dates, sums, addresses and telephones is plain.

A private code point, that nothing typed may hold; what is drawn with it is read, copied and searched as « 0 ».
"""

FIXED_CHARACTERS = _LATIN + _FRENCH + _NEIGHBOURS + SLASHED_ZERO
"""Characters that have the same code in every document: French, and the names of neighbouring languages.

A fixed code makes a line of text the same bytes in every document, so that a clause is laid out and encoded
once per process, and the embedded font is built and compressed once.
"""


class Face:
    """One font file: which characters it has, how wide they are, and subsets of it for embedding.

    `resource` is the letter of its names in a page's resources. `fixed` tells whether its first subset is
    `FIXED_CHARACTERS`; a face without it is subsetted for each document.
    """

    def __init__(self, file: str, resource: str, *, fixed: bool) -> None:
        """Read the file; about five milliseconds."""
        self._font = TTFontFace(str(_FOLDER / file))
        self._lock = Lock()
        self.resource = resource
        self.name: str = Path(file).stem
        glyphs = self._font.charToGlyph
        self.coverage = frozenset(chr(code) for code in glyphs if code >= 0x20) - {"\x7f"}
        self._widths = {chr(code): float(self._font.getCharWidth(code)) for code in glyphs}
        characters = [character for character in FIXED_CHARACTERS if character in self.coverage]
        self.fixed = frozenset(characters) if fixed else frozenset[str]()
        # Codes 32-126 are ASCII itself, so that a page's bytes stay legible; the others follow from 128 on,
        # and the slashed zero has the one between them.
        later = iter(range(0x80, 0x100))
        codes = {c: ord(c) if ord(c) < 0x7F else next(later) for c in characters if c != SLASHED_ZERO} if fixed else {}
        if codes:
            codes[SLASHED_ZERO] = 0x7F
        self._fixed_codes = codes
        escapes = {"(": "\\(", ")": "\\)", "\\": "\\\\"}
        self._to_literal = str.maketrans({c: escapes.get(c, chr(code)) for c, code in codes.items()})

    @cached_property
    def fixed_subset(self) -> tuple[int, ...]:
        """Unicode value of each code of the fixed subset; 0 where there is none."""
        subset = [0] * 0x100
        for character, code in self._fixed_codes.items():
            subset[code] = ord(character)
        return tuple(subset)

    def width(self, text: str) -> float:
        """Width in thousandths of the font size.

        Raises:
            KeyError: the face lacks a character.
        """
        widths = self._widths
        return sum([widths[character] for character in text])

    def literal(self, text: str) -> str | None:
        """The text as a PDF string in the fixed subset, parentheses included; None if it does not hold it."""
        return f"({text.translate(self._to_literal)})" if self.fixed.issuperset(text) else None

    def char_width(self, code: int) -> float:
        """Width of a Unicode value in thousandths; 0 for 0."""
        return float(self._font.getCharWidth(code)) if code else 0.0

    def program(self, subset: Iterable[int]) -> bytes:
        """A TrueType program that draws the Unicode value at each code of the subset."""
        # ReportLab's reader keeps its position in the file: two threads must not share it.
        with self._lock:
            made: bytes = self._font.makeSubset(list(subset))
        return made

    @cached_property
    def metrics(self) -> dict[str, float | tuple[float, ...]]:
        """The figures of a PDF font descriptor, in thousandths."""
        font = self._font
        return {
            "FontBBox": tuple(font.bbox),
            "ItalicAngle": font.italicAngle,
            "Ascent": font.ascent,
            "Descent": font.descent,
            "CapHeight": font.capHeight,
            "StemV": font.stemV,
            "MissingWidth": font.defaultWidth,
        }


REGULAR = Face("AtkinsonHyperlegible-Regular.ttf", "R", fixed=True)
BOLD = Face("AtkinsonHyperlegible-Bold.ttf", "B", fixed=True)
FALLBACK = Face("DejaVuSans.ttf", "D", fixed=False)

DRAWABLE = (REGULAR.coverage | FALLBACK.coverage) - {SLASHED_ZERO}
"""Every character that some face draws, and that somebody may type."""


def split_by_face(text: str, *, bold: bool = False) -> list[tuple[Face, str]]:
    """Cut a text into pieces that one face draws whole, in order; a word is not cut if the fallback has it all.

    Raises:
        KeyError: no face has a character; `documents.text` refuses such a text at input and before drawing.
    """
    face = BOLD if bold else REGULAR
    if face.coverage.issuperset(text):
        return [(face, text)] if text else []
    pieces: list[tuple[Face, str]] = []
    for part in re.split("( +)", text):
        if face.coverage.issuperset(part):
            _append(pieces, face, part)
        elif FALLBACK.coverage.issuperset(part):
            _append(pieces, FALLBACK, part)
        else:
            for character in part:
                _append(pieces, _face_of(character, face), character)
    return pieces


def _face_of(character: str, wanted: Face) -> Face:
    for face in (wanted, FALLBACK):
        if character in face.coverage:
            return face
    raise KeyError(f"U+{ord(character):04X}")


def _append(pieces: list[tuple[Face, str]], face: Face, text: str) -> None:
    if pieces and pieces[-1][0] is face:
        pieces[-1] = (face, pieces[-1][1] + text)
    elif text:
        pieces.append((face, text))

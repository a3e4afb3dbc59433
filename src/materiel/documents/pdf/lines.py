"""Runs of text broken into lines of pieces that are ready to be drawn.

A piece in the fixed subset of its face carries the PDF string of its text, the same in every document: that
is what makes the cache of set paragraphs worth having (measured: a third of the time of an agreement).
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import NamedTuple

from materiel.documents.codes import slashed
from materiel.documents.content import Text
from materiel.documents.fonts import BOLD, REGULAR, Face, split_by_face
from materiel.documents.pdf.styles import Style
from materiel.documents.text import drawable

_LINKABLE = ("https://", "http://", "mailto:")
_BREAKS_AFTER = frozenset("-/_.@,;:")


class Piece(NamedTuple):
    """Text in one face, with its PDF string if the fixed subset holds it, and where it links to."""

    face: Face
    text: str
    url: str | None
    literal: str | None


class SetLine(NamedTuple):
    """A line that was set.

    `operators` shows it from the current point, the same in every document; None if a piece has no `literal`.
    """

    pieces: tuple[Piece, ...]
    operators: str | None
    is_linked: bool


class SetLines(tuple[SetLine, ...]):
    """Lines of one block; what is found out of them once serves each document that shows them."""

    @cached_property
    def operators(self) -> str | None:
        """What shows them one under the other; None if a piece has no `literal`."""
        shown = [line.operators for line in self if line.operators is not None]
        return " T* ".join(shown) if len(shown) == len(self) else None

    @cached_property
    def is_linked(self) -> bool:
        """A piece of them is a link."""
        return any([line.is_linked for line in self])

    def part(self, start: int | None, end: int | None = None) -> SetLines:
        """Some of them."""
        return SetLines(self[start:end])


_Part = tuple[Face, str, str | None]
"""Text in one face, and where it links to."""


class _Word(NamedTuple):
    pieces: tuple[_Part, ...]
    width: float


@lru_cache(maxsize=2_048)
def set_lines(text: Text, style: Style, width: float) -> SetLines:
    """Break a text at its blanks into lines of at most `width` points; a word that is too long is cut.

    A blank stays at the end of each line but the last, so that extracted and spoken words are not glued.
    No-break spaces never break.

    Raises:
        RuleBroken: a character cannot be drawn, see `documents.text`.
    """
    room = width * 1000 / style.size
    if (short := _on_one_line(text, style, room)) is not None:
        return short
    lines: list[list[_Part]] = []
    line: list[_Part] = []
    used = 0.0
    for word in _words(text, style):
        blank = word.pieces[0][0].width(" ") if line else 0.0
        if line and used + blank + word.width > room:
            line.append((line[-1][0], " ", line[-1][2]))
            lines.append(line)
            line, used, blank = [], 0.0, 0.0
        if word.width > room:
            *full, line = _cut(word, room)
            lines += full
            used = sum([face.width(piece) for face, piece, _ in line])
            continue
        if blank:
            # A blank between two links to different places belongs to neither.
            url = line[-1][2] if line[-1][2] == word.pieces[0][2] else None
            line.append((word.pieces[0][0], " ", url))
        line.extend(word.pieces)
        used += blank + word.width
    if line:
        lines.append(line)
    return SetLines([_joined(line, style.size) for line in lines])


def _on_one_line(text: Text, style: Style, room: float) -> SetLines | None:
    """A run of one face that fits, set without being cut into words: names, addresses and numbers, of which each
    document has its own, are nearly all so.
    """
    if len(text) != 1 or text[0].url:
        return None
    said = slashed(drawable(text[0].text))
    face = BOLD if text[0].bold or style.bold else REGULAR
    if not said or " " in (said[0], said[-1]) or "  " in said or not face.fixed.issuperset(said):
        return None
    return SetLines([_joined([(face, said, None)], style.size)]) if face.width(said) <= room else None


def line_width(line: SetLine, style: Style) -> float:
    """Width in points of a line that was set, its last blank excepted."""
    total = sum([piece.face.width(piece.text) for piece in line.pieces])
    if line.pieces[-1].text.endswith(" "):
        total -= line.pieces[-1].face.width(" ")
    return total * style.size / 1000


def _words(text: Text, style: Style) -> list[_Word]:
    words: list[_Word] = []
    current: list[_Part] = []
    for run in text:
        url = run.url if run.url and run.url.startswith(_LINKABLE) else None
        for face, piece in split_by_face(slashed(drawable(run.text)), bold=run.bold or style.bold):
            first, *others = piece.split(" ")
            if first:
                current.append((face, first, url))
            for part in others:
                if current:
                    words.append(_word(current))
                current = [(face, part, url)] if part else []
    if current:
        words.append(_word(current))
    return words


def _word(pieces: list[_Part]) -> _Word:
    return _Word(tuple(pieces), sum([face.width(text) for face, text, _ in pieces]))


def _cut(word: _Word, room: float) -> list[list[_Part]]:
    """A word wider than a line, on several: after a sign of punctuation near the end of a line, else anywhere."""
    lines: list[list[_Part]] = [[]]
    used = 0.0
    for face, text, url in word.pieces:
        start = 0
        for position, character in enumerate(text):
            width = face.width(character)
            if used + width > room and (position > start or lines[-1]):
                end = _break_before(text, start, position)
                if end > start:
                    lines[-1].append((face, text[start:end], url))
                lines.append([])
                start, used = end, face.width(text[end:position])
            used += width
        lines[-1].append((face, text[start:], url))
    return lines


def _break_before(text: str, start: int, position: int) -> int:
    for end in range(position, max(start, position - 12), -1):
        if text[end - 1] in _BREAKS_AFTER:
            return end
    return position


def _joined(line: list[_Part], size: float) -> SetLine:
    pieces: list[_Part] = []
    for face, text, url in line:
        if pieces and pieces[-1][0] is face and pieces[-1][2] == url:
            pieces[-1] = (face, pieces[-1][1] + text, url)
        else:
            pieces.append((face, text, url))
    made = tuple([Piece(face, text, url, face.literal(text)) for face, text, url in pieces])
    operators = None
    if all([piece.literal is not None for piece in made]):
        operators = " ".join([f"/{piece.face.resource} {size} Tf {piece.literal} Tj" for piece in made])
    return SetLine(made, operators, any([piece.url for piece in made]))

"""QR codes at the speed of a print run, module for module those of the `qrcode` package.

Once version, error correction level and mask are fixed, each module of a code is the exclusive or of a constant and of
some data bits: Reed-Solomon, placement and masking are all affine over GF(2). So the code of each single data bit is
asked once of `qrcode` and kept as one big integer, and the code of any text is the exclusive or of one integer per data
byte. No placement or error correction is written here: `qrcode` stays the reference.

The mask is fixed: searching the best of eight costs six times more and did not read better once printed.
"""

from __future__ import annotations

import re
from functools import cached_property, lru_cache

import qrcode
from qrcode import base as qrcode_base
from qrcode import constants, util

ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
QUIET_ZONE = 4
"""Light modules that the standard asks for on each side of a code."""

MASK = 3
MAX_VERSION = 10
"""Beyond it a table would weigh tens of megabytes, and no address printed here needs it."""

_ALPHANUMERIC_SET = frozenset(ALPHANUMERIC)
_PAIRS = {
    first + second: 45 * high + low
    for high, first in enumerate(ALPHANUMERIC)
    for low, second in enumerate(ALPHANUMERIC)
}
_LEVELS = {
    "L": constants.ERROR_CORRECT_L,
    "M": constants.ERROR_CORRECT_M,
    "Q": constants.ERROR_CORRECT_Q,
    "H": constants.ERROR_CORRECT_H,
}
_MODE_BITS = 4
_ALPHANUMERIC_MODE = 0b0010
_BYTE_MODE = 0b0100
_PADDING = b"\xec\x11"
_DARK_RUN = re.compile("1+")


def is_alphanumeric(text: str) -> bool:
    """Tell whether a text fits the compact alphanumeric mode: digits, capitals, space and ``$%*+-./:``."""
    return _ALPHANUMERIC_SET.issuperset(text)


class _Rectangles(dict[tuple[int, int], str]):
    """The operators of a run of dark modules, one high, by where it begins and ends; each is made once."""

    def __init__(self, side: int, row_bits: int) -> None:
        super().__init__()
        self._side = side
        self._row_bits = row_bits

    def __missing__(self, span: tuple[int, int]) -> str:
        start, end = span
        row, x = divmod(start, self._row_bits)
        self[span] = made = f"{x} {self._side - 1 - row} {end - start} 1 re"
        return made


class Coder:
    """Makes the codes of one version and error correction level; `modules` is the side without quiet zone."""

    def __init__(self, version: int, ecc: str) -> None:
        """Of a version and a level; what draws many codes fast is made at the first of them."""
        self.version = version
        self.ecc = ecc
        self.modules = 4 * version + 17
        self.row_bits = 8 * ((self.modules + 7) // 8)
        self._blocks = qrcode_base.rs_blocks(version, _LEVELS[ecc])
        self._capacity: int = sum(block.data_count for block in self._blocks)

    @cached_property
    def _linear(self) -> tuple[int, list[list[int]]]:
        """The code of no data, and what each value of each codeword adds to it: asked of `qrcode`, bit by bit.

        A tenth of a second for the versions of labels and documents, seconds for the largest: for many codes only.
        """
        # The polynomials of `qrcode` reject a block of zeros: everything is measured from a message of ones.
        ones = b"\xff" * self._capacity
        constant = origin = self._reference(ones)
        tables = []
        for position in range(self._capacity):
            table = _all_sums([origin ^ self._reference(_flip(ones, position, bit)) for bit in range(8)])
            constant ^= table[0xFF]
            tables.append(table)
        return constant, tables

    @cached_property
    def _rectangles(self) -> _Rectangles:
        return _Rectangles(self.modules, self.row_bits)

    def bits(self, text: str) -> int:
        """The code as one integer: rows from the top, each padded to `row_bits`, leftmost module first.

        Raises:
            ValueError: the text does not fit this version.
        """
        code, tables = self._linear
        for table, codeword in zip(tables, self._codewords(text), strict=True):
            code ^= table[codeword]
        return code

    def matrix(self, text: str) -> tuple[tuple[bool, ...], ...]:
        """The code as rows from the top, true for a dark module: of one text, without what draws many."""
        bits = self._reference(self._codewords(text))
        return tuple(tuple(module == "1" for module in row) for row in self._rows(bits))

    def path_operators(self, text: str, x: float, y: float, size: float, quiet: int = QUIET_ZONE) -> str:
        """PDF operators that fill the dark modules as one path of horizontal runs.

        For documents: conformance checkers read a path, and stop reading a page at an inline image.

        Args:
            text: what the code says.
            x, y: lower left corner, in points, of the square that holds the code and its quiet zone.
            size: side of that square, in points.
            quiet: light modules left on each side.
        """
        # Rows are parted by light modules, at least one: `row_bits` is even, the side of a code odd.
        digits = f"{self.bits(text):0{self.modules * self.row_bits}b}"
        rectangles = self._rectangles
        runs = [rectangles[span] for span in map(re.Match.span, _DARK_RUN.finditer(digits))]
        module = size / (self.modules + 2 * quiet)
        left, bottom = x + quiet * module, y + quiet * module
        return f"q 0 g {module:.5f} 0 0 {module:.5f} {left:.3f} {bottom:.3f} cm {' '.join(runs)} f Q"

    def image_mask_operators(self, text: str, x: float, y: float, size: float, quiet: int = QUIET_ZONE) -> str:
        """PDF operators that paint the code as an inline image of one bit a module.

        For label sheets: a third of the bytes of a path, and no hairline between two rows once rasterised.
        The arguments are those of `path_operators`.
        """
        module = size / (self.modules + 2 * quiet)
        side = self.modules * module
        left, bottom = x + quiet * module, y + quiet * module
        digits = self.modules * self.row_bits // 4
        return (
            f"q 0 g {side:.3f} 0 0 {side:.3f} {left:.3f} {bottom:.3f} cm BI /W {self.modules}"
            f" /H {self.modules} /IM true /BPC 1 /D [1 0] /F /AHx ID {self.bits(text):0{digits}x}> EI Q"
        )

    def _rows(self, bits: int) -> list[str]:
        digits = f"{bits:0{self.modules * self.row_bits}b}"
        starts = range(0, len(digits), self.row_bits)
        return [digits[start : start + self.modules] for start in starts]

    def _codewords(self, text: str) -> bytes:
        """The data codewords of a text: mode, length, characters, terminator, padding."""
        message, length = _encode(text, self.version)
        room = 8 * self._capacity - length
        if room < 0:
            raise ValueError(f"{length} bits do not fit version {self.version}-{self.ecc}")
        terminator = min(4, room)
        terminator += -(length + terminator) % 8
        length += terminator
        missing = self._capacity - length // 8
        padding = (_PADDING * (missing // 2 + 1))[:missing]
        return (message << terminator).to_bytes(length // 8, "big") + padding

    def _reference(self, codewords: bytes) -> int:
        """What `qrcode` makes of these data codewords, as the integer of `bits`."""
        buffer = util.BitBuffer()
        buffer.buffer = list(codewords)
        buffer.length = 8 * len(codewords)
        code = qrcode.QRCode(self.version, _LEVELS[self.ecc], border=0, mask_pattern=MASK)
        code.data_cache = util.create_bytes(buffer, self._blocks)
        code.makeImpl(False, MASK)
        bits = 0
        for row in code.modules:
            line = int("".join("1" if module else "0" for module in row), 2)
            bits = bits << self.row_bits | line << (self.row_bits - self.modules)
        return bits


def coder_for(text: str, ecc: str = "M") -> Coder:
    """The coder of the smallest version that holds a text; shared, its tables are made once a process.

    Raises:
        ValueError: the text needs more than version `MAX_VERSION`.
    """
    alphanumeric = is_alphanumeric(text)
    return _coder(_smallest_version(alphanumeric, len(text if alphanumeric else text.encode()), ecc), ecc)


def matrix(text: str, ecc: str = "M") -> tuple[tuple[bool, ...], ...]:
    """The code of a text as rows from the top, true for a dark module, without quiet zone."""
    return coder_for(text, ecc).matrix(text)


def path_operators(text: str, x: float, y: float, size: float, quiet: int = QUIET_ZONE, *, ecc: str = "M") -> str:
    """PDF operators of a code as a filled path; see `Coder.path_operators`."""
    return coder_for(text, ecc).path_operators(text, x, y, size, quiet)


@lru_cache(maxsize=16)
def _coder(version: int, ecc: str) -> Coder:
    return Coder(version, ecc)


@lru_cache(maxsize=1024)
def _smallest_version(alphanumeric: bool, length: int, ecc: str) -> int:
    for version in range(1, MAX_VERSION + 1):
        capacity = 8 * sum(block.data_count for block in qrcode_base.rs_blocks(version, _LEVELS[ecc]))
        if _message_bits(alphanumeric, length, version) <= capacity:
            return version
    raise ValueError(f"a text of {length} characters needs a code above version {MAX_VERSION}-{ecc}")


def _length_bits(alphanumeric: bool, version: int) -> int:
    if alphanumeric:
        return 9 if version < 10 else 11
    return 8 if version < 10 else 16


def _message_bits(alphanumeric: bool, length: int, version: int) -> int:
    characters = 11 * (length // 2) + 6 * (length % 2) if alphanumeric else 8 * length
    return _MODE_BITS + _length_bits(alphanumeric, version) + characters


def _encode(text: str, version: int) -> tuple[int, int]:
    """Mode, length and characters of a text as one integer, with its number of bits.

    A text of digits alone is encoded as alphanumeric too: an address never is one, numeric mode would be dead code.
    """
    alphanumeric = is_alphanumeric(text)
    length_bits = _length_bits(alphanumeric, version)
    if not alphanumeric:
        data = text.encode()
        header = _BYTE_MODE << length_bits | len(data)
        message = header << 8 * len(data) | int.from_bytes(data, "big")
        return message, _message_bits(False, len(data), version)
    message = _ALPHANUMERIC_MODE << length_bits | len(text)
    for position in range(0, len(text) - 1, 2):
        message = message << 11 | _PAIRS[text[position : position + 2]]
    if len(text) % 2:
        message = message << 6 | ALPHANUMERIC.index(text[-1])
    return message, _message_bits(True, len(text), version)


def _flip(codewords: bytes, position: int, bit: int) -> bytes:
    flipped = bytearray(codewords)
    flipped[position] ^= 1 << bit
    return bytes(flipped)


def _all_sums(of_bits: list[int]) -> list[int]:
    """The exclusive or of every subset of eight integers, indexed by the subset as a byte."""
    sums = [0] * 256
    for value in range(1, 256):
        lowest = value & -value
        sums[value] = sums[value ^ lowest] ^ of_bits[lowest.bit_length() - 1]
    return sums

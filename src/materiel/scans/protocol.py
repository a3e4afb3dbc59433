"""What the server asks of the process that opens files, one message at a time; some are followed by bytes."""

from __future__ import annotations

import msgspec


class Open(msgspec.Struct, tag="open"):
    """Open a pile, whose bytes follow; answers `Opened`."""


class Read(msgspec.Struct, tag="read"):
    """Read a page of the open pile, counted from 0; answers a `PageReading`."""

    index: int


class Issue(msgspec.Struct, tag="issue"):
    """Learn an issued document, whose bytes follow, and whose boxes bear these names; answers `BoxPages`."""

    key: str
    names: list[str]


class Look(msgspec.Struct, tag="look"):
    """Look into the boxes of the page that was read last, which is this page of a learnt document.

    Answers a list of `InkVerdict`, then the picture of each as a JPEG file.
    """

    key: str
    number: int
    boxes: list[int]


class Keep(msgspec.Struct, tag="keep"):
    """Give the page that was read last: as a PDF of its own, untouched, then a small JPEG of it set upright."""

    rotation: int


class Join(msgspec.Struct, tag="join"):
    """Join one-page files, whose bytes follow, each turned clockwise; answers a PDF."""

    rotations: list[int]


class Show(msgspec.Struct, tag="show"):
    """Make a photograph, whose bytes follow, into what a browser shows; answers `Shown`, then two JPEG files."""


class Flatten(msgspec.Struct, tag="flatten"):
    """Make the picture of a bloc-marque, whose bytes follow, into what paper needs; answers `Flattened`, then a PNG."""


Request = Open | Read | Issue | Look | Keep | Join | Show | Flatten


class Opened(msgspec.Struct):
    """How many pages there are, or the code of the refusal."""

    pages: int = 0
    refused: str = ""


class BoxPages(msgspec.Struct):
    """On which page the box of each name is, in their order; empty when the places are not known."""

    pages: list[int]


class Flattened(msgspec.Struct):
    """The code of the refusal, if there is one, and the size of a picture that has too few points."""

    refused: str = ""
    width: int = 0
    height: int = 0


class Shown(msgspec.Struct):
    """The code of the refusal, if the photograph is not one."""

    refused: str = ""

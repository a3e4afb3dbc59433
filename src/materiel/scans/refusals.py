"""Why a file is refused, in words: shared by the process that opens files and by the server, which opens none."""

from __future__ import annotations

from materiel.errors import BadInput

MOST_PAGES = 1_000

_REFUSALS = {
    "scan.unreadable": "Ce fichier n'est pas une numérisation lisible\u00a0: joignez un PDF, ou une image JPEG, PNG, "
    "TIFF, WebP ou HEIC.",
    "scan.locked": "Ce PDF est protégé par un mot de passe. Enregistrez-le sans protection, puis recommencez.",
    "scan.too_many_pages": f"Cette pile dépasse {MOST_PAGES} pages. Numérisez-la en plusieurs fois.",
    "scan.image_too_large": "Cette image est trop grande. Numérisez à 200 ou 300 points par pouce.",
}
REFUSALS = frozenset(_REFUSALS)


def refusal(code: str) -> BadInput:
    """The error of a code, with its sentence."""
    return BadInput(code, _REFUSALS[code])

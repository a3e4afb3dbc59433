"""One folding of what people type, for identity, search and signature alike: no case, no accent, no typography.

« Ayşe Yıldız », « AYSE YILDIZ » and « ayse  yildiz » are one name; so are « d'Almeida », « D’ALMEIDA » and « dalmeida »
once their words are joined. Letters that Unicode does not decompose are folded to what a French keyboard types for
them, as a machine-readable passport does (ICAO Doc 9303, part 3, § 6), but for one sign instead of two where people
write one (ø is o).

`visible` is for storing: the same text without the characters that nobody sees, hence that nobody could find again.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_LETTERS = str.maketrans(
    {
        **{"œ": "oe", "æ": "ae", "ß": "ss", "þ": "th", "ĳ": "ij"},
        **{
            "ı": "i",
            "ȷ": "j",
            "ł": "l",
            "ŀ": "l",
            "đ": "d",
            "ð": "d",
            "ɖ": "d",
            "ɗ": "d",
            "ø": "o",
            "ɔ": "o",
            "ħ": "h",
        },
        **{
            "ŋ": "n",
            "ɲ": "n",
            "ĸ": "k",
            "ƙ": "k",
            "ŧ": "t",
            "ə": "e",
            "ǝ": "e",
            "ɛ": "e",
            "ɓ": "b",
            "ƀ": "b",
            "ƴ": "y",
        },
        **{"ɨ": "i", "ʉ": "u", "ƒ": "f", "ȥ": "z", "ƶ": "z", "ǥ": "g", "ɠ": "g", "ɾ": "r", "ŉ": "'n"},
        # The point of the Catalan « l·l » is no separator.
        "·": "",
        # A closing quotation mark, a prime or an accent key typed for an apostrophe.
        **dict.fromkeys("’‘‛′´`ʼʹʻʽʾʿˈ＇", "'"),
        **dict.fromkeys("‐‑‒–—―−⁃﹣－", "-"),
    }
)
_NAME_SEPARATORS = re.compile(r"[\W_]+")
_UNSEEN = re.compile(
    "[\x80-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffc\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Zero-width signs, soft hyphens, marks of direction, fillers, variation selectors, tags, BOM, C1 controls."""

_ODD_LINE_ENDS = re.compile("\r\n|[\x85\u2028\u2029]")
_ODD_BLANKS = re.compile(
    "[\t \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]*[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]"
    "[\t \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+|[\u1680\u2000-\u200a\u205f\u3000]"
)


def visible(text: str) -> str:
    """The text without the characters that nobody sees, composed (NFC); its lines and its plain spaces are kept.

    A run of blanks with a no-break or an exotic one in it is one space: it would look like one, and be another text.
    """
    if text.isascii() and "\r" not in text:
        return text
    seen = unicodedata.normalize("NFC", _UNSEEN.sub("", unicodedata.normalize("NFC", text)))
    return _ODD_BLANKS.sub(" ", _ODD_LINE_ENDS.sub("\n", seen))


def fold(text: str) -> str:
    """Lower case, bare letters, straight apostrophes, plain hyphens; blanks and other signs are kept."""
    if text.isascii():
        return text.lower()
    lower = visible(text).casefold().translate(_LETTERS)
    plain = unicodedata.normalize("NFKD", lower).casefold().translate(_LETTERS)
    return "".join(sign for sign in plain if not unicodedata.combining(sign))


def name_words(name: str) -> list[str]:
    """The words of a name, folded: apostrophes, hyphens and any other sign part them."""
    return [word for word in _NAME_SEPARATORS.split(fold(name)) if word]


@lru_cache(maxsize=8192)
def name_key(name: str) -> str:
    """What two writings of one name share, whatever parts or joins its words: « legoff » for « Le Goff »."""
    return "".join(name_words(name))

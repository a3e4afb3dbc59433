"""Comparing names as people type them: accents, case, hyphens and order do not matter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from hashlib import blake2b

from materiel.domain.language.folding import name_key, name_words

Identity = tuple[str, str, date]
"""What tells one pupil from another: the keys of the last and first names, and the date of birth."""


def same_name(typed: str, known: str) -> bool:
    """Whether two names are the same words, in any order, whatever their spaces.

    « LE GOFF anne marie » is « Anne-Marie Le Goff », and so is « Annemarie Legoff ».
    """
    left, right = name_words(typed), name_words(known)
    if not left or not right:
        return False
    return sorted(left) == sorted(right) or "".join(right) in _turns(left)


def is_named(given_names: str, family_names: Sequence[str], known: str) -> bool:
    """Whether a person of these names, in the order of a birth certificate, is who is known by a first and a last name.

    « Lise Marie Anne », born « Exemple » and now « Durand », is known as « Lise Durand » or « Lise-Marie Exemple »,
    never as « Marie Durand », who may be another person of the house.
    """
    words = name_words(given_names)
    firsts = [" ".join(words[:end]) for end in range(1, len(words) + 1)]
    return any(same_name(f"{first} {last}", known) for first in firsts for last in family_names if last)


def identity_of(last_name: str, first_name: str, birth_date: date) -> Identity:
    """The identity of a pupil: « Léa » and « LEA », « Le Goff » and « LEGOFF » born the same day are one."""
    return name_key(last_name), name_key(first_name), birth_date


@lru_cache(maxsize=1024)
def digest_of(identity: Identity) -> bytes:
    """An identity in sixteen bytes: a file may hold a hundred thousand pupils, and asks several times for each."""
    last_name, first_name, birth_date = identity
    return blake2b(f"{last_name}\n{first_name}\n{birth_date}".encode(), digest_size=16).digest()


def share_a_word(one: str, other: str) -> bool:
    """Whether two names have a word in common: a correction leaves one, another person usually none."""
    return not set(name_words(one)).isdisjoint(name_words(other))


def _turns(words: list[str]) -> set[str]:
    """The words joined, from each of them on: last name first or first name first."""
    return {"".join(words[start:] + words[:start]) for start in range(len(words))}

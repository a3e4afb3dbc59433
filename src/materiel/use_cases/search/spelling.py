"""« Vouliez-vous dire… »: what the records of the actor's service hold that is close to words that found nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.language.folding import fold, name_words
from materiel.domain.language.spelling import is_close
from materiel.store.desk import spelling as store

SHOWN = 5

_BLANKS = re.compile(r"[\s,;()«»]+")


async def close_pupils(q: str, *, actor: Actor) -> list[str]:
    """Names of pupils close to those typed, ready to be searched; the closest in length first."""
    actor.require(Permission.READ)
    typed = name_words(q)
    found = {
        f"{last} {first}": None
        for last, first in await store.pupils_near(q, actor.service_id)
        if _all_close(typed, name_words(f"{last} {first}"))
    }
    return sorted(found, key=lambda name: (abs(len(name) - len(q)), name))[:SHOWN]


async def close_items(q: str, *, actor: Actor) -> list[str]:
    """The words typed, each corrected after those of the items of the service; the commonest first."""
    actor.require(Permission.READ)
    typed = [word for word in _BLANKS.split(q) if word]
    counted: Counter[str] = Counter()
    for texts in await store.items_near(q, actor.service_id):
        words = [word for text in texts for word in _BLANKS.split(text) if word]
        corrected = [_closest(fold(word), words) for word in typed]
        if all(corrected):
            counted[" ".join(corrected).lower()] += 1
    return [text for text, _ in counted.most_common(SHOWN) if fold(text) != fold(q)]


def _all_close(typed: Iterable[str], words: list[str]) -> bool:
    known = [*words, "".join(words)]
    return all(any(is_close(each, word) for word in known) for each in typed)


def _closest(typed: str, words: list[str]) -> str:
    close = [word for word in words if is_close(typed, fold(word))]
    return min(close, key=lambda word: abs(len(word) - len(typed)), default="")

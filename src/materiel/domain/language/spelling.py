"""Words close to one that was typed: a letter wrong, missing, doubled, or two exchanged.

Words are folded (`folding`). A word of eight letters or more may hold two such errors, a word of four or more one.
"""

from __future__ import annotations

SHORTEST = 4
LONG = 8


def errors_allowed(word: str) -> int:
    """How many typing errors a word of this length may hold."""
    return 0 if len(word) < SHORTEST else 1 if len(word) < LONG else 2


def is_close(typed: str, word: str) -> bool:
    """Whether a word, or its beginning, is the one typed but for the errors allowed."""
    allowed = errors_allowed(typed)
    if typed in word:
        return True
    return allowed > 0 and _distance(typed, word[: len(typed) + allowed], allowed) <= allowed


def intact_parts(word: str) -> tuple[str, ...]:
    """What a close word still holds, one of these at least: its start, its end, or its middle.

    Starts and ends carry the two spaces between which words are stored (`store.engine.search`), so each part has the
    three characters that a trigram index needs.
    """
    side = (len(word) - 1) // 2
    parts = [f"  {word[:side]}", f"{word[-side:]}  "]
    if errors_allowed(word) > 1:
        third = len(word) // 3
        parts = [f"  {word[:third]}", f"{word[-third:]}  ", word[third:-third], word[:side], word[-side:]]
    return tuple(part for part in dict.fromkeys(parts) if len(part) >= 3)


def _distance(left: str, right: str, most: int) -> int:
    """The fewest errors (Damerau, adjacent letters exchanged) from one word to a beginning of the other."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for place, letter in enumerate(left, 1):
        next_row = [place]
        for other, wanted in enumerate(right, 1):
            cost = min(row[other] + 1, next_row[other - 1] + 1, row[other - 1] + (letter != wanted))
            if before and other > 1 and letter == right[other - 2] and left[place - 2] == wanted:
                cost = min(cost, before[other - 2] + 1)
            next_row.append(cost)
        if min(next_row) > most:
            return most + 1
        before, row = row, next_row
    # What is left of a longer word counts for one error at most, or « mart » would be far from « martins ».
    return min(row[max(0, len(left) - most) :], default=row[-1])

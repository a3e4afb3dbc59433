"""A référent (« enseignant référent »): who follows the schooling of the pupils of a sector, until a school year ends.

Source: Code de l'éducation, art. D351-12 to D351-14; arrêté du 17 août 2006 (the référent knows the pupil, runs the
meetings of the team, and holds the file of the pupil). What the service tells behind the link is less than what the
référent knows: the pupil, the school, the thing. Neither the decision, nor its basis, nor a home, nor a telephone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID

from materiel.domain.language.bounds import filled
from materiel.domain.language.fields import Fields
from materiel.domain.language.identifiers import clean_uai
from materiel.domain.language.values import replace
from materiel.domain.links.access_link import SentLink

NAME_MAX = 100
MOST_SCHOOLS = 300
"""A sector of écoles around its collèges; beyond, it is a whole département."""

LONGEST = timedelta(days=420)
"""A sector is given for a school year."""

_UAI = re.compile(r"\b\d{7}[A-Za-z]\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Referent:
    """Who is written to, until when, and for which schools, by their UAI in order. `email`: professional."""

    id: UUID
    service_id: UUID
    name: Annotated[str, filled(NAME_MAX)]
    email: str
    ends_on: date
    schools: tuple[str, ...]
    created_at: datetime
    version: int = 1

    def is_current(self, today: date) -> bool:
        """Whether the sector is still theirs."""
        return today <= self.ends_on


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferentLink(SentLink):
    """One link of a référent."""

    referent_id: UUID


def lets_in(link: ReferentLink, referent: Referent, now: datetime, today: date) -> bool:
    """Whether a link still leads to its référent: same address, sector not over."""
    same_mailbox = link.email.lower() == referent.email.lower()
    return link.is_valid(now) and same_mailbox and referent.is_current(today)


def uais_in(text: str) -> tuple[str, ...]:
    """The UAI written anywhere in a text, each once, in order: a list is pasted with its names."""
    return tuple(dict.fromkeys(clean_uai(each) for each in _UAI.findall(text)))


def lines_without_uai(text: str) -> tuple[str, ...]:
    """The lines of such a text that name no school: a code with a digit less would be lost without a word."""
    return tuple(line for each in text.splitlines() if (line := each.strip()) and not _UAI.search(line))


def checked_referent(referent: Referent, today: date, *, known: Iterable[str]) -> Referent:
    """A référent about to be written, the texts cleaned.

    Args:
        known: those of the UAI of the sector that exist.

    Raises:
        RuleBroken: `referent.invalid`, with one error for each field at fault.
    """
    fields = Fields("referent.invalid")
    name = fields.text("/name", referent.name, longest=NAME_MAX, required=True, name="les prénom et nom")
    email = fields.email("/email", referent.email)
    if not email and not referent.email.strip():
        fields.add("/email", "Indiquez l'adresse électronique professionnelle : le lien y part.")
    fields.day("/ends_on", referent.ends_on, first=today, last=today + LONGEST, name="la fin du secteur")
    missing = [each for each in referent.schools if each not in set(known)]
    if not referent.schools:
        fields.add("/schools", "Indiquez un établissement au moins, par son code UAI.")
    elif len(referent.schools) > MOST_SCHOOLS:
        fields.add("/schools", f"Un secteur compte {MOST_SCHOOLS} établissements au plus.")
    elif missing:
        fields.add("/schools", f"Établissement inconnu : {', '.join(missing[:5])}. Corrigez son code UAI.")
    fields.check()
    return replace(referent, name=name, email=email)

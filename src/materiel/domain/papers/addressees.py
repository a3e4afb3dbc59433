"""Who a notice is sent to, as the lines of a window envelope.

Law: circulaire n° 2001-221: the mayor for a public école, the head of school elsewhere. When an EPCI runs
the écoles, the notice still goes to the mayor, with a copy to that body (E35).
"""

from __future__ import annotations

import textwrap

from materiel.domain.address import Address
from materiel.domain.language.french import of_place
from materiel.domain.papers.custodians import commune_code, commune_name, town_hall_address
from materiel.domain.papers.document import Party
from materiel.domain.papers.required import has_mayor
from materiel.domain.papers.signatories import Addressee
from materiel.domain.places.municipality import Municipality
from materiel.domain.places.school import School

LINES_MAX = 6
LINES_AT_WORST = 7
"""What the window holds in small letters."""

LINE_WIDTH = 38
"""Characters that fit the window (NF Z 10-011)."""

TO_THE_HEAD = "À l'attention du chef d'établissement"


def notice_addressee(school: School, municipality: Municipality | None = None) -> Addressee:
    """Name who is told of a loan that goes home: six lines, seven at worst, postcode and city last.

    A missing name or address gives a neutral form; what is too long for the window is set by `envelope`.
    """
    if has_mayor(school.kind):
        return _mayor(school, municipality)
    attention = TO_THE_HEAD
    if school.head_name:
        title = school.head_title or "chef d'établissement"
        attention = f"{school.head_name}, {title}"
    return Addressee(
        party=Party.HEAD_OF_SCHOOL,
        name=school.head_name or "Le chef d'établissement",
        lines=envelope(school.name, attention, school.address),
        salutation="Madame, Monsieur,",
    )


def notice_copy(school: School, municipality: Municipality | None) -> Addressee | None:
    """The EPCI or syndicate that runs the public écoles and gets a copy of the mayor's notice; None elsewhere."""
    if municipality is None or not has_mayor(school.kind) or not municipality.is_run_by_another_body:
        return None
    name = municipality.body_name
    address = municipality.authority_address or town_hall_address(school, municipality)
    return Addressee(
        party=Party.MUNICIPALITY,
        name=name,
        lines=envelope(name, "À l'attention du président", address),
        salutation="Madame, Monsieur,",
    )


def _mayor(school: School, municipality: Municipality | None) -> Addressee:
    of_commune = of_place(commune_name(school, municipality), commune_code(school, municipality))
    mayor = municipality.mayor_name if municipality else ""
    return Addressee(
        party=Party.MAYOR,
        name=mayor or f"Le maire {of_commune}",
        lines=envelope(
            f"Mairie {of_commune}",
            f"{mayor}, maire" if mayor else "À l'attention du maire",
            town_hall_address(school, municipality),
        ),
        salutation="Madame le maire, Monsieur le maire,",
    )


def envelope(body: str, attention: str, address: Address) -> tuple[str, ...]:
    """Fold a body, an attention line and an address into lines of 38 characters, six where that loses nothing.

    The city is always there, and every line of the address: a hamlet is where the postman goes. Words are shortened
    only in lines that are too long. Beyond six lines the attention line goes; then a seventh line comes rather than a
    street is lost, and the second line of the body goes first. A foreign country comes last, alone on its line (Union
    postale universelle).
    """
    city = f"{address.postcode} {address.city.upper()}".strip()
    place = (city, address.country.upper()) if address.country else (city,)
    streets = [part for line in address.lines for part in _folded(line) if line.strip() != city]
    head = _folded(body)
    lines = (*head, *_folded(attention), *streets, *place)
    if len(lines) > LINES_MAX:
        lines = (*head, *streets, *place)
    if len(lines) > LINES_AT_WORST:
        room = LINES_AT_WORST - len(place)
        kept = max(1, room - len(streets))
        lines = (*head[:kept], *streets[-(room - kept) :], *place)
    return lines


def _folded(line: str) -> list[str]:
    """The line, its longest words shortened first where it is too long, then folded."""
    words = line.split()
    for rank in sorted(range(len(words)), key=lambda rank: -len(words[rank])):
        if len(" ".join(words)) <= LINE_WIDTH:
            break
        words[rank] = ABBREVIATIONS.get(words[rank].casefold(), words[rank])
    return textwrap.wrap(" ".join(words), LINE_WIDTH, break_long_words=False, break_on_hyphens=False)


ABBREVIATIONS = {
    **{"allée": "ALL", "avenue": "AV", "bâtiment": "BAT", "boulevard": "BD", "centre": "CTRE", "chemin": "CHE"},
    **{"collège": "COLL", "commune": "CNE", "docteur": "DR", "école": "EC", "élémentaire": "ELEM", "général": "GAL"},
    **{"groupe": "GPE", "immeuble": "IMM", "impasse": "IMP", "intercommunale": "INTERCOM", "lotissement": "LOT"},
    **{"lycée": "LYC", "maréchal": "MAL", "maternelle": "MAT", "place": "PL", "président": "PDT", "primaire": "PRIM"},
    **{"professeur": "PR", "publique": "PUB", "résidence": "RES", "route": "RTE", "saint": "ST", "sainte": "STE"},
    **{"scolaire": "SCOL", "square": "SQ"},
}
"""Of NF Z 10-011 (La Poste), for lines too long for the window only."""

"""Twenty-one fictional pupils: every way in which somebody signs for a pupil. Any likeness is a coincidence."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from materiel.domain.address import Address
from materiel.domain.people.pupil import Capacity, Home, ProtectionRegime
from materiel.use_cases.people.pupil import RegisterPupil, RepresentativeInput

ECOLE_BAULON = "0350122T"
ECOLE_RENNES = "0350603R"
ECOLE_FOUGERES = "0351017R"
COLLEGE_RENNES = "0350965J"
COLLEGE_FOUGERES = "0350762N"
COLLEGE_SAINT_MALO = "0350896J"
LYCEE_RENNES = "0350026N"
EREA_REDON = "0350732F"
PRIVATE_ECOLE_RENNES = "0351512D"
PRIVATE_COLLEGE_RENNES = "0350839X"
AGRICULTURAL_LYCEE = "0350700W"

SEASIDE = Address(lines=("Résidence des Exemples", "4 quai Imaginaire"), postcode="35400", city="Saint-Malo")


def home(number: int, city: str = "Rennes", postcode: str = "35000") -> Home:
    """A home that does not exist, in a town that does."""
    return Home(address=Address(lines=(f"{number} rue des Personnages Fictifs",), postcode=postcode, city=city))


def parent(first_name: str, last_name: str, capacity: Capacity, home_index: int = 0) -> RepresentativeInput:
    """A parent who can be written to at an address that no one owns."""
    return RepresentativeInput(
        last_name=last_name,
        first_name=first_name,
        capacity=capacity,
        home=home_index,
        email=f"famille.{home_index + 1}@exemple.invalid",
        phone="02 99 00 00 00",
    )


@dataclass(frozen=True, slots=True)
class Minor:
    """A minor with one parent or two, who need nothing said about them."""

    key: str
    first_name: str
    last_name: str
    age: int
    school: str
    parents: tuple[tuple[str, Capacity], ...]


CHILDREN = (
    Minor("alix", "Alix", "Exemple", 8, ECOLE_BAULON, (("Morgane", Capacity.MOTHER),)),
    Minor("noe", "Noé", "Fictif", 9, ECOLE_RENNES, (("Yann", Capacity.FATHER),)),
    Minor("lou", "Lou", "Spécimen", 7, ECOLE_FOUGERES, (("Anaïs", Capacity.MOTHER), ("Rémi", Capacity.FATHER))),
    Minor("sacha", "Sacha", "Modèle", 12, COLLEGE_RENNES, (("Nadia", Capacity.MOTHER),)),
    Minor("malo", "Malo", "Prototype", 14, COLLEGE_SAINT_MALO, (("Gaëlle", Capacity.MOTHER),)),
    Minor("zoe", "Zoé", "Imaginaire", 11, PRIVATE_COLLEGE_RENNES, (("Éric", Capacity.FATHER),)),
    Minor("tom", "Tom", "Inventé", 10, PRIVATE_ECOLE_RENNES, (("Claire", Capacity.MOTHER),)),
    Minor("aya", "Aya", "Personnage", 15, LYCEE_RENNES, (("Awa", Capacity.MOTHER),)),
    Minor("elio", "Élio", "Brouillon", 13, EREA_REDON, (("Soizic", Capacity.MOTHER),)),
    Minor("jade", "Jade", "Essai", 9, ECOLE_RENNES, (("Bruno", Capacity.FATHER),)),
    Minor("maia", "Maïa", "Zéphyr", 10, ECOLE_RENNES, (("Solen", Capacity.MOTHER),)),
    Minor("rose", "Rose", "Légende", 12, COLLEGE_RENNES, (("Paule", Capacity.PARENT), ("Iris", Capacity.PARENT))),
)


def pupils(today: date) -> dict[str, RegisterPupil]:
    """The pupils by the short key that the stories use; ages are those of today."""
    plain = {child.key: _child(child, today) for child in CHILDREN}
    return plain | _two_homes(today) | _abroad(today) | _entrusted(today) | _of_age(today)


def _born(today: date, age: int) -> date:
    # The first of a month, well before today: the age holds whatever the day of the demonstration.
    return date(today.year - age - 1, 11 if today.month == 12 else today.month + 1, 1)


def _child(child: Minor, today: date) -> RegisterPupil:
    return RegisterPupil(
        last_name=child.last_name,
        first_name=child.first_name,
        birth_date=_born(today, child.age),
        school=child.school,
        homes=(home(child.age),),
        representatives=tuple(parent(name, child.last_name, capacity) for name, capacity in child.parents),
    )


def _two_homes(today: date) -> dict[str, RegisterPupil]:
    parents = (parent("Solène", "Double", Capacity.MOTHER, 0), parent("Marc", "Foyer", Capacity.FATHER, 1))
    camille = RegisterPupil(
        last_name="Double-Foyer",
        first_name="Camille",
        birth_date=_born(today, 11),
        school=COLLEGE_RENNES,
        homes=(home(21), Home(address=SEASIDE)),
        representatives=parents,
    )
    # The mother's address is not to be told: it stands on no paper, and the father's pages do not show it.
    told_apart = (parent("Karim", "Témoin", Capacity.FATHER, 0), parent("Lina", "Essai", Capacity.MOTHER, 1))
    ines = RegisterPupil(
        last_name="Témoin",
        first_name="Inès",
        birth_date=_born(today, 13),
        school=COLLEGE_FOUGERES,
        homes=(home(13), replace(home(14, "Fougères", "35300"), confidential=True)),
        representatives=told_apart,
    )
    return {"camille": camille, "ines": ines}


def _abroad(today: date) -> dict[str, RegisterPupil]:
    """A boarder, whose home is across the sea: the country stands on the letters."""
    address = Address(
        lines=("4 rue des Personnages Fictifs",), postcode="JE2 3AB", city="Saint-Hélier", country="Jersey"
    )
    ewen = RegisterPupil(
        last_name="Fable",
        first_name="Ewen",
        birth_date=_born(today, 16),
        school=AGRICULTURAL_LYCEE,
        homes=(Home(address=address),),
        representatives=(parent("Maëlle", "Fable", Capacity.MOTHER),),
    )
    return {"ewen": ewen}


def _entrusted(today: date) -> dict[str, RegisterPupil]:
    guardian = RepresentativeInput(
        last_name="Tutélaire", first_name="Hélène", capacity=Capacity.GUARDIAN, reference="jugement du 3 mars (fictif)"
    )
    institution = RepresentativeInput(
        last_name="Référente",
        first_name="Agathe",
        capacity=Capacity.INSTITUTION,
        on_behalf_of="Département d'Ille-et-Vilaine",
        reference="ordonnance de placement (fictive)",
    )
    return {
        "nils": RegisterPupil(
            last_name="Orphée",
            first_name="Nils",
            birth_date=_born(today, 10),
            school=ECOLE_RENNES,
            homes=(home(31),),
            representatives=(guardian,),
        ),
        "mia": RegisterPupil(
            last_name="Confiée",
            first_name="Mia",
            birth_date=_born(today, 12),
            school=COLLEGE_FOUGERES,
            homes=(home(32, "Fougères", "35300"),),
            representatives=(institution,),
        ),
    }


def _of_age(today: date) -> dict[str, RegisterPupil]:
    protector = RepresentativeInput(
        last_name="Protecteur", first_name="Denis", capacity=Capacity.GUARDIAN, reference="jugement de tutelle (fictif)"
    )
    curator = RepresentativeInput(last_name="Curatelle", first_name="Odile", capacity=Capacity.CURATOR)
    return {
        "leo": RegisterPupil(
            last_name="Majeur", first_name="Léo", birth_date=_born(today, 18), school=LYCEE_RENNES, homes=(home(41),)
        ),
        "anna": RegisterPupil(
            last_name="Protégée",
            first_name="Anna",
            birth_date=_born(today, 19),
            school=LYCEE_RENNES,
            homes=(home(42),),
            representatives=(protector,),
            protection=ProtectionRegime.GUARDIANSHIP,
            protection_reference="jugement de tutelle (fictif)",
        ),
        "paul": RegisterPupil(
            last_name="Assisté",
            first_name="Paul",
            birth_date=_born(today, 18),
            school=EREA_REDON,
            homes=(home(43, "Redon", "35600"),),
            representatives=(curator,),
            protection=ProtectionRegime.CURATORSHIP,
            protection_reference="jugement de curatelle (fictif)",
        ),
        "eva": RegisterPupil(
            last_name="Émancipée",
            first_name="Éva",
            birth_date=_born(today, 17),
            school=LYCEE_RENNES,
            homes=(home(44),),
            protection=ProtectionRegime.EMANCIPATED,
            protection_reference="jugement d'émancipation (fictif)",
        ),
    }

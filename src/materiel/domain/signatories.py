"""Who signs for the pupil, for the school side and for the State, by name and in what capacity.

Law: Code civil, art. 372-2, 373-2, 388, 413-6, 1887; Code de l'éducation, art. L131-4, L411-1, R421-20;
circulaire n° 2001-221. Domain § 1.5, § 1.6 and E1-E8. The third party of a deposit is found in `custodians`,
who receives a notice in `addressees`. A name that nobody typed gives a neutral form, never a failure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from materiel.domain.academies import ACADEMIES, academie_code
from materiel.domain.document import RECEIPTS, DocumentKind, Party
from materiel.domain.paperwork import RequiredDocument
from materiel.domain.party import (
    Address,
    Capacity,
    ManagingService,
    ProtectionRegime,
    Pupil,
    Representative,
    ServiceKind,
)
from materiel.domain.school_year import birthday
from materiel.errors import RuleBroken

MAJORITY = 18
PARENTS = frozenset({Capacity.MOTHER, Capacity.FATHER, Capacity.PARENT})
IN_CHARGE = frozenset({Capacity.DELEGATE, Capacity.INSTITUTION})
"""Entrusted with the child by a decision, beside the parents (C. civ. 377; C. éduc. L131-4)."""

READ_AND_APPROVED = "read_and_approved"
"""Key of the mention that the borrower writes by hand; the State and the depositary write none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signatory:
    """One signature box. `capacity` is French, ready to print; `optional` is a welcome second parent (E1).

    `mention` names the handwritten mention wanted, by key of the wording (`""` for none).
    """

    party: Party
    name: str
    capacity: str
    on_behalf_of: str = ""
    optional: bool = False
    mention: str = ""
    representative_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Custodian:
    """The third party of a deposit: a commune or the body that holds its school competence, or a school.

    `name` is the body (« Commune de Baulon »), `on_behalf_of` the legal person of a private school (its
    OGEC), `act` its optional deliberation or board act. `signatory_title` is empty when `signatory_name`
    already says it.
    """

    party: Party
    name: str
    signatory_name: str
    signatory_title: str
    address: Address
    act: str = ""
    on_behalf_of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """Who a notice is sent to, as the lines of the envelope window: at most six, postcode and city last."""

    party: Party
    name: str
    lines: tuple[str, ...]
    salutation: str


def is_adult(pupil: Pupil, on: date) -> bool:
    """Whether the pupil is of age that day, the eighteenth birthday included (C. civ. 388; E5)."""
    return on >= birthday(pupil.birth_date, MAJORITY)


def borrower_signatories(pupil: Pupil, service: ManagingService, on: date) -> tuple[Signatory, ...]:
    """Name who signs an agreement or an amendment for the borrower on a day; at least one box, required
    first.

    Raises:
        RuleBroken: `pupil.deceased`, `pupil.no_representative`, `pupil.disagreement`,
        `pupil.two_sole_authorities`,
            `pupil.no_emancipation_reference`, `pupil.no_protector`.

    Source: Code civil, art. 372-2, 373-2-1, 377, 388, 413-6, 414; Code de l'éducation, art. L131-4; E1-E8.
    """
    if pupil.died_on is not None:
        raise RuleBroken(
            "pupil.deceased",
            "Le décès de l'élève est enregistré : aucun document ne peut plus être émis à son nom. "
            "Convenez de la restitution directement avec la famille.",
        )
    if is_adult(pupil, on):
        return _adult_signatories(pupil)
    if pupil.protection is ProtectionRegime.EMANCIPATED:
        return (_emancipated(pupil),)
    return _minor_signatories(pupil, ask_both=service.ask_both_parents)


def receipt_signatories(pupil: Pupil | None, on: date) -> tuple[Signatory, ...]:
    """Name who may sign a receipt for the borrower: any one of the persons responsible is enough.

    Never fails: equipment comes back even when the parents disagree, nobody is recorded or the pupil has
    died.
    """
    if pupil is not None and pupil.died_on is None:
        if is_adult(pupil, on) or not pupil.representatives:
            return (_pupil_box(pupil, "élève"),)
        first, *others = (_representative_box(each) for each in pupil.representatives)
        boxes = (first, *(replace(each, optional=True) for each in others))
        return tuple(replace(each, mention="") for each in boxes)
    return (
        Signatory(
            party=Party.BORROWER,
            name="La personne qui rapporte le matériel",
            capacity="nom et qualité à indiquer",
        ),
    )


def _adult_signatories(pupil: Pupil) -> tuple[Signatory, ...]:
    match pupil.protection:
        case ProtectionRegime.CURATORSHIP:  # With the curator: both sign (E6).
            protectors = _protectors(pupil, Capacity.CURATOR)
            return (_pupil_box(pupil, _protected_capacity(pupil, "élève sous curatelle")), *protectors)
        case ProtectionRegime.GUARDIANSHIP:  # By the guardian: the pupil does not sign (E6).
            return _protectors(pupil, Capacity.GUARDIAN)
        case _:  # Safeguard leaves capacity whole; emancipation no longer matters.
            return (_pupil_box(pupil, "élève ayant atteint la majorité"),)


def _protectors(pupil: Pupil, capacity: Capacity) -> tuple[Signatory, ...]:
    wanted = (capacity, Capacity.PROTECTION)
    found = tuple(_representative_box(each) for each in pupil.representatives if each.capacity in wanted)
    if not found:
        raise RuleBroken(
            "pupil.no_protector",
            f"L'élève est sous un régime de protection ({pupil.protection.label.lower()}) et personne n'est "
            "enregistré pour l'assister ou le représenter : ajoutez cette personne, sa qualité et la "
            "référence "
            "de la décision.",
        )
    return found


def _protected_capacity(pupil: Pupil, capacity: str) -> str:
    return f"{capacity} ({pupil.protection_reference})" if pupil.protection_reference else capacity


def _emancipated(pupil: Pupil) -> Signatory:
    if not pupil.protection_reference.strip():
        raise RuleBroken(
            "pupil.no_emancipation_reference",
            "L'élève mineur émancipé signe lui-même : indiquez la référence de la décision d'émancipation.",
        )
    return _pupil_box(pupil, _protected_capacity(pupil, "élève, par émancipation"))


def _pupil_box(pupil: Pupil, capacity: str) -> Signatory:
    return Signatory(party=Party.BORROWER, name=pupil.full_name, capacity=capacity, mention=READ_AND_APPROVED)


def _minor_signatories(pupil: Pupil, *, ask_both: bool) -> tuple[Signatory, ...]:
    representatives = pupil.representatives
    if not representatives:
        raise RuleBroken(
            "pupil.no_representative",
            "L'élève est mineur et aucune personne responsable n'est enregistrée : ajoutez au moins l'un de "
            "ses "
            "parents, son tuteur ou la personne à qui il est confié.",
        )
    sole = [each for each in representatives if each.sole_authority]
    if len(sole) > 1:
        raise RuleBroken(
            "pupil.two_sole_authorities",
            "Deux personnes sont enregistrées comme exerçant seules l'autorité parentale : corrigez la "
            "fiche de "
            "l'élève d'après la décision de justice.",
        )
    if sole:  # E3: only this parent signs, so the other's disagreement changes nothing.
        return (_representative_box(sole[0]),)
    if pupil.disagreement:
        raise RuleBroken(
            "pupil.disagreement",
            "Un désaccord entre les parents est signalé : une seule signature ne suffit plus. Recueillez "
            "l'accord "
            "des deux, ou la décision du juge, puis levez le signalement sur la fiche de l'élève.",
        )
    guardians = _with_capacity(representatives, frozenset({Capacity.GUARDIAN}))
    if guardians:  # A guardianship is opened when no parent holds authority: parents do not sign.
        return tuple(_representative_box(each) for each in guardians)
    in_charge = _with_capacity(representatives, IN_CHARGE)
    parents = _with_capacity(representatives, PARENTS)
    if in_charge:
        first, *others = (*in_charge, *parents)
        return (
            _representative_box(first),
            *(replace(_representative_box(each), optional=True) for each in others),
        )
    first, *others = parents or representatives
    # C. civ. 372-2: each parent is deemed to act with the other's agreement, one signature is enough (E1).
    return (
        _representative_box(first),
        *(replace(_representative_box(each), optional=not (ask_both and parents)) for each in others),
    )


def _with_capacity(
    representatives: tuple[Representative, ...], capacities: frozenset[Capacity]
) -> tuple[Representative, ...]:
    return tuple(each for each in representatives if each.capacity in capacities)


def _representative_box(representative: Representative) -> Signatory:
    capacity = str(representative.capacity.label)
    if representative.sole_authority:
        capacity += ", exerçant à titre exclusif l'autorité parentale"
    if representative.reference:
        capacity += f" ({representative.reference})"
    return Signatory(
        party=Party.BORROWER,
        name=representative.full_name,
        capacity=capacity,
        on_behalf_of=representative.on_behalf_of,
        mention=READ_AND_APPROVED,
        representative_id=representative.id,
    )


def custodian_signatory(custodian: Custodian) -> Signatory:
    """The depositary's signature box; `on_behalf_of` is the body, or the legal person of a private school."""
    return Signatory(
        party=custodian.party,
        name=custodian.signatory_name,
        capacity=custodian.signatory_title,
        on_behalf_of=custodian.on_behalf_of or custodian.name,
    )


def state_signatory(service: ManagingService) -> Signatory:
    """The State's signature box, with the delegation when someone signs for the recteur or the IA-DASEN."""
    if service.kind is ServiceKind.RECTORAT:
        academie = ACADEMIES.get(academie_code(service.academie))
        authority = f"Le recteur de l'académie {academie.of_name}" if academie else "Le recteur d'académie"
    else:
        authority = "L'inspecteur d'académie – directeur académique des services de l'éducation nationale"
    capacity = ", ".join(part for part in (service.signatory_title, service.delegation) if part)
    return Signatory(
        party=Party.MANAGING_SERVICE,
        name=service.signatory_name or authority,
        capacity=capacity,
        on_behalf_of="l'État",
    )


def signatories_of(
    required: RequiredDocument,
    *,
    service: ManagingService,
    pupil: Pupil | None,
    custodian: Custodian | None,
    on: date,
) -> tuple[Signatory, ...]:
    """Name the boxes of a required document, in the order of its parties.

    Raises:
        RuleBroken: what `borrower_signatories` refuses, for an agreement or an amendment only.
        ValueError: the document needs a pupil or a custodian and none is given.
    """
    boxes: list[Signatory] = []
    for party in required.signatories:
        if party is Party.MANAGING_SERVICE:
            boxes.append(state_signatory(service))
        elif party is Party.BORROWER:
            boxes.extend(_borrower_boxes(required.kind, pupil, service, on))
        elif custodian is not None:
            boxes.append(custodian_signatory(custodian))
        else:
            raise ValueError(f"{required.kind} needs a custodian")
    return tuple(boxes)


def _borrower_boxes(
    kind: DocumentKind, pupil: Pupil | None, service: ManagingService, on: date
) -> tuple[Signatory, ...]:
    if kind in RECEIPTS:
        return receipt_signatories(pupil, on)
    if pupil is None:
        raise ValueError(f"{kind} needs a pupil")
    return borrower_signatories(pupil, service, on)

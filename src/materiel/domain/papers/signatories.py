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
from materiel.domain.accounts.service import ManagingService, ServiceKind
from materiel.domain.address import Address
from materiel.domain.papers.document import RECEIPTS, DocumentKind, Party, SignerKind
from materiel.domain.papers.required import RequiredDocument
from materiel.domain.people.pupil import Capacity, ProtectionRegime, Pupil, Representative
from materiel.domain.people.standing import PARENTS, PROTECTORS, acting_representatives, is_adult
from materiel.errors import RuleBroken

READ_AND_APPROVED = "read_and_approved"
"""Key of the mention that the borrower writes by hand; the State and the depositary write none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signatory:
    """One signature box. `capacity` is French, ready to print; `optional` is a welcome second parent (E1).

    `mention` names the handwritten mention wanted, by key of the wording (`""` for none). `signer` and `signer_id` say
    whose it is, whatever is printed: see `Signature`.
    """

    party: Party
    name: str
    capacity: str
    on_behalf_of: str = ""
    optional: bool = False
    mention: str = ""
    signer: SignerKind
    signer_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Custodian:
    """The third party of a deposit: a commune or the body that holds its school competence, or a school.

    `name` is the body (« Commune de Baulon »), `on_behalf_of` the legal person of a private school (its OGEC), `act`
    its optional deliberation or board act. `signatory_title` is empty when `signatory_name` already says it.
    `is_named`: that is a person, and not the office (« Le maire de Baulon »). `contact_id` names, for life, whom the
    service knows there; None while nobody was typed.
    """

    party: Party
    name: str
    signatory_name: str
    signatory_title: str
    address: Address
    act: str = ""
    on_behalf_of: str = ""
    is_named: bool = False
    contact_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """Who a notice is sent to, as the lines of the envelope window: at most six, postcode and city last."""

    party: Party
    name: str
    lines: tuple[str, ...]
    salutation: str


def borrower_signatories(
    pupil: Pupil | None, service: ManagingService, on: date, kind: DocumentKind
) -> tuple[Signatory, ...]:
    """Name who signs a document for the borrower on a day, whatever its kind; at least one box, required first.

    A receipt says what was handed over: it is always possible, by the same persons. When nobody may sign, or when the
    parents disagree, its box is for whoever comes, who is named by hand.

    Raises:
        RuleBroken: of any other document, `pupil.deceased`, `pupil.no_home`, `pupil.no_representative`,
            `pupil.disagreement`, `pupil.two_sole_authorities`, `pupil.no_emancipation_reference`, `pupil.no_protector`.
        ValueError: the document is not a receipt and no pupil is given.

    Source: Code civil, art. 372-2, 373-2-1, 377, 388, 413-6, 414; Code de l'éducation, art. L131-4; E1-E8.
    """
    if kind not in RECEIPTS:
        if pupil is None:
            raise ValueError(f"{kind} needs a pupil")
        return _named(pupil, on, ask_both=service.ask_both_parents)
    try:
        boxes = _named(pupil, on, ask_both=False) if pupil is not None else ()
    except RuleBroken:
        boxes = ()
    return tuple(replace(each, mention="") for each in boxes) or (_bearer(kind),)


def _bearer(kind: DocumentKind) -> Signatory:
    does = "reçoit" if kind is DocumentKind.HANDOVER_RECEIPT else "rapporte"
    return Signatory(
        party=Party.BORROWER,
        name=f"La personne qui {does} le matériel",
        capacity="nom et qualité à indiquer",
        signer=SignerKind.BEARER,
    )


def _named(pupil: Pupil, on: date, *, ask_both: bool) -> tuple[Signatory, ...]:
    if pupil.died_on is not None:
        raise RuleBroken(
            "pupil.deceased",
            "Le décès de l'élève est enregistré : aucun document ne peut plus être émis à son nom. "
            "Convenez du retour directement avec la famille.",
        )
    if not pupil.homes:
        raise RuleBroken(
            "pupil.no_home",
            "L'adresse de l'élève manque, que ce document porte : ajoutez-la sur sa fiche.",
        )
    people = acting_representatives(pupil, on)
    if is_adult(pupil, on):
        return _adult_signatories(pupil, people)
    if pupil.protection is ProtectionRegime.EMANCIPATED:
        return (_emancipated(pupil),)
    return _minor_signatories(pupil, people, ask_both=ask_both)


def _adult_signatories(pupil: Pupil, protectors: tuple[Representative, ...]) -> tuple[Signatory, ...]:
    if pupil.protection in PROTECTORS and not protectors:
        raise RuleBroken(
            "pupil.no_protector",
            f"L'élève est sous un régime de protection ({pupil.protection.label.lower()}) et personne n'est "
            "enregistré pour l'assister ou le représenter : ajoutez cette personne, sa qualité et la référence "
            "de la décision.",
        )
    boxes = tuple(_representative_box(each) for each in protectors)
    match pupil.protection:
        case ProtectionRegime.CURATORSHIP:  # With the curator: both sign (E6).
            return (_pupil_box(pupil, _protected_capacity(pupil, "élève sous curatelle")), *boxes)
        case ProtectionRegime.GUARDIANSHIP:  # By the guardian: the pupil does not sign (E6).
            return boxes
        case _:  # Safeguard leaves capacity whole; emancipation no longer matters.
            return (_pupil_box(pupil, "élève ayant atteint la majorité"),)


def _protected_capacity(pupil: Pupil, capacity: str) -> str:
    return f"{capacity} ({pupil.protection_reference})" if pupil.protection_reference else capacity


def _emancipated(pupil: Pupil) -> Signatory:
    if not pupil.protection_reference.strip():
        raise RuleBroken(
            "pupil.no_emancipation_reference",
            "L'élève mineur émancipé signe lui-même : indiquez la référence de la décision d'émancipation.",
        )
    return _pupil_box(pupil, _protected_capacity(pupil, "élève, par émancipation"))


def _pupil_box(pupil: Pupil, capacity: str) -> Signatory:
    return Signatory(
        party=Party.BORROWER,
        name=pupil.full_name,
        capacity=capacity,
        mention=READ_AND_APPROVED,
        signer=SignerKind.PUPIL,
        signer_id=pupil.id,
    )


def _minor_signatories(pupil: Pupil, people: tuple[Representative, ...], *, ask_both: bool) -> tuple[Signatory, ...]:
    if not pupil.representatives:
        raise RuleBroken(
            "pupil.no_representative",
            "L'élève est mineur et aucune personne responsable n'est enregistrée : ajoutez au moins l'un de ses "
            "parents, son tuteur ou la personne à qui il est confié.",
        )
    if not people:
        raise RuleBroken(
            "pupil.two_sole_authorities",
            "Deux personnes sont enregistrées comme exerçant seules l'autorité parentale : corrigez la fiche de "
            "l'élève d'après la décision de justice.",
        )
    # E3: when one parent acts alone, the other's disagreement changes nothing.
    if pupil.disagreement and not people[0].sole_authority:
        raise RuleBroken(
            "pupil.disagreement",
            "Un désaccord entre les parents est signalé : une seule signature ne suffit plus. Recueillez l'accord "
            "des deux, ou la décision du juge, puis levez le désaccord signalé sur la fiche de l'élève.",
        )
    boxes = tuple(_representative_box(each) for each in people)
    capacities = {each.capacity for each in people}
    if capacities == {Capacity.GUARDIAN} or (ask_both and capacities <= PARENTS):
        return boxes
    # C. civ. 372-2: each parent is deemed to act with the other's agreement, one signature is enough (E1).
    return (boxes[0], *(replace(each, optional=True) for each in boxes[1:]))


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
        signer=SignerKind.REPRESENTATIVE,
        signer_id=representative.id,
    )


def custodian_signatory(custodian: Custodian) -> Signatory:
    """The depositary's signature box; `on_behalf_of` is the body, or the legal person of a private school."""
    return Signatory(
        party=custodian.party,
        name=custodian.signatory_name,
        capacity=custodian.signatory_title,
        on_behalf_of=custodian.on_behalf_of or custodian.name,
        signer=SignerKind.OFFICIAL if custodian.is_named else SignerKind.OFFICE,
        signer_id=custodian.contact_id,
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
        signer=SignerKind.OFFICIAL if service.signatory_name else SignerKind.OFFICE,
        signer_id=service.id,
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
            boxes.extend(borrower_signatories(pupil, service, on, required.kind))
        elif custodian is not None:
            boxes.append(custodian_signatory(custodian))
        else:
            raise ValueError(f"{required.kind} needs a custodian")
    return tuple(boxes)

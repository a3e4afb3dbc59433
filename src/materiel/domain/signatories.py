"""Who signs for the pupil, for the school side and for the State.

Law: Code civil, art. 372-2, 373-2, 388, 413-6, 1887; Code de l'éducation, art. L131-4, L411-1, R421-20;
circulaire n° 2001-221. Domain § 1.5, § 1.6 and E1-E8, E34-E35.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from materiel.domain.document import Party
from materiel.domain.party import Address


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

    `name` is the body (« Commune de Baulon »), `act` its optional deliberation or board act.
    """

    party: Party
    name: str
    signatory_name: str
    signatory_title: str
    address: Address
    act: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """Who a notice is sent to, as the lines of the envelope window: at most six, postcode and city last."""

    party: Party
    name: str
    lines: tuple[str, ...]
    salutation: str

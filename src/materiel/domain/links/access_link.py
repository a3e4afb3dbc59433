"""Links (« liens d'accès ») sent to a family or to an institution: who each one lets in, and until when.

A link is of one person: one representative of one pupil, or the pupil himself. It lets in only as long as that person
is still on file and the link's address is still theirs: a name corrected changes nothing, an address corrected closes
the links sent to the former one, which is perhaps somebody else's. Whoever no longer acts for the pupil (the eighteenth
birthday, a judgment) keeps what they signed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from materiel.domain.language.labelled import LabelledEnum
from materiel.domain.links.mailbox import others_at, others_with_number
from materiel.domain.people.death import is_silenced
from materiel.domain.people.mobile import mobile_number
from materiel.domain.people.person_name import same_name
from materiel.domain.people.pupil import Pupil, Representative
from materiel.domain.people.standing import may_be_written_to

LIFETIME = timedelta(days=60)
"""Long enough for holidays; a new link is one click away."""

INSTITUTION_LIFETIME = timedelta(days=396)
"""Thirteen months: a school confirms what it holds once a year, with last year's message."""


class LinkKind(LabelledEnum):
    """Whom a link lets in."""

    FAMILY = "family", "Famille"
    INSTITUTION = "institution", "École, établissement ou collectivité"

    @property
    def lifetime(self) -> timedelta:
        """How long a new link of this kind lets in."""
        return LIFETIME if self is LinkKind.FAMILY else INSTITUTION_LIFETIME


@dataclass(frozen=True, slots=True, kw_only=True)
class SentLink:
    """What a link is, whoever it lets in, without its secret. `email`: that of the person when it was made.

    `entered_at`: when the first page behind it was shown, which is when the former links of the same person were
    replaced; `replaced_at`: it opens nothing any more, what it opened stays open. `revoked_at`: the service closed it,
    sessions included. Instants are UTC.
    """

    id: UUID
    service_id: UUID
    email: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    last_opened_at: datetime | None = None
    entered_at: datetime | None = None
    replaced_at: datetime | None = None

    def is_valid(self, now: datetime) -> bool:
        """Neither revoked nor expired: a session that it opened goes on."""
        return self.revoked_at is None and now < self.expires_at

    def opens(self, now: datetime) -> bool:
        """Valid, and not replaced by a later one that was used."""
        return self.is_valid(now) and self.replaced_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessLink(SentLink):
    """One link of a family or of an institution. A family's has a pupil, an institution's a school or a municipality.

    `of_authority`: of a municipality, the link of the body that runs its écoles, and not of its mayor (E35).
    `representative_id` is None for the pupil himself. `name` is that of the person when the link was made.
    """

    kind: LinkKind
    name: str
    pupil_id: UUID | None = None
    representative_id: UUID | None = None
    school_uai: str | None = None
    municipality_insee: str | None = None
    of_authority: bool = False

    @property
    def actor_id(self) -> str:
        """What the journal keeps of whoever acts through it: never a name."""
        return f"link:{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyPerson:
    """Who stands behind a family's link today: a representative, or the pupil himself when that is None.

    `acts`: they act for the pupil today, and may be written to; the others only read again what they signed.
    """

    link: AccessLink
    pupil: Pupil
    representative: Representative | None
    acts: bool

    @property
    def id(self) -> UUID:
        """The id of the person, for life: the representative's, or the pupil's."""
        return self.representative.id if self.representative else self.pupil.id

    @property
    def name(self) -> str:
        """First name then last name, as printed."""
        return self.representative.full_name if self.representative else self.pupil.full_name

    @property
    def shares_mailbox_with(self) -> tuple[str, ...]:
        """The names of the other people of the pupil who read the mailbox of this link."""
        return others_at(self.link.email, self.pupil, self.id)

    @property
    def mobile(self) -> str:
        """The mobile number on their record, as +33612345678; empty without one."""
        return mobile_number((self.representative or self.pupil).phone)

    @property
    def shares_mobile_with(self) -> tuple[str, ...]:
        """The names of the other people of the pupil who have that number."""
        return others_with_number(self.mobile, self.pupil, self.id)


def person_behind(link: AccessLink, pupil: Pupil, on: date) -> FamilyPerson | None:
    """Find in the pupil's record the person of a link; None when the link must no longer let anybody in.

    Nobody is let in after the pupil's death: the return is agreed upon by direct contact (E29).
    """
    if pupil.id != link.pupil_id or is_silenced(pupil):
        return None
    person = next((each for each in pupil.representatives if each.id == link.representative_id), None)
    if person is None and link.representative_id is not None:
        return None
    email = person.email if person else pupil.email
    if email.lower() != link.email.lower():
        return None
    found = FamilyPerson(link=link, pupil=pupil, representative=person, acts=False)
    return replace(found, acts=may_be_written_to(found.id, pupil, on))


def is_same_reader(one: FamilyPerson, other: FamilyPerson) -> bool:
    """Whether two links are of one person, who reads both in one mailbox: the same parent, of two children.

    Two people who share a mailbox are still two: the name tells them apart.
    """
    return _reads_the_same(one, other) and same_name(one.name, other.name)


def may_stand_together(one: FamilyPerson, other: FamilyPerson) -> bool:
    """Whether what two links let see may show on one page, once both were opened in one browser.

    Two children of one family: one mailbox, or somebody who answers for both. Two families that pass by the same
    computer never are; nor are two people of one pupil, each of whom signs for themselves: the last one who came in
    takes the place of the other.
    """
    if one.pupil.id == other.pupil.id or one.pupil.service_id != other.pupil.service_id:
        return False
    return _reads_the_same(one, other) or any(
        same_name(name, known) for name in _responsible(one.pupil) for known in _responsible(other.pupil)
    )


def _reads_the_same(one: FamilyPerson, other: FamilyPerson) -> bool:
    same_service = one.pupil.service_id == other.pupil.service_id
    return same_service and one.link.email.lower() == other.link.email.lower()


def _responsible(pupil: Pupil) -> list[str]:
    return [person.full_name for person in pupil.representatives]

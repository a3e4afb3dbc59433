"""« Notifications à envoyer »: grouped by whom they are for, sent in number by e-mail, or printed for the post.

The circular makes the notice a duty: its proof (when, by which channel, read when) stays on the document.

Source: circulaire n° 2001-221 du 29 octobre 2001.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.language.bounds import several
from materiel.domain.papers.document import NoticeChannel
from materiel.errors import BadInput
from materiel.store.engine.database import write_transaction
from materiel.store.papers import document as documents
from materiel.store.papers import recipient as recipients
from materiel.store.papers.recipient import ToSend
from materiel.use_cases.links.institution import InviteInstitution, institution_named, institution_place
from materiel.use_cases.links.institution_link import write_to_institution
from materiel.use_cases.papers.document import mark_sent
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.papers.printing import merged_pdf

MOST = 2_000
"""Listed at once; the page says so when there are more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeGroup:
    """What one recipient has still to be sent. `mailbox` is empty without an address: it goes by the post."""

    institution: InviteInstitution
    name: str
    mailbox: str
    notices: tuple[ToSend, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SendNotices:
    """Documents that somebody receives for information, and how: `EMAIL` or `POST`."""

    document_ids: Annotated[tuple[UUID, ...], several(500, least=1)]
    channel: NoticeChannel


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent:
    """A notice that could not be sent so, and why, in French."""

    document_id: UUID
    name: str
    reason: str


@dataclass(slots=True, kw_only=True)
class SentNotices:
    """How many messages were written, how many documents noted as posted, and what is left."""

    queued: int = 0
    posted: int = 0
    left: list[NotSent] = field(default_factory=list)


async def notices_to_send(*, actor: Actor) -> list[NoticeGroup]:
    """What has still to be sent, by recipient: those with a mailbox first, then by name."""
    actor.require(Permission.READ)
    return await _grouped(await recipients.to_send(actor.service_id, limit=MOST), actor)


async def _grouped(listed: Sequence[ToSend], actor: Actor) -> list[NoticeGroup]:
    groups: dict[InviteInstitution, list[ToSend]] = {}
    named: dict[tuple[str, str], InviteInstitution] = {}
    for each in listed:
        key = (each.school_uai, each.party.value)
        if key not in named:
            named[key] = await institution_named(each.school_uai, each.party, actor.service_id)
        groups.setdefault(named[key], []).append(each)
    found = [await _group(institution, notices, actor.service_id) for institution, notices in groups.items()]
    return sorted(found, key=lambda group: (not group.mailbox, group.name))


async def send_notices(command: SendNotices, *, issuer: Issuer) -> SentNotices:
    """Write one message to each recipient with a link to its notices, or note that they were posted.

    A message carries every notice of its recipient that has not left. What is sent already is not sent twice.

    Raises:
        NotFound: `document.not_found`.
        RuleBroken: `document.no_recipient`.
        BadInput: `notice.channel`, another channel.
    """
    issuer.actor.require(Permission.WRITE)
    wanted = list(dict.fromkeys(command.document_ids))
    for document_id in wanted:
        await documents.get(document_id, issuer.actor.service_id)
    match command.channel:
        case NoticeChannel.POST:
            return await _post(command.document_ids, issuer)
        case NoticeChannel.EMAIL:
            return await _write(wanted, issuer)
    raise BadInput("notice.channel", "Envoyez en nombre par courriel (email) ou par la poste (post).")


async def notices_pdf(document_ids: Sequence[UUID], *, actor: Actor) -> bytes:
    """One PDF of notices to post, recipient by recipient: communes, then schools, in the order of their names.

    Raises:
        NotFound: `document.not_found`.
        BadInput: `pile.empty`, `pile.too_high`.
    """
    groups = sorted(
        await notices_to_send(actor=actor), key=lambda group: (not group.institution.insee_code, group.name)
    )
    wanted = list(dict.fromkeys(document_ids))
    listed = [each.document_id for group in groups for each in group.notices if each.document_id in wanted]
    in_order = list(dict.fromkeys([*listed, *wanted]))
    return await merged_pdf(in_order, actor=actor)


async def _group(institution: InviteInstitution, notices: list[ToSend], service_id: UUID) -> NoticeGroup:
    place = await institution_place(institution, service_id)
    return NoticeGroup(institution=institution, name=place.name, mailbox=place.email, notices=tuple(notices))


async def _post(document_ids: Sequence[UUID], issuer: Issuer) -> SentNotices:
    for document_id in dict.fromkeys(document_ids):
        await mark_sent(document_id, actor=issuer.actor, now=issuer.now, channel=NoticeChannel.POST)
    return SentNotices(posted=len(set(document_ids)))


async def _write(wanted: Sequence[UUID], issuer: Issuer) -> SentNotices:
    done = SentNotices()
    for group in await _grouped(await recipients.to_send_of(wanted, issuer.actor.service_id), issuer.actor):
        asked = group.notices
        if all(each.message_id is not None for each in asked):
            continue
        if not group.mailbox:
            done.left += [
                NotSent(
                    document_id=each.document_id,
                    name=group.name,
                    reason="Aucune adresse électronique n'est connue : imprimez la notification et postez-la.",
                )
                for each in asked
            ]
            continue
        async with write_transaction():
            await write_to_institution(group.institution, issuer=issuer)
        done.queued += 1
    return done

"""HTTP for campaigns: examined, decided by groups, run, printed, followed to their end."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta, Struct

from materiel.domain.accounts.roles import Actor
from materiel.domain.calendar.school_year import label
from materiel.domain.desk.campaign import (
    CampaignKind,
    CampaignLine,
    Choice,
    RenewalOutcome,
    read_school_year,
)
from materiel.domain.papers.document import DocumentKind
from materiel.domain.papers.printing import PrintOrder
from materiel.domain.work.lot import LineState
from materiel.use_cases.desk.campaign import (
    CampaignReport,
    ChooseForGroup,
    OpenCampaign,
    OpenedCampaign,
    choose_for_group,
    list_campaign_lines,
    list_campaigns,
    open_campaign,
    read_campaign,
    start_campaign,
)
from materiel.use_cases.desk.campaign_following import FollowedCampaign, PrintPile, draw_pile, follow_campaign
from materiel.use_cases.papers.issuer import Issuer
from materiel.web.acting import provide_issuer
from materiel.web.api.body import Body, CommandBody
from materiel.web.api.problems import LIST, READ, WRITE, problems

PDF = "application/pdf"
AT_ONCE = 500

SchoolYear = Annotated[
    str, Meta(pattern=r"^20[0-9]{2}-20[0-9]{2}$", description="Année scolaire.", examples=["2027-2028"])
]


class CampaignBody(Body):
    """La campagne d'une année scolaire.

    `dry_run` : elle est examinée, et rien d'autre ; sinon ce qui se renouvelle sans question l'est aussitôt, et un
    courriel part à qui signe, sauf `send` faux. `ends_on` : le dernier jour demandé, le 31 août à défaut.
    """

    kind: CampaignKind
    school_year: SchoolYear
    ends_on: date | None = None
    dry_run: bool = True
    send: bool = True


class CampaignRunBody(Body):
    """`send` : écrire à ceux qui signent et ont une adresse ; les papiers des autres sont à imprimer."""

    send: bool = True


class GroupChoiceBody(CommandBody[ChooseForGroup], given=("campaign_id",)):
    """Ce qui est à faire des prêts d'une issue : tous, ou ceux de `loans`.

    Sans choix, ce qui était prévu. `reason` est exigé pour prolonger un prêt sans décision en cours.
    """


class CampaignReference(Struct):
    """La campagne, et le travail à suivre."""

    id: UUID
    job: UUID

    @classmethod
    def of(cls, opened: OpenedCampaign) -> CampaignReference:
        """The wire form of a campaign under way."""
        return cls(id=opened.campaign.id, job=opened.job.id)


class CampaignSummary(Struct):
    """Une campagne du service."""

    id: UUID
    kind: CampaignKind
    school_year: SchoolYear
    ends_on: date
    examined_at: datetime | None


class CampaignList(Struct):
    """Les campagnes du service, la dernière année d'abord."""

    items: list[CampaignSummary]


class CampaignLoanOut(Struct):
    """Un prêt de la campagne : pourquoi il a cette issue, les papiers qu'elle ferait, ce qui en est fait.

    `made` : les documents établis. `detail` : ce qui est à savoir, ou pourquoi rien n'est fait.
    """

    loan: UUID
    why: str
    documents: list[DocumentKind]
    ends_on: date | None
    choice: Choice | None
    state: LineState
    detail: str
    made: list[UUID]

    @classmethod
    def of(cls, line: CampaignLine) -> CampaignLoanOut:
        """The wire form of a line."""
        return cls(
            loan=line.loan_id,
            why=line.why,
            documents=list(line.documents),
            ends_on=line.ends_on,
            choice=line.choice,
            state=line.state,
            detail=line.said,
            made=list(line.made),
        )


class CampaignFollowedOut(Struct):
    """Où en sont les prêts faits ; `mail_refused` compte à part, `to_print` les papiers à imprimer."""

    awaited: int
    mail_refused: int
    not_returned: int
    overtaken: int
    signed: int
    returned: int
    to_print: int


class CampaignOut(CampaignSummary, kw_only=True):
    """Une campagne : chaque prêt en cours du service, dans le groupe de son issue."""

    job: UUID | None
    undecided: int
    followed: CampaignFollowedOut
    change_of_document: list[CampaignLoanOut]
    school_unknown: list[CampaignLoanOut]
    basis_ended: list[CampaignLoanOut]
    came_of_age: list[CampaignLoanOut]
    leaves_academie: list[CampaignLoanOut]
    other_service: list[CampaignLoanOut]
    not_renewable: list[CampaignLoanOut]
    deposit: list[CampaignLoanOut]
    renew: list[CampaignLoanOut]
    nothing: list[CampaignLoanOut]


class ChosenOut(Struct):
    """Combien de prêts sont concernés par le choix."""

    changed: int


UNKNOWN = {404: ("campaign.not_found", "Cette campagne n'existe pas dans votre service.")}
UNDER_WAY = {409: ("campaign.under_way", "Cette campagne est déjà en cours : attendez la fin de son travail.")}
OUTSIDE = {422: ("campaign.end_outside_year", "Le nouveau terme doit être dans l'année scolaire 2027-2028.")}
CHOICE = {422: ("campaign.choice_not_allowed", "« Renouveler » ne se choisit pas pour ces prêts.")}
NOTHING = {404: ("campaign.nothing_to_print", "Rien n'est à imprimer.")}


@post(
    "/",
    status_code=202,
    operation_id="OpenCampaign",
    summary="Examiner les prêts pour une année scolaire",
    tags=["Campagnes"],
    dependencies={"issuer": Provide(provide_issuer)},
    responses=problems(*(status for status in WRITE if status != 404), examples={**UNDER_WAY, **OUTSIDE}),
)
async def open_one(data: JSONBody[CampaignBody], issuer: NamedDependency[Issuer]) -> CampaignReference:
    """Un service a une campagne par an : demandée de nouveau, la même est réexaminée ; choix et faits restent."""
    command = OpenCampaign(
        kind=data.kind,
        school_year=read_school_year(data.school_year),
        ends_on=data.ends_on,
        dry_run=data.dry_run,
        send=data.send,
    )
    return CampaignReference.of(await open_campaign(command, issuer=issuer))


@get(
    "/",
    operation_id="ListCampaigns",
    summary="Lister les campagnes",
    tags=["Campagnes"],
    responses=problems(*LIST),
)
async def list_all(actor: NamedDependency[Actor]) -> CampaignList:
    """Les dernières du service."""
    return CampaignList(
        items=[
            CampaignSummary(
                id=each.id,
                kind=each.kind,
                school_year=label(each.school_year),
                ends_on=each.ends_on,
                examined_at=each.examined_at,
            )
            for each in await list_campaigns(actor=actor)
        ]
    )


@get(
    "/{campaign_id:uuid}",
    operation_id="ReadCampaign",
    summary="Lire une campagne",
    tags=["Campagnes"],
    responses=problems(*READ, examples=UNKNOWN),
)
async def show(campaign_id: FromPath[UUID], actor: NamedDependency[Actor]) -> CampaignOut:
    """Chaque prêt avec son issue, pourquoi, et les papiers qu'elle ferait."""
    report = await read_campaign(campaign_id, actor=actor)
    groups: dict[str, list[CampaignLoanOut]] = {each.value: [] for each in RenewalOutcome}
    after = None
    while lines := await list_campaign_lines(campaign_id, actor=actor, limit=AT_ONCE, after=after):
        for line in lines:
            groups[line.outcome.value].append(CampaignLoanOut.of(line))
        after = lines[-1].id
    return _out(report, await follow_campaign(campaign_id, actor=actor), groups)


def _out(report: CampaignReport, followed: FollowedCampaign, groups: dict[str, list[CampaignLoanOut]]) -> CampaignOut:
    campaign = report.campaign
    told: dict[str, Any] = {state.value: found for state, found in followed.counts.items()}
    return CampaignOut(
        id=campaign.id,
        kind=campaign.kind,
        school_year=label(campaign.school_year),
        ends_on=campaign.ends_on,
        examined_at=campaign.examined_at,
        job=campaign.job_id,
        undecided=report.undecided,
        followed=CampaignFollowedOut(**told, to_print=followed.to_print),
        **groups,
    )


@post(
    "/{campaign_id:uuid}/choices",
    status_code=200,
    operation_id="ChooseForCampaignGroup",
    summary="Décider pour un groupe",
    tags=["Campagnes"],
    dependencies={"issuer": Provide(provide_issuer)},
    responses=problems(*WRITE, examples={**UNKNOWN, **UNDER_WAY, **CHOICE}),
)
async def choose(
    campaign_id: FromPath[UUID], data: JSONBody[GroupChoiceBody], issuer: NamedDependency[Issuer]
) -> ChosenOut:
    """Rien n'est fait avant que la campagne soit lancée."""
    return ChosenOut(changed=await choose_for_group(data.command(campaign_id=campaign_id), issuer=issuer))


@post(
    "/{campaign_id:uuid}/run",
    status_code=202,
    operation_id="RunCampaign",
    summary="Lancer une campagne",
    tags=["Campagnes"],
    dependencies={"issuer": Provide(provide_issuer)},
    responses=problems(*WRITE, examples={**UNKNOWN, **UNDER_WAY}),
)
async def run(
    campaign_id: FromPath[UUID], data: JSONBody[CampaignRunBody], issuer: NamedDependency[Issuer]
) -> CampaignReference:
    """Chaque prêt pour lui-même ; relancée, elle ne refait jamais ce qui est fait."""
    return CampaignReference.of(await start_campaign(campaign_id, send=data.send, issuer=issuer))


@get(
    "/{campaign_id:uuid}/print",
    operation_id="PrintCampaign",
    summary="Imprimer les papiers de qui n'a pas d'adresse",
    tags=["Campagnes"],
    media_type=PDF,
    responses=problems(*READ, examples={**UNKNOWN, **NOTHING}),
)
async def print_all(
    campaign_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    order: Annotated[
        PrintOrder, QueryParameter(name="by", description="Dans quel ordre les papiers sortent.")
    ] = PrintOrder.SCHOOL,
    school: Annotated[str, QueryParameter(description="Les papiers d'un seul établissement, par son UAI.")] = "",
    separators: Annotated[
        bool, QueryParameter(description="Une feuille devant chaque pile dit ce qu'elle contient.")
    ] = False,
) -> Response[bytes]:
    """Un PDF : chaque exemplaire annoncé, chacun sur ses propres feuilles."""
    command = PrintPile(campaign_id=campaign_id, order=order, school=school, separators=separators)
    headers = {"Content-Disposition": 'inline; filename="rentree.pdf"', "Cache-Control": "private, no-store"}
    return Response(await draw_pile(command, actor=actor, now=now), media_type=PDF, headers=headers)


router = Router("/campaigns", route_handlers=[open_one, list_all, show, choose, run, print_all])

"""What each concern of « Aujourd'hui » lists, and what to do about it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.desk.dashboard import BY_DAY, DUTIES, IDLE_MONTHS, Concern, Duty
from materiel.domain.item.checklist import CheckMoment
from materiel.domain.item.item import Condition
from materiel.domain.item.preparation import checks_of
from materiel.domain.loan.reference_change import settlements
from materiel.use_cases.desk.today import After, Waiting, place_of, things_of
from materiel.use_cases.item.checklist import lines_of
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_query
from materiel.web.http.paging import cut, read_cursor
from materiel.web.pages.desk.lines import group_of
from materiel.web.pages.shell.query import query
from materiel.web.pages.shell.rendering import render

PAGE = 50
WHAT_TO_DO = {
    Concern.UNSIGNED: "Le matériel est parti sans que la convention soit entièrement signée. "
    "Recueillez les signatures, ou reprenez le matériel.",
    Concern.OWN_SIGNATURE: "Signez les documents, puis enregistrez la pile en une fois.",
    Concern.SIGNATURE: "Demandez les signatures, ou relancez, par groupe de signataires.",
    Concern.NOTICE: "Envoyez-les à leurs destinataires, par courriel ou par la poste.",
    Concern.MAIL: "Corrigez l'adresse, puis envoyez de nouveau.",
    Concern.RETURN: "Le retour est demandé ou le terme est passé. "
    "Convenez d'un rendez-vous, ou prolongez le prêt par un avenant.",
    Concern.VOICE: "Un décès est noté : plus rien ne part à la famille ni à l'école, et rien n'est en retard. "
    "Quelqu'un du service reprend contact de vive voix, au moment qui convient à la famille, et convient du "
    "retour avec elle.",
    Concern.LIAISON: "L'élève est parti : nos lettres disent que nous prenons contact avec l'académie qui l'accueille. "
    "Prenez-le vous-même, sans rien dire de sa santé, puis notez quand et avec quel service.",
    Concern.SCANS: "Confirmez les signatures vues, et classez les pages que leur code n'a pas classées.",
    Concern.INCIDENT: "Décidez de la suite à donner : réparation, remplacement, sortie du parc.",
    Concern.REPAIR_LATE: "Appelez le réparateur, puis notez le retour ou la nouvelle date annoncée.",
    Concern.STOCKTAKE: "Comptez ce qui est chez vous, relancez qui n'a pas répondu, décidez des écarts, puis clôturez.",
    Concern.REMARKS: "Quelqu'un a écrit une remarque en signant : un défaut, un accessoire qui manque, un désaccord ; "
    "ou la famille dit l'état du matériel. Lisez-la sur la page du document, ou près de l'état constaté, répondez s'il "
    "le faut, puis dites qu'elle est lue.",
    Concern.LICENCE: "Faites attester les désinstallations : chacune libère une place. Commandez à temps de quoi "
    "remplacer une licence qui finit.",
    Concern.SERVICE_LOAN: "Rendez ce qui est prêté par un autre service, reprenez ce qui lui est prêté, ou convenez "
    "d'un autre jour : chacun demande, l'autre répond.",
    Concern.ENDING: "Renouvelez par un avenant, ou préparez le retour.",
    Concern.BASIS: "Demandez à la famille la nouvelle notification avant la fin de l'actuelle : "
    "le prêt s'arrête avec elle.",
    Concern.CAPPED: "Une location ou l'année scolaire finit avant le prêt. Prolongez la location sur la fiche du "
    "matériel, échangez ce matériel par un avenant, fixez la fin du prêt par un renouvellement, ou convenez "
    "d'un retour.",
    Concern.TO_HAND_OVER: "Tout est signé : convenez de la remise.",
    Concern.REFERENCE: "L'annuaire importé, ou une décision du service, change un établissement où des prêts sont "
    "en cours. Rien n'est refait : lisez ce que la table dit de chaque prêt, faites ce qu'il faut, puis dites ce que "
    "vous décidez.",
    Concern.CAME_OF_AGE: "Depuis ses dix-huit ans, l'élève signe lui-même : ses parents gardent ce qu'ils ont "
    "signé, et plus rien de nouveau ne leur est écrit. Demandez son adresse à l'élève, puis écrivez-lui.",
    Concern.UNUSED: "Deux réunions de suite ont noté que le matériel ne sert pas. La famille le garde jusqu'au terme "
    "si elle le souhaite : une lettre l'invite à en parler, et à dire ce qui manque.",
    Concern.NEED_RECEIVED: "Commandé pour un élève, arrivé, et pas encore remis : préparez le prêt, puis remettez.",
    Concern.TRIAL: "La fin de l'essai approche. S'il convient, renouvelez avec la décision reçue : une "
    "nouvelle convention en fait un prêt. "
    "Sinon, convenez du retour.",
    Concern.NEED_ASKED: "Un enseignant référent l'a demandé par son lien. Confirmez-le avec la notification en main : "
    "il prend son rang à la date de celle-ci. Sinon, mettez-y fin en disant pourquoi.",
    Concern.NEED_FORGOTTEN: "La décision est échue, ou l'élève attend depuis plus de deux ans. Tant qu'un besoin "
    "attend, la fiche de l'élève est gardée : corrigez-le, ou mettez-y fin.",
    Concern.DRAFT: "Un brouillon réserve le matériel sans que rien ne soit émis. "
    "Reprenez-le, ou abandonnez-le : le matériel redevient disponible.",
    Concern.TO_PREPARE: "Revenus, et pas encore vérifiés : effacez les données, regardez l'état et les accessoires. "
    "Ils ne se prêtent de nouveau qu'ensuite.",
    Concern.IDLE: f"En réserve depuis plus de {IDLE_MONTHS} mois sans que personne ne les ait eus : "
    "proposez-les, ou vérifiez qu'ils servent encore.",
}
NOTHING_LEFT = {
    Concern.UNSIGNED: "Tout ce qui est remis est signé.",
    Concern.OWN_SIGNATURE: "Rien n'attend notre signature.",
    Concern.SIGNATURE: "Aucune signature n'est attendue.",
    Concern.NOTICE: "Toutes les notifications sont envoyées.",
    Concern.MAIL: "Aucun courriel refusé n'attend.",
    Concern.RETURN: "Aucun retour n'est attendu.",
    Concern.VOICE: "Aucun contact n'est à reprendre de vive voix.",
    Concern.LIAISON: "Aucun contact n'est à prendre avec une autre académie.",
    Concern.SCANS: "Aucune numérisation n'est à relire.",
    Concern.INCIDENT: "Aucun incident n'est ouvert.",
    Concern.REPAIR_LATE: "Aucune réparation n'est en retard.",
    Concern.STOCKTAKE: "Aucun récolement n'est en cours.",
    Concern.LICENCE: "Aucune licence ne finit bientôt, et aucun logiciel n'est à désinstaller.",
    Concern.SERVICE_LOAN: "Aucun prêt entre services ne finit dans le mois.",
    Concern.REMARKS: "Aucune remarque n'attend d'être lue.",
    Concern.ENDING: "Aucune convention n'arrive à terme.",
    Concern.BASIS: "Aucune notification n'arrive à échéance.",
    Concern.CAPPED: "Aucun prêt ne dépasse une location ni l'année scolaire.",
    Concern.TO_HAND_OVER: "Rien de signé n'attend sa remise.",
    Concern.REFERENCE: "Aucun changement de l'annuaire ne touche un prêt en cours.",
    Concern.CAME_OF_AGE: "Aucun élève devenu majeur n'attend qu'on lui écrive.",
    Concern.UNUSED: "Rien n'est noté sans usage à deux réunions de suite.",
    Concern.NEED_RECEIVED: "Tout ce qui est reçu est remis.",
    Concern.TRIAL: "Aucun essai n'arrive à sa fin.",
    Concern.NEED_ASKED: "Aucun besoin n'attend d'être confirmé.",
    Concern.NEED_FORGOTTEN: "Aucun besoin n'est à revoir.",
    Concern.DRAFT: "Aucun brouillon ne réserve de matériel.",
    Concern.TO_PREPARE: "Rien de ce qui est revenu n'attend d'être préparé.",
    Concern.IDLE: f"Aucun matériel n'est en réserve, inutilisé, depuis plus de {IDLE_MONTHS} mois, à compter de son "
    "entrée à cet inventaire.",
}

ASLEEP = Duty("Matériels qui dorment", "en réserve, sans que personne ne les ait eus")

ELSEWHERE = {
    Concern.NOTICE: "/notifications",
    Concern.MAIL: "/courriels?etat=refuses",
    Concern.OWN_SIGNATURE: "/signatures",
    Concern.SIGNATURE: "/signatures",
}
"""Concerns whose list is a page of its own."""


@get("/a-faire/{concern:str}", name="dashboard:list")
async def show_list(
    request: Request[Any, Any, Any],
    concern: FromPath[str],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """What a concern lists, the most pressing first."""
    try:
        asked = Concern(concern)
    except ValueError as unknown:
        raise NotFoundException from unknown
    if asked in ELSEWHERE:
        return Redirect(ELSEWHERE[asked], status_code=303)
    cursor = read_query(request).text("apres") or None
    after: After | None = read_cursor(cursor, tuple[date, UUID]) if asked in BY_DAY else read_cursor(cursor, UUID)
    found = await things_of(asked, actor=actor, now=now, limit=PAGE + 1, after=after)
    things, following = cut(found, PAGE, place_of)
    context: dict[str, object] = {"concern": asked, "what_to_do": WHAT_TO_DO[asked], "nothing": NOTHING_LEFT[asked]}
    context |= {"items": [], "changes": [], "groups": []}
    if asked is Concern.TO_PREPARE:
        day = actor.civil_date(now)
        context |= {"items": things, "conditions": list(Condition)}
        waiting = [each.item for each in things if isinstance(each, Waiting)]
        context["checks"] = {item.id: checks_of(item) for item in waiting}
        context["own"] = await lines_of(waiting, CheckMoment.PREPARATION, actor=actor)
        context |= {"form": Form.filled(done_on=day), "today": day}
    elif asked is Concern.REFERENCE:
        context |= {"changes": things, "settlements": settlements}
    elif things:
        context["groups"] = [group_of(asked, DUTIES.get(asked, ASLEEP), things, actor, now)]
    context["next"] = query(apres=following) if following else ""
    context["first"] = request.url.path if cursor else ""
    return render(request, "desk/dashboard/list.html", context)


router = account_required("/", [show_list], Permission.READ)

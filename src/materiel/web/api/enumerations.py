"""What the description of the API says of its enumerations, in French: what each is, and the word of each value.

The words are the labels of the enumerations, those of states come from `domain.language.states`: none is written here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from materiel.domain.language.labelled import LabelledEnum

ENUMERATIONS = {
    "AuthorityKind": "Qui gère les écoles publiques d'une commune.",
    "BasisKind": "Ce sur quoi repose un prêt ; un PAP ne suffit jamais seul.",
    "CampaignKind": "Ce que fait une campagne.",
    "Capacity": "À quel titre une personne signe pour un élève.",
    "ChangeKind": "Ce qui a changé dans l'annuaire, ou par décision du service.",
    "Choice": "Ce qu'un gestionnaire fait faire d'un prêt par une campagne.",
    "Condition": "État physique d'un matériel, constaté à la remise ou au retour.",
    "Covers": "Le contrat que contient une convention ; une convention tripartite contient les deux.",
    "Custody": "Où reste le matériel ; ramené au domicile même de temps en temps, c'est « home ».",
    "DeclaredAs": "De quel côté l'incident a été signalé.",
    "DocumentKind": "Nature d'un document.",
    "DocumentState": "Où en est un document émis : jamais en vigueur avant d'être signé par tous.",
    "DocumentStatus": "Si un document est encore celui du prêt ; `state` dit s'il est en vigueur.",
    "Fate": "Ce que devient un prêt quand l'élève quitte l'académie.",
    "Fault": "Ce que le service conclut après une perte, un vol ou un dommage.",
    "CallState": "Où en est un appel ; « dead », personne n'a répondu.",
    "FileKind": "Ce que montre une pièce envoyée.",
    "GapAct": "Ce qu'est devenu un écart d'un récolement.",
    "HitKind": "Ce que trouve une recherche.",
    "ImportKind": "Ce que contient un fichier à importer.",
    "ImportState": "Où en est l'import d'un fichier : l'état de sa dernière étape.",
    "InkVerdict": "Ce qui se voit dans une case de signature ; de l'encre ne signe rien, une personne confirme.",
    "PageProblem": "Pourquoi une page numérisée n'est classée nulle part.",
    "PageState": "Ce qu'est devenue une page numérisée.",
    "PaperGroup": "Ce que demande un papier revenu.",
    "PauseReason": "Pourquoi les messages automatiques d'un prêt sont arrêtés.",
    "PileState": "Où en est la lecture d'une pile de pages.",
    "IncidentKind": "Ce qui est arrivé.",
    "IncidentPaper": "Pièce que le service attend après une perte ou un vol.",
    "IncidentState": "Si le service a encore quelque chose à faire, dans les mots de qui l'a signalé.",
    "ItemFamily": "Famille neutre : tout ce que la mairie, l'établissement et les autres tiers lisent du matériel.",
    "ItemStatus": "État d'un matériel dans son cycle ; les trois derniers sont sortis du parc.",
    "JobState": "Où en est un travail ; les deux derniers états ne changent plus.",
    "LabelOrder": "Dans quel ordre viennent les étiquettes d'un tirage.",
    "LineState": "Ce qu'il est advenu d'une chose d'un acte en nombre.",
    "LoanOrigin": "D'où vient un prêt : préparé avec ce produit, ou en cours déjà quand il a été saisi.",
    "LoanStatus": "État d'un prêt ou d'un dépôt ; « remis sans convention » est dit à part, parmi les alertes.",
    "LotAct": "Un acte fait en nombre.",
    "Moment": "Quand un document exigé se fait.",
    "MoveOutcome": "Ce que demande le changement d'établissement d'un élève d'un fichier.",
    "Grouping": "Ce par quoi les chiffres sont répartis.",
    "Readership": "Pour qui sont les chiffres : hors du service, les petits nombres sont masqués.",
    "NeedKind": "Ce qui est demandé pour un élève : du matériel, ou un essai qui a une fin.",
    "NeedStage": "Où en est un besoin, de la notification à la remise.",
    "NeedState": "Si l'élève attend encore.",
    "ConditionMoment": "Quand un état a été vu.",
    "MarkKind": "Ce qu'on voit d'un matériel : un fait, ni faute ni usure.",
    "ItemView": "Une vue du dessin d'un matériel.",
    "ItemZone": "Un des neuf endroits d'une vue.",
    "CheckMoment": "Quand les lignes d'une liste sont vérifiées.",
    "LicenceStage": "Où en est une licence de logiciel.",
    "SeatEnd": "Comment un logiciel sous licence a quitté ce où il était.",
    "SeatStage": "Où en est une place d'une licence.",
    "UninstallWitness": "Qui atteste une désinstallation.",
    "KitState": "Où en est un kit, d'après l'état de ses éléments.",
    "RepairOutcome": "Ce que le réparateur a rendu.",
    "RepairStage": "Où en est une réparation.",
    "HolderKind": "Qui détient un matériel, et dit avoir lu un rappel de sécurité.",
    "SafetyStage": "Où en est un matériel que concerne un rappel de sécurité.",
    "SafetyTreatment": "Ce qui a été fait d'un matériel que concerne un rappel de sécurité.",
    "NoteKind": "Nature d'une ligne du suivi d'un incident.",
    "NoticeChannel": "Comment un document est allé à qui le reçoit pour information.",
    "DisposalOutcome": "Où vont les matériels d'une fin de vie.",
    "AssociationKind": "Les associations auxquelles la loi permet de donner du matériel informatique.",
    "DisposalState": "Où en est une fin de vie.",
    "DisposalPaper": "Papier signé que garde une fin de vie.",
    "NotedBy": "Qui a noté l'usage d'un matériel, sans aucun nom.",
    "UseLevel": "Si un matériel sert, comme il a été dit à une réunion.",
    "TransferState": "Où en est un transfert entre services.",
    "Outcome": "Ce que répond la table de décision.",
    "Ownership": "À qui est le matériel ; les documents ne disent pas propriété de l'État ce qui est loué.",
    "Party": "Qui signe ou reçoit un document.",
    "PrintOrder": "Dans quel ordre les documents sortent de l'imprimante.",
    "ProtectionRegime": "Régime de protection de l'élève, qui décide de qui signe pour un majeur.",
    "RecallGround": "Pourquoi un prêt individuel peut être repris avant son terme.",
    "RemovalReason": "Pourquoi un matériel sort d'un prêt qui continue.",
    "RenewalOutcome": "Ce que devient un prêt pour l'année scolaire d'une campagne.",
    "RenewalPolicy": "Combien de temps dure une convention, au choix du service.",
    "SchoolKind": "Ce que les textes distinguent parmi les établissements.",
    "Schooling": "Comment l'élève suit sa scolarité, que l'annuaire ne dit pas.",
    "Sector": "Public ou privé, comme le dit l'annuaire ; jamais assez pour décider.",
    "ServiceKind": "Nature d'un service gestionnaire.",
    "Settlement": "Ce qu'un gestionnaire décide d'un changement.",
    "SightedBy": "Qui a dit ce qui est su d'un matériel, dans un récolement.",
    "Sighting": "Le dernier mot sur un matériel d'un récolement.",
    "SignatureChannel": "Comment une signature a été donnée.",
    "SignatureStatus": "Ce que devient une case de signature ; facultative : celle d'un second parent.",
    "SourcedField": "Ce que l'annuaire de l'administration peut donner d'une commune.",
    "StateSigns": "Quand l'État signe ce que d'autres signent aussi, au choix du service.",
    "StocktakePlace": "Où un matériel est attendu.",
    "StocktakeResult": "Ce qui est su d'un matériel ou d'un code, dans un récolement ; sans réponse n'est pas perdu.",
    "StocktakeState": "Si un récolement est en cours.",
    "Usage": "Prêté à un élève, ou partagé par un établissement.",
    "UsualAct": "L'acte d'usage sur ce qui est trouvé.",
    "Verdict": "Ce que le service dit d'un fichier.",
    "WebhookEvent": "Ce dont un autre logiciel peut être prévenu.",
    "WebhookState": "Si un webhook est appelé.",
}
"""What each is; Litestar would say the English of the code, of whichever field it meets first."""


def describe_enumerations(schemas: dict[str, Any]) -> None:
    """Give each enumeration of these components its French description, the word of each value beside it."""
    named = {each.__name__: each for each in _labelled(LabelledEnum)}
    for name, schema in schemas.items():
        if "enum" in schema:
            words = " ; ".join(f"{each.value} : « {each.label} »" for each in named[name])
            schema["description"] = f"{ENUMERATIONS[name]} Valeurs : {words}."


def _labelled(base: type[LabelledEnum]) -> Iterator[type[LabelledEnum]]:
    for each in base.__subclasses__():
        yield each
        yield from _labelled(each)

"""What an annex is pointed out for, and what it may say; each line is a sentence that a jurist can read."""

from __future__ import annotations

import pytest

from materiel.domain.item.family import ItemFamily
from materiel.domain.papers.annex import AnnexSection
from materiel.domain.papers.annex_rules import REASONS, ClauseRule, PointedOut, pointed_out


def found(text, title="Charte", family=None):
    return pointed_out(title, [AnnexSection(text=text, family=family)])


def rules(text):
    return {each.rule for each in found(text)}


POINTED_OUT = {
    ClauseRule.DEPOSIT_ASKED: (
        "Un chèque de caution de la famille est demandé à la remise.",
        "UNE CAUTION EST EXIGÉE",
        "Aucun matériel n’est remis sans caution.",
        "Le chèque de caution ne sera pas encaissé.",
        "N’oubliez pas la caution.",
        "Un dépôt de garantie est versé au service.",
        "Le prêt est sans loyer, mais une caution est demandée.",
        "Vous ne réparez pas le matériel vous-même, un chèque est demandé.",
        "Vous apportez :\n- la convention signée\n- un chèque de caution",
        "Une cau\u00adtion est versée.",
    ),
    ClauseRule.FEE: (
        "Une participation financière est demandée chaque année.",
        "Le loyer est payé par trimestre.",
        "Des frais de dossier sont dus.",
    ),
    ClauseRule.INSURANCE: (
        "Vous devez assurer le matériel contre le vol.",
        "Une attestation d'assurance est à fournir à la signature.",
        "Le prêt est accordé à condition que la famille ait souscrit une assurance.",
        "L’ordinateur doit être assuré par la famille.",
        "Vous devez :\n- assurer l'ordinateur prêté",
        "Les parents sont tenus\nd'avoir une assurance scolaire.",
    ),
    ClauseRule.VALUE: (
        "La valeur du matériel est de 900 euros.",
        "Ce matériel coûte 1\u202f200 €.",
        "Le prix d'achat figure sur l'inventaire.",
        "L'ordinateur est estimé à 850.",
    ),
    ClauseRule.WITHOUT_FAULT: (
        "L'emprunteur rembourse le matériel quelle que soit la cause de la perte.",
        "Tout matériel perdu ou volé sera facturé à la famille.",
        "La famille est responsable même sans faute de sa part.",
        "L'usure est à la charge de l'emprunteur.",
        "La casse est à votre charge.",
        "Vous êtes responsable, y compris en cas de force majeure.",
    ),
    ClauseRule.RECALL_AT_WILL: (
        "Le service peut reprendre le matériel à tout moment.",
        "Le service se réserve le droit de retirer l'ordinateur.",
        "Vous rendez le matériel sur simple demande du service, qui le reprend sans motif.",
        "Le matériel est récupéré dès qu'il le souhaite, sans préavis.",
    ),
    ClauseRule.RETENTION: (
        "La famille peut garder le matériel jusqu'au remboursement de ses frais.",
        "L'emprunteur exerce un droit de rétention.",
    ),
    ClauseRule.CLAUSES_REPLACED: (
        "La présente charte remplace les articles de la convention.",
        "Cette annexe prévaut sur la convention.",
    ),
    ClauseRule.OLD_STANDARD: ("L'emprunteur veille sur le matériel en bon père de famille.",),
    ClauseRule.HEALTH: (
        "Ce matériel compense le handicap de l'élève.",
        "Réservé aux élèves dyslexiques.",
        "Joignez un certificat médical.",
        "Le diagnostic de l'élève est transmis.",
        "Logiciel pour élève malvoyant.",
        "Les troubles des apprentissages sont pris en compte.",
    ),
}

FINE = (
    "Le prêt est gratuit, sans caution.",
    "Sans loyer, caution ni dépôt de garantie.",
    "Aucune caution n'est demandée.",
    "Il n'est pas demandé de caution.",
    "La caution n'est pas exigée.",
    "Prenez vos précautions, et posez l'ordinateur à plat.",
    "Vous n'avez pas à assurer le matériel.",
    "Vous n’avez pas à payer d'assurance.",
    "Aucune attestation d'assurance n'est demandée.",
    "Vous n'avez pas à :\n- assurer le matériel\n- verser de caution",
    "Vous devez vous assurer que la batterie est chargée.",
    "Assurez-vous que l'appareil est éteint avant de le ranger.",
    "Le service assure la maintenance du matériel.",
    "En cas de vol, joignez l'attestation de votre assureur.",
    "La perte due à une faute de l'emprunteur peut être facturée.",
    "Vous ne remboursez rien en cas de vol sans faute.",
    "L'État prend à sa charge les pannes.",
    "Une panne est réparée par le service.",
    "Les cartouches d'encre sont à votre charge.",
    "En cas de vol, portez plainte sous deux jours et prévenez le service.",
    "Vous pouvez rendre le matériel à tout moment.",
    "Le service répond à tout moment à vos questions.",
    "Mettez en valeur les travaux de l'élève.",
    "Cette charte n'a pas de valeur juridique propre.",
    "Un outil de diagnostic est installé sur l'ordinateur.",
    "Lancez le diagnostic de la batterie.",
    "Le mot de passe est invalide après trois essais.",
    "L'élève soigne l'appareil : ni eau, ni choc, ni chaleur.",
    "Chargez la tablette chaque soir.\n- Rangez-la dans sa housse.\n- N'y collez rien.",
    "Le service remplace l'appareil en panne, comme le dit la convention.",
    "Utilisez-le raisonnablement.",
)


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, texts in POINTED_OUT.items() for text in texts])
def test_a_clause_that_the_code_forbids_is_pointed_out(rule: ClauseRule, text: str) -> None:
    assert rule in rules(text)


@pytest.mark.parametrize("text", FINE)
def test_what_is_not_asked_or_not_forbidden_is_let_through(text: str) -> None:
    assert rules(text) == set()


def test_every_rule_has_its_cases_its_sentence_and_its_source() -> None:
    assert set(REASONS) == set(ClauseRule) == set(POINTED_OUT)
    assert all(reason.why.endswith(".") and reason.source.article for reason in REASONS.values())


def test_a_sentence_is_found_where_it_stands_once_for_a_rule() -> None:
    told = "Bonjour. Une caution est demandée.\n\nRangez-le. Une caution est demandée."
    assert found(told, family=ItemFamily.TABLET) == (
        PointedOut(ClauseRule.DEPOSIT_ASKED, "tablet", "Une caution est demandée."),
    )
    (of_title,) = found("Rien.", title="Charte et caution")
    assert of_title.key == "deposit_asked:title:Charte et caution"

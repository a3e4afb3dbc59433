"""What the texts refuse or reserve: each code with its reason in plain French, its source and what is lawful
instead.

The codes are those of the domain § 6.3 and never change. When they apply is in `decision`.
"""

from __future__ import annotations

from dataclasses import dataclass

from materiel.domain.language.source import (
    CIRC_2001_221_INDIVIDUAL,
    CIRC_2001_221_SHARED,
    CIRC_2001_221_TABLE,
    CIRC_2016_117,
    Source,
    education_code,
)

MEDICO_EDUCATIF = "MEDICO_EDUCATIF"
HORS_CONTRAT = "HORS_CONTRAT"
COLLECTIF_PRIVE = "COLLECTIF_PRIVE"
COLLECTIF_DOMICILE = "COLLECTIF_DOMICILE"
PAP_SEUL = "PAP_SEUL"
HORS_CHAMP = "HORS_CHAMP"
CONTRAT_A_VERIFIER = "CONTRAT_A_VERIFIER"
DECISION_MANUELLE = "DECISION_MANUELLE"
CLASSE_A_CONFIRMER = "CLASSE_A_CONFIRMER"

CODES = (
    MEDICO_EDUCATIF,
    HORS_CONTRAT,
    COLLECTIF_PRIVE,
    COLLECTIF_DOMICILE,
    PAP_SEUL,
    HORS_CHAMP,
    CONTRAT_A_VERIFIER,
    DECISION_MANUELLE,
    CLASSE_A_CONFIRMER,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Why the answer is not a plain yes: `reason` and `next_step` are French sentences to show as they are."""

    code: str
    reason: str
    next_step: str
    source: Source


MEDICO_EDUCATIONAL_SCHOOL = Ground(
    code=MEDICO_EDUCATIF,
    reason="La circulaire exclut du prêt les élèves scolarisés dans un établissement médico-éducatif, "
    "que cet établissement soit public ou privé et quel que soit son contrat.",
    next_step="Si l'élève fréquente aussi une école ou un établissement ordinaire (temps partagé), choisissez cet "
    "établissement ; sinon, l'équipement relève de l'établissement médico-éducatif.",
    source=CIRC_2001_221_INDIVIDUAL,
)
OUT_OF_SCOPE_SCHOOL = Ground(
    code=HORS_CHAMP,
    reason="Le bénéficiaire doit être scolarisé dans une école ou un établissement scolaire ; un service "
    "administratif ou un établissement d'enseignement supérieur n'en est pas un.",
    next_step="Choisissez l'établissement que l'élève fréquente ; un service peut seulement être un lieu de "
    "stockage, et un étudiant s'adresse à la mission handicap de son établissement.",
    source=CIRC_2001_221_INDIVIDUAL,
)
HOME_INSTRUCTION = Ground(
    code=HORS_CHAMP,
    reason="Le prêt suppose que l'élève soit scolarisé dans un établissement public ou privé sous contrat ; "
    "l'instruction à domicile ou le CNED seuls n'y suffisent pas.",
    next_step="Si l'élève a aussi une inscription dans un établissement ordinaire, demandez le prêt au titre de cet "
    "établissement.",
    source=CIRC_2001_221_INDIVIDUAL,
)
SCHOOL_WITHOUT_CONTRACT = Ground(
    code=HORS_CONTRAT,
    reason="Parmi les établissements privés, la circulaire n'admet que ceux qui sont sous contrat avec l'État ; "
    "celui-ci ne l'est pas.",
    next_step="Si le contrat est récent, demandez au gestionnaire de corriger le statut de l'établissement avec le "
    "motif ; sinon, le prêt sera possible quand l'élève rejoindra un établissement éligible.",
    source=CIRC_2001_221_INDIVIDUAL,
)
SHARED_IN_PRIVATE_SCHOOL = Ground(
    code=COLLECTIF_PRIVE,
    reason="Un matériel à usage collectif ne se dépose que dans une école publique ou un EPLE ; la circulaire "
    "l'interdit en toute hypothèse dans un établissement privé, même s'il accueille une ULIS.",
    next_step="Faites un prêt individuel à chaque élève concerné ; le matériel peut alors rester dans "
    "l'établissement privé sous contrat.",
    source=CIRC_2001_221_SHARED,
)
SHARED_AT_HOME = Ground(
    code=COLLECTIF_DOMICILE,
    reason="Un matériel à usage collectif est déposé dans l'établissement pour l'ensemble de ses élèves ; "
    "le tableau de la circulaire ne prévoit pas qu'il soit emporté à domicile.",
    next_step="Choisissez « usage individuel » si un seul élève l'emporte chez lui, ou « reste sur le lieu de "
    "scolarisation » s'il est partagé.",
    source=CIRC_2001_221_TABLE,
)
PAP_ONLY = Ground(
    code=PAP_SEUL,
    reason="Un plan d'accompagnement personnalisé (PAP) autorise l'élève à utiliser son propre matériel ; il ne "
    "fonde pas un prêt par l'État, qui suppose une décision d'attribution.",
    next_step="Indiquez un autre fondement s'il existe : une notification de la CDAPH ou une décision du pôle "
    "d'appui à la scolarité ; sinon, orientez la famille vers la MDPH.",
    source=education_code("D351-7, 4°"),
)
CONTRACT_UNKNOWN = Ground(
    code=CONTRAT_A_VERIFIER,
    reason="Le statut de cet établissement n'est pas établi par l'annuaire : rien ne prouve qu'il est public ou "
    "sous contrat, comme la circulaire l'exige.",
    next_step="Vérifiez son contrat, puis enregistrez son statut avec le motif ; la demande pourra être reprise "
    "aussitôt.",
    source=CIRC_2001_221_INDIVIDUAL,
)
AGRICULTURAL_SCHOOL = Ground(
    code=DECISION_MANUELLE,
    reason="L'enseignement agricole est ouvert aux élèves handicapés comme l'enseignement général, mais son "
    "équipement est d'ordinaire fourni par le ministère chargé de l'agriculture.",
    next_step="Interrogez la DRAAF ; si votre service prête malgré tout, reprenez la demande avec le motif.",
    source=education_code("L351-1"),
)
SHARED_IN_AGRICULTURAL_SCHOOL = Ground(
    code=DECISION_MANUELLE,
    reason="La circulaire n'ouvre le dépôt collectif qu'aux écoles publiques et aux EPLE ; un établissement "
    "agricole public n'y est pas nommé.",
    next_step="Par défaut, orientez l'établissement vers la DRAAF ; pour passer outre, reprenez la demande "
    "avec le motif.",
    source=CIRC_2001_221_SHARED,
)
ENROLLED_IN_SPECIALISED_UNIT = Ground(
    code=DECISION_MANUELLE,
    reason="L'élève est inscrit dans un établissement médico-social dont une unité enseigne dans cette école : "
    "c'est l'inscription dans l'établissement ordinaire qui ouvre le droit au prêt.",
    next_step="Par défaut, refusez ; si l'élève est aussi inscrit dans l'école ordinaire, reprenez la "
    "demande avec le motif.",
    source=CIRC_2001_221_INDIVIDUAL,
)
HOSPITAL_OR_CUSTODY_SCHOOL = Ground(
    code=DECISION_MANUELLE,
    reason="La circulaire ne règle pas le cas des écoles d'hôpital, des lieux de détention ni des écoles "
    "régionales du premier degré.",
    next_step="Appréciez la situation, puis reprenez la demande avec le motif de votre décision.",
    source=CIRC_2001_221_INDIVIDUAL,
)
BASIS_EXPIRED = Ground(
    code=DECISION_MANUELLE,
    reason="La notification est échue : l'élève garde le matériel tant qu'elle n'a pas expiré, et une demande de "
    "renouvellement en cours ne la remplace pas.",
    next_step="Enregistrez la nouvelle décision ; dans l'attente, un gestionnaire peut accorder une "
    "prolongation "
    "provisoire en indiquant son motif.",
    source=CIRC_2016_117,
)

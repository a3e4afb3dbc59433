"""What an annex may not say: the sentences of a text that the Code civil forbids, or that would mislead its reader.

The words are looked for in folded text (no accent, no capital, straight apostrophes), sentence by sentence. A sentence
that says that a thing is *not* asked is let through. It points out, it does not judge: a jurist may keep a sentence,
except words on health, which no paper bears (RGPD, art. 9).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from materiel.domain.language.folding import fold
from materiel.domain.language.labelled import LabelledEnum
from materiel.domain.language.source import CIRC_2001_221_INDIVIDUAL, Source
from materiel.domain.papers.annex import AnnexSection, passages


class ClauseRule(LabelledEnum):
    """What a sentence of an annex may be pointed out for."""

    DEPOSIT_ASKED = "deposit_asked", "Caution ou dépôt de garantie"
    FEE = "fee", "Loyer, frais ou participation"
    INSURANCE = "insurance", "Assurance exigée"
    VALUE = "value", "Prix ou valeur du matériel"
    WITHOUT_FAULT = "without_fault", "Payer sans avoir commis de faute"
    RECALL_AT_WILL = "recall_at_will", "Reprise avant le terme, sans motif"
    RETENTION = "retention", "Matériel gardé en garantie"
    CLAUSES_REPLACED = "clauses_replaced", "Annexe mise à la place des articles"
    OLD_STANDARD = "old_standard", "« Bon père de famille »"
    HEALTH = "health", "Mots sur la santé ou le handicap"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a rule points a sentence out, for whoever wrote it, and the text that says so."""

    why: str
    source: Source


def _civil(articles: str) -> Source:
    return Source("Code civil", f"art. {articles}")


REASONS: Mapping[ClauseRule, Reason] = {
    ClauseRule.DEPOSIT_ASKED: Reason(
        "Le prêt à usage est gratuit par nature : ni somme, ni chèque, ni garantie ne se demande à l'emprunteur.",
        _civil("1876"),
    ),
    ClauseRule.FEE: Reason(
        "Le prêt à usage est gratuit par nature : un loyer, des frais ou une participation en feraient une location.",
        _civil("1876"),
    ),
    ClauseRule.INSURANCE: Reason(
        "Une assurance exigée ferait payer un prêt qui est gratuit. L'État est son propre assureur ; l'attestation "
        "d'un assureur n'est utile qu'après un vol ou un dommage.",
        _civil("1876"),
    ),
    ClauseRule.VALUE: Reason(
        "Un matériel estimé dans la convention se perd aux risques de l'emprunteur, même par accident. N'écrivez ni "
        "prix, ni valeur, ni somme.",
        _civil("1883"),
    ),
    ClauseRule.WITHOUT_FAULT: Reason(
        "L'emprunteur ne répond ni de l'usure normale, ni d'un accident, ni d'un vol sans faute de sa part, et le "
        "dépositaire ne répond pas de la force majeure.",
        _civil("1884, 1351-1, 1929 et 1933"),
    ),
    ClauseRule.RECALL_AT_WILL: Reason(
        "Un prêt n'est repris qu'à son terme, ou une fois que le besoin a cessé ; le juge décide d'un besoin urgent.",
        _civil("1888 et 1889"),
    ),
    ClauseRule.RETENTION: Reason(
        "L'emprunteur ne peut pas garder le matériel en compensation de ce que l'État lui devrait.", _civil("1885")
    ),
    ClauseRule.CLAUSES_REPLACED: Reason(
        "L'annexe complète la convention : elle ne remplace ni n'écarte aucun de ses articles.",
        CIRC_2001_221_INDIVIDUAL,
    ),
    ClauseRule.OLD_STANDARD: Reason(
        "Le Code civil dit « raisonnablement » depuis 2014.",
        Source("loi n° 2014-873 du 4 août 2014", "art. 26"),
    ),
    ClauseRule.HEALTH: Reason(
        "L'annexe est lue par des tiers avec le nom de l'élève : elle ne dit rien de sa santé ni d'un handicap.",
        Source("règlement (UE) 2016/679", "art. 9"),
    ),
}

TITLE = "title"
"""The part of a sentence that is the title itself."""

REFUSED = frozenset({ClauseRule.HEALTH})
"""What nobody may keep."""


@dataclass(frozen=True, slots=True)
class PointedOut:
    """A sentence and the rule that points it out; `section` is the name of its part."""

    rule: ClauseRule
    section: str
    sentence: str

    @property
    def key(self) -> str:
        """What a box of the form bears: a sentence that was changed is another."""
        return f"{self.rule.value}:{self.section}:{self.sentence}"

    @property
    def reason(self) -> Reason:
        """Why it is pointed out."""
        return REASONS[self.rule]


@dataclass(frozen=True, slots=True)
class _Pattern:
    """Words; `needs` and `unless` are looked for in the whole sentence; `deniable`: a « no » lets it through."""

    words: re.Pattern[str]
    needs: re.Pattern[str] | None = None
    unless: re.Pattern[str] | None = None
    deniable: bool = True


def _words(text: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{text})")


_ASKING = _words(
    r"doi[st]|doivent|dev(?:ez|ra|rez|ront)\b|tenue?s?\b|oblig|exig|requi[st]|necessaire|indispensable|condition|faut|faudra"
    r"|souscri|fourni|remet|produi|present|justifi|demand|attestation|apport|joind|joign|couvert|certificat"
)
_THINGS = r"(?:materiel|ordinateur|tablette|appareil|objet|equipement|logiciel|livre|accessoire|portable)s?\b"
_LOSSES = (
    r"vols?\b|vole(?:e|s|es)?\b|pertes?\b|perdue?s?\b|casses?\b|bris\b|dommages?\b|degats?\b|deteriorations?\b"
    r"|pannes?\b|usure\b"
)
_PAYING = _words(
    r"rembours|factur|indemnis|pai(?:e|es|era|eront|ent|ement)\b|pay(?:e|er|ez|ees?)\b|a (?:la|votre|sa|leur) charge"
    r"|a (?:vos|ses|leurs) frais|aux frais d"
)
_PAID_BY_THE_STATE = re.compile(
    r"\b(?:le service|l'etat|la dsden|le rectorat|l'academie) (?:\w+ )?(?:rembours|pai|prend|indemnis|support|rempla)"
    r"|charge (?:de l'etat|du service)|frais (?:de l'etat|du service)"
)
_FAULT = re.compile(r"(?<!sans )(?<!absence de )\b(?:faute|negligen|volontaire|intentionnel|imprudence)")
_TAKING_BACK = _words(
    r"re(?:prendre|prend\b|prise|tire|tira|cupere|stitu|tour\b|ndre|ndez|ndu)|rappel|resili|mettre fin|met fin"
)
_BORROWER_MAY = re.compile(
    r"\b(?:vous pouvez|(?:la famille|l'eleve|l'emprunteur|le responsable) peut"
    r"|(?:les familles|les eleves|les parents|les responsables) peuvent)\b"
)
_PATTERNS: Mapping[ClauseRule, Sequence[_Pattern]] = {
    ClauseRule.DEPOSIT_ASKED: (
        _Pattern(
            _words(r"caution(?:s|nements?)?\b|depots? de garantie|cheques?\b|empreinte bancaire|arrhes\b|acomptes?\b"),
            unless=re.compile(r"sujet\w* a caution"),
        ),
    ),
    ClauseRule.FEE: (
        _Pattern(
            _words(
                r"loyers?\b|redevances?\b|cotisations?\b|tarifs?\b"
                r"|frais de (?:dossier|pret|mise a disposition|location|garde|gestion)"
                r"|participation (?:financiere|aux frais|de \d|forfaitaire)|prets? (?:\w+ )?payants?\b"
            )
        ),
    ),
    ClauseRule.INSURANCE: (
        _Pattern(
            _words(r"assurances?\b|assureurs?\b|responsabilite civile"),
            needs=_ASKING,
            unless=re.compile(r"^(?:en cas d|apres|a la suite d|suite a|lors d)"),
        ),
        _Pattern(
            re.compile(rf"(?<!s')(?<!vous )(?<!nous )\bassur(?:er|ez|ent|e) (?:l'|\w+ )?(?:\w+ )?{_THINGS}"),
            needs=_ASKING,
        ),
        _Pattern(re.compile(rf"{_THINGS}(?: \w+)? (?:doi\w+|devra\w*) etre assure")),
    ),
    ClauseRule.VALUE: (
        _Pattern(_words(r"\d[\d .,]*(?:€|euros?\b|eur\b)")),
        _Pattern(
            _words(r"valeurs?\b|prix\b|cout d'achat"),
            unless=re.compile(
                r"\b(?:mise?|mett\w+|met) en valeur|valeurs? (?:juridique|legale|probante|pedagogique|educative)"
                r"|valeurs? (?:republicaine|de la repub)|a tout prix"
            ),
        ),
        _Pattern(_words(rf"(?:estime|evalue|vaut)\w*\b(?= (?:a|\w+ a)? ?\d)|estimation d\w+ {_THINGS}")),
    ),
    ClauseRule.WITHOUT_FAULT: (
        _Pattern(
            _words(
                r"(?:quel(?:le)?s? que soi(?:t|ent) (?:l'|la |le |les )?(?:cause|faute|origine|motif|circonstance)s?"
                r"|(?:meme|y compris) (?:sans|en l'absence de|hors de) (?:toute )?faute"
                r"|(?:meme|y compris) (?:en cas d\w*|par|pour) ?(?:l'|la |le |un |une )?"
                r"(?:force majeure|cas fortuit|accident|vol\b))"
            ),
            needs=_words(r"rembours|factur|indemnis|pa[iy]|charge|frais|respons|repond|redevable|rempla"),
            deniable=False,
        ),
        _Pattern(
            _words(_LOSSES),
            needs=_PAYING,
            unless=re.compile(f"{_FAULT.pattern}|{_PAID_BY_THE_STATE.pattern}"),
        ),
    ),
    ClauseRule.RECALL_AT_WILL: (
        _Pattern(
            _words(
                r"a tout moment|a n'importe quel moment|n'importe quand|sans (?:motif|preavis|justification|raison)"
                r"|(?:de facon )?discretionnaire|sur simple demande|a (?:la premiere|premiere) demande"
                r"|(?:quand|des qu|lorsqu)[' e]*(?:il|elle|le service|l'etat) le (?:souhaite|veut|decide)"
            ),
            needs=_TAKING_BACK,
            unless=_BORROWER_MAY,
        ),
        _Pattern(
            _words(r"reserve le droit de (?:reprendre|retirer|recuperer|rappeler|demander l[ea] re(?:tour|stitution))")
        ),
    ),
    ClauseRule.RETENTION: (
        _Pattern(_words(r"droit de retention")),
        _Pattern(
            _words(r"(?:garder|garde|conserver|conserve|retenir|retient)\b"),
            needs=re.compile(
                r"\b(?:jusqu'a|tant qu|en attend|en compensation|en garantie)\w*"
                r".*\b(?:rembours|pa[iy]e|dette|somme|frais)"
            ),
        ),
    ),
    ClauseRule.CLAUSES_REPLACED: (
        _Pattern(
            _words(r"(?:remplace|annule|prime|prevau|ecarte|deroge)\w*"),
            needs=_words(r"(?:convention|articles?|clauses?)\b"),
            unless=re.compile(r"\bremplac\w* (?:l'|le |la |les |un |une |ce |cet |cette )?" + _THINGS),
        ),
    ),
    ClauseRule.OLD_STANDARD: (_Pattern(_words(r"bons? peres? de famille"), deniable=False),),
    ClauseRule.HEALTH: (
        _Pattern(
            _words(
                r"handicap|deficien|autis(?:t|m)|tsa\b|tdah?\b|dys\b|dys(?:lexi|praxi|graphi|orthographi|calculi|phasi)"
                r"|malvoyan|malentendan|non-?voyan|aveugles?\b|cecite|surdite|sourde?s?\b|aeeh\b|aah\b|invalidite"
                r"|medica(?:l|ux|ment)|medecins?\b|maladi|malades?\b|patholog|incapacite|donnees de sante|etat de sante"
                r"|troubles? (?:d|visue|auditi|moteu|psych|cogniti|neuro|envahi|specifi)|appareils? auditif"
                r"|hospitalis|psychiatr|depressi[fov]|hyperactiv|epilep|myopath|trisomi|diabet|cancer|leucemi|chimiotherap"
                r"|(?:hemi|para|tetra)plegi|amblyop|syndrome"
            ),
            deniable=False,
        ),
        _Pattern(
            _words(
                r"diagnosti(?!\w* (?:de (?:la |l'|votre )?(?:panne|batterie|appareil|ordinateur|tablette)"
                r"|du (?:materiel|reseau|systeme|logiciel)|technique|informatique|materiel|windows))"
            ),
            unless=re.compile(
                r"\b(?:outils?|logiciels?|programmes?) de diagnosti|diagnosti\w* .{0,30}\b(?:panne|batterie)"
            ),
            deniable=False,
        ),
    ),
}

_SENTENCE_END = re.compile(r"(?<=[.!?…;])\s+")
_TURN = re.compile(r"[;:.]|\bmais\b|\bcependant\b|\btoutefois\b|\ben revanche\b")
_NO = re.compile(r"\b(?:sans|aucune?s?|ni|pas|jamais|rien|interdi\w*|dispens\w*|exempt\w*)\b")
_NEGATING = re.compile(r"\b(?:ne|pas|jamais|aucune?)\b|\bn'")
_NOT_TO_FORGET = re.compile(r"\b(?:oubli|omet|omett|neglig|manqu)\w* (?:pas|jamais)$")
_FINITE = re.compile(
    r"\b(?:est|sont|sera|seront|doit|doivent|devez|devra|devrez|faut|faudra|exige|demande|demandons|exigeons|requiert)\b"
)
_NOT_ASKED = re.compile(
    r"^[^,;:.]*?(?:\bn'|\bne )\w+ (?:donc )?(?:pas|jamais|aucunement|plus) (?:etre )?(?:\w+ )?"
    r"(?:demand|exig|requi|oblig|necessaire|indispensable|due?s?\b|prevu|a (?:payer|verser|fournir)"
    r"|indiqu|figur|precis|mention)"
)


def pointed_out(title: str, sections: Iterable[AnnexSection]) -> tuple[PointedOut, ...]:
    """Every sentence that a rule points out, in the order of the text, each once for a rule."""
    texts = [(TITLE, title), *((each.name, each.text) for each in sections)]
    return tuple(
        dict.fromkeys(
            PointedOut(rule, section, sentence)
            for section, text in texts
            for lead, sentence in sentences(text)
            for rule, patterns in _PATTERNS.items()
            if any(_says(pattern, fold(lead), fold(sentence)) for pattern in patterns)
        )
    )


def sentences(text: str) -> Iterator[tuple[str, str]]:
    """The sentences of a text, each with what introduces it: « Vous devez : » before a bullet, else nothing."""
    lead = ""
    for passage in passages(text):
        if isinstance(passage, str):
            parts = _SENTENCE_END.split(passage)
            yield from (("", part) for part in parts)
            lead = parts[-1] if parts[-1].endswith(":") else ""
        else:
            for bullet in passage:
                yield from ((lead, part) for part in _SENTENCE_END.split(bullet))


def _says(pattern: _Pattern, lead: str, sentence: str) -> bool:
    introduced = lead.rstrip(" :")
    whole = f"{introduced} {sentence}" if introduced else sentence
    if pattern.needs is not None and not pattern.needs.search(whole):
        return False
    if pattern.unless is not None and pattern.unless.search(whole):
        return False
    return any(
        found.end() > len(introduced) and not (pattern.deniable and _is_denied(whole, found))
        for found in pattern.words.finditer(whole)
    )


def _is_denied(sentence: str, found: re.Match[str]) -> bool:
    """The sentence says that what was found is not so: « sans caution », « la caution n'est pas demandée »."""
    if _NOT_ASKED.match(sentence[found.end() :]):
        return True
    clause = _TURN.split(sentence[: found.start()])[-1]
    before = list(_NO.finditer(clause))
    if not before:
        return False
    last = before[-1]
    if _NOT_TO_FORGET.search(clause[: last.end()]):
        return False
    comma = clause[last.end() :].rpartition(",")
    if comma[1] and _FINITE.search(comma[2] + sentence[found.end() :]):
        return False
    # « Aucun matériel n'est remis sans caution » asks for one.
    return not (last[0] == "sans" and _NEGATING.search(clause[: last.start()].rpartition(",")[2]))

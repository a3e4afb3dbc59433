"""The page of proof that follows a signed document: who signed, in what quality, when, how, and what was shown.

It prints the record that is attached to the copy as JSON, and nothing else. Law: Code civil, art. 1366 and 1367.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from materiel.documents.content import Block, Content, Details, DrawnSignature, Heading, Paragraph, Run, Text
from materiel.documents.typography import NBSP, capitalised, set_content, typeset
from materiel.domain.calendar.civil_day import civil_date, local_time
from materiel.domain.language.french import enumeration, long_date
from materiel.domain.papers.document import DocumentKind, SignatureChannel
from materiel.domain.signing.evidence import Means
from materiel.domain.signing.record import ProofRecord, SignedBox, Told, strokes_of

MARK = "s"
"""What follows the code in the address of a page of proof: no page of the document has it."""

TITLE = "Page de preuve"
WORTHLESS = typeset(
    "Démonstration : le certificat de ce cachet a été fabriqué par le logiciel lui-même. Ni cette page ni ce cachet ne "
    "prouvent quoi que ce soit."
)
_SHARED = typeset(
    "Partagée, ce jour-là, avec une autre personne du dossier : le code reçu à cette adresse ne suffit pas à les "
    "distinguer."
)

_IN_GROUP = typeset(
    "Parmi un groupe de papiers de même nature et de même règle, dont un au moins a été ouvert par la personne."
)

_SHARED_NUMBER = typeset(
    "Partagé, ce jour-là, avec une autre personne du dossier : le code reçu à ce numéro ne suffit pas à les distinguer."
)


def compose_proof(record: ProofRecord, issued: Content, zone: ZoneInfo, *, worthless: bool = False) -> Content:
    """Compose the pages of proof of a document.

    Args:
        record: what they print.
        issued: the document itself, whose sender and address of verification they bear.
        zone: where the service is; each instant is told there, with its distance from UTC.
        worthless: sealed by a demonstration.
    """
    kind = DocumentKind(record.kind)
    blocks: list[Block] = [Paragraph(role="note", text=(Run(WORTHLESS),))] if worthless else []
    blocks.append(Paragraph(role="lead", text=_opening(record)))
    blocks.append(_document(record, kind))
    for rank, box in enumerate(record.signed, start=1):
        blocks += _signature(rank, box, zone)
    if record.awaited:
        blocks.append(Heading(level=2, text="Signatures encore attendues"))
        names = enumeration([f"{each.name} ({each.party.label.lower()})" for each in record.awaited])
        blocks.append(Paragraph(text=(Run(typeset("À la date de cette copie : ")), Run(f"{names}."))))
    blocks.append(Paragraph(role="small", text=(Run(_ENDING),)))
    content = Content(
        kind="proof",
        number=record.number,
        title=TITLE,
        subtitle=typeset(f"{kind.label} n° {record.number}"),
        issued_on=civil_date(record.made_at, zone),
        wording=issued.wording,
        sender=issued.sender,
        verify_url=f"{issued.verify_url}/{MARK}",
        blocks=tuple(blocks),
        footer=typeset(f"{TITLE} du document n° {record.number}"),
        lang=issued.lang,
    )
    return set_content(content)


_ENDING = typeset(
    "Le cachet électronique porte sur le fichier entier : le document, cette page et le fichier « preuve.json » qui y "
    "est joint. Un fichier modifié, même d'un seul signe, n'est plus reconnu par son cachet, ni à l'adresse de "
    "vérification."
)


def _opening(record: ProofRecord) -> Text:
    pages = f"{record.pages} page{'s' if record.pages > 1 else ''}"
    return (
        Run(
            typeset(
                f"Cette page suit le document n° {record.number}, émis le {long_date(record.issued_on)}, dont les "
                f"{pages} sont telles qu'elles ont été émises. Elle dit qui l'a signé, quand et comment."
            )
        ),
    )


def _document(record: ProofRecord, kind: DocumentKind) -> Details:
    state = "Complètes" if record.is_complete else "Partielles"
    rows = [
        ("Nature", kind.label),
        ("Numéro", record.number),
        ("Émis le", long_date(record.issued_on)),
        ("Signatures", state),
        ("Empreinte SHA-256 du document émis", record.sha256),
    ]
    return Details(caption="Le document", rows=tuple((label, (Run(value),)) for label, value in rows))


def _signature(rank: int, box: SignedBox, zone: ZoneInfo) -> list[Block]:
    title = f"Signature {rank}{NBSP}: {box.name}"
    blocks: list[Block] = [Heading(level=2, text=title), _details(box, zone)]
    if box.evidence is not None and (strokes := strokes_of(box.evidence.strokes)):
        blocks.append(Paragraph(text=(Run("Signature dessinée par la personne"),)))
        blocks.append(DrawnSignature(alt=f"Signature dessinée de {box.evidence.typed_name}", strokes=strokes))
    return blocks


def _details(box: SignedBox, zone: ZoneInfo) -> Details:
    rows = [("Partie", box.party.label), ("Qualité", capitalised(box.capacity))]
    if box.evidence is None:
        rows += [
            ("Donnée", typeset(f"sur papier, le {long_date(box.signed_on)}")),
            ("Constatée et enregistrée par", box.recorded_by),
        ]
    else:
        rows += _told(box, box.evidence, zone)
    return Details(
        caption=f"Comment a signé {box.name}", rows=tuple((name, (Run(value),)) for name, value in rows if value)
    )


def _told(box: SignedBox, told: Told, zone: ZoneInfo) -> list[tuple[str, str]]:
    in_person = box.channel is SignatureChannel.IN_PERSON
    # Of several papers signed for the State, one was opened for its group: what was not is not said to have been.
    in_group = told.means is Means.SECOND_FACTOR and told.shown_at == told.consented_at
    by_provider = told.means is Means.IDENTITY
    by_sms = told.means is Means.SMS
    shared = (_SHARED_NUMBER if by_sms else _SHARED) if told.shared_mailbox else ""
    given = "Signature donnée" if in_person or by_provider else "Code vérifié, signature donnée"
    other_name = told.typed_name if told.typed_name != box.name else ""
    other_capacity = capitalised(told.capacity) if told.capacity != box.capacity else ""
    return [
        ("Nom saisi", other_name),
        ("Qualité déclarée", other_capacity),
        ("Comment", told.means.label),
        ("Numéro utilisé" if by_sms else "Adresse utilisée", told.address),
        ("Numéro partagé" if by_sms else "Boîte partagée", shared),
        ("En présence de" if in_person else "Compte", told.before),
        ("Identité donnée par" if by_provider else "Identité constatée", told.identity_seen),
        ("Document montré", _IN_GROUP if in_group else _instant(told.shown_at, zone)),
        ("Empreinte du document montré", told.sha256),
        ("Accord donné", _instant(told.consented_at, zone)),
        ("Signés d'un même acte", _papers(told.lot_papers) if told.lot_papers else ""),
        ("Code envoyé", _instant(told.code_sent_at, zone) if told.code_sent_at else ""),
        (given, _instant(told.code_checked_at, zone)),
        ("Remarques", told.remarks),
        ("Empreinte de la preuve gardée", told.digest),
    ]


def _papers(number: int) -> str:
    return f"{number} papier{'s' if number > 1 else ''}"


def _instant(at: datetime, zone: ZoneInfo) -> str:
    """An instant as a clock of the place shows it, with its distance from UTC, to the second."""
    local = local_time(at, zone)
    offset = local.strftime("%z")
    day = long_date(civil_date(at, zone))
    return typeset(f"{day} à {local:%H h %M min %S s} (UTC{offset[:3]}:{offset[3:]})")

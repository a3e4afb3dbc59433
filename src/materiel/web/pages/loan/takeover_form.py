"""What the pages of loans taken over read of their forms: items, pupil and school as typed, and the old paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from materiel.domain.accounts.roles import Actor
from materiel.domain.language.labelled import LabelledEnum
from materiel.domain.papers.old_paper import OldPaper
from materiel.domain.people.pupil import Pupil
from materiel.domain.usage import Basis, Custody, Usage
from materiel.errors import MaterielError
from materiel.use_cases.item.code import find_meant_item
from materiel.use_cases.loan.lending import find_to_lend
from materiel.use_cases.loan.takeover import TakeOverLoan
from materiel.web.http.forms import Form
from materiel.web.pages.acting import fault_of_code, uuid_of
from materiel.web.pages.loan.change import named_school, read_basis


class SignedPaper(LabelledEnum):
    """Whether the old paper was signed, which a form asks."""

    YES = "oui", "Oui, une convention ou un papier signé existe"
    NO = "non", "Non, rien n'a jamais été signé"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningTerms:
    """What is common to the loans of a form."""

    usage: Usage
    custody: Custody
    handed_over_on: date
    starts_on: date | None
    ends_on: date | None
    paper: OldPaper
    unsigned: bool
    basis: Basis | None
    purpose: str
    override_reason: str

    def command(self, items: Sequence[UUID], *, school: str, pupil: UUID | None, reference: str = "") -> TakeOverLoan:
        """A loan on these terms; `reference` is that of its own paper."""
        return TakeOverLoan(
            usage=self.usage,
            custody=self.custody,
            school=school,
            items=tuple(items),
            pupil=pupil,
            handed_over_on=self.handed_over_on,
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            paper=replace(self.paper, reference=reference or self.paper.reference),
            unsigned=self.unsigned,
            basis=self.basis,
            purpose=self.purpose,
            override_reason=self.override_reason,
        )


def read_terms(form: Form) -> RunningTerms | None:
    """The terms typed, every fault noted; None when one is lacking."""
    usage = form.choice("usage", Usage, required="Dites si le matériel est prêté à un élève, ou partagé.")
    custody = form.choice("custody", Custody, required="Dites où reste le matériel.")
    out_on = form.day("handed_over_on", required="Indiquez le jour de la remise, même approché.")
    signed = form.choice("signed", SignedPaper, required="Dites si l'ancien papier a été signé.")
    signed_on = None
    if signed is SignedPaper.YES:
        signed_on = form.day("paper/signed_on", required="Indiquez la date de la signature, même approchée.")
    starts_on, ends_on = form.day("starts_on"), form.day("ends_on")
    basis = read_basis(form)
    reference = form.text("paper/reference")
    if len(reference) > REFERENCE_MAX:
        form.fault("paper/reference", f"Cette référence compte {len(reference)} caractères ; {REFERENCE_MAX} au plus.")
    if form.faults or usage is None or custody is None or out_on is None:
        return None
    return RunningTerms(
        usage=usage,
        custody=custody,
        handed_over_on=out_on,
        starts_on=starts_on,
        ends_on=ends_on,
        paper=OldPaper(
            reference=reference,
            signed_on=signed_on,
            ends_on=ends_on,
            signed_by=form.text("paper/signed_by")[:SIGNED_BY_MAX],
        ),
        unsigned=signed is SignedPaper.NO,
        basis=basis,
        purpose=form.text("purpose"),
        override_reason=form.text("override_reason"),
    )


REFERENCE_MAX, SIGNED_BY_MAX = 60, 200


async def read_items(form: Form, name: str, actor: Actor) -> list[UUID]:
    """The items that a field names, one a line or between commas, by number, label or serial number."""
    typed = [each.strip() for line in form.lines(name).splitlines() for each in line.split(",") if each.strip()]
    if not typed:
        form.fault(name, "Indiquez au moins un matériel par son numéro d'inventaire.")
    found = []
    for each in typed:
        try:
            found.append((await find_meant_item(each, actor=actor)).id)
        except MaterielError as unknown:
            fault_of_code(form, name, unknown)
    return found


async def read_pupil(form: Form, name: str, actor: Actor) -> tuple[Pupil | None, Sequence[Pupil]]:
    """The one pupil that a field names, else those who may be meant, for `name`-chosen to tell."""
    typed = form.text(name, required="Indiquez l'élève par son nom et son prénom.")
    if not typed:
        return None, ()
    found = (await find_to_lend(typed, actor=actor)).pupils
    chosen = uuid_of(form.text(f"{name}-chosen"))
    exact = [each for each in found if each.id == chosen] or (found if len(found) == 1 else [])
    if exact:
        return exact[0], ()
    form.fault(
        name,
        "Plusieurs élèves répondent : choisissez le bon."
        if found
        else f"Aucun élève ne répond à « {typed[:60]} » : vérifiez son nom, ou enregistrez-le d'abord.",
    )
    return None, found


async def read_school(form: Form, pupil: Pupil | None, actor: Actor) -> str:
    """The UAI of the school: the one typed, else the pupil's; empty, with a fault, when there is none."""
    if pupil is not None and not form.text("school"):
        return pupil.school_uai
    school = await named_school(form, "school", actor)
    return school.uai if school is not None else ""
